"""What Spotify's answers other than 200 mean; a body may be JSON, text or a page."""

import re
from collections.abc import Mapping

from enrichment.errors import (
    CapabilityClosed,
    CredentialsRefused,
    LimitKind,
    ProviderError,
    QuestionRefused,
    RateLimited,
    Transient,
)
from enrichment.providers import HttpResponse
from enrichment.providers.decoding import error_object, is_page, plain_text
from enrichment.providers.payload import mapping, retry_after_seconds, text

# A longer Retry-After is no matter of the 30 s window, whatever the body says.
LONGEST_RATE_WAIT_SECONDS = 60
# The one form in which a closed endpoint was measured: 403, JSON, this message. A 403
# without a body or with a page comes under load too, and closes nothing.
_CLOSED_MESSAGE = "forbidden"
# Whose fault a 400 or 403 is: the account's, not the question's.
_OF_THE_ACCOUNT = re.compile(
    r"premium|bearer|authenticat|access token|oauth|invalid.client|not registered",
    re.IGNORECASE,
)
# Spotify's own words for an id that names nothing; "Service not found" is a dead route.
_UNKNOWN_ID = re.compile(
    r"(?:the )?(?:requested )?(?:resource |track |item )?(?:could )?not (?:be )?found\b"
    r"|non.?existing id|no such|(?:invalid|malformed|unsupported) (?:\w+ )?id\b",
    re.IGNORECASE,
)


def refusal_of(response: HttpResponse) -> ProviderError:
    """Return what a status other than 200 means."""
    status, wait = response.status, retry_after_seconds(response.headers)
    body = error_object(response)
    error = mapping(body.get("error"))
    message = text(error.get("message")) or text(body.get("error"))
    printed = "" if body or is_page(response) else plain_text(response)
    said = f"Spotify: {message or printed or f'HTTP {status}'}"
    if status == 429:
        reason = text(error.get("reason")) or text(body.get("reason"))
        kind = _limit_kind(reason, wait, is_json=bool(body))
        return RateLimited(said, kind=kind, retry_after=wait, status=status)
    if status == 401 or (
        status in {400, 403} and _OF_THE_ACCOUNT.search(message or printed)
    ):
        return CredentialsRefused(said, status=status)
    if status == 403 and message and message.strip(". ").casefold() == _CLOSED_MESSAGE:
        return CapabilityClosed(said, status=status)
    if message and status in {400, 410, 414}:
        return QuestionRefused(said, status=status)
    return Transient(said, status=status, retry_after=wait)


def names_no_track(response: HttpResponse) -> bool:
    """Distinguish an id that Spotify does not know from a route that is gone."""
    error: Mapping[str, object] = mapping(error_object(response).get("error"))
    message = text(error.get("message")) or ""
    return response.status in {400, 404} and bool(_UNKNOWN_ID.match(message))


def _limit_kind(reason: str | None, wait: float | None, *, is_json: bool) -> LimitKind:
    if reason == "QUOTA_EXCEEDED":
        return LimitKind.QUOTA
    if wait is not None and wait > LONGEST_RATE_WAIT_SECONDS:
        # the edge's plain "Too many requests", for hours, shuts the whole app out
        return LimitKind.QUOTA if is_json else LimitKind.BAN
    return LimitKind.RATE
