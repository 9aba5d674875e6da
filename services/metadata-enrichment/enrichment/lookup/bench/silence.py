"""How long a call may go without its answer before nobody waits for it."""

import asyncio
from collections import deque
from collections.abc import Callable
from time import monotonic
from typing import Self

from enrichment.providers.calls import Permit

# A call is waited for so long, seconds: the others have work in hand for as long …
FIRST_SECONDS = 8.0
# … and so long, once a call went without an answer and until another has one …
AFTER_SILENCE_SECONDS = 2.0
# … but as many times as long as the slowest of the latest answers took, since a
# provider under pressure answers late and not never.
TIMES_SLOWEST = 2.0
REMEMBERED = 8


class Patience:
    """What the latest answers of one provider say of how long to wait for the next."""

    def __init__(self) -> None:
        self._took: deque[float] = deque(maxlen=REMEMBERED)

    def answered(self, seconds: float) -> None:
        """Remember how long an answer took."""
        self._took.append(seconds)

    def seconds(self, *, silent: bool) -> float:
        """
        Return how long to wait for an answer.

        Args:
            silent: the latest call went without one.
        """
        least = AFTER_SILENCE_SECONDS if silent else FIRST_SECONDS
        return max(least, TIMES_SLOWEST * max(self._took, default=0.0))


class Watched(Permit):
    """
    A permit whose call is watched while it is under way, and not while it waits.

    Args:
        seconds: how long the opening of a connection, and the answer, may take.
        late: called once, when one of them takes longer; the call continues.
    """

    def __init__(
        self, permit: Permit, seconds: float, late: Callable[[], None]
    ) -> None:
        self._permit = permit
        self._seconds = seconds
        self._tell = late
        self._timer: asyncio.TimerHandle | None = None
        self._since = 0.0
        self.is_late = False
        self.took = 0.0

    def __enter__(self) -> Self:
        # what is asked before the call itself, as a token, is watched too
        self._watch()
        return self

    def __exit__(self, *_: object) -> None:
        self.took = monotonic() - self._since
        self._rest()

    async def to_open(self, opening_seconds: float) -> None:
        """Return when the permit says so; then the opening is watched."""
        self._rest()
        await self._permit.to_open(opening_seconds)
        self._watch()

    async def to_send(self) -> bool:
        """Return what the permit says; then the answer is watched."""
        self._rest()
        may_send = await self._permit.to_send()
        self._watch()
        return may_send

    def _watch(self) -> None:
        self._since = monotonic()
        if not self.is_late:
            loop = asyncio.get_running_loop()
            self._timer = loop.call_later(self._seconds, self._is_late)

    def _rest(self) -> None:
        if self._timer is not None:
            self._timer.cancel()

    def _is_late(self) -> None:
        self.is_late = True
        self._tell()
