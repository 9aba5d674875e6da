"""One call: its reservation is used in time, its answers are kept."""

import asyncio
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import datetime
from time import monotonic
from typing import Self
from uuid import uuid4

from enrichment.contract import metrics
from enrichment.contract.texts.own_secrets import from_outside
from enrichment.errors import NotInTime, ProviderError, Unreachable
from enrichment.lookup.bench.blocked import Reach
from enrichment.lookup.dispatch.refusals import CallResult, Refusals
from enrichment.lookup.dispatch.shared_state import SharedState
from enrichment.lookup.ratelimit.rate_budget import (
    LimitedBy,
    RateBudget,
    Reservation,
    Settlement,
)
from enrichment.model import Absent, Failed, FailureReason, Found, Question
from enrichment.providers import Provider, Reading
from enrichment.providers.calls import Permit
from enrichment.providers.http.sender import HttpSender

# Between looks at an allowance whose next reservation is near, seconds.
LOOK_AGAIN_SECONDS = 0.25
# Reservations that one call may be late for; then the network or this machine is too
# slow.
TURNS_MISSED = 20
# A connection that is open and unused is kept for a reservation that is so near,
# seconds: servers commonly close what is idle for five.
HELD_OPEN_SECONDS = 2.0
# These pass by themselves while work flows: no reason to write a part off for now.
FLOWING = frozenset({LimitedBy.NONE, LimitedBy.WINDOW, LimitedBy.REJOIN})


class NoReservation(ProviderError):  # noqa: N818 (no fault of the call's)
    """There is no reservation for this now, by a refusal, a bench or a quota."""


@dataclass(frozen=True, slots=True)
class Timing:
    """
    How far ahead calls are reserved, and how late they may be sent.

    Args:
        patience_seconds: reservations are promised so far ahead.
        late_seconds: one whose time passed longer ago is given back.
    """

    patience_seconds: float = 30.0
    late_seconds: float = 0.125


class ReservedCall(Permit):
    """
    The reservation of one call, from before its connection is open until it is sent.

    A call that comes late falls among those whose time is then; windows have room for
    a little of that, not for a connection that took long to open, nor for a process
    that was not given the processor. So the connection is opened before the time, and
    one that has passed is given back, and another is taken with it in hand.

    Args:
        reservation: the first one.
        is_benched: whether a refusal of another call has come, by memory alone.
    """

    def __init__(
        self,
        budget: RateBudget,
        reservation: Reservation,
        is_benched: Callable[[], bool],
        timing: Timing,
        *,
        clock: Callable[[], float] = monotonic,
    ) -> None:
        self.reservation = reservation
        self.sent = False
        self._budget = budget
        self._is_benched = is_benched
        self._timing = timing
        self._clock = clock
        self._is_ours = True
        self._missed = 0
        self._opening = 0.0

    async def to_open(self, opening_seconds: float) -> None:
        """Return when a connection that is opened now is there in time."""
        self._opening = opening_seconds
        self._check_bench()
        if self.sent:
            # a retry of a blip is a call like any other
            self.sent = self._is_ours = False
        if not self._is_ours:
            await self._take_another()
        await self._wait(opening_seconds)

    async def to_send(self) -> bool:
        """Wait for the time; give back reservations that have passed, take others."""
        while self._is_ours or await self._take_soon():
            held = max(HELD_OPEN_SECONDS, self._opening)
            if self.reservation.ready_at - self._clock() > held:
                return False
            await self._wait()
            self._check_bench()
            if self._clock() - self.reservation.due_at <= self._timing.late_seconds:
                self.sent = True
                return True
            await self._miss()
        return False

    async def give_back(self) -> None:
        """Leave the reservation to others, if it was not used."""
        if self._is_ours and not self.sent:
            self._is_ours = False
            await self._budget.settle(self.reservation, Settlement.NEVER_SENT)

    async def _wait(self, early_seconds: float = 0.0) -> None:
        """Sleep until it is nearly time. Raises NoReservation if a bench came."""
        waited = await self._budget.wait_until_due(
            self.reservation, early_seconds=early_seconds
        )
        if not waited.granted:
            raise NoReservation(f"no reservation: {waited.paced_by}")

    async def _take_soon(self) -> bool:
        """Take one more of the same kind, if there is one. Raises NoReservation."""
        again = await self._ask_again()
        if again.granted:
            self.reservation, self._is_ours = again, True
        return again.granted

    async def _take_another(self) -> None:
        """Take one more of the same kind, until there is one. Raises NoReservation."""
        give_up_at = self._clock() + self._timing.patience_seconds
        while not (again := await self._ask_again()).granted:
            if self._clock() > give_up_at:
                raise NoReservation(f"no reservation: {again.paced_by}")
            await asyncio.sleep(min(again.wait_seconds, LOOK_AGAIN_SECONDS))
        self.reservation, self._is_ours = again, True

    async def _ask_again(self) -> Reservation:
        again = await self._budget.take(
            self.reservation.provider,
            lane=self.reservation.lane,
            reservation=uuid4().hex,
            operation=self.reservation.operation,
            max_wait_seconds=self._timing.patience_seconds,
        )
        if not again.granted and again.paced_by not in FLOWING:
            raise NoReservation(f"no reservation: {again.paced_by}")
        return again

    async def _miss(self) -> None:
        provider = self.reservation.provider
        self._missed += 1
        metrics.TURNS_MISSED.labels(provider).inc()
        await self.give_back()
        if self._missed >= TURNS_MISSED:
            raise NotInTime(
                f"{provider}: late for {self._missed} turns, a connection"
                f" takes {self._opening:.1f} s to open"
            )

    def _check_bench(self) -> None:
        if self._is_benched():
            raise NoReservation("a refusal came before this was sent")


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


