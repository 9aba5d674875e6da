"""One call and what came of it: answers kept, refusals benched, others asked again."""

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime

from enrichment import logs
from enrichment.contract import metrics
from enrichment.contract.own_secrets import from_outside
from enrichment.errors import (
    CapabilityClosed,
    CredentialsRefused,
    LimitKind,
    ProviderError,
    QuestionRefused,
    RateLimited,
    Shedding,
)
from enrichment.lookup.bench import BenchReason
from enrichment.lookup.bench_states import ALL_OPERATIONS
from enrichment.lookup.cluster import Cluster
from enrichment.lookup.rate_budget import Grant, Settlement
from enrichment.lookup.turns import Turns
from enrichment.providers import Provider
from enrichment.providers.calls import MaySend
from enrichment.providers.http import HttpSender
from enrichment.tracks import (
    Absent,
    Answer,
    Benched,
    Failed,
    FailureReason,
    Found,
    Question,
)

log = logs.get("lookup")

# A provider that sheds load is asked again this often, then the part falls due later.
SHED_TRIES = 5

_REASONS: Mapping[LimitKind, BenchReason] = {
    LimitKind.RATE: BenchReason.RATE,
    LimitKind.QUOTA: BenchReason.QUOTA,
    LimitKind.BAN: BenchReason.BAN,
}
_FAILURES: Mapping[type[ProviderError], FailureReason] = {
    Shedding: FailureReason.SHEDDING,
    QuestionRefused: FailureReason.QUESTION_REFUSED,
}


class _BenchCame(ProviderError):  # noqa: N818 (no fault of the call's)
    """What was promised before a refusal is not asked after it."""


@dataclass(frozen=True, slots=True)
class CallResult:
    """
    What one call came to; every question asked is in one of the two.

    Args:
        answers: Failed and Benched among them.
        again: groups that are to be asked once more, as they are.
    """

    answers: Mapping[Question, Answer]
    again: tuple[tuple[Question, ...], ...] = ()


class ProviderCalls:
    """Calls to one provider with turns that were granted."""

    def __init__(
        self,
        provider: Provider,
        sender: HttpSender,
        cluster: Cluster,
        turns: Turns,
        now: Callable[[], datetime],
    ) -> None:
        self._provider = provider
        self._sender = sender
        self._cluster = cluster
        self._turns = turns
        self._now = now
        self._shed: dict[Question, int] = {}

    async def ask(self, group: Sequence[Question], grant: Grant) -> CallResult:
        """Ask in time; what was found is in the cache before anybody hears of it."""
        if not await self._is_open(group):
            await self._turns.give_back(grant)
            return CallResult({}, tuple((question,) for question in group))
        sent = False

        def may_send() -> bool:
            nonlocal sent
            sent = self._turns.is_in_time(grant) and not self._is_benched(group)
            return sent

        async def on_attempt() -> MaySend:
            nonlocal grant, sent
            if self._is_benched(group):
                raise _BenchCame("a refusal came before this was sent")
            if sent:
                # a retry of a blip is a call like any other
                grant, sent = await self._turns.another(grant), False
            grant = await self._turns.in_time(grant)
            return may_send

        metrics.QUESTIONS_PER_CALL.labels(self._provider.name).observe(len(group))
        try:
            reading = await self._sender.ask(
                self._provider, group, on_attempt=on_attempt
            )
        except _BenchCame:
            await self._showed_nothing(group)
            await self._turns.give_back(grant)
            return CallResult({}, (tuple(group),))
        except ProviderError as error:
            await self._showed_nothing(group)
            return await self._refused(group, grant, error)
        self._forget_shedding(group)
        await self._cluster.capabilities.learn(self._provider.name, reading.shown)
        await self._cluster.bench.succeeded(grant)
        at = self._now()
        found = {
            question: answer
            for question, answer in reading.answers.items()
            if isinstance(answer, Found | Absent)
        }
        await self._cluster.cache.put_many(found, at)
        await self._cluster.archive.keep(found, at)
        again = tuple(map(tuple, reading.again))
        pending = {question for part in again for question in part}
        left_out = {
            question: Failed(FailureReason.LEFT_OUT)
            for question in group
            if question not in found and question not in pending
        }
        return CallResult({**found, **left_out}, again)

    def _is_benched(self, group: Sequence[Question]) -> bool:
        """Say by memory alone whether a refusal of another call of ours has come."""
        bench, operation = self._cluster.bench, group[0].operation
        return bench.wait_seconds(self._provider.name, operation) > 0

    async def _is_open(self, group: Sequence[Question]) -> bool:
        """Say whether these may be asked in one call, if our account has that form."""
        needed = self._provider.relies_on(group)
        if needed is None or len(group) == 1:
            return True
        return await self._cluster.capabilities.may_rely_on(self._provider.name, needed)

    async def _showed_nothing(self, group: Sequence[Question]) -> None:
        if needed := self._provider.relies_on(group):
            await self._cluster.capabilities.showed_nothing(self._provider.name, needed)

    async def _refused(
        self, group: Sequence[Question], grant: Grant, error: ProviderError
    ) -> CallResult:
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
            return self._all(group, Benched(until, error.kind.value))
        await self._cluster.bench.failed(grant)
        if isinstance(error, Shedding):
            return self._shed_again(group, error)
        if isinstance(error, CredentialsRefused | CapabilityClosed):
            auth = isinstance(error, CredentialsRefused)
            until = await self._cluster.bench.bench(
                name,
                BenchReason.AUTH if auth else BenchReason.CAPABILITY,
                operation=ALL_OPERATIONS if auth else operation,
            )
            return self._all(group, Benched(until, "auth" if auth else "capability"))
        if isinstance(error, QuestionRefused) and len(group) > 1:
            # one bad question refuses its whole batch: ask each by itself
            return CallResult({}, tuple((question,) for question in group))
        return self._all(group, _failed(error))

    def _shed_again(self, group: Sequence[Question], error: Shedding) -> CallResult:
        tried = max(self._shed.get(question, 0) for question in group) + 1
        if tried > SHED_TRIES:
            return self._all(group, _failed(error))
        self._shed |= dict.fromkeys(group, tried)
        # the next turn is the wait: spacing is longer than the provider asks for
        return CallResult({}, (tuple(group),))

    def _all(self, group: Iterable[Question], answer: Answer) -> CallResult:
        self._forget_shedding(group)
        return CallResult(dict.fromkeys(group, answer))

    def _forget_shedding(self, group: Iterable[Question]) -> None:
        for question in group:
            self._shed.pop(question, None)


def _failed(error: ProviderError) -> Failed:
    reason = next(
        (reason for kind, reason in _FAILURES.items() if isinstance(error, kind)),
        FailureReason.TRANSIENT,
    )
    return Failed(reason, str(error))


def broken(error: Exception) -> Failed:
    """Tell of a call that our own code could not bring to its end."""
    return Failed(FailureReason.BROKE, from_outside(f"{type(error).__name__}: {error}"))
