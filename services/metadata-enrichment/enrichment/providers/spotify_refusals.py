"""What Spotify's answers other than 200 mean; a body may be plain text."""

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
from enrichment.providers.payload import (
    error_object,
    mapping,
    retry_after_seconds,
    text,
)

# A longer Retry-After is no matter of the 30 s window, whatever the body says.
LONGEST_RATE_WAIT_SECONDS = 60


def refusal_of(response: HttpResponse) -> ProviderError:
    """Say what a status other than 200 means."""
    status = response.status
    body = error_object(response)
    error = mapping(body.get("error"))
    message = text(error.get("message")) or f"HTTP {status}"
    said = f"Spotify: {message}"
    if status == 429:
        wait = retry_after_seconds(response.headers)
        reason = text(error.get("reason")) or text(body.get("reason"))
        kind = _limit_kind(reason, wait, is_json=bool(body))
        return RateLimited(said, kind=kind, retry_after=wait, status=status)
    if status == 401:
        return CredentialsRefused(said, status=status)
    if status == 403:
        if "premium" in message.casefold():
            return CredentialsRefused(said, status=status)
        return CapabilityClosed(said, status=status)
    if status in {400, 404, 414}:
        return QuestionRefused(said, status=status)
    return Transient(said, status=status)


def _limit_kind(reason: str | None, wait: float | None, *, is_json: bool) -> LimitKind:
    if reason == "QUOTA_EXCEEDED":
        return LimitKind.QUOTA
    if wait is not None and wait > LONGEST_RATE_WAIT_SECONDS:
        # the edge's plain "Too many requests", for hours, shuts the whole app out
        return LimitKind.QUOTA if is_json else LimitKind.BAN
    return LimitKind.RATE
