"""The questions of a batch, round by round: asked together, matched as answers come."""

import asyncio
from collections import Counter
from collections.abc import Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import TypeVar

from enrichment import matching
from enrichment.contract import metrics
from enrichment.lookup import planner
from enrichment.lookup.cache.freshness import Remembered
from enrichment.lookup.completing import completes
from enrichment.lookup.lookup import Lookup, Reply
from enrichment.lookup.planner import Progress
from enrichment.model import (
    Benched,
    Failed,
    Found,
    ProviderName,
    Question,
    Verdict,
)
from enrichment.providers import Provider
from enrichment.providers.registry import CHAINS

# So many are matched as soon as their answers are there. The next question of each
# waits for all others of the round, so that calls are full.
MATCHED_TOGETHER = 5
_NO_ANSWER = (Failed, Benched)

# How old answers must not be, by provider.
NewerThan = Mapping[ProviderName, datetime]
T = TypeVar("T")


@dataclass(frozen=True, slots=True)
class _Asking:
    """What all rounds of a batch have in common."""

    lookup: Lookup
    providers: Mapping[ProviderName, Provider]
    newer_than: NewerThan


async def look_up(
    tracks: Sequence[Progress],
    newer_than: NewerThan,
    lookup: Lookup,
    providers: Mapping[ProviderName, Provider],
) -> None:
    """Ask all chains side by side, until nothing is left to ask."""
    asking = _Asking(lookup, providers, newer_than)
    await asyncio.gather(*(_ask(tracks, chain, asking) for chain in CHAINS))


async def _ask(
    tracks: Sequence[Progress], chain: Sequence[ProviderName], asking: _Asking
) -> None:
    """Ask a chain of providers until nothing is left to ask, and match each answer."""
    while open_ := [
        (progress, best, ways)
        for progress in tracks
        if (ways := planner.next_questions(progress, chain, asking.providers))
        and (best := next(ways, None))
    ]:
        # a question by ISRC that an earlier answer has answered costs no call
        for progress, best, _ in open_:
            if shown := progress.shown(best):
                await asking.lookup.keep(best, *shown)
        chosen, remembered = await asking.lookup.choose([(b, w) for _, b, w in open_])
        # equal questions are asked once
        questions: dict[Question, list[Progress]] = {}
        for (progress, _, _), question in zip(open_, chosen, strict=True):
            questions.setdefault(question, []).append(progress)
        await asyncio.gather(
            *(
                _answer({q: questions[q] for q in some}, remembered, asking)
                for some in _pieces(questions, remembered)
            )
        )


async def _answer(
    questions: Mapping[Question, Sequence[Progress]],
    remembered: Mapping[Question, Remembered],
    asking: _Asking,
) -> None:
    """Look some questions up, and match their answers as soon as they are there."""
    replies = await asking.lookup.look_up(
        questions,
        _newer_than(questions, asking.newer_than),
        {q: remembered[q] for q in questions if q in remembered},
    )
    with metrics.STAGE_SECONDS.labels("match").time():
        _match(questions, replies)


def _pieces(
    questions: Collection[Question], remembered: Collection[Question]
) -> Iterator[Sequence[Question]]:
    """Part what is asked of a provider; what is remembered is answered at once."""
    if known := [q for q in questions if q in remembered]:
        yield known
    yield from portions([q for q in questions if q not in remembered], MATCHED_TOGETHER)


def portions(items: Sequence[T], size: int) -> Iterator[Sequence[T]]:
    """Yield the items in pieces, in their order."""
    for start in range(0, len(items), size):
        yield items[start : start + size]


def _newer_than(
    questions: Mapping[Question, Sequence[Progress]], newer_than: NewerThan
) -> dict[Question, datetime]:
    """
    Return how old an answer must not be, where rows that ask hold one already.

    Args:
        newer_than: of each provider whose older answers were taken back.
    """
    found = {}
    for question, askers in questions.items():
        provider = question.provider
        ages = [p.renewed[provider] for p in askers if provider in p.renewed]
        if provider in newer_than:
            ages.append(newer_than[provider])
        if ages:
            found[question] = max(ages)
    return found


def _match(
    questions: Mapping[Question, Sequence[Progress]],
    replies: Mapping[Question, Reply],
) -> None:
    """Decide every answered question for every track that asked it."""
    decided: Counter[tuple[ProviderName, Verdict]] = Counter()
    for question, askers in questions.items():
        reply = replies[question]
        for progress in askers:
            if isinstance(reply.answer, _NO_ANSWER):
                progress.note(question, reply.answer)
                continue
            found = reply.answer
            if completes(question):
                progress.complete(question, found)
                continue
            candidates = found.candidates if isinstance(found, Found) else ()
            decision = matching.decide(progress.wanted, candidates)
            progress.decide(question, decision, reply.fetched_at, candidates)
            decided[question.provider, decision.verdict] += 1
    for labels, count in decided.items():
        metrics.MATCHES.labels(*labels).inc(count)
