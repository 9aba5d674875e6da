"""What a batch learnt of a track, applied to what its rows say at the write."""

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import NamedTuple

from msgspec.structs import replace

from enrichment import matching
from enrichment.contract.identity.titles import parse_name
from enrichment.lookup import planner
from enrichment.lookup.planner import ProviderProgress
from enrichment.matching.by_person import as_decided, chosen
from enrichment.model import (
    Benched,
    Candidate,
    EnrichedTrack,
    Failed,
    Held,
    Outcome,
    ProviderName,
    ProviderRecord,
    Verdict,
    Wanted,
)
from enrichment.pipeline import crediting, merge
from enrichment.pipeline.batch import Track
from enrichment.pipeline.crediting import CREDITING, Named
from enrichment.pipeline.recompute import contradicted
from enrichment.store.tracks.known import KnownTrack
from enrichment.store.tracks.revocations import Revocation

# A part that could not be asked is due again after this, doubling with each attempt.
RETRY_FIRST = timedelta(seconds=30)
RETRY_LONGEST = timedelta(hours=24)

Progress = Mapping[ProviderName, ProviderProgress]


@dataclass(frozen=True, slots=True)
class Moment:
    """
    When a batch is written.

    Args:
        time_scale: demo and tests run everything that waits faster.
        revoked: what is not to be written any more.
    """

    now: datetime
    time_scale: float = 1.0
    revoked: Sequence[Revocation] = ()


@dataclass(frozen=True, slots=True)
class Amended:
    """
    A track as it is after a batch.

    Args:
        asked: whose records the batch writes; the others stay as they are.
    """

    track: EnrichedTrack
    asked: Collection[str]


def amended(track: Track, known: KnownTrack | None, moment: Moment) -> Amended:
    """
    Let the answers of a batch fill the fields of a track.

    Args:
        known: what its rows say now, minutes after the batch read them.
    """
    parts = {
        name: part
        for name, part in track.progress.parts.items()
        if not _is_revoked(name, part, moment) and not _is_overtaken(name, track, known)
    }
    before = known.records if known else {}
    held = known.held if known else ()
    accepted = _accepted(parts, held)
    against = matching.conflicts({name: one for name, (one, _) in accepted.items()})
    made = {
        name: as_decided(
            _record(name, part, track, known, moment), held, before.get(name)
        )
        for name, part in parts.items()
    }
    records = {
        **before,
        **{name: contradicted(r, against.get(name)) for name, r in made.items()},
    }
    wanted = _as_it_stands(track.progress.wanted, known)
    named = _named(records, accepted)
    values, credits_ = merge.merge(
        wanted,
        accepted,
        existing=known.values if known else None,
        pins=known.pins if known else frozenset(),
        named=named or {},
    )
    enriched = EnrichedTrack(
        wanted=wanted,
        track_key=track.key,
        values=values,
        records=tuple(records.values()),
        # where it is not known whom an answer credits, the credits are left alone
        credits=() if named is None else credits_,
        source=track.request.source,
        lane=track.request.lane.value,
    )
    return Amended(enriched, [*map(str, parts)])


def _is_revoked(name: ProviderName, part: ProviderProgress, moment: Moment) -> bool:
    """Return whether an answer was taken back after it was given."""
    at = part.fetched_at
    return at is not None and any(one.covers(name, at) for one in moment.revoked)


def _is_overtaken(name: ProviderName, track: Track, known: KnownTrack | None) -> bool:
    """Return whether somebody wrote a newer answer than ours, or one that we lack."""
    now = known.records.get(name) if known else None
    if now is None or not now.outcome.is_answer:
        return False
    read = track.known.records.get(name) if track.known else None
    if read is not None and now.fetched_at <= read.fetched_at:
        return False
    part = track.progress.parts[name]
    if part.fetched_at is None or not planner.outcome_of(part).is_answer:
        return True
    return part.fetched_at < now.fetched_at


def _as_it_stands(wanted: Wanted, known: KnownTrack | None) -> Wanted:
    """Take the names from the row: a message may spell them in another way."""
    if known is None or (known.artist, known.title) == (
        wanted.name.artist,
        wanted.name.full_title,
    ):
        return wanted
    return replace(wanted, name=parse_name(known.artist, known.title))


