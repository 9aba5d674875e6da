"""The path over one batch, in one coroutine: look up, match, merge, write."""

import asyncio
from collections import Counter
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime

from enrichment import matching, merging
from enrichment.amending import Amended, Moment, amended
from enrichment.batch import Track, is_blank, is_taken_back, open_batch
from enrichment.contract import metrics
from enrichment.contract.cache_keys import PROJECTION_VERSIONS
from enrichment.contract.identity import IDENTITY_VERSION
from enrichment.contract.messages import EnrichmentRequest
from enrichment.errors import ServerAway
from enrichment.lookup import planner
from enrichment.lookup.finished import FinishedTracks
from enrichment.lookup.finished_entries import FinishedTrack
from enrichment.lookup.lookup import Lookup, Reply
from enrichment.lookup.planner import Progress
from enrichment.providers import Provider
from enrichment.reporting import Written, report
from enrichment.tracks import (
    Benched,
    Failed,
    Found,
    ProviderName,
    Question,
    Verdict,
)
from enrichment.writing.known import KnownTrack
from enrichment.writing.revocations import Revocation
from enrichment.writing.rows import LAYOUT, rows_of, track_id_of
from enrichment.writing.store import Change, Store

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
_NO_ANSWER = (Failed, Benched)

# How old answers must not be, by provider.
NewerThan = Mapping[ProviderName, datetime]


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


@dataclass(frozen=True, slots=True, kw_only=True)
class _Known(Change):
    """Rows of another worker, as they are."""

    of: tuple[FinishedTrack, EnrichmentRequest]


@dataclass(frozen=True, slots=True, kw_only=True)
class _Merged(Change):
    """Rows that this batch has made."""

    made: Amended
    of: Track


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
        acts.append(_enrich_some(some, batch.newer_than, parts))
    # all come to their end: what one of them breaks, the others have written
    for ended in await asyncio.gather(*acts, return_exceptions=True):
        if ended is not None:
            raise ended
    return batch.unidentified


async def _write_finished(
    finished: Sequence[tuple[FinishedTrack, EnrichmentRequest]], parts: Parts
) -> None:
    """Write what the cluster knows whole: nothing is asked, matched or merged."""

    def still_blank(
        known: Mapping[str, KnownTrack], revoked: Sequence[Revocation]
    ) -> list[_Known]:
        return [
            _Known(track.rows, request.source, request.lane.value, of=(track, request))
            for track, request in finished
            if is_blank(known.get(track_id_of(track.rows)), track)
            and not is_taken_back(track, revoked)
        ]

    asked = {track_id_of(t.rows): tuple(t.fetched_at) for t, _ in finished}
    try:
        with metrics.STAGE_SECONDS.labels("write").time():
            written = await parts.store.change(asked, still_blank)
    except ServerAway:
        raise
    except Exception:
        # one of them is damaged: the batch comes again, and they go the long way
        await parts.finished.forget([request.track_id for _, request in finished])
        raise
    parts.finished.used([change.of[0] for change in written])
    report([Written(c.rows, c.of[1]) for c in written], parts.now())
    ours = {id(change.of[1]) for change in written}
    if left := [request for _, request in finished if id(request) not in ours]:
        # somebody wrote of them, or took an answer back, since they were read
        await enrich(left, parts)


async def _enrich_some(
    tracks: Sequence[Track], newer_than: NewerThan, parts: Parts
) -> None:
    """Look up, match, merge and write: the path, over some tracks of a batch."""
    with metrics.STAGE_SECONDS.labels("look_up").time():
        await asyncio.gather(
            *(_look_up(tracks, chain, newer_than, parts) for chain in planner.CHAINS)
        )

    def merged(
        known: Mapping[str, KnownTrack], revoked: Sequence[Revocation]
    ) -> list[_Merged]:
        moment = Moment(parts.now(), parts.time_scale, revoked)
        with metrics.STAGE_SECONDS.labels("merge").time():
            return [_merge(track, known, moment) for track in tracks]

    asked = {t.progress.wanted.track_id: tuple(t.progress.parts) for t in tracks}
    with metrics.STAGE_SECONDS.labels("write").time():
        written = await parts.store.change(asked, merged)
    await parts.finished.keep(
        [
            (c.made.track, c.rows if c.made.whole else None, c.of.request)
            for c in written
        ]
    )
    report([Written(c.rows, c.of.request, _waited(c.of)) for c in written], parts.now())


def _merge(track: Track, known: Mapping[str, KnownTrack], moment: Moment) -> _Merged:
    """Let the accepted candidates fill the fields, each with its provenance."""
    made = amended(track, known.get(track.progress.wanted.track_id), moment)
    return _Merged(
        rows_of(made.track, DATA_VERSION),
        made.track.source,
        made.track.lane,
        made.asked,
        made=made,
        of=track,
    )


def _waited(track: Track) -> bool:
    before = track.known.records.values() if track.known else ()
    return any(record.due_at is not None for record in before)


async def _look_up(
    tracks: Sequence[Track],
    chain: Sequence[ProviderName],
    newer_than: NewerThan,
    parts: Parts,
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
            questions, _newer_than(questions, newer_than), remembered
        )
        with metrics.STAGE_SECONDS.labels("match").time():
            _match(questions, replies)


def _newer_than(
    questions: Mapping[Question, Sequence[Progress]], newer_than: NewerThan
) -> dict[Question, datetime]:
    """
    Say how old an answer must not be, where rows that ask hold one already.

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
            candidates = found.candidates if isinstance(found, Found) else ()
            decision = matching.decide(progress.wanted, candidates)
            progress.decide(question, decision, reply.fetched_at, candidates)
            decided[question.provider, decision.verdict] += 1
    for labels, count in decided.items():
        metrics.MATCHES.labels(*labels).inc(count)
