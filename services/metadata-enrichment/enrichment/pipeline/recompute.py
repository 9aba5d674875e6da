"""What a track is without a contribution, from the answers that are kept; pure."""

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime

import asyncpg
from msgspec.structs import replace

from enrichment import matching
from enrichment.contract.identity.titles import parse_name
from enrichment.matching.by_person import as_decided
from enrichment.model import (
    Artists,
    Candidate,
    Decision,
    EnrichedTrack,
    FieldValue,
    Outcome,
    ProviderName,
    ProviderRecord,
    Verdict,
    Wanted,
)
from enrichment.pipeline import merge
from enrichment.pipeline.crediting import CREDITING, artists_of
from enrichment.store.tracks.known import KnownTrack


@dataclass(frozen=True, slots=True)
class Contribution:
    """
    What is to be taken back: all that a provider gave, or all that a rule wrote.

    Args:
        provider: whose values; None with a rule means everybody's.
        rule: only values of this merge rule's version; the answers stay, and are
            matched and merged again by today's rules.
        since, before: only what was fetched in this time.
    """

    provider: ProviderName | None
    rule: int | None = None
    since: datetime | None = None
    before: datetime | None = None

    def __post_init__(self) -> None:
        if self.provider is None and self.rule is None:
            raise ValueError("name a provider or a rule")

    def includes(self, value: FieldValue) -> bool:
        """Return whether this value goes."""
        return (
            (self.provider is None or value.provider == self.provider)
            and (self.rule is None or value.rule_version == self.rule)
            and (self.since is None or value.fetched_at >= self.since)
            and (self.before is None or value.fetched_at < self.before)
        )


@dataclass(frozen=True, slots=True)
class TakenBack:
    """What taking back came to, or would come to: `calls` is 0 by construction."""

    tracks: int = 0
    values: int = 0
    # of them replaced by another provider's, or by today's rule
    replaced: int = 0
    calls: int = 0


def recomputed_track(
    row: asyncpg.Record,
    known: KnownTrack,
    kept: Mapping[tuple[str, ProviderName], tuple[Candidate, ...]],
    contribution: Contribution,
) -> EnrichedTrack:
    """Decide and merge again, in the order in which a worker would have asked."""
    track_id = str(row["track_id"])
    wanted = Wanted(
        track_id=track_id,
        name=parse_name(row["artist"], row["title"]),
        isrc=known.asked_by("isrc"),
        spotify_id=known.spotify_id,
        musicbrainz_id=known.musicbrainz_id,
        learnt=known.learnt,
        duration_ms=known.length_known,
        held=known.held,
    )
    whole_provider = contribution.rule is None
    accepted: dict[ProviderName, tuple[Candidate, datetime]] = {}
    records = []
    lost = set()
    named: dict[ProviderName, Artists | None] = {}
    for record in sorted(known.records.values(), key=place_in_asking):
        if whole_provider and record.provider == contribution.provider:
            continue
        candidates = kept.get((track_id, record.provider), ())
        if not candidates or not record.outcome.is_answer:
            stands = as_decided(record, known.held, record)
            records.append(stands)
            if record.outcome is Outcome.FOUND and not _stands(stands, record):
                lost.add(record.provider)
            if stands.outcome is Outcome.FOUND and record.provider in CREDITING:
                named[record.provider] = stands.artists
            continue
        decision = matching.decide(wanted, candidates)
        records.append(as_decided(_decided(record, decision), known.held, record))
        found = decision.candidate if decision.verdict is Verdict.ACCEPT else None
        if found is not None:
            accepted[record.provider] = (found, record.fetched_at)
            if found.id != record.provider_track_id:
                # what the other recording said is not kept beside this one's
                lost.add(record.provider)
        elif record.outcome is Outcome.FOUND and not _stands(records[-1], record):
            lost.add(record.provider)
    against = matching.conflicts({name: one for name, (one, _) in accepted.items()})
    records = [contradicted(r, against.get(r.provider)) for r in records]
    existing = _what_stays(known, contribution, lost)
    noted = {name: artists for name, artists in named.items() if artists is not None}
    values, credits_ = merge.merge(wanted, accepted, existing, known.pins, noted)
    if len(noted) < len(named) and contribution.provider not in CREDITING:
        # nobody noted whom an answer credits, and it does not go: credits stay
        credits_ = ()
    return EnrichedTrack(
        wanted=wanted,
        track_key=row["track_key"],
        values=values,
        records=tuple(records),
        credits=credits_,
        source=row["source"],
        lane=row["lane"],
    )


def _stands(now: ProviderRecord, was: ProviderRecord) -> bool:
    """Return whether a person's recording stays that the kept answer does not show."""
    return (
        now.outcome is Outcome.FOUND and now.provider_track_id == was.provider_track_id
    )


def _what_stays(
    known: KnownTrack, contribution: Contribution, lost: Collection[ProviderName]
) -> dict[str, FieldValue]:
    return {
        name: value
        for name, value in known.values.items()
        if name in known.pins
        or (not contribution.includes(value) and value.provider not in lost)
    }


def contradicted(record: ProviderRecord, conflict: str | None) -> ProviderRecord:
    """Return the record with what another provider's match says against it."""
    if conflict is None:
        return record
    return replace(record, reasons=(*record.reasons, conflict))


def place_in_asking(record: ProviderRecord) -> tuple[bool, str]:
    """An ISRC was learnt from others: who was asked by one was asked after them."""
    return record.question.startswith("isrc:"), record.provider


def _decided(record: ProviderRecord, decision: Decision) -> ProviderRecord:
    outcome = {
        Verdict.ACCEPT: Outcome.FOUND,
        Verdict.AMBIGUOUS: Outcome.AMBIGUOUS,
        Verdict.NONE: Outcome.ABSENT,
    }[decision.verdict]
    return replace(
        record,
        outcome=outcome,
        provider_track_id=decision.candidate.id if decision.candidate else None,
        score=decision.score,
        reasons=decision.reasons,
        artists=artists_of(decision.candidate)
        if decision.candidate
        and outcome is Outcome.FOUND
        and record.provider in CREDITING
        else None,
        # a page that completed the match is not decided again
        bpm=record.bpm
        if decision.candidate and decision.candidate.id == record.provider_track_id
        else None,
    )


def counted(
    recomputed: Sequence[EnrichedTrack],
    known: Mapping[str, KnownTrack],
    contribution: Contribution,
) -> TakenBack:
    """Count the values that go, and those that another takes the place of."""
    values = replaced = 0
    for track in recomputed:
        before = known[track.wanted.track_id]
        gone = [
            name
            for name, value in before.values.items()
            if name not in before.pins and contribution.includes(value)
        ]
        values += len(gone)
        replaced += sum(name in track.values for name in gone)
    return TakenBack(len(recomputed), values, replaced)
