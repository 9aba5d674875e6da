"""What a call needs and whom it tells: permit, authorizer, report, observer."""

from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from typing import Protocol

from enrichment.model import ProviderName
from enrichment.providers import HttpRequest, HttpResponse

Headers = tuple[tuple[str, str], ...]
Send = Callable[[HttpRequest], Awaitable[HttpResponse]]


class Permit(Protocol):
    """What lets a call be sent, try by try: a reservation of the allowance."""

    async def to_open(self, opening_seconds: float) -> None:
        """
        Return when it is time to open a connection.

        Args:
            opening_seconds: what an opening takes lately.

        Raises:
            ProviderError: the call is not to be made, or not now.
        """
        ...

    async def to_send(self) -> bool:
        """
        Return when the request may be written to the connection in hand.

        False: that is too far off to keep a connection waiting; open another later.

        Raises:
            ProviderError: as `to_open`.
        """
        ...


class Unlimited(Permit):
    """For calls that cost no allowance."""

    async def to_open(self, opening_seconds: float) -> None:
        """Return at once."""

    async def to_send(self) -> bool:
        """Return at once."""
        return True


class Never(Permit):
    """For who wants a connection and sends nothing."""

    async def to_open(self, opening_seconds: float) -> None:
        """Return at once."""

    async def to_send(self) -> bool:
        """Return at once: no."""
        return False


@dataclass(frozen=True, slots=True)
class CallReport:
    """
    One try as it ended, for metrics.

    Args:
        operation: the questions' operation; "token" for a token request.
        status: "success", "rate_limited" or "error", as `enrichment_api_calls` has it.
        error_type: class of the error; None on success.
        http_status: None when nothing was answered.
        sent: a request was written: the provider may have counted it.
    """

    provider: ProviderName
    operation: str
    status: str
    seconds: float
    error_type: str | None = None
    http_status: int | None = None
    sent: bool = True


class CallObserver(Protocol):
    """Told of every try."""

    def called(self, report: CallReport) -> None:
        """Count one try."""
        ...


class Authorizer(Protocol):
    """What a provider wants in its headers beyond the request; may ask for it."""

    async def headers(self, send: Send) -> Headers:
        """Return the headers that authorise a call now."""
        ...

    async def refused(self, headers: Headers) -> None:
        """Learn that a call with `headers` was answered 401."""
        ...
