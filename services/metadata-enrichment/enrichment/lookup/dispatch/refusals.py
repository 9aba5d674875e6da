"""What a call without an answer leads to: asked again, benched, or due later."""

from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from types import MappingProxyType

from enrichment import logs
from enrichment.errors import (
    CapabilityClosed,
    CredentialsRefused,
    LimitKind,
    ProviderError,
    QuestionRefused,
    RateLimited,
    Shedding,
    Transient,
)
from enrichment.lookup.bench.states import ALL_OPERATIONS, BenchReason, Refusal
from enrichment.lookup.bench.streaks import FailedBatches, Streaks
from enrichment.lookup.dispatch.shared_state import SharedState
from enrichment.lookup.ratelimit.rate_budget import Reservation, Settlement
from enrichment.model import Answer, Benched, Failed, FailureReason, Question
from enrichment.providers import Provider

log = logs.get("lookup")

# A provider that sheds load is asked again this often, then the part falls due later.
SHED_TRIES = 5
# So many refusals in a row are no chance: the account or the operation is refused. One
# amid good answers is asked again first.
REFUSALS_IN_A_ROW = 3
# A gateway that turns us away without a word of the provider's is left alone after
# this; until then each question waits by itself.
PAGES_IN_A_ROW = 5
_TURNED_AWAY = range(400, 500)
# What the streaks are of; the account's, of all operations.
_ACCOUNT = "account"

REASONS: Mapping[LimitKind, BenchReason] = MappingProxyType(
    {
        LimitKind.RATE: BenchReason.RATE,
        LimitKind.QUOTA: BenchReason.QUOTA,
        LimitKind.BAN: BenchReason.BAN,
    }
)
_FAILURES: Mapping[type[ProviderError], FailureReason] = MappingProxyType(
    {
        Shedding: FailureReason.SHEDDING,
        QuestionRefused: FailureReason.QUESTION_REFUSED,
    }
)


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


