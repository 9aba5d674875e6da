"""Gather the questions of many messages into one provider call, an answer for each."""

import asyncio
from collections.abc import Callable, Collection, Coroutine, Iterable, Mapping
from contextlib import suppress
from datetime import UTC, datetime, timedelta
from functools import partial
from time import monotonic
from types import MappingProxyType
from uuid import uuid4

from enrichment import logs
from enrichment.contract.messages import Lane
from enrichment.errors import ServerAway
from enrichment.lookup.bench.blocked import UNREACHABLE, Reach
from enrichment.lookup.dispatch.call_queue import (
    CallQueue,
    Filling,
    Group,
    PendingQuestions,
    Reply,
    may_go,
)
from enrichment.lookup.dispatch.leases import LeaseWaiter, claim_of
from enrichment.lookup.dispatch.provider_calls import (
    FLOWING,
    LOOK_AGAIN_SECONDS,
    ProviderCalls,
    Timing,
    broken,
)
from enrichment.lookup.dispatch.shared_state import SharedState
from enrichment.lookup.ratelimit.rate_budget import (
    LimitedBy,
    Reservation,
    Settlement,
)
from enrichment.model import (
    Answer,
    Benched,
    Found,
    ProviderName,
    Question,
)
from enrichment.providers import Provider
from enrichment.providers.http.sender import HttpSender

log = logs.get("lookup")

# Calls of one provider under way at once: budgets pace, this only bounds memory.
CALLS_IN_FLIGHT = 8
# Turns are promised so far ahead. A part that is kept away for longer by a bench or a
# quota waits in Postgres, not in a worker's hands; seconds of the providers' clock.
PATIENCE_SECONDS = 30.0
# What an operator has paused is looked at again after this: so long resuming may take.
PAUSED_SECONDS = 300.0
# Nobody is kept waiting for longer, seconds: RabbitMQ takes a message back that is not
# acknowledged within half an hour; a track may ask three questions one after the other,
# and its message has waited for another batch to do so. What is let go waits in
# Postgres, and in the queue behind the others.
HELD_SECONDS = 270.0
_LOOKS_WHILE_HELD = 20


class Background:
    """Tasks of one owner; nobody else holds on to them."""

    def __init__(self) -> None:
        self._tasks: set[asyncio.Task[None]] = set()

    def start(
        self,
        act: Coroutine[None, None, None],
        ended: Callable[[], None] = lambda: None,
    ) -> None:
        """Run beside; `ended` is called whatever becomes of it."""

        def end(task: asyncio.Task[None]) -> None:
            self._tasks.discard(task)
            ended()

        task = asyncio.create_task(act)
        self._tasks.add(task)
        task.add_done_callback(end)

    async def cancel(self) -> None:
        """End all, and wait until they have ended."""
        tasks = list(self._tasks)
        for task in tasks:
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)


class Slot:
    """One place of a semaphore; given back once, whoever comes first."""

    def __init__(self, slots: asyncio.Semaphore) -> None:
        self._slots: asyncio.Semaphore | None = slots

    def release(self) -> None:
        """Release the place, if that was not done."""
        slots, self._slots = self._slots, None
        if slots is not None:
            slots.release()


