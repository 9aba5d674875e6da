"""Gather the questions of many messages into one provider call, an answer for each."""

import asyncio
from collections import deque
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
from typing import Protocol
from uuid import uuid4

from enrichment import logs
from enrichment.contract import metrics
from enrichment.contract.messages import Lane
from enrichment.errors import (
    CapabilityClosed,
    CredentialsRefused,
    LimitKind,
    ProviderError,
    QuestionRefused,
    RateLimited,
    Shedding,
)
from enrichment.lookup.bench import Bench, BenchReason
from enrichment.lookup.bench_states import ALL_OPERATIONS
from enrichment.lookup.cache import AnswerCache
from enrichment.lookup.coalescing import Leases
from enrichment.lookup.rate_budget import (
    Grant,
    LeaseClaim,
    PacedBy,
    RateBudget,
    Settlement,
)
from enrichment.providers import Provider
from enrichment.providers.http import HttpSender
from enrichment.tracks import Absent, Answer, Benched, Failed, Found, Question

log = logs.get("lookup")

# Questions that arrive within this time share a call, seconds.
GATHER_SECONDS = 0.03
# Calls of one provider under way at once: budgets pace, this only bounds memory.
CALLS_IN_FLIGHT = 8
# A provider that sheds load is asked again this often, then the part falls due later.
SHED_TRIES = 5
# Between looks at a queue whose turn is near, and at a lease of somebody else, seconds.
LOOK_AGAIN_SECONDS = 0.25
FOLLOW_SECONDS = 60.0
# A part whose turn is later than this waits in Postgres, not in a worker's hands.
PATIENCE_SECONDS = 30.0

_REASONS: Mapping[LimitKind, BenchReason] = {
    LimitKind.RATE: BenchReason.RATE,
    LimitKind.QUOTA: BenchReason.QUOTA,
    LimitKind.BAN: BenchReason.BAN,
}


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


class Archive(Protocol):
    """Keeps answers beyond the cache, for explaining and re-matching without a call."""

    async def keep(
        self, answers: Mapping[Question, Found | Absent], at: datetime
    ) -> None:
        """Store the answers; raises nothing that should stop an enrichment."""
        ...


