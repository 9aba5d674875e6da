"""What an error of Deezer means: it is in the body, mostly of an HTTP 200."""

from collections.abc import Mapping

from enrichment.errors import (
    LimitKind,
    ProviderError,
    QuestionRefused,
    RateLimited,
    Transient,
)
from enrichment.providers import HttpResponse
from enrichment.providers.decoding import plain_text
from enrichment.providers.payload import mapping, number, retry_after_seconds, text

# https://developers.deezer.com/api/errors
_QUOTA = 4
_NO_DATA = 800
_PERMISSIONS = frozenset({200, 300, 901})
_MISTAKES = frozenset({100, 500, 501, 600})
# Deezer tells no wait; its window is as long, seconds.
COOL_DOWN_SECONDS = 5.0


def error_of(body: Mapping[str, object], response: HttpResponse) -> bool:
    """Return whether an answer is an error, whatever its status and shape say."""
    return "error" in body or response.status != 200


def is_no_data(body: Mapping[str, object]) -> bool:
    """Return whether Deezer says that it has none: no other error is an absence."""
    return number(mapping(body.get("error")).get("code")) == _NO_DATA


def refusal_of(body: Mapping[str, object], response: HttpResponse) -> ProviderError:
    """Return what an error means that says nothing of the question's subject."""
    status, wait = response.status, retry_after_seconds(response.headers)
    error = mapping(body.get("error"))
    code = number(error.get("code"))
    told = text(error.get("message")) or text(body.get("error"))
    said = f"Deezer: {told or plain_text(response) or f'HTTP {status}'} (error {code})"
    if code == _QUOTA or (code is None and status == 429):
        rest = COOL_DOWN_SECONDS if wait is None else wait
        return RateLimited(said, kind=LimitKind.RATE, retry_after=rest, status=status)
    if code in _PERMISSIONS or (code is None and status in {401, 403}):
        # there is no key that could be wrong: addresses of data centres are shut out
        return RateLimited(said, kind=LimitKind.BAN, retry_after=wait, status=status)
    if code in _MISTAKES or status in {400, 414}:
        return QuestionRefused(said, status=status)
    return Transient(said, status=status, retry_after=wait)
