"""The path over one batch, in one coroutine: look up, match, merge, write."""

import asyncio
import re
from collections import Counter
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from time import perf_counter

from msgspec.structs import replace

from enrichment import logs, matching, merging
from enrichment.contract import metrics
from enrichment.contract.identity import IDENTITY_VERSION, TrackKey, track_key
from enrichment.contract.messages import EnrichmentRequest
from enrichment.contract.titles import TrackName, parse_name
from enrichment.lookup import planner
from enrichment.lookup.finished import FinishedTracks
from enrichment.lookup.lookup import Lookup, Reply
from enrichment.lookup.planner import Part, Progress
from enrichment.providers import Provider
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
    Wanted,
)
from enrichment.writing.store import KnownTrack, Store

# Stands in every row written, so that all rows of older rules can be found again.
DATA_VERSION = (
    f"identity-{IDENTITY_VERSION}.match-{matching.RULE_VERSION}"
    f".merge-{merging.RULE_VERSION}"
)

# A text of its own form only: the column gives ids back in it.
_UUID = re.compile(r"[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12}")

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


@dataclass(slots=True)
class Track:
    """One track of the batch: the requests that asked for it and how far it is."""

    request: EnrichmentRequest
    key: str
    progress: Progress
    known: KnownTrack | None = None


@dataclass(frozen=True, slots=True)
class Enriched:
    """What a batch came to; `unidentified` requests name no track at all."""

    tracks: Sequence[EnrichedTrack] = ()
    unidentified: Sequence[EnrichmentRequest] = field(default=())


async def enrich(batch: Sequence[EnrichmentRequest], parts: Parts) -> Enriched:
    """
    Take a batch of requests from message to rows.

    Writing twice equals writing once, so a batch that was cut off may simply come
    again. Returns after the commit: what is returned may be acked.

    Raises:
        Exception: whatever Postgres or our own code raises; the caller decides.
    """
    tracks, unidentified = await _wanted(batch, parts)

    with metrics.STAGE_SECONDS.labels("look_up").time():
        await asyncio.gather(
            *(_look_up(tracks, chain, parts) for chain in planner.CHAINS)
        )

    started = perf_counter()
    enriched = [_merge(track, parts) for track in tracks]
    metrics.STAGE_SECONDS.labels("merge").observe(perf_counter() - started)

    with metrics.STAGE_SECONDS.labels("write").time():
        await parts.store.write(enriched)
        await parts.finished.keep(enriched)
    _count(enriched)
    _observe_freshness(tracks, enriched, parts.now())
    return Enriched(enriched, unidentified)


async def _wanted(
    batch: Sequence[EnrichmentRequest], parts: Parts
) -> tuple[list[Track], list[EnrichmentRequest]]:
    """Make equal tracks one, add what the rows know, leave out what is done."""
    unidentified: list[EnrichmentRequest] = []
    keyed: list[tuple[EnrichmentRequest, TrackName, TrackKey]] = []
    # the row may stand under the message's own id or under the one of its names
    ids: set[str] = set()
    for request in batch:
        name = parse_name(request.artist, request.title)
        key = track_key(name)
        if key is None:
            unidentified.append(request)
            continue
        keyed.append((request, name, key))
        ids.add(key.track_id)
        if request.track_id != key.track_id and _UUID.fullmatch(request.track_id):
            ids.add(request.track_id)
    known = await parts.store.read(sorted(ids))
    now = parts.now()
    tracks: dict[str, Track] = {}
    for request, name, key in keyed:
        track_id = request.track_id if request.track_id in known else key.track_id
        row = known.get(track_id)
        if _is_done(row, request, parts):
            continue
        tracks[track_id] = Track(
            request=request,
            key=key.text,
            known=row,
            progress=Progress(
                wanted=_wanted_of(request, track_id, name, row),
                settled=_settled(row, request, now),
                renewed=_renewed(row, request, now),
            ),
        )
    return list(tracks.values()), unidentified


