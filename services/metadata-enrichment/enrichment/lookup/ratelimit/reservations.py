"""Turns as a worker uses them: taken, used in time, taken again for another try."""

import asyncio
from collections.abc import Callable
from time import monotonic
from uuid import uuid4

from enrichment.contract import metrics
from enrichment.contract.messages import Lane
from enrichment.errors import NotInTime, ProviderError
from enrichment.lookup.ratelimit.rate_budget import (
    LeaseClaim,
    LimitedBy,
    RateBudget,
    Reservation,
    Settlement,
)
from enrichment.model import Question
from enrichment.providers.calls import Permit

# Between looks at an allowance whose turn is near, seconds.
LOOK_AGAIN_SECONDS = 0.25
# Turns that one call may be late for; then the network or this machine is too slow.
TURNS_MISSED = 20
# A connection that is open and unused is kept for a turn that is so near, seconds:
# servers commonly close what is idle for five.
HELD_OPEN_SECONDS = 2.0
# These pass by themselves while work flows: no reason to write a part off for now.
FLOWING = frozenset({LimitedBy.NONE, LimitedBy.WINDOW, LimitedBy.REJOIN})


class NoTurn(ProviderError):  # noqa: N818 (no fault of the call's)
    """There is no turn for this now, by a refusal, a bench or a quota."""


class Reservations:
    """
    One provider's turns for one worker.

    Args:
        patience_seconds: turns are promised so far ahead.
        late_seconds: a turn that passed longer ago is given back.
    """

    def __init__(
        self,
        budget: RateBudget,
        lane: Lane,
        patience_seconds: float,
        late_seconds: float,
        *,
        clock: Callable[[], float] = monotonic,
    ) -> None:
        self._budget = budget
        self._lane = lane
        self._patience = patience_seconds
        self._late = late_seconds
        self._clock = clock

    async def take(self, claim: LeaseClaim) -> tuple[Reservation, frozenset[Question]]:
        """Lease questions and take a turn for them, in one step in the cluster."""
        return await self._budget.take_with_leases(
            claim,
            lane=self._lane,
            reservation=uuid4().hex,
            max_wait_seconds=self._patience,
        )

    async def give_back(self, grant: Reservation) -> None:
        """Leave the turn to others: nothing was sent."""
        await self._budget.settle(grant, Settlement.NEVER_SENT)

    async def missed(self, grant: Reservation) -> None:
        """Give back a turn that has passed."""
        metrics.TURNS_MISSED.labels(grant.provider).inc()
        await self.give_back(grant)

    def seconds_until(self, grant: Reservation) -> float:
        """Return how far off the turn is; negative when it has passed."""
        return grant.ready_at - self._clock()

    def is_in_time(self, grant: Reservation) -> bool:
        """Return whether the turn may be used now."""
        return self._clock() - grant.due_at <= self._late

    async def wait(self, grant: Reservation, early_seconds: float = 0.0) -> None:
        """Sleep until it is nearly the turn. Raises NoTurn if a bench came."""
        waited = await self._budget.wait_for_turn(grant, early_seconds=early_seconds)
        if not waited.granted:
            raise NoTurn(f"no turn: {waited.paced_by}")

    async def soon(self, grant: Reservation) -> Reservation | None:
        """Take one more turn of the same kind, if there is one. Raises NoTurn."""
        again = await self._ask_again(grant)
        return again if again.granted else None

    async def another(self, grant: Reservation) -> Reservation:
        """Take one more turn of the same kind, asking until there is. Raises NoTurn."""
        give_up_at = self._clock() + self._patience
        while not (again := await self._ask_again(grant)).granted:
            if self._clock() > give_up_at:
                raise NoTurn(f"no turn: {again.paced_by}")
            await asyncio.sleep(min(again.wait_seconds, LOOK_AGAIN_SECONDS))
        return again

    async def _ask_again(self, grant: Reservation) -> Reservation:
        again = await self._budget.take(
            grant.provider,
            lane=self._lane,
            reservation=uuid4().hex,
            operation=grant.operation,
            max_wait_seconds=self._patience,
        )
        if not again.granted and again.paced_by not in FLOWING:
            raise NoTurn(f"no turn: {again.paced_by}")
        return again


class CallTurn(Permit):
    """
    The turn of one call, from before its connection is open until it is sent.

    A call that comes late falls among those whose turn is then; windows have room for
    a little of that, not for a connection that took long to open, nor for a process
    that was not given the processor. So the connection is opened before the turn, and
    a turn that has passed is given back and taken again with the connection in hand.

    Args:
        grant: the first turn.
        is_benched: whether a refusal of another call has come, by memory alone.
    """

    def __init__(
        self, turns: Reservations, grant: Reservation, is_benched: Callable[[], bool]
    ) -> None:
        self.grant = grant
        self.sent = False
        self._turns = turns
        self._is_benched = is_benched
        self._is_ours = True
        self._missed = 0
        self._opening = 0.0

    async def to_open(self, opening_seconds: float) -> None:
        """Return when a connection that is opened now is there for the turn."""
        self._opening = opening_seconds
        self._check_bench()
        if self.sent:
            # a retry of a blip is a call like any other
            self.sent = self._is_ours = False
        if not self._is_ours:
            self._have(await self._turns.another(self.grant))
        await self._turns.wait(self.grant, opening_seconds)

    async def to_send(self) -> bool:
        """Wait for the turn; give back those that have passed, and take others."""
        while self._is_ours or self._have(await self._turns.soon(self.grant)):
            held = max(HELD_OPEN_SECONDS, self._opening)
            if self._turns.seconds_until(self.grant) > held:
                return False
            await self._turns.wait(self.grant)
            self._check_bench()
            if self._turns.is_in_time(self.grant):
                self.sent = True
                return True
            await self._miss()
        return False

    async def give_back(self) -> None:
        """Leave the turn to others, if it was not used."""
        if self._is_ours and not self.sent:
            self._is_ours = False
            await self._turns.give_back(self.grant)

    def _have(self, grant: Reservation | None) -> bool:
        self._is_ours = grant is not None
        self.grant = grant or self.grant
        return self._is_ours

    async def _miss(self) -> None:
        self._is_ours = False
        self._missed += 1
        await self._turns.missed(self.grant)
        if self._missed >= TURNS_MISSED:
            raise NotInTime(
                f"{self.grant.provider}: late for {self._missed} turns, a connection"
                f" takes {self._opening:.1f} s to open"
            )

    def _check_bench(self) -> None:
        if self._is_benched():
            raise NoTurn("a refusal came before this was sent")
