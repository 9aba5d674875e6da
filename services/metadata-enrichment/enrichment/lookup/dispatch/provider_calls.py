"""One call and the outcome: answers kept, refusals told to `refusals`."""

from collections.abc import Callable, Sequence
from datetime import datetime

from enrichment.contract import metrics
from enrichment.contract.texts.own_secrets import from_outside
from enrichment.errors import NotInTime, ProviderError, Unreachable
from enrichment.lookup.bench.reach import Reach
from enrichment.lookup.bench.silence import Watched
from enrichment.lookup.dispatch.refusals import CallResult, Refusals
from enrichment.lookup.dispatch.shared_state import SharedState
from enrichment.lookup.ratelimit.rate_budget import Reservation
from enrichment.lookup.ratelimit.reservations import CallTurn, NoTurn, Reservations
from enrichment.model import Absent, Failed, FailureReason, Found, Question
from enrichment.providers import Provider, Reading
from enrichment.providers.calls import Permit
from enrichment.providers.http.sender import HttpSender


class ProviderCalls:
    """Calls to one provider with turns that were granted."""

    def __init__(
        self,
        provider: Provider,
        sender: HttpSender,
        cluster: SharedState,
        turns: Reservations,
        reach: Reach,
        now: Callable[[], datetime],
    ) -> None:
        self._provider = provider
        self._sender = sender
        self._cluster = cluster
        self._turns = turns
        self._now = now
        self._refusals = Refusals(provider, cluster)
        self._reach = reach

    async def ask(
        self, group: Sequence[Question], grant: Reservation, late: Callable[[], None]
    ) -> CallResult:
        """
        Ask in time; what was found is in the cache before anybody hears of it.

        Args:
            late: called when there is no answer in time; it is waited for here alone.
        """
        turn = CallTurn(self._turns, grant, lambda: self._is_benched(group))

        def is_late() -> None:
            self._reach.was_silent()
            late()

        watched = Watched(turn, self._reach.call_seconds, is_late)
        try:
            with watched:
                if not await self._is_open(group):
                    await turn.give_back()
                    return CallResult({}, tuple((question,) for question in group))
                reading = await self._ask(group, watched)
        except ProviderError as error:
            await self._showed_nothing(group)
            await turn.give_back()
            if isinstance(error, NoTurn):
                return CallResult({}, (tuple(group),))
            self._note_silence(error, watched)
            return await self._refusals.came(group, turn.grant, error)
        self._reach.answered(watched.took)
        await self._cluster.capabilities.learn(self._provider.name, reading.shown)
        await self._refusals.answered(group, reading.answers)
        if self._provider.relies_on(group) not in reading.shown:
            await self._showed_nothing(group)
        await self._cluster.bench.succeeded(turn.grant)
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

    async def _ask(self, group: Sequence[Question], permit: Permit) -> Reading:
        metrics.QUESTIONS_PER_CALL.labels(self._provider.name).observe(len(group))
        return await self._sender.ask(self._provider, group, permit=permit)

    def _is_benched(self, group: Sequence[Question]) -> bool:
        """Return by memory alone whether a refusal of another call of ours has come."""
        bench, operation = self._cluster.bench, group[0].operation
        return bench.wait_seconds(self._provider.name, operation) > 0

    async def _is_open(self, group: Sequence[Question]) -> bool:
        """Return whether our account may ask these in one call."""
        needed = self._provider.relies_on(group)
        if needed is None or len(group) == 1:
            return True
        if self._refusals.is_suspect(needed):
            return False
        return await self._cluster.capabilities.may_rely_on(self._provider.name, needed)

    async def _showed_nothing(self, group: Sequence[Question]) -> None:
        if needed := self._provider.relies_on(group):
            await self._cluster.capabilities.showed_nothing(self._provider.name, needed)

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