@dataclass(frozen=True, slots=True)
class Cluster:
    """What all workers share, as this worker reaches it."""

    budget: RateBudget
    bench: Bench
    leases: Leases
    cache: AnswerCache
    archive: Archive


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
        now: Callable[[], datetime] = lambda: datetime.now(UTC),
    ) -> None:
        self._provider = provider
        self._sender = sender
        self._cluster = cluster
        self._lane = lane
        self._now = now
        self._open: dict[Question, asyncio.Future[Reply]] = {}
        self._queued: dict[str, deque[Question]] = {}
        # groups that overflowed or were refused whole: asked again as they are
        self._again: deque[tuple[Question, ...]] = deque()
        self._shed: dict[Question, int] = {}
        self._arrived = asyncio.Event()
        self._slots = asyncio.Semaphore(CALLS_IN_FLIGHT)
        self._tasks: set[asyncio.Task[None]] = set()
        self._owner = uuid4().hex

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
                await asyncio.sleep(GATHER_SECONDS)
                await self._slots.acquire()
                operation = self._next_operation()
                if operation is None:
                    self._slots.release()
                    self._arrived.clear()
                else:
                    await self._turn(operation)
        finally:
            for task in self._tasks:
                task.cancel()
            await asyncio.gather(*self._tasks, return_exceptions=True)

    def _enqueue(self, question: Question) -> asyncio.Future[Reply]:
        future = self._open.get(question)
        if future is not None:
            metrics.COALESCED.labels(question.provider).inc()
            return future
        future = asyncio.get_running_loop().create_future()
        self._open[question] = future
        self._queue(question)
        return future

    def _queue(self, question: Question) -> None:
        self._queued.setdefault(question.operation, deque()).append(question)
        self._arrived.set()

    def _next_operation(self) -> str | None:
        """Name what to ask next: a group that comes again, else the longest queue."""
        if self._again:
            return self._again[0][0].operation
        waiting = {name: len(queue) for name, queue in self._queued.items() if queue}
        return max(waiting, key=waiting.__getitem__) if waiting else None

    async def _turn(self, operation: str) -> None:
        """Lease questions and take a turn for them, in one step in the cluster."""
        is_again = bool(self._again and self._again[0][0].operation == operation)
        group = list(self._again.popleft()) if is_again else self._gather(operation, 0)
        claim = LeaseClaim(group, self._owner, self._cluster.leases.lease_seconds)
        grant, owned = await self._cluster.budget.take_with_leases(
            claim,
            lane=self._lane,
            reservation=uuid4().hex,
            max_wait_seconds=PATIENCE_SECONDS,
        )
        if grant.granted:
            self._cluster.leases.hold(owned, self._owner)
            self._follow_all(question for question in group if question not in owned)
            # a group that overflowed stays as it is: more would overflow again
            room = 0 if is_again else self._provider.batch_size(operation) - len(owned)
            mine = [question for question in group if question in owned]
            self._start(self._call(mine, grant, room), self._slots.release)
            # whoever comes while this call waits for its turn goes with it
            await asyncio.sleep(min(grant.wait_seconds, LOOK_AGAIN_SECONDS))
            return
        self._slots.release()
        if grant.paced_by is PacedBy.LEASED:
            self._follow_all(group)
        elif grant.wait_seconds <= PATIENCE_SECONDS:
            self._again.appendleft(tuple(group))
            await asyncio.sleep(min(grant.wait_seconds, LOOK_AGAIN_SECONDS))
        else:
            until = self._now() + timedelta(seconds=grant.wait_seconds)
            self._put_off(group, operation, Benched(until, grant.paced_by))

    def _start(
        self, act: Coroutine[None, None, None], ended: Callable[[], None]
    ) -> None:
        def end(task: asyncio.Task[None]) -> None:
            self._tasks.discard(task)
            ended()

        task = asyncio.create_task(act)
        self._tasks.add(task)
        task.add_done_callback(end)

    def _gather(self, operation: str, taken: int) -> list[Question]:
        queue = self._queued.get(operation, deque())
        size = min(len(queue), self._provider.batch_size(operation) - taken)
        return [queue.popleft() for _ in range(size)]

    def _put_off(
        self, group: Sequence[Question], operation: str, answer: Benched
    ) -> None:
        """Tell everybody in the queue when to come back."""
        self._resolve_all(group, answer)
        self._resolve_all(self._queued.pop(operation, deque()), answer)
        for again in [g for g in self._again if g[0].operation == operation]:
            self._again.remove(again)
            self._resolve_all(again, answer)

    async def _call(self, group: list[Question], grant: Grant, room: int) -> None:
        """Wait for the turn, fill the call, ask, and tell all who wait."""
        owned = set(group)
        try:
            grant = await self._cluster.budget.wait_for_turn(grant)
            if not grant.granted:
                # a refusal came meanwhile: what was promised before it is not asked
                self._again.append(tuple(group))
                self._arrived.set()
                return
            if room > 0:
                extra = self._gather(group[0].operation, len(group))
                leased = await self._cluster.leases.acquire(extra, self._owner)
                self._follow_all(q for q in extra if q not in leased)
                owned |= leased
                group += [question for question in extra if question in leased]
            await self._ask_provider(group, grant)
        except Exception as error:
            log.exception(
                "Provider call broke",
                event_name="enrichment.lookup.broke",
                provider=self._provider.name,
            )
            self._resolve_all(group, Failed(f"{type(error).__name__}: {error}"))
        finally:
            await self._cluster.leases.release(owned, self._owner)

    async def _ask_provider(self, group: Sequence[Question], grant: Grant) -> None:
        turns = [grant]

        async def on_attempt() -> None:
            # the first try has its turn already; a retry of a blip takes another
            if not turns:
                again = await self._cluster.budget.take(
                    self._provider.name,
                    lane=self._lane,
                    reservation=uuid4().hex,
                    operation=group[0].operation,
                    max_wait_seconds=PATIENCE_SECONDS,
                )
                again = await self._cluster.budget.wait_for_turn(again)
                if not again.granted:
                    raise ProviderError(f"no turn for a retry: {again.paced_by}")
            turns.clear()

        metrics.QUESTIONS_PER_CALL.labels(self._provider.name).observe(len(group))
        try:
            reading = await self._sender.ask(
                self._provider, group, on_attempt=on_attempt
            )
        except ProviderError as error:
            await self._refused(group, grant, error)
            return
        await self._cluster.bench.succeeded(grant)
        at = self._now()
        answers = {
            question: answer
            for question, answer in reading.answers.items()
            if isinstance(answer, Found | Absent)
        }
        await self._cluster.cache.put_many(answers, at)
        await self._cluster.archive.keep(answers, at)
        for question, answer in answers.items():
            self._resolve(question, answer)
        pending = {question for again in reading.again for question in again}
        self._again.extend(reading.again)
        for question in group:
            if question not in answers and question not in pending:
                self._resolve(question, Failed("the answer left it out"))
        if self._again:
            self._arrived.set()

    async def _refused(
        self, group: Sequence[Question], grant: Grant, error: ProviderError
    ) -> None:
        """Tell why there is no answer: the one place that classes a call's failure."""
        name, operation = self._provider.name, group[0].operation
        log.warning(
            "Provider gave no answer",
            event_name="enrichment.lookup.no_answer",
            provider=name,
            operation=operation,
            questions=len(group),
            error_type=type(error).__name__,
            error=str(error),
        )
        if isinstance(error, RateLimited):
            await self._cluster.budget.settle(grant, Settlement.REFUSED)
            until = await self._cluster.bench.bench(
                name, _REASONS[error.kind], retry_after=error.retry_after
            )
            self._resolve_all(group, Benched(until, error.kind.value))
            return
        await self._cluster.bench.failed(grant)
        if isinstance(error, Shedding):
            self._shed_again(group, error)
        elif isinstance(error, CredentialsRefused | CapabilityClosed):
            auth = isinstance(error, CredentialsRefused)
            until = await self._cluster.bench.bench(
                name,
                BenchReason.AUTH if auth else BenchReason.CAPABILITY,
                operation=ALL_OPERATIONS if auth else operation,
            )
            self._resolve_all(group, Benched(until, "auth" if auth else "capability"))
        elif isinstance(error, QuestionRefused) and len(group) > 1:
            # one bad question refuses its whole batch: ask each by itself
            self._again.extend((question,) for question in group)
            self._arrived.set()
        else:
            self._resolve_all(group, Failed(f"{type(error).__name__}: {error}"[:300]))

    def _shed_again(self, group: Sequence[Question], error: Shedding) -> None:
        tried = max(self._shed.get(question, 0) for question in group) + 1
        if tried > SHED_TRIES:
            self._resolve_all(group, Failed(f"Shedding: {error}"[:300]))
            return
        for question in group:
            self._shed[question] = tried
        # the next turn is the wait: spacing is longer than the provider asks for
        self._again.append(tuple(group))
        self._arrived.set()

    def _follow_all(self, questions: Iterable[Question]) -> None:
        """Wait for whoever asks these in the cluster; if they die, ask ourselves."""
        for question in questions:
            metrics.COALESCED.labels(question.provider).inc()
            self._start(self._follow(question), lambda: None)

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

    def _resolve_all(self, group: Sequence[Question], answer: Answer) -> None:
        for question in group:
            self._resolve(question, answer)

    def _resolve(
        self, question: Question, answer: Answer, cached_at: datetime | None = None
    ) -> None:
        self._shed.pop(question, None)
        future = self._open.pop(question, None)
        if future is not None and not future.done():
            with suppress(asyncio.InvalidStateError):
                future.set_result(
                    Reply(answer, cached_at or self._now(), cached_at is not None)
                )