class Refusals:
    """Remember one provider's failures of this worker; say what each leads to."""

    def __init__(self, provider: Provider, shared: SharedState) -> None:
        self._provider = provider
        self._bench = shared.bench
        self._budget = shared.budget
        self._capabilities = shared.capabilities
        self._streaks = Streaks()
        self._batches = FailedBatches()
        self._shed: dict[Question, int] = {}
        # batch forms that are left out until the same is answered singly
        self._suspects: set[str] = set()

    def is_suspect(self, capability: str) -> bool:
        """Return whether a form was refused so often that another one is tried."""
        return capability in self._suspects

    async def answered(
        self, group: Sequence[Question], found: Collection[Question]
    ) -> None:
        """Note a good answer, which says something of what was refused before."""
        self._forget_shedding(group)
        if not found:
            return
        self._batches.answered(found)
        operation, form = group[0].operation, self._form(group)
        self._streaks.answered(
            _ACCOUNT, *(of(operation) for of in (_closed, _page)), _rate(form)
        )
        self._suspects.discard(form)
        # refused time after time, while the same is answered in another form
        closed, self._suspects = self._suspects, set()
        for capability in closed:
            self._streaks.end(_rate(capability))
        await self._capabilities.learn(
            self._provider.name, dict.fromkeys(closed, False)
        )

    async def came(
        self, group: Sequence[Question], reservation: Reservation, error: ProviderError
    ) -> CallResult:
        """Return why there is no answer: only this classifies a failed call."""
        operation = group[0].operation
        log.warning(
            "Provider gave no answer",
            event_name="enrichment.lookup.no_answer",
            provider=self._provider.name,
            operation=operation,
            questions=len(group),
            error_type=type(error).__name__,
            error=str(error),
        )
        if isinstance(error, RateLimited):
            await self._budget.settle(reservation, Settlement.REFUSED)
            return await self._limited(group, error)
        await self._bench.failed(reservation)
        if isinstance(error, Shedding):
            return self._shed_again(group, error)
        if isinstance(error, CredentialsRefused | CapabilityClosed):
            return await self._refused(group, error)
        if isinstance(error, QuestionRefused) and len(group) > 1:
            # one bad question refuses its whole batch: ask each by itself
            return CallResult({}, tuple((question,) for question in group))
        if isinstance(error, Transient):
            return await self._transient(group, error)
        return self._failed(group, error)

    async def _limited(
        self, group: Sequence[Question], error: RateLimited
    ) -> CallResult:
        """Bench the provider; one form that alone is always refused is not ours."""
        form, operation = self._form(group), group[0].operation
        is_batch_form = self._provider.relies_on(group) is not None
        refusal = self._refusal(REASONS[error.kind], error.retry_after)
        if error.kind is LimitKind.RATE:
            refused = self._streaks.refused(_rate(form))
            others = self._streaks.others_answered(_rate(form))
            # what is refused in another form too is no matter of the form
            self._suspects &= {form}
            if refused >= REFUSALS_IN_A_ROW and is_batch_form:
                self._suspects.add(form)
            elif refused >= REFUSALS_IN_A_ROW and others:
                refusal = self._refusal(BenchReason.CAPABILITY, operation=operation)
                refusal = replace(refusal, in_steps=True)
        return await self._benched(group, refusal)

    async def _refused(
        self,
        group: Sequence[Question],
        error: CredentialsRefused | CapabilityClosed,
    ) -> CallResult:
        """Ask again what was refused amid good answers; bench what is refused on."""
        operation = group[0].operation
        if isinstance(error, CredentialsRefused):
            subject, refusal = _ACCOUNT, self._refusal(BenchReason.AUTH)
        else:
            subject = _closed(operation)
            refusal = self._refusal(BenchReason.CAPABILITY, operation=operation)
        refused = self._streaks.refused(subject)
        known_good = self._streaks.has_answered(subject)
        if known_good and refused < REFUSALS_IN_A_ROW:
            return CallResult({}, (tuple(group),))
        return await self._benched(group, replace(refusal, in_steps=known_good))

    async def _transient(
        self, group: Sequence[Question], error: Transient
    ) -> CallResult:
        """Obey a wait; leave a gateway alone that turns us away; halve a batch."""
        operation = group[0].operation
        if error.retry_after:
            refusal = self._refusal(BenchReason.SHEDDING, error.retry_after)
            return await self._benched(group, refusal)
        if error.status in _TURNED_AWAY:
            refused = self._streaks.refused(_page(operation))
            if refused >= PAGES_IN_A_ROW:
                refusal = self._refusal(BenchReason.SHEDDING, operation=operation)
                return await self._benched(group, refusal)
        if halves := self._batches.halves(group):
            return CallResult({}, halves)
        return self._failed(group, error)

    def _shed_again(self, group: Sequence[Question], error: Shedding) -> CallResult:
        tried = max(self._shed.get(question, 0) for question in group) + 1
        if tried > SHED_TRIES:
            return self._failed(group, error)
        self._shed |= dict.fromkeys(group, tried)
        # the next reservation is the wait: spacing is longer than the provider asks for
        return CallResult({}, (tuple(group),))

    def _form(self, group: Sequence[Question]) -> str:
        """Name how a group is asked: the capability it relies on, or its operation."""
        return self._provider.relies_on(group) or group[0].operation

    def _refusal(
        self,
        reason: BenchReason,
        wait: float | None = None,
        operation: str = ALL_OPERATIONS,
    ) -> Refusal:
        return Refusal(self._provider.name, reason, wait, operation)

    async def _benched(self, group: Sequence[Question], refusal: Refusal) -> CallResult:
        until = await self._bench.refuse(refusal)
        return self._all(group, Benched(until, refusal.reason.value))

    def _failed(self, group: Iterable[Question], error: ProviderError) -> CallResult:
        reason = _FAILURES.get(type(error), FailureReason.TRANSIENT)
        return self._all(group, Failed(reason, str(error)))

    def _all(self, group: Iterable[Question], answer: Answer) -> CallResult:
        self._forget_shedding(group)
        return CallResult(dict.fromkeys(group, answer))

    def _forget_shedding(self, group: Iterable[Question]) -> None:
        for question in group:
            self._shed.pop(question, None)


def _rate(form: str) -> str:
    return f"rate of {form}"


def _closed(operation: str) -> str:
    return f"access to {operation}"


def _page(operation: str) -> str:
    return f"gateway before {operation}"