def _named(
    records: Mapping[ProviderName, ProviderRecord], accepted: Collection[ProviderName]
) -> Named | None:
    """Return whom the answers credit; None where an older row does not say."""
    named = {}
    for name in CREDITING:
        record = records.get(name)
        if record is None or record.outcome is not Outcome.FOUND or name in accepted:
            continue
        if record.artists is None:
            return None
        named[name] = record.artists
    return named


def _accepted(
    parts: Progress, held: Held
) -> dict[ProviderName, tuple[Candidate, datetime]]:
    """Return what is accepted; a person may have decided since it was looked up."""
    return {
        name: (part.decision.candidate, part.fetched_at)
        for name, part in parts.items()
        if part.decision is not None
        and part.decision.verdict is Verdict.ACCEPT
        and part.decision.candidate is not None
        and part.fetched_at is not None
        and _is_allowed(part.decision.candidate, held)
    }


def _is_allowed(candidate: Candidate, held: Held) -> bool:
    decided = chosen(held, (candidate,))
    return decided is None or decided.verdict is Verdict.ACCEPT


def _record(
    name: ProviderName,
    part: ProviderProgress,
    track: Track,
    known: KnownTrack | None,
    moment: Moment,
) -> ProviderRecord:
    """Sum up one provider's part, with its due time if it could not be asked."""
    outcome = planner.outcome_of(part)
    before = known.records.get(name) if known else None
    failed = outcome is Outcome.FAILED or isinstance(part.lacks, Failed)
    attempts = (before.attempts if before else 0) + failed
    question = part.question or part.asked[-1]
    decision = part.decision
    candidate = decision.candidate if decision else None
    due = _due(part, outcome, attempts, moment)
    if before is not None and before.outcome.is_answer and not outcome.is_answer:
        # the answer that stands is better than none; it is renewed later
        return replace(
            before,
            due_at=due.at,
            due_reason=due.reason,
            due_detail=due.detail,
            attempts=attempts,
        )
    if wish := _wish_since(before, name, track, part):
        due = _Due(wish.due_at, wish.due_reason, wish.due_detail)
    return ProviderRecord(
        provider=name,
        outcome=outcome,
        question=f"{question.operation}:{question.key}",
        fetched_at=part.fetched_at or moment.now,
        provider_track_id=candidate.id if candidate else None,
        score=decision.score if decision else None,
        reasons=decision.reasons if decision else (),
        due_at=due.at,
        due_reason=due.reason,
        due_detail=due.detail,
        attempts=attempts,
        artists=crediting.artists_of(candidate)
        if candidate and outcome is Outcome.FOUND and name in CREDITING
        else None,
        bpm=candidate.sound.bpm if candidate and outcome is Outcome.FOUND else None,
    )


def _wish_since(
    before: ProviderRecord | None,
    name: ProviderName,
    track: Track,
    part: ProviderProgress,
) -> ProviderRecord | None:
    """Return the record if somebody asked meanwhile for a newer answer than ours."""
    if before is None or before.due_at is None or not before.outcome.is_answer:
        return None
    read = track.known.records.get(name) if track.known else None
    seen = read.due_at if read else None
    at = part.fetched_at
    if at is None or before.due_at == seen or before.due_at <= at:
        return None
    return before


class _Due(NamedTuple):
    """When a part is asked again: never, or with a class of why and what was said."""

    at: datetime | None = None
    reason: str | None = None
    detail: str | None = None


def _due(
    part: ProviderProgress, outcome: Outcome, attempts: int, moment: Moment
) -> _Due:
    # a match that could not be completed stands, and is asked for once more
    blocked = part.lacks if outcome is Outcome.FOUND else part.blocked
    if isinstance(blocked, Benched):
        return _Due(blocked.until, blocked.reason)
    if isinstance(blocked, Failed):
        wait = min(RETRY_FIRST * 2 ** min(attempts - 1, 20), RETRY_LONGEST)
        at = moment.now + wait / moment.time_scale
        return _Due(at, blocked.reason, blocked.detail)
    return _Due()
