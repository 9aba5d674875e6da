"""Cache-aside for a batch: one cache read, then the providers' dispatchers."""

import asyncio
import random
from collections import Counter
from collections.abc import Callable, Collection, Iterator, Mapping, Sequence
from datetime import UTC, datetime, timedelta
from types import MappingProxyType

from enrichment.contract import metrics
from enrichment.lookup.cache.answers import AnswerCache
from enrichment.lookup.cache.freshness import Remembered, refresh_early
from enrichment.lookup.cache.reuse import Reuse
from enrichment.lookup.dispatch.call_queue import Reply
from enrichment.lookup.dispatch.dispatcher import Dispatcher
from enrichment.lookup.spending import Spending
from enrichment.model import Absent, Benched, Failed, Found, ProviderName, Question

__all__ = ["Lookup", "Reply"]

# Answers of one provider that are asked again early, at most, while work comes first.
EARLY_AT_ONCE = 50
_LONG_AGO = datetime.fromtimestamp(0, UTC)


class Lookup:
    """Answers questions: from the cache before any budget, else from the provider."""

    def __init__(
        self,
        cache: AnswerCache,
        dispatchers: Mapping[ProviderName, Dispatcher],
        reuse: Reuse,
        now: Callable[[], datetime] = lambda: datetime.now(UTC),
        *,
        spending: Spending | None = None,
        rand: Callable[[], float] = random.random,
    ) -> None:
        self._spending = spending or Spending()
        self._rand = rand
        self._cache = cache
        self._dispatchers = dispatchers
        self._reuse = reuse
        self._now = now

    async def look_up(
        self,
        questions: Collection[Question],
        newer_than: Mapping[Question, datetime] = MappingProxyType({}),
        remembered: Mapping[Question, Remembered] | None = None,
    ) -> dict[Question, Reply]:
        """
        Return an answer for every question; Failed and Benched are answers too.

        Args:
            newer_than: how old the rows' own answers are: no other one that old is
                news, from the cache neither.
            remembered: what the cache holds of them, where that has been read.

        Raises:
            ServerAway: without Redis nobody is asked.
        """
        if remembered is None:
            remembered = await self._cache.get_many(list(questions))
        now = self._now()
        replies = self._hits(questions, newer_than, remembered, now)
        missing: dict[ProviderName, list[Question]] = {}
        for question in questions:
            if question not in replies:
                missing.setdefault(question.provider, []).append(question)
        self._refresh_early(remembered, now)
        for name, unknown in missing.items():
            metrics.CACHE_MISSES.labels(name).inc(len(unknown))
        for asked in await asyncio.gather(
            *(
                # whatever was fetched since we looked will do, but for renewals
                self._dispatchers[name].ask(
                    group, {q: newer_than.get(q, _LONG_AGO) for q in group}
                )
                for name, group in missing.items()
            )
        ):
            replies |= asked
        if not missing:
            return replies
        for question, entry in remembered.items():
            answer = replies[question].answer
            if not entry.is_fresh(now) and isinstance(answer, Found | Absent):
                same = answer == entry.answer
                self._reuse.refetched(question.provider, same=same)
            # better an old answer than none, while the provider cannot be asked
            if isinstance(answer, (Failed, Benched)) and _is_news(
                question, entry.fetched_at, newer_than
            ):
                replies[question] = Reply(entry.answer, entry.fetched_at, cached=True)
        return replies

    def _hits(
        self,
        questions: Collection[Question],
        newer_than: Mapping[Question, datetime],
        remembered: Mapping[Question, Remembered],
        now: datetime,
    ) -> dict[Question, Reply]:
        """Return what needs no asking, and count it."""
        replies: dict[Question, Reply] = {}
        hits: Counter[ProviderName] = Counter()
        for question in questions:
            entry = remembered.get(question)
            if (
                entry is not None
                and entry.is_fresh(now)
                and _is_news(question, entry.fetched_at, newer_than)
            ):
                replies[question] = Reply(entry.answer, entry.fetched_at, cached=True)
                hits[question.provider] += 1
                self._reuse.used(question.provider, now - entry.fetched_at)
        for name, count in hits.items():
            metrics.CACHE_HITS.labels(name).inc(count)
            self._spending.saved(name, count)
        return replies

    def _refresh_early(
        self, remembered: Mapping[Question, Remembered], now: datetime
    ) -> None:
        """
        Ask again, beside the work, for some of the answers that end soon.

        Whoever is asked early was idle: quota that work waits for is not spent so.
        """
        early: dict[ProviderName, list[Question]] = {}
        for question, entry in remembered.items():
            if entry.may_end_soon(now) and refresh_early(
                entry,
                now,
                spare=self._dispatchers[question.provider].spare,
                draw=self._rand(),
            ):
                early.setdefault(question.provider, []).append(question)
        for name, questions in early.items():
            room = EARLY_AT_ONCE - self._dispatchers[name].waiting
            if room > 0:
                self._dispatchers[name].ask_early(questions[:room])

    async def choose(
        self, ways: Sequence[tuple[Question, Iterator[Question]]]
    ) -> tuple[list[Question], dict[Question, Remembered]]:
        """
        Pick, of the ways to ask one thing, one that is answered, else the best.

        Args:
            ways: each thing's best way and the others, which are looked at only where
                the best is not answered.

        Returns:
            A question for each, and what is remembered of them, for `look_up`.
        """
        remembered = await self._cache.get_many([best for best, _ in ways])
        now = self._now()
        chosen = [best for best, _ in ways]
        others = {
            place: tuple(more)
            for place, (best, more) in enumerate(ways)
            if (entry := remembered.get(best)) is None or not entry.is_fresh(now)
        }
        several = {question for more in others.values() for question in more}
        if several:
            known = await self._cache.get_many(list(several))
            fresh = {q for q, entry in known.items() if entry.is_fresh(now)}
            for place, more in others.items():
                chosen[place] = next((q for q in more if q in fresh), chosen[place])
            remembered |= known
        return chosen, {q: remembered[q] for q in chosen if q in remembered}

    async def keep(self, question: Question, answer: Found, at: datetime) -> None:
        """Remember what another question's answer says to this one."""
        await self._dispatchers[question.provider].keep(question, answer, at)

    async def is_fresh(self, question: Question, ahead: timedelta) -> bool:
        """Return whether the answer is remembered and will be for a while."""
        entry = (await self._cache.get_many([question])).get(question)
        return entry is not None and entry.is_fresh(self._now() + ahead)

    async def ask_again(self, questions: Collection[Question]) -> dict[Question, Reply]:
        """Ask the providers, whatever is remembered: for warming."""
        by_provider: dict[ProviderName, list[Question]] = {}
        for question in questions:
            by_provider.setdefault(question.provider, []).append(question)
        replies: dict[Question, Reply] = {}
        for asked in await asyncio.gather(
            *(self._dispatchers[name].ask(group) for name, group in by_provider.items())
        ):
            replies |= asked
        return replies


def _is_news(
    question: Question, at: datetime, newer_than: Mapping[Question, datetime]
) -> bool:
    return question not in newer_than or at > newer_than[question]
