"""Take back what a provider or a rule contributed; recompute rows, without a call."""

from collections.abc import AsyncIterator, Mapping, Sequence
from contextlib import asynccontextmanager, suppress
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import UUID

import asyncpg
from msgspec.structs import replace

from enrichment import matching, merging
from enrichment.contract.titles import parse_name
from enrichment.tracks import (
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
from enrichment.writing import retention
from enrichment.writing.answers import kept_candidates
from enrichment.writing.away import server_away
from enrichment.writing.store import KnownTrack, Store

# Tracks locked, recomputed and written in one transaction.
SLICE = 300
# By the primary key, so that a walk over millions of rows needs no memory.
_OF_PROVIDER = """
SELECT track_id FROM provider_records
WHERE track_id > $1 AND provider = $3
  AND ($4::timestamptz IS NULL OR fetched_at >= $4)
  AND ($5::timestamptz IS NULL OR fetched_at < $5)
ORDER BY track_id LIMIT $2
"""
_OF_RULE = """
SELECT track_id FROM tracks
WHERE track_id > $1 AND EXISTS (
    SELECT FROM jsonb_each(provenance) AS p
    WHERE (p.value ->> 3)::integer = $6 AND ($3::text IS NULL OR p.value ->> 0 = $3)
      AND ($4::timestamptz IS NULL
           OR to_timestamp((p.value ->> 2)::double precision) >= $4)
      AND ($5::timestamptz IS NULL
           OR to_timestamp((p.value ->> 2)::double precision) < $5)
)
ORDER BY track_id LIMIT $2
"""
_LOCK = """
SELECT track_id, track_key, artist, title, status, source, lane, attempts,
       completed_at
FROM tracks WHERE track_id = ANY ($1::uuid[]) ORDER BY track_id FOR NO KEY UPDATE
"""
_ANSWERS = """
SELECT r.track_id, r.provider, a.payload
FROM provider_records AS r
JOIN provider_answers AS a
  ON a.provider = r.provider AND a.question_md5 = md5(r.question)::uuid
WHERE r.track_id = ANY ($1::uuid[])
"""
_FORGET_RECORDS = """
DELETE FROM provider_records WHERE track_id = ANY ($1::uuid[]) AND provider = $2
"""
# Taking back is no attempt, and whoever was parked or under way stays so.
_KEEP_STATE = """
UPDATE tracks AS t
SET attempts = s.attempts, completed_at = coalesce(s.completed_at, t.completed_at),
    status = CASE WHEN s.status IN ('completed', 'partial') THEN t.status
                  ELSE s.status END
FROM unnest($1::uuid[], $2::text[], $3::integer[], $4::timestamptz[])
     AS s (track_id, status, attempts, completed_at)
WHERE t.track_id = s.track_id
"""
_CREDITED = "SELECT DISTINCT artist_id FROM track_credits WHERE track_id = ANY ($1)"
_CLEAR_CREDITS = "DELETE FROM track_credits WHERE track_id = ANY ($1::uuid[])"
_FORGET_ARTIST_IDS = """
UPDATE artists SET {column} = NULL, updated_at = now()
WHERE artist_id = ANY ($1) AND {column} IS NOT NULL
"""
_FORGET_ARTISTS = """
DELETE FROM artists AS a WHERE artist_id = ANY ($1)
  AND NOT EXISTS (SELECT FROM track_credits AS c WHERE c.artist_id = a.artist_id)
"""
_ARTIST_ID_COLUMNS = {
    ProviderName.SPOTIFY: "spotify_id",
    ProviderName.MUSICBRAINZ: "musicbrainz_id",
}
_BEFORE_ALL = UUID(int=0)


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
        """Tell whether this value goes."""
        return (
            (self.provider is None or value.provider is self.provider)
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


async def take_back(
    pool: asyncpg.Pool,
    contribution: Contribution,
    *,
    data_version: str,
    dry_run: bool = False,
) -> TakenBack:
    """
    Remove a contribution and recompute its rows from the answers that are kept.

    Slice by slice, each in a transaction: cut off, it is simply run again. A pinned
    field stays. A provider's records and answers go with its values, so that it may be
    asked anew; what Redis remembers of it is the caller's to forget.
    """
    total = TakenBack()
    after = _BEFORE_ALL
    while True:
        with server_away():
            track_ids = await _next_tracks(pool, contribution, after)
            if not track_ids:
                break
            done = await _take_back(
                pool, contribution, track_ids, data_version, dry_run=dry_run
            )
        total = TakenBack(
            total.tracks + len(track_ids),
            total.values + done.values,
            total.replaced + done.replaced,
        )
        after = track_ids[-1]
    c = contribution
    if c.provider is not None and c.rule is None and not dry_run:
        await retention.forget_answers(pool, c.provider, c.since, c.before)
    return total


async def _next_tracks(
    pool: asyncpg.Pool, contribution: Contribution, after: UUID
) -> list[UUID]:
    facts: list[object] = [
        after,
        SLICE,
        contribution.provider.value if contribution.provider else None,
        contribution.since,
        contribution.before,
    ]
    statement = _OF_PROVIDER
    if contribution.rule is not None:
        statement = _OF_RULE
        facts.append(contribution.rule)
    return [row["track_id"] for row in await pool.fetch(statement, *facts)]


async def _take_back(
    pool: asyncpg.Pool,
    contribution: Contribution,
    track_ids: Sequence[UUID],
    data_version: str,
    *,
    dry_run: bool,
) -> TakenBack:
    async with pool.acquire() as connection, connection.transaction():
        rows = await connection.fetch(_LOCK, track_ids)
        store = Store(_OneConnection(connection), data_version=data_version)  # type: ignore[arg-type]
        known = await store.read([str(row["track_id"]) for row in rows])
        kept = await _kept_answers(connection, track_ids)
        recomputed = [
            _recomputed(row, known[str(row["track_id"])], kept, contribution)
            for row in rows
        ]
        done = _counted(recomputed, known, contribution)
        if dry_run:
            return done
        artists = [r["artist_id"] for r in await connection.fetch(_CREDITED, track_ids)]
        await _forget(connection, contribution, track_ids, artists)
        await connection.execute(_CLEAR_CREDITS, track_ids)
        await store.write(recomputed)
        columns = ("track_id", "status", "attempts", "completed_at")
        await connection.execute(_KEEP_STATE, *([r[c] for r in rows] for c in columns))
    # an artist whom another track names at this moment stays
    with suppress(asyncpg.ForeignKeyViolationError):
        await pool.execute(_FORGET_ARTISTS, artists)
    return done


async def _forget(
    connection: Any,  # noqa: ANN401 (asyncpg's pooled connection has no public type)
    contribution: Contribution,
    track_ids: Sequence[UUID],
    artists: Sequence[int],
) -> None:
    """Delete what a provider said; with a rule its answers are what we start from."""
    if contribution.provider is None or contribution.rule is not None:
        return
    name = contribution.provider.value
    await connection.execute(_FORGET_RECORDS, track_ids, name)
    column = _ARTIST_ID_COLUMNS.get(contribution.provider)
    if column:
        await connection.execute(_FORGET_ARTIST_IDS.format(column=column), artists)


def _recomputed(
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
        isrc=known.isrc if "isrc" in known.pins else None,
    )
    whole_provider = contribution.rule is None
    accepted: dict[ProviderName, tuple[Candidate, datetime]] = {}
    records = []
    lost = set()
    for record in sorted(known.records.values(), key=place_in_asking):
        if whole_provider and record.provider is contribution.provider:
            continue
        candidates = kept.get((track_id, record.provider), ())
        if not candidates or not record.outcome.is_answer:
            records.append(record)
            continue
        decision = matching.decide(wanted, candidates)
        records.append(_decided(record, decision))
        found = decision.candidate if decision.verdict is Verdict.ACCEPT else None
        if found is not None:
            accepted[record.provider] = (found, record.fetched_at)
            if not wanted.isrc and found.isrcs:
                wanted = replace(wanted, isrc=found.isrcs[0])
        elif record.outcome is Outcome.FOUND:
            lost.add(record.provider)
    existing = {
        name: value
        for name, value in known.values.items()
        if name in known.pins
        or (not contribution.includes(value) and value.provider not in lost)
    }
    values, credits_ = merging.merge(wanted, accepted, existing, known.pins)
    return EnrichedTrack(
        wanted=wanted,
        track_key=row["track_key"],
        values=values,
        records=tuple(records),
        credits=credits_,
        source=row["source"],
        lane=row["lane"],
    )


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
    )


def _counted(
    recomputed: Sequence[EnrichedTrack],
    known: Mapping[str, KnownTrack],
    contribution: Contribution,
) -> TakenBack:
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


async def _kept_answers(
    connection: Any,  # noqa: ANN401 (as above)
    track_ids: Sequence[UUID],
) -> dict[tuple[str, ProviderName], tuple[Candidate, ...]]:
    known = set(ProviderName)
    return {
        (str(row["track_id"]), ProviderName(row["provider"])): kept_candidates(
            row["payload"]
        )
        for row in await connection.fetch(_ANSWERS, track_ids)
        if row["provider"] in known
    }


class _OneConnection:
    """Lets the store write inside our transaction."""

    def __init__(self, connection: Any) -> None:  # noqa: ANN401 (as above)
        self._connection = connection

    @asynccontextmanager
    async def acquire(self) -> AsyncIterator[Any]:
        yield self._connection
