"""Cache-aside for a batch: one cache read, then each provider's stage for the rest."""

import asyncio
from collections.abc import Callable, Collection, Mapping
from datetime import UTC, datetime

from enrichment import logs
from enrichment.contract import metrics
from enrichment.lookup.batching import Reply, Stage
from enrichment.lookup.cache import AnswerCache
from enrichment.tracks import Benched, Failed, ProviderName, Question

__all__ = ["Lookup", "Reply"]

log = logs.get("lookup")


class Lookup:
    """Answers questions: from the cache before any budget, else from the provider."""

    def __init__(
        self,
        cache: AnswerCache,
        stages: Mapping[ProviderName, Stage],
        now: Callable[[], datetime] = lambda: datetime.now(UTC),
    ) -> None:
        self._cache = cache
        self._stages = stages
        self._now = now

    async def look_up(self, questions: Collection[Question]) -> dict[Question, Reply]:
        """Give an answer for every question; Failed and Benched are answers too."""
        remembered = await self._cache.get_many(list(questions))
        now = self._now()
        replies = {
            question: Reply(entry.answer, entry.fetched_at, cached=True)
            for question, entry in remembered.items()
            if entry.is_fresh(now)
        }
        missing: dict[ProviderName, list[Question]] = {}
        for question in questions:
            hit = question in replies
            counter = metrics.CACHE_HITS if hit else metrics.CACHE_MISSES
            counter.labels(question.provider).inc()
            if not hit:
                missing.setdefault(question.provider, []).append(question)
        for asked in await asyncio.gather(
            *(self._stages[name].ask(group) for name, group in missing.items())
        ):
            replies |= asked
        for question, entry in remembered.items():
            # better an old answer than none, while the provider cannot be asked
            if isinstance(replies[question].answer, Failed | Benched):
                replies[question] = Reply(entry.answer, entry.fetched_at, cached=True)
        return replies
