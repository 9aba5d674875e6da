"""Gather the questions of many messages into one provider call, an answer for each."""

import asyncio
from collections.abc import (
    Callable,
    Collection,
    Iterable,
    Mapping,
)
from contextlib import suppress
from datetime import UTC, datetime, timedelta
from functools import partial
from time import monotonic
from types import MappingProxyType
from uuid import uuid4

from enrichment import logs
from enrichment.contract.messages import Lane
from enrichment.errors import ServerAway
from enrichment.lookup.bench.reach import UNREACHABLE, Reach
from enrichment.lookup.dispatch.background import Background, Slot
from enrichment.lookup.dispatch.call_queue import CallQueue, Group
from enrichment.lookup.dispatch.filling import Filling, may_go
from enrichment.lookup.dispatch.lease_waiter import LeaseWaiter
from enrichment.lookup.dispatch.pending import PendingQuestions, Reply
from enrichment.lookup.dispatch.provider_calls import ProviderCalls, broken
from enrichment.lookup.dispatch.shared_state import SharedState
from enrichment.lookup.ratelimit.rate_budget import (
    LeaseClaim,
    LimitedBy,
    Reservation,
    Settlement,
)
from enrichment.lookup.ratelimit.reservations import (
    FLOWING,
    LOOK_AGAIN_SECONDS,
    Reservations,
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


class Dispatcher:
    """
    One provider's questions, from every batch of this worker, in their turn.

    A question waits here until the shared budget gives this worker a turn; the call
    then takes along all that has gathered meanwhile, up to the provider's batch size.
    """

    def __init__(
        self,
        provider: Provider,
        *,
        sender: HttpSender,
        cluster: SharedState,
        lane: Lane,
        time_scale: float = 1.0,
        late_seconds: float = 0.125,
        held_seconds: float = HELD_SECONDS,
        now: Callable[[], datetime] = lambda: datetime.now(UTC),
    ) -> None:
        self._held = held_seconds
        self._provider = provider
        self._sender = sender
        self._cluster = cluster
        self._clock = monotonic
        self._filling = Filling(longest=Filling().longest / time_scale)
        self._lane = lane
        self._patience = PATIENCE_SECONDS / time_scale
        self._paused = PAUSED_SECONDS / time_scale
        self._turns = Reservations(cluster.budget, lane, self._patience, late_seconds)
        self._reach = Reach(provider.name, time_scale)
        self._calls = ProviderCalls(
            provider, sender, cluster, self._turns, self._reach, now
        )
        self._next: Dispatcher | None = None
        self._now = now
        self._open = PendingQuestions(now)
        self._gathering = CallQueue(provider.batch_size)
        self._arrived = asyncio.Event()
        self._slots = asyncio.Semaphore(CALLS_IN_FLIGHT)
        self._background = Background()
        self._following = LeaseWaiter(
            cluster, self._open, self._background, self._queue, now
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
        """How many questions wait for a turn."""
        return len(self._gathering)

    @property
    def spare(self) -> float:
        """Return the share of the allowance that nobody uses: none while work waits."""
        if self._open:
            return 0.0
        return self._cluster.budget.spare(self._provider.name)

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
            if self._open.enter(question, newer_than.get(question, now)):
                self._queue(question)
            else:
                self._following.saved(question)
        return await self._open.wait(questions)

    async def keep(self, question: Question, answer: Found, at: datetime) -> None:
        """Remember an answer that came with that of another question."""
        await self._cluster.cache.put_many({question: answer}, at)
        await self._cluster.archive.keep({question: answer}, at)

    async def run(self) -> None:
        """Reserve calls until the worker stops and cancels this."""
        try:
            async with asyncio.TaskGroup() as loops:
                loops.create_task(self._let_go())
                loops.create_task(self._give_turns())
        finally:
            await self._background.cancel()

    async def _give_turns(self) -> None:
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
            await self._turn(self._gathering.take(operation))

    def _queue(self, question: Question) -> None:
        self._gathering.add(question, self._clock())
        self._arrived.set()

    def _ask_again(self, groups: Iterable[tuple[Question, ...]]) -> None:
        ours = (tuple(q for q in group if q in self._open) for group in groups)
        self._gathering.add_again(ours)
        self._arrived.set()

    def _goes_next(self) -> str | None:
        """Name the operation whose call is full, or need not wait for more."""
        if (full := self._gathering.full()) is not None:
            return full
        ahead = self._next.waiting if self._next is not None else 0
        waiting = self._gathering.partial(self._clock())
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
            late = self._open.held_since(now - timedelta(seconds=self._held))
            self._gathering.remove(late)
            until = now + timedelta(seconds=self._held)
            self._resolve_all(late, Benched(until, LimitedBy.WINDOW))

    async def _turn(self, group: Group) -> None:
        """Lease questions and take a turn for them, in one step in the cluster."""
        unpaid = self._cluster.spending.wait_seconds(self._provider.name, self._lane)
        if unpaid > 0:
            self._slots.release()
            self._put_off(group, unpaid, "monthly_budget")
            return
        unreached = self._reach.wait_seconds()
        if unreached > 0:
            self._slots.release()
            self._put_off(group, unreached, UNREACHABLE)
            return
        claim = LeaseClaim(
            group.questions, self._owner, self._cluster.leases.lease_seconds
        )
        try:
            grant, owned = await self._turns.take(claim)
        except ServerAway as away:
            self._slots.release()
            self._away(group.questions, away)
            return
        if not grant.granted:
            self._slots.release()
            await self._no_turn(group, grant)
            return
        self._cluster.leases.hold(owned, self._owner)
        others = [q for q in group.questions if q not in owned]
        self._following.follow(others)
        mine = group.without(others)
        self._gathering.keep_open(mine)
        slot = Slot(self._slots)
        self._background.start(self._call(mine, grant, slot), slot.release)

    def _away(self, questions: Iterable[Question], away: ServerAway) -> None:
        """Give back all that waits: nobody is asked without the shared budget."""
        self._open.fail([*questions, *self._gathering.take_all()], away)

    async def _no_turn(self, group: Group, grant: Reservation) -> None:
        """Follow, wait or put off, as the budget says."""
        wait, paced_by = grant.wait_seconds, grant.paced_by
        if paced_by is LimitedBy.LEASED:
            self._following.follow(group.questions)
        elif paced_by is LimitedBy.PAUSE:
            self._put_off(group, self._paused, paced_by)
        elif paced_by in FLOWING or wait <= self._patience:
            self._gathering.give_back(group)
            # never at once: a scaled clock makes waits very short
            await asyncio.sleep(min(max(wait, 0.01), LOOK_AGAIN_SECONDS))
        else:
            self._put_off(group, wait, paced_by)

    def _put_off(self, group: Group, seconds: float, reason: str) -> None:
        """Answer everybody in the queue with the time to ask again."""
        answer = Benched(self._now() + timedelta(seconds=seconds), reason)
        queued = self._gathering.take_all(group.operation)
        self._resolve_all((*group.questions, *queued), answer)

    async def _call(self, group: Group, grant: Reservation, slot: Slot) -> None:
        """Wait for the turn, fill the call, ask, and tell all who wait."""
        asked = [*group.questions]
        owned = set(asked)
        try:
            try:
                # the connection has to be open when it is our turn
                grant = await self._cluster.budget.wait_for_turn(
                    grant, early_seconds=self._sender.opening_seconds(self.name)
                )
            finally:
                self._gathering.close(group)
            if not grant.granted:
                # a refusal came meanwhile: what was promised before it is not asked
                self._gathering.give_back(group)
                return
            joined = self._gathering.company(group)
            asked += joined
            leased = await self._cluster.leases.acquire(joined, self._owner)
            owned |= leased
            others = [q for q in joined if q not in leased]
            self._following.follow(others)
            asked = [q for q in asked if q not in others]
            asked = await self._following.unanswered(asked)
            if asked:
                late = partial(self._late, asked, slot)
                came = await self._calls.ask(asked, grant, late)
                for question, answer in came.answers.items():
                    self._open.resolve(question, answer)
                self._ask_again(came.again)
            else:
                await self._cluster.budget.settle(grant, Settlement.NEVER_SENT)
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
            # whoever found no room in this call takes a turn now
            self._arrived.set()
            await self._cluster.leases.release(owned, self._owner)

    def _late(self, asked: Iterable[Question], slot: Slot) -> None:
        """Wait no more for a call without an answer: one that comes will be cached."""
        slot.release()
        until = self._now() + timedelta(seconds=self._reach.again_seconds)
        queued = self._gathering.take_all() if self._reach.pause_seconds else ()
        self._resolve_all((*asked, *queued), Benched(until, UNREACHABLE))

    def _resolve_all(self, group: Iterable[Question], answer: Answer) -> None:
        for question in group:
            self._open.resolve(question, answer)
