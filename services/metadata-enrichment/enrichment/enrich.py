"""The path over one batch, in one coroutine: look up, match, merge, write."""

import asyncio
from collections import Counter
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta

from msgspec.structs import replace

from enrichment import matching, merging
from enrichment.batch import Track, open_batch
from enrichment.contract import metrics
from enrichment.contract.cache_keys import PROJECTION_VERSIONS
from enrichment.contract.identity import IDENTITY_VERSION
from enrichment.contract.messages import EnrichmentRequest
from enrichment.lookup import planner
from enrichment.lookup.finished import FinishedTracks
from enrichment.lookup.finished_entries import FinishedTrack
from enrichment.lookup.lookup import Lookup, Reply
from enrichment.lookup.planner import Part, Progress
from enrichment.providers import Provider
from enrichment.reporting import Written, report
from enrichment.tracks import (
    Benched,
    Candidate,
    EnrichedTrack,
    Failed,
    Found,
    Outcome,
    ProviderName,
    ProviderRecord,
    Question,
    Verdict,
)
from enrichment.writing.rows import LAYOUT, rows_of
from enrichment.writing.store import KnownTrack, Store

# Stands in every row written, so that all rows of older rules can be found again.
DATA_VERSION = (
    f"identity-{IDENTITY_VERSION}.match-{matching.RULE_VERSION}"
    f".merge-{merging.RULE_VERSION}"
)
# What must be equal for a finished track to be taken as it is: what was asked for, and
# the columns that it fills, too.
RULES = f"{DATA_VERSION} {sorted(PROJECTION_VERSIONS.items())} {LAYOUT}"

# So many tracks of a batch are looked up and written together: they wait for the
# slowest answer among them, the others do not.
WRITTEN_TOGETHER = 100
# A part that could not be asked is due again after this, doubling with each attempt.
RETRY_FIRST = timedelta(seconds=30)
RETRY_LONGEST = timedelta(hours=24)
_NO_ANSWER = (Failed, Benched)


@dataclass(frozen=True, slots=True)
class Parts:
    """What the path works with, handed over by `worker`."""

    store: Store
    lookup: Lookup
    finished: FinishedTracks
    providers: Mapping[ProviderName, Provider]
    # Demo and tests run everything that waits faster.
    time_scale: float = 1.0
    now: Callable[[], datetime] = lambda: datetime.now(UTC)


async def enrich(
    requests: Sequence[EnrichmentRequest], parts: Parts
) -> Sequence[EnrichmentRequest]:
    """
    Take a batch of requests from message to rows; give those that name no track.

    Writing twice equals writing once, so a batch that was cut off may simply come
    again. Returns after the commit: what was given may be acked.

    Raises:
        Exception: whatever Postgres or our own code raises; the caller decides.
    """
    batch = await open_batch(
        requests,
        store=parts.store,
        finished=parts.finished,
        providers=parts.providers,
        now=parts.now(),
    )
    acts = [_write_finished(batch.finished, parts)] if batch.finished else []
    for start in range(0, len(batch.tracks), WRITTEN_TOGETHER):
        some = batch.tracks[start : start + WRITTEN_TOGETHER]
        acts.append(_enrich_some(some, parts))
    # all come to their end: what one of them breaks, the others have written
    for ended in await asyncio.gather(*acts, return_exceptions=True):
        if ended is not None:
            raise ended
    return batch.unidentified


async def _write_finished(
    finished: Sequence[tuple[FinishedTrack, EnrichmentRequest]], parts: Parts
) -> None:
    """Write what the cluster knows whole: nothing is asked, matched or merged."""
    written = [Written(track.rows, request) for track, request in finished]
    await _write(written, parts, blank=True)
    parts.finished.used([track for track, _ in finished])
    report(written, parts.now())


async def _enrich_some(tracks: Sequence[Track], parts: Parts) -> None:
    """Look up, match, merge and write: the path, over some tracks of a batch."""
    with metrics.STAGE_SECONDS.labels("look_up").time():
        await asyncio.gather(
            *(_look_up(tracks, chain, parts) for chain in planner.CHAINS)
        )

    with metrics.STAGE_SECONDS.labels("merge").time():
        merged = [_merge(track, parts) for track in tracks]
        made = [rows_of(track, DATA_VERSION) for track in merged]

    written = [
        Written(rows, track.request, _waited(track))
        for rows, track in zip(made, tracks, strict=True)
    ]
    await _write(written, parts, blank=all(_is_blank(track) for track in tracks))
    await parts.finished.keep(
        [
            (track, None if _is_pinned(asked) else rows, asked.request)
            for track, rows, asked in zip(merged, made, tracks, strict=True)
        ]
    )
    report(written, parts.now())


async def _write(written: Sequence[Written], parts: Parts, *, blank: bool) -> None:
    rows = [(w.rows, w.request.source, w.request.lane.value) for w in written]
    with metrics.STAGE_SECONDS.labels("write").time():
        await parts.store.write_rows(rows, blank=blank)


