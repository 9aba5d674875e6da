"""What Last.fm's errors mean: they go by the body's number, not by the status."""

import re
from collections.abc import Mapping

from enrichment.errors import (
    CredentialsRefused,
    LimitKind,
    ProviderError,
    QuestionRefused,
    RateLimited,
    Transient,
)
from enrichment.providers import HttpResponse
from enrichment.providers.payload import number, retry_after_seconds, text

_NOT_FOUND = re.compile(r"not\s+(be\s+)?found|no such", re.IGNORECASE)
# https://www.last.fm/api/errorcodes
_CREDENTIALS = frozenset({4, 9, 10, 14, 17, 26})
_BACKEND = frozenset({8, 11, 16})
_RATE = 29
_PARAMETERS = 6


def refusal_of(
    body: Mapping[str, object], response: HttpResponse
) -> ProviderError | None:
    """Return what an error means; None when it says that the track is not known."""
    status, wait = response.status, retry_after_seconds(response.headers)
    error = number(body.get("error"))
    message = text(body.get("message")) or f"HTTP {status}"
    said = f"Last.fm: {message} (error {error})"
    if error == _PARAMETERS and _NOT_FOUND.search(message):
        return None
    if error == _RATE or (error is None and status == 429):
        return RateLimited(said, kind=LimitKind.RATE, retry_after=wait, status=status)
    if error in _CREDENTIALS or (error is None and status == 401):
        return CredentialsRefused(said, status=status)
    # a page without a number is of what is before Last.fm, not its own word
    if error in _BACKEND or error is None or status >= 500:
        return Transient(said, status=status, retry_after=wait)
    if error == _PARAMETERS and "api" in message.casefold():
        # the same number for a missing key as for an unknown track
        return CredentialsRefused(said, status=status)
    return QuestionRefused(said, status=status)
