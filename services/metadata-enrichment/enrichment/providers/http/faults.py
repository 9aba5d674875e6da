"""What is wrong with an exchange, by our errors."""

import httpx

from enrichment.errors import (
    CredentialsRefused,
    LimitKind,
    ProviderError,
    RateLimited,
    Transient,
    Unreachable,
)
from enrichment.providers import HttpRequest, HttpResponse
from enrichment.providers.http.masking import masked

# Nothing came back: worth another try at once. A silent provider is not asked harder.
_BLIPS = (
    httpx.ConnectError,
    httpx.ReadError,
    httpx.WriteError,
    httpx.RemoteProtocolError,
)
# The roots of httpx's tree; a test holds that nothing in it stands outside.
HTTPX_ERRORS = (
    httpx.HTTPError,
    httpx.InvalidURL,
    httpx.CookieConflict,
    httpx.StreamError,
)
_TOO_MANY = 429


def is_blip(error: BaseException) -> bool:
    """Return whether a call is worth another try at once."""
    return isinstance(error, Transient) and isinstance(error.__cause__, _BLIPS)


def fault_of(
    error: Exception, provider: str, request: HttpRequest, status: int | None
) -> Transient:
    """
    Return what the HTTP library's error means.

    Args:
        status: of the answer; None where none had begun.
    """
    # httpx's own text may hold the address, key included
    text = f"{provider}: {type(error).__name__} at {masked(request)}"
    return Unreachable(text) if status is None else Transient(text)


def fault_of_status(response: HttpResponse) -> ProviderError | None:
    """Class a response that no provider reads, for its report alone."""
    status = response.status
    if status < 400:
        return None
    if status == _TOO_MANY:
        return RateLimited(
            "too many", kind=LimitKind.RATE, retry_after=None, status=status
        )
    if status < 500:
        return CredentialsRefused("refused", status=status)
    return Transient("no answer", status=status)
