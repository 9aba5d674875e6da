"""Questions that somebody else asks: their answers are awaited, not asked for."""

from collections.abc import Callable, Iterable, Mapping, Sequence
from datetime import datetime

from enrichment.contract import metrics
from enrichment.errors import ServerAway
from enrichment.lookup.cache.freshness import Remembered
from enrichment.lookup.dispatch.background import Background
from enrichment.lookup.dispatch.pending import PendingQuestions
from enrichment.lookup.dispatch.shared_state import SharedState
from enrichment.model import Question

# Between looks at a lease of somebody else, seconds.
FOLLOW_SECONDS = 60.0


class LeaseWaiter:
    """
    What this worker has from others' calls.

    Args:
        open_questions: where answers are awaited.
        ask: what to do with a question whose owner gave no answer.
    """

    def __init__(
        self,
        cluster: SharedState,
        open_questions: PendingQuestions,
        background: Background,
        ask: Callable[[Question], None],
        now: Callable[[], datetime],
    ) -> None:
        self._cluster = cluster
        self._open = open_questions
        self._background = background
        self._ask = ask
        self._now = now

    def follow(self, questions: Iterable[Question]) -> None:
        """Wait for whoever asks these in the cluster; if they die, ask ourselves."""
        for question in questions:
            self.saved(question)
            self._background.start(self._follow(question))

    def saved(self, question: Question) -> None:
        """Count a question that costs no call of its own."""
        metrics.COALESCED.labels(question.provider).inc()
        self._cluster.spending.saved(question.provider)

    async def unanswered(self, asked: Sequence[Question]) -> list[Question]:
        """Leave out what others have asked meanwhile: no call is repeated."""
        answered = await self._answered(self._open.newer_than(asked))
        for question, entry in answered.items():
            self.saved(question)
            self._open.resolve(question, entry.answer, entry.fetched_at)
        return [question for question in asked if question not in answered]

    async def _answered(
        self, newer_than: Mapping[Question, datetime]
    ) -> Mapping[Question, Remembered]:
        """Return what is remembered by now and new enough."""
        remembered = await self._cluster.cache.get_many([*newer_than], newer_than)
        now = self._now()
        return {
            question: entry
            for question, entry in remembered.items()
            if entry.is_fresh(now) and entry.fetched_at > newer_than[question]
        }

    async def _follow(self, question: Question) -> None:
        try:
            free: set[Question] = set()
            while not free:
                free = await self._cluster.leases.wait([question], FOLLOW_SECONDS)
            answered = await self._answered(self._open.newer_than([question]))
        except ServerAway as away:
            self._open.fail([question], away)
            return
        if entry := answered.get(question):
            self._open.resolve(question, entry.answer, entry.fetched_at)
        elif question in self._open:
            self._ask(question)
