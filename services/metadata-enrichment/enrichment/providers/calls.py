"""What a call needs and whom it tells: authorizer, budget hook, report, observer."""

from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from typing import Protocol

from enrichment.providers import HttpRequest, HttpResponse
from enrichment.tracks import ProviderName

Headers = tuple[tuple[str, str], ...]
# Asked at the last moment before a request is written; false: it may not be sent now.
MaySend = Callable[[], bool]
OnAttempt = Callable[[], Awaitable[MaySend]]
Send = Callable[[HttpRequest], Awaitable[HttpResponse]]


@dataclass(frozen=True, slots=True)
class CallReport:
    """
    One try as it ended, for metrics.

    Args:
        operation: the questions' operation; "token" for a token request.
        status: "success", "rate_limited" or "error", as `enrichment_api_calls` has it.
        error_type: class of the error; None on success.
        http_status: None when nothing was answered.
    """

    provider: ProviderName
    operation: str
    status: str
    seconds: float
    error_type: str | None = None
    http_status: int | None = None


class CallObserver(Protocol):
    """Told of every try."""

    def called(self, report: CallReport) -> None:
        """Count one try."""
        ...


class Authorizer(Protocol):
    """What a provider wants in its headers beyond the request; may ask for it."""

    async def headers(self, send: Send) -> Headers:
        """Give the headers that authorise a call now."""
        ...

    async def refused(self, headers: Headers) -> None:
        """Learn that a call with `headers` was answered 401."""
        ...
