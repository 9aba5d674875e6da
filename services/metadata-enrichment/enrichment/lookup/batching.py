"""Gather the questions of many messages into one provider call, an answer for each."""

import asyncio
from collections.abc import (
    Callable,
    Collection,
    Coroutine,
    Iterable,
    Mapping,
    Sequence,
)
from contextlib import suppress
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from types import MappingProxyType
from uuid import uuid4

from enrichment import logs
from enrichment.contract import metrics
from enrichment.contract.messages import Lane
from enrichment.lookup.cluster import Cluster
from enrichment.lookup.gathering import Gathering, Group
from enrichment.lookup.provider_calls import ProviderCalls
from enrichment.lookup.rate_budget import (
    Grant,
    LeaseClaim,
    PacedBy,
    Settlement,
)
from enrichment.lookup.turns import FLOWING, LOOK_AGAIN_SECONDS, Turns
from enrichment.providers import Provider
from enrichment.providers.http import HttpSender
from enrichment.tracks import Answer, Benched, Failed, Question

log = logs.get("lookup")

# A call that would not be full waits so long for company, seconds: batches of messages
# come one soon after the other.
GATHER_SECONDS = 0.25
# And for longer while the provider that is asked next has so many questions waiting:
# an answer that comes earlier would be of no use to anybody.
ENOUGH_TO_DO = 16
# But no longer than this, seconds of the providers' clock: longer than a batch of
# messages takes at Spotify's pace, so that the next one's questions fill the call.
LONGEST_COMPANY_SECONDS = 120.0
# Calls of one provider under way at once: budgets pace, this only bounds memory.
CALLS_IN_FLIGHT = 8
# Between looks at a lease of somebody else, seconds.
FOLLOW_SECONDS = 60.0
# Turns are promised so far ahead. A part that is kept away for longer by a bench or a
# quota waits in Postgres, not in a worker's hands; seconds of the providers' clock.
PATIENCE_SECONDS = 30.0
# What an operator has paused is looked at again after this: so long resuming may take.
PAUSED_SECONDS = 300.0


@dataclass(frozen=True, slots=True)
class Reply:
    """
    An answer with its age.

    Args:
        cached: somebody asked before; no call was spent on it now.
    """

    answer: Answer
    fetched_at: datetime
    cached: bool = False


@dataclass(frozen=True, slots=True)
class _Waiting:
    """Who waits here for an answer, and since when."""

    since: datetime
    reply: asyncio.Future[Reply]


