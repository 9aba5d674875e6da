"""What MusicBrainz' answers other than 200 mean; a proxy may have lost the headers."""

from collections.abc import Mapping

from enrichment.errors import (
    CredentialsRefused,
    LimitKind,
    ProviderError,
    QuestionRefused,
    RateLimited,
    Shedding,
    Transient,
)
from enrichment.providers import HttpResponse
from enrichment.providers.decoding import error_object, plain_text
from enrichment.providers.payload import retry_after_seconds, text

# What the gateway says to callers whom it does not know, or knows too well.
_NOT_IDENTIFIED = "not identified itself"
_OVER_RATE = "exceeding the allowable rate"
_BUSY = "currently busy"


def refusal_of(response: HttpResponse) -> ProviderError:
    """Return what an answer without recordings means; 503 and 200 each mean three."""
    status, headers = response.status, response.headers
    wait = retry_after_seconds(headers)
    message = text(error_object(response).get("error"))
    told = message or plain_text(response)
    said = f"MusicBrainz: {told or 'no reason'} (HTTP {status})"
    if status == 414 or (message and status == 400):
        return QuestionRefused(said, status=status)
    who = headers.get("x-ratelimit-who")
    if status == 401 or (status == 403 and (message or who or _NOT_IDENTIFIED in told)):
        who = who or "no reason given"
        return CredentialsRefused(f"{said}: {who}", status=status)
    is_ours = _by_our_rate(headers, told) if status in {200, 503} else None
    if is_ours is False:
        return Shedding(said, status=status)
    if status == 429 or is_ours:
        return RateLimited(said, kind=LimitKind.RATE, retry_after=wait, status=status)
    return Transient(said, status=status, retry_after=wait)


def _by_our_rate(headers: Mapping[str, str], told: str) -> bool | None:
    """
    Return whether a 503 is our doing; None when it does not say.

    Zones "ws ip=…", "per-ip" and "ws ua=…" are ours; "global" and "search-global" are
    their load, and slowing down does not help us there.
    """
    zone = headers.get("x-ratelimit-zone", "").casefold()
    if "global" in zone or headers.get("x-ratelimit-who") == "search-shed":
        return False
    if "ip" in zone or "ua" in zone or _OVER_RATE in told:
        return True
    return False if _BUSY in told else None