def _is_done(row: KnownTrack | None, request: EnrichmentRequest, parts: Parts) -> bool:
    """Tell a delivery that comes again after its rows were written."""
    return (
        row is not None
        and not request.force_refresh
        and row.status == "completed"
        and set(parts.providers) <= set(_settled(row, request, parts.now()))
    )


def _settled(
    row: KnownTrack | None, request: EnrichmentRequest, now: datetime
) -> dict[ProviderName, ProviderRecord]:
    if row is None or request.force_refresh:
        return {}
    return {
        name: record
        for name, record in row.records.items()
        if record.due_at is None or record.due_at > now
    }


def _renewed(
    row: KnownTrack | None, request: EnrichmentRequest, now: datetime
) -> dict[ProviderName, datetime]:
    """
    Give the age of answers that stand in the row and are to be asked for again.

    An answer that came after the wish was queued is new enough, so that a wish that is
    delivered twice costs one call.
    """
    if row is None:
        return {}
    settled = _settled(row, request, now)
    return {
        name: record.fetched_at
        if record.due_at is not None or request.queued_at is None
        else max(record.fetched_at, request.queued_at)
        for name, record in row.records.items()
        if name not in settled and record.outcome.is_answer
    }


def _wanted_of(
    request: EnrichmentRequest, track_id: str, name: TrackName, row: KnownTrack | None
) -> Wanted:
    return Wanted(
        track_id=track_id,
        name=name,
        isrc=(row.isrc if row else None) or request.isrc,
        spotify_id=(row.spotify_id if row else None) or request.spotify_id,
        musicbrainz_id=(row.musicbrainz_id if row else None) or request.musicbrainz_id,
        # a duration learnt in an earlier attempt would let the order of attempts decide
        # between releases; one that a person has pinned is evidence
        duration_ms=row.duration_ms if row and "duration_ms" in row.pins else None,
    )


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


def _count(enriched: Sequence[EnrichedTrack]) -> None:
    tasks: Counter[tuple[str, str]] = Counter()
    fields: Counter[tuple[str, str]] = Counter()
    matched: list[EnrichedTrack] = []
    for track in enriched:
        outcome = track.outcome
        if outcome == "matched":
            matched.append(track)
            outcome = "completed"
        status = track.status if outcome is None else outcome
        tasks[track.source, status if track.status == "completed" else "partial"] += 1
        fields.update([(name, v.provider) for name, v in track.values.items()])
    if any(status != "partial" for _, status in tasks):
        metrics.LAST_SUCCESS.set_to_current_time()
    for labels, count in tasks.items():
        metrics.TASKS.labels(*labels).inc(count)
    for labels, count in fields.items():
        metrics.FIELDS.labels(*labels).inc(count)
    _tell(matched)


def _tell(enriched: Iterable[EnrichedTrack]) -> None:
    """Log a line for each track, as users search for them."""
    logs.each(
        "enrich",
        (
            {
                "event": f"✓ Enriched: {track.wanted.name.artist} -"
                f" {track.wanted.name.full_title} (source: {_sources(track)})",
                "event_name": "enrichment.write.enriched",
                "track_id": track.wanted.track_id,
                "status": track.status,
            }
            for track in enriched
        ),
    )


def _observe_freshness(
    tracks: Sequence[Track], enriched: Sequence[EnrichedTrack], now: datetime
) -> None:
    """Tell how long completed tracks took, those that a provider held up apart."""
    for track, written in zip(tracks, enriched, strict=True):
        since = track.request.first_queued_at or track.request.queued_at
        if written.status != "completed" or since is None:
            continue
        before = track.known.records.values() if track.known else ()
        waited = any(record.due_at is not None for record in before)
        since = since if since.tzinfo else since.replace(tzinfo=UTC)
        metrics.FRESHNESS.labels(written.lane, "yes" if waited else "no").observe(
            max(0.0, (now - since).total_seconds())
        )


def _sources(track: EnrichedTrack) -> str:
    return ", ".join(
        record.provider for record in track.records if record.outcome is Outcome.FOUND
    )