def _is_blank(track: Track) -> bool:
    return track.known is None or not track.known.records


def _is_pinned(track: Track) -> bool:
    return track.known is not None and bool(track.known.pins)


def _waited(track: Track) -> bool:
    before = track.known.records.values() if track.known else ()
    return any(record.due_at is not None for record in before)


async def _look_up(
    tracks: Sequence[Track], chain: Sequence[ProviderName], parts: Parts
) -> None:
    """Ask a chain of providers until nothing is left to ask, and match each answer."""
    while open_ := [
        (track.progress, best, ways)
        for track in tracks
        if (ways := planner.next_questions(track.progress, chain, parts.providers))
        and (best := next(ways, None))
    ]:
        # a question by ISRC that an earlier answer has answered costs no call
        for progress, best, _ in open_:
            if shown := progress.shown(best):
                await parts.lookup.keep(best, *shown)
        chosen, remembered = await parts.lookup.choose([(b, w) for _, b, w in open_])
        # equal questions are asked once
        questions: dict[Question, list[Progress]] = {}
        for (progress, _, _), question in zip(open_, chosen, strict=True):
            questions.setdefault(question, []).append(progress)
        replies = await parts.lookup.look_up(
            questions, _newer_than(questions), remembered
        )
        with metrics.STAGE_SECONDS.labels("match").time():
            _match(questions, replies)


def _newer_than(
    questions: Mapping[Question, Sequence[Progress]],
) -> dict[Question, datetime]:
    """Say how old an answer must not be, where rows that ask hold one already."""
    return {
        question: max(ages)
        for question, askers in questions.items()
        if (
            ages := [
                progress.renewed[question.provider]
                for progress in askers
                if question.provider in progress.renewed
            ]
        )
    }


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
            candidates = found.candidates if isinstance(found, Found) else ()
            decision = matching.decide(progress.wanted, candidates)
            progress.decide(question, decision, reply.fetched_at, candidates)
            decided[question.provider, decision.verdict] += 1
    for labels, count in decided.items():
        metrics.MATCHES.labels(*labels).inc(count)


def _merge(track: Track, parts: Parts) -> EnrichedTrack:
    """Let the accepted candidates fill the fields, each with its provenance."""
    known = track.known
    values, credits_ = merging.merge(
        track.progress.wanted,
        _accepted(track.progress),
        existing=known.values if known else None,
        pins=known.pins if known else frozenset(),
    )
    records = {
        **(known.records if known else {}),
        **{
            name: _record(name, part, known, parts)
            for name, part in track.progress.parts.items()
        },
    }
    return EnrichedTrack(
        wanted=track.progress.wanted,
        track_key=track.key,
        values=values,
        records=tuple(records.values()),
        credits=credits_,
        source=track.request.source,
        lane=track.request.lane.value,
    )


def _accepted(
    progress: Progress,
) -> dict[ProviderName, tuple[Candidate, datetime]]:
    return {
        name: (part.decision.candidate, part.fetched_at)
        for name, part in progress.parts.items()
        if part.decision is not None
        and part.decision.verdict is Verdict.ACCEPT
        and part.decision.candidate is not None
        and part.fetched_at is not None
    }


def _record(
    name: ProviderName, part: Part, known: KnownTrack | None, parts: Parts
) -> ProviderRecord:
    """Sum up one provider's part, with its due time if it could not be asked."""
    outcome = planner.outcome_of(part)
    before = known.records.get(name) if known else None
    attempts = (before.attempts if before else 0) + (outcome is Outcome.FAILED)
    question = part.question or part.asked[-1]
    decision = part.decision
    candidate = decision.candidate if decision else None
    due_at, due_reason = _due(part, outcome, attempts, parts)
    if before is not None and before.outcome.is_answer and not outcome.is_answer:
        # the answer that stands is better than none; it is renewed later
        return replace(before, due_at=due_at, due_reason=due_reason, attempts=attempts)
    return ProviderRecord(
        provider=name,
        outcome=outcome,
        question=f"{question.operation}:{question.key}",
        fetched_at=part.fetched_at or parts.now(),
        provider_track_id=candidate.id if candidate else None,
        score=decision.score if decision else None,
        reasons=decision.reasons if decision else (),
        due_at=due_at,
        due_reason=due_reason,
        attempts=attempts,
    )


def _due(
    part: Part, outcome: Outcome, attempts: int, parts: Parts
) -> tuple[datetime | None, str | None]:
    if outcome is Outcome.BENCHED and isinstance(part.blocked, Benched):
        return part.blocked.until, part.blocked.reason
    if outcome is Outcome.FAILED and isinstance(part.blocked, Failed):
        wait = min(RETRY_FIRST * 2 ** min(attempts - 1, 20), RETRY_LONGEST)
        return parts.now() + wait / parts.time_scale, part.blocked.reason
    return None, None