class Dispatcher:
    """
    Asks one provider the questions of all batches of this worker.

    A question waits here until this worker has reserved a call; the call then takes
    along all that has gathered meanwhile, up to the provider's batch size.
    """

    def __init__(
        self,
        provider: Provider,
        *,
        sender: HttpSender,
        shared: SharedState,
        lane: Lane,
        time_scale: float = 1.0,
        late_seconds: float = 0.125,
        held_seconds: float = HELD_SECONDS,
        now: Callable[[], datetime] = lambda: datetime.now(UTC),
    ) -> None:
        self._held = held_seconds
        self._provider = provider
        self._sender = sender
        self._shared = shared
        self._clock = monotonic
        self._filling = Filling(longest=Filling().longest / time_scale)
        self._lane = lane
        self._timing = Timing(PATIENCE_SECONDS / time_scale, late_seconds)
        self._paused = PAUSED_SECONDS / time_scale
        self._reach = Reach(provider.name, time_scale)
        self._calls = ProviderCalls(
            provider, sender, shared, self._reach, self._timing, now
        )
        self._next: Dispatcher | None = None
        self._now = now
        self._pending = PendingQuestions(now)
        self._queue = CallQueue(provider.batch_size)
        self._arrived = asyncio.Event()
        self._slots = asyncio.Semaphore(CALLS_IN_FLIGHT)
        self._background = Background()
        self._waiter = LeaseWaiter(
            shared.leases,
            shared.cache,
            shared.spending,
            self._pending,
            start=self._background.start,
            ask=self._enqueue,
            now=now,
        )
        self._owner = uuid4().hex

    def comes_before(self, other: "Dispatcher") -> None:
        """Know whose questions depend on our answers."""
        self._next = other

    @property
    def name(self) -> ProviderName:
        """Name the provider that is asked here."""
        return self._provider.name

    @property
    def waiting(self) -> int:
        """How many questions wait for a reservation."""
        return len(self._queue)

    @property
    def spare(self) -> float:
        """Return the share of the allowance that nobody uses: none while work waits."""
        if self._pending:
            return 0.0
        return self._shared.budget.spare(self.name)

    async def ask(
        self,
        questions: Collection[Question],
        newer_than: Mapping[Question, datetime] = MappingProxyType({}),
    ) -> dict[Question, Reply]:
        """
        Wait for the answers; equal questions of other batches are asked once.

        Args:
            newer_than: what was fetched until then is no answer; by default until now.
        """
        now = self._now()
        for question in questions:
            if self._pending.enter(question, newer_than.get(question, now)):
                self._enqueue(question)
            else:
                self._waiter.saved(question)
        return await self._pending.wait(questions)

    def ask_early(self, questions: Collection[Question]) -> None:
        """Ask beside the work: nobody waits for the answers."""

        async def ask() -> None:
            # without Redis it is left
            with suppress(ServerAway):
                await self.ask(questions)

        self._background.start(ask())

    async def keep(self, question: Question, answer: Found, at: datetime) -> None:
        """Remember an answer that came with that of another question."""
        await self._shared.cache.put_many({question: answer}, at)
        await self._shared.archive.keep({question: answer}, at)

    async def run(self) -> None:
        """Reserve calls until the worker stops and cancels this."""
        try:
            async with asyncio.TaskGroup() as loops:
                loops.create_task(self._let_go())
                loops.create_task(self._reserve_calls())
        finally:
            await self._background.cancel()

    async def _reserve_calls(self) -> None:
        while True:
            self._arrived.clear()
            if self._goes_next() is None:
                await self._more()
                continue
            await self._slots.acquire()
            # a slot may have been long in coming: something else may go first now
            if (operation := self._goes_next()) is None:
                self._slots.release()
                continue
            await self._reserve(self._queue.take(operation))

    def _enqueue(self, question: Question) -> None:
        self._queue.add(question, self._clock())
        self._arrived.set()

    def _ask_again(self, groups: Iterable[tuple[Question, ...]]) -> None:
        ours = (tuple(q for q in group if q in self._pending) for group in groups)
        self._queue.add_again(ours)
        self._arrived.set()

    def _goes_next(self) -> str | None:
        """Name the operation whose call is full, or need not wait for more."""
        if (full := self._queue.full()) is not None:
            return full
        ahead = self._next.waiting if self._next is not None else 0
        waiting = self._queue.partial(self._clock())
        ready = (
            name
            for name, queue in waiting.items()
            if may_go(queue, self._filling, ahead)
        )
        return next(ready, None)

    async def _more(self) -> None:
        """Wait for questions, or for the time to look after those that wait."""
        looks_again = LOOK_AGAIN_SECONDS if self.waiting else None
        with suppress(TimeoutError):
            await asyncio.wait_for(self._arrived.wait(), looks_again)

    async def _let_go(self) -> None:
        """Put off what more workers hold than the allowance answers in time."""
        while True:
            await asyncio.sleep(self._held / _LOOKS_WHILE_HELD)
            now = self._now()
            late = self._pending.held_since(now - timedelta(seconds=self._held))
            self._queue.remove(late)
            until = now + timedelta(seconds=self._held)
            self._resolve_all(late, Benched(until, LimitedBy.WINDOW))

    async def _reserve(self, group: Group) -> None:
        """Lease questions and reserve a call for them, both in one step in Redis."""
        unpaid = self._shared.spending.budget.wait_seconds(self.name, self._lane)
        if unpaid > 0:
            self._slots.release()
            self._put_off(group, unpaid, "monthly_budget")
            return
        unreached = self._reach.wait_seconds()
        if unreached > 0:
            self._slots.release()
            self._put_off(group, unreached, UNREACHABLE)
            return
        leases = self._shared.leases
        claim = claim_of(group.questions, self._owner, leases.lease_seconds)
        try:
            reservation, owned = await self._shared.budget.take_with_leases(
                claim,
                lane=self._lane,
                reservation=uuid4().hex,
                max_wait_seconds=self._timing.patience_seconds,
            )
        except ServerAway as away:
            self._slots.release()
            self._away(group.questions, away)
            return
        if not reservation.granted:
            self._slots.release()
            await self._not_reserved(group, reservation)
            return
        leases.hold(owned, self._owner)
        others = [q for q in group.questions if q not in owned]
        self._waiter.follow(others)
        mine = group.without(others)
        self._queue.keep_open(mine)
        slot = Slot(self._slots)
        self._background.start(self._call(mine, reservation, slot), slot.release)

    def _away(self, questions: Iterable[Question], away: ServerAway) -> None:
        """Give back all that waits: nobody is asked without the shared budget."""
        self._pending.fail([*questions, *self._queue.take_all()], away)

    async def _not_reserved(self, group: Group, reservation: Reservation) -> None:
        """Follow, wait or put off, as the budget says."""
        wait, paced_by = reservation.wait_seconds, reservation.paced_by
        if paced_by is LimitedBy.LEASED:
            self._waiter.follow(group.questions)
        elif paced_by is LimitedBy.PAUSE:
            self._put_off(group, self._paused, paced_by)
        elif paced_by in FLOWING or wait <= self._timing.patience_seconds:
            self._queue.give_back(group)
            # never at once: a scaled clock makes waits very short
            await asyncio.sleep(min(max(wait, 0.01), LOOK_AGAIN_SECONDS))
        else:
            self._put_off(group, wait, paced_by)

    def _put_off(self, group: Group, seconds: float, reason: str) -> None:
        """Answer everybody in the queue with the time to ask again."""
        answer = Benched(self._now() + timedelta(seconds=seconds), reason)
        queued = self._queue.take_all(group.operation)
        self._resolve_all((*group.questions, *queued), answer)

    async def _call(self, group: Group, reservation: Reservation, slot: Slot) -> None:
        """Wait until it is time, fill the call, ask, and tell all who wait."""
        asked = [*group.questions]
        owned = set(asked)
        try:
            try:
                # the connection has to be open when it is time
                reservation = await self._shared.budget.wait_until_due(
                    reservation, early_seconds=self._sender.opening_seconds(self.name)
                )
            finally:
                self._queue.close(group)
            if not reservation.granted:
                # a refusal came meanwhile: what was promised before it is not asked
                self._queue.give_back(group)
                return
            joined = self._queue.company(group)
            asked += joined
            leased = await self._shared.leases.acquire(joined, self._owner)
            owned |= leased
            others = [q for q in joined if q not in leased]
            self._waiter.follow(others)
            asked = [q for q in asked if q not in others]
            asked = await self._waiter.unanswered(asked)
            if asked:
                late = partial(self._late, asked, slot)
                came = await self._calls.ask(asked, reservation, late)
                for question, answer in came.answers.items():
                    self._pending.resolve(question, answer)
                self._ask_again(came.again)
            else:
                await self._shared.budget.settle(reservation, Settlement.NEVER_SENT)
        except ServerAway as away:
            self._away(asked, away)
        except Exception as error:
            log.exception(
                "Provider call broke",
                event_name="enrichment.lookup.broke",
                provider=self._provider.name,
            )
            self._resolve_all(asked, broken(error))
        finally:
            # whoever found no room in this call reserves the next one now
            self._arrived.set()
            await self._shared.leases.release(owned, self._owner)

    def _late(self, asked: Iterable[Question], slot: Slot) -> None:
        """Wait no more for a call without an answer: one that comes will be cached."""
        slot.release()
        until = self._now() + timedelta(seconds=self._reach.again_seconds)
        queued = self._queue.take_all() if self._reach.pause_seconds else ()
        self._resolve_all((*asked, *queued), Benched(until, UNREACHABLE))

    def _resolve_all(self, group: Iterable[Question], answer: Answer) -> None:
        for question in group:
            self._pending.resolve(question, answer)