class ProviderCalls:
    """Calls to one provider with reservations that were granted."""

    def __init__(
        self,
        provider: Provider,
        sender: HttpSender,
        shared: SharedState,
        reach: Reach,
        timing: Timing,
        now: Callable[[], datetime],
    ) -> None:
        self._provider = provider
        self._sender = sender
        self._shared = shared
        self._timing = timing
        self._now = now
        self._refusals = Refusals(provider, shared)
        self._reach = reach

    async def ask(
        self,
        group: Sequence[Question],
        reservation: Reservation,
        late: Callable[[], None],
    ) -> CallResult:
        """
        Ask in time; what was found is in the cache before anybody hears of it.

        Args:
            late: called when there is no answer in time; it is waited for here alone.
        """
        reserved = ReservedCall(
            self._shared.budget,
            reservation,
            lambda: self._is_benched(group),
            self._timing,
        )

        def is_late() -> None:
            self._reach.was_silent()
            late()

        watched = Watched(reserved, self._reach.call_seconds, is_late)
        try:
            with watched:
                if not await self._is_open(group):
                    await reserved.give_back()
                    return CallResult({}, tuple((question,) for question in group))
                reading = await self._send(group, watched)
        except ProviderError as error:
            await self._showed_nothing(group)
            await reserved.give_back()
            if isinstance(error, NoReservation):
                return CallResult({}, (tuple(group),))
            self._note_silence(error, watched)
            return await self._refusals.came(group, reserved.reservation, error)
        self._reach.answered(watched.took)
        await self._shared.capabilities.learn(self._provider.name, reading.shown)
        await self._refusals.answered(group, reading.answers)
        if self._provider.relies_on(group) not in reading.shown:
            await self._showed_nothing(group)
        await self._shared.bench.succeeded(reserved.reservation)
        at = self._now()
        found = {
            question: answer
            for question, answer in reading.answers.items()
            if isinstance(answer, Found | Absent)
        }
        await self._shared.cache.put_many(found, at)
        await self._shared.archive.keep(found, at)
        again = tuple(map(tuple, reading.again))
        pending = {question for part in again for question in part}
        left_out = {
            question: Failed(FailureReason.LEFT_OUT)
            for question in group
            if question not in found and question not in pending
        }
        return CallResult({**found, **left_out}, again)

    async def _send(self, group: Sequence[Question], permit: Permit) -> Reading:
        metrics.QUESTIONS_PER_CALL.labels(self._provider.name).observe(len(group))
        return await self._sender.ask(self._provider, group, permit=permit)

    def _is_benched(self, group: Sequence[Question]) -> bool:
        """Return by memory alone whether a refusal of another call of ours has come."""
        known, operation = self._shared.bench.known, group[0].operation
        return known.wait_seconds(self._provider.name, operation) > 0

    async def _is_open(self, group: Sequence[Question]) -> bool:
        """Return whether our account may ask these in one call."""
        needed = self._provider.relies_on(group)
        if needed is None or len(group) == 1:
            return True
        if self._refusals.is_suspect(needed):
            return False
        return await self._shared.capabilities.may_rely_on(self._provider.name, needed)

    async def _showed_nothing(self, group: Sequence[Question]) -> None:
        if needed := self._provider.relies_on(group):
            await self._shared.capabilities.showed_nothing(self._provider.name, needed)

    def _note_silence(self, error: ProviderError, watched: Watched) -> None:
        """Count a provider that is not reached apart from one that answered."""
        if isinstance(error, Unreachable):
            if not watched.is_late:  # else that has been counted
                self._reach.was_silent()
        elif not isinstance(error, NotInTime):
            self._reach.answered(watched.took)


def broken(error: Exception) -> Failed:
    """Return the answer of a call that our own code could not complete."""
    return Failed(FailureReason.BROKE, from_outside(f"{type(error).__name__}: {error}"))