class Stage:
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
        cluster: Cluster,
        lane: Lane,
        time_scale: float = 1.0,
        late_seconds: float = 0.125,
        now: Callable[[], datetime] = lambda: datetime.now(UTC),
    ) -> None:
        self._provider = provider
        self._cluster = cluster
        self._lane = lane
        self._patience = PATIENCE_SECONDS / time_scale
        self._paused = PAUSED_SECONDS / time_scale
        self._longest_company = LONGEST_COMPANY_SECONDS / time_scale
        self._turns = Turns(cluster.budget, lane, self._patience, late_seconds)
        self._calls = ProviderCalls(provider, sender, cluster, self._turns, now)
        self._next: Stage | None = None
        self._now = now
        self._open: dict[Question, _Waiting] = {}
        self._offered: set[Question] = set()
        self._gathering = Gathering(provider.batch_size)
        self._arrived = asyncio.Event()
        self._slots = asyncio.Semaphore(CALLS_IN_FLIGHT)
        self._tasks: set[asyncio.Task[None]] = set()
        self._owner = uuid4().hex

    def comes_before(self, other: "Stage") -> None:
        """Know whose questions depend on our answers."""
        self._next = other

    @property
    def waiting(self) -> int:
        """How many questions wait for a turn."""
        return len(self._gathering)

    @property
    def spare(self) -> float:
        """Give the share of the allowance that nobody uses: none while work waits."""
        if self._open:
            return 0.0
        return self._cluster.budget.spare(self._provider.name)

    async def ask(self, questions: Collection[Question]) -> dict[Question, Reply]:
        """Wait for the answers; equal questions of other batches are asked once."""
        futures = {question: self._enqueue(question) for question in questions}
        # shielded: a batch that is cut off leaves the call to the others who wait
        await asyncio.gather(*(asyncio.shield(future) for future in futures.values()))
        return {question: future.result() for question, future in futures.items()}

    async def run(self) -> None:
        """Give turns for ever; cancelled when the worker stops."""
        try:
            while True:
                await self._arrived.wait()
                self._arrived.clear()
                while (operation := self._gathering.next_operation()) is not None:
                    if self._gathering.wants_company(operation):
                        await self._offer(operation)
                        await self._company()
                    await self._slots.acquire()
                    await self._turn()
        finally:
            for task in self._tasks:
                task.cancel()
            await asyncio.gather(*self._tasks, return_exceptions=True)

    def _enqueue(self, question: Question) -> asyncio.Future[Reply]:
        waiting = self._open.get(question)
        if waiting is not None:
            self._saved(question)
            return waiting.reply
        reply = asyncio.get_running_loop().create_future()
        self._open[question] = _Waiting(self._now(), reply)
        self._queue(question)
        return reply

    def _queue(self, question: Question) -> None:
        self._gathering.add(question)
        self._arrived.set()

    def _ask_again(self, groups: Iterable[tuple[Question, ...]]) -> None:
        # whose guests they were, sees the lease end and asks for them
        ours = (tuple(q for q in group if q in self._open) for group in groups)
        self._gathering.add_again(group for group in ours if group)
        self._arrived.set()

    async def _company(self) -> None:
        """Let a call fill: a little while, or until the next provider needs it."""
        await asyncio.sleep(GATHER_SECONDS)
        for _ in range(round(self._longest_company / LOOK_AGAIN_SECONDS)):
            operation = self._gathering.next_operation()
            if (
                operation is None
                or not self._gathering.wants_company(operation)
                or self._next is None
                or self._next.waiting < ENOUGH_TO_DO
            ):
                return
            await asyncio.sleep(LOOK_AGAIN_SECONDS)

    async def _offer(self, operation: str) -> None:
        """Let other workers ask along what would not fill a call of ours."""
        waiting = set(self._gathering.waiting(operation)) - self._offered
        self._offered |= waiting
        await self._cluster.guests.offer(
            {q: self._open[q].since for q in waiting if q in self._open}
        )

    async def _still_open(self, group: Group) -> Group:
        """Leave out what was answered as somebody's guest, before a turn is taken."""
        offered = self._offered.intersection(group.questions)
        if not offered:
            return group
        left = await self._unanswered([*offered])
        return group.without(offered.difference(left))

    async def _invite(self, group: Group) -> dict[Question, datetime]:
        """Fill a call with what other workers have waiting; ours is not theirs now."""
        ours = self._offered.intersection(group.questions)
        self._offered -= ours
        if not (ours or group.room):
            return {}
        guests = await self._cluster.guests.invite(
            self._provider.name, group.operation, group.room, ours
        )
        # asked here as well: no guest, and no second place in the call
        return {q: since for q, since in guests.items() if q not in self._open}

    async def _turn(self) -> None:
        """Lease questions and take a turn for them, in one step in the cluster."""
        # a slot may have been long in coming: who waits now is another question
        operation = self._gathering.next_operation()
        if operation is None:
            self._slots.release()
            return
        group = await self._still_open(self._gathering.take(operation))
        if not group.questions:
            self._slots.release()
            return
        unpaid = self._cluster.spending.wait_seconds(self._provider.name, self._lane)
        if unpaid > 0:
            self._slots.release()
            self._put_off(group, unpaid, "monthly_budget")
            return
        guests = await self._invite(group)
        claim = LeaseClaim(
            (*group.questions, *guests),
            self._owner,
            self._cluster.leases.lease_seconds,
        )
        grant, owned = await self._turns.take(claim)
        if grant.granted:
            self._cluster.leases.hold(owned, self._owner)
            others = [q for q in group.questions if q not in owned]
            self._follow_all(others)
            came = {q: since for q, since in guests.items() if q in owned}
            mine = group.without(others).joined_by(tuple(came))
            self._gathering.keep_open(mine)
            self._start(self._call(mine, came, grant), self._slots.release)
            return
        self._slots.release()
        await self._cluster.guests.offer(guests)
        await self._no_turn(group, grant)

    async def _no_turn(self, group: Group, grant: Grant) -> None:
        """Follow, wait or put off, as the budget says."""
        wait, paced_by = grant.wait_seconds, grant.paced_by
        if paced_by is PacedBy.LEASED:
            self._follow_all(group.questions)
        elif paced_by is PacedBy.PAUSE:
            self._put_off(group, self._paused, paced_by)
        elif paced_by in FLOWING or wait <= self._patience:
            self._gathering.give_back(group)
            # never at once: a scaled clock makes waits very short
            await asyncio.sleep(min(max(wait, 0.01), LOOK_AGAIN_SECONDS))
        else:
            self._put_off(group, wait, paced_by)

    def _start(
        self, act: Coroutine[None, None, None], ended: Callable[[], None]
    ) -> None:
        def end(task: asyncio.Task[None]) -> None:
            self._tasks.discard(task)
            ended()

        task = asyncio.create_task(act)
        self._tasks.add(task)
        task.add_done_callback(end)

    def _put_off(self, group: Group, seconds: float, reason: str) -> None:
        """Tell everybody in the queue when to come back."""
        answer = Benched(self._now() + timedelta(seconds=seconds), reason)
        self._resolve_all(group.questions, answer)
        self._resolve_all(self._gathering.take_all(group.operation), answer)

    async def _call(
        self, group: Group, guests: Mapping[Question, datetime], grant: Grant
    ) -> None:
        """Wait for the turn, fill the call, ask, and tell all who wait."""
        asked = list(group.questions)
        owned = set(asked)
        try:
            try:
                grant = await self._cluster.budget.wait_for_turn(grant)
            finally:
                self._gathering.close(group)
            if not grant.granted:
                # a refusal came meanwhile: what was promised before it is not asked
                self._gathering.give_back(group.without(guests))
                await self._cluster.guests.offer(guests)
                return
            company = self._gathering.company(group)
            leased = await self._cluster.leases.acquire(company, self._owner)
            self._follow_all(q for q in company if q not in leased)
            owned |= leased
            asked += [question for question in company if question in leased]
            asked = await self._unanswered(asked, guests)
            if asked:
                came = await self._calls.ask(asked, grant)
                for question, answer in came.answers.items():
                    self._resolve(question, answer)
                self._ask_again(came.again)
            else:
                await self._cluster.budget.settle(grant, Settlement.NEVER_SENT)
        except Exception as error:
            log.exception(
                "Provider call broke",
                event_name="enrichment.lookup.broke",
                provider=self._provider.name,
            )
            self._resolve_all(asked, Failed(f"{type(error).__name__}: {error}"))
        finally:
            # whoever found no room in this call takes a turn now
            self._arrived.set()
            await self._cluster.leases.release(owned, self._owner)

    async def _unanswered(
        self,
        asked: Sequence[Question],
        guests: Mapping[Question, datetime] = MappingProxyType({}),
    ) -> list[Question]:
        """Leave out what others have asked meanwhile: no call is repeated."""
        remembered = await self._cluster.cache.get_many(asked)
        left = []
        for question in asked:
            waiting = self._open.get(question)
            since = waiting.since if waiting else guests.get(question)
            entry = remembered.get(question)
            if since is None or entry is None or entry.fetched_at < since:
                left.append(question)
                continue
            self._saved(question)
            self._resolve(question, entry.answer, entry.fetched_at)
        return left

    def _follow_all(self, questions: Iterable[Question]) -> None:
        """Wait for whoever asks these in the cluster; if they die, ask ourselves."""
        for question in questions:
            self._saved(question)
            self._start(self._follow(question), lambda: None)

    def _saved(self, question: Question) -> None:
        metrics.COALESCED.labels(question.provider).inc()
        self._cluster.spending.saved(question.provider)

    async def _follow(self, question: Question) -> None:
        free: set[Question] = set()
        while not free:
            free = await self._cluster.leases.wait([question], FOLLOW_SECONDS)
        remembered = await self._cluster.cache.get_many([question])
        entry = remembered.get(question)
        if entry is not None and entry.is_fresh(self._now()):
            self._resolve(question, entry.answer, entry.fetched_at)
        else:
            self._queue(question)

    def _resolve_all(self, group: Iterable[Question], answer: Answer) -> None:
        for question in group:
            self._resolve(question, answer)

    def _resolve(
        self, question: Question, answer: Answer, cached_at: datetime | None = None
    ) -> None:
        waiting = self._open.pop(question, None)
        self._offered.discard(question)
        if waiting is not None and not waiting.reply.done():
            with suppress(asyncio.InvalidStateError):
                waiting.reply.set_result(
                    Reply(answer, cached_at or self._now(), cached_at is not None)
                )
