"""
Decide stored rows again by today's rules, from the answers that are kept: no call.

An answer is kept in provider_answers until its provider's terms end it. A part whose
answer is gone cannot be decided here: it is priced, and marked to be asked again. So is
one whose answer lacks what today's rules read, which is decided as far as it says.
"""

from collections.abc import AsyncIterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from enum import StrEnum
from typing import Any
from uuid import UUID

import asyncpg

from enrichment.matching.by_person import is_held
from enrichment.model import (
    Candidate,
    EnrichedTrack,
    Outcome,
    ProviderName,
    ProviderRecord,
)
from enrichment.pipeline import revoke
from enrichment.pipeline.recompute import Contribution, recomputed_track
from enrichment.providers.registry import NAMES, SPECS
from enrichment.store.errors import server_away
from enrichment.store.tracks.known import KnownTrack, lock

_BEFORE_ALL = UUID(int=0)
_NEXT = """
SELECT track_id FROM provider_records
WHERE track_id > $1 AND outcome IN ('found', 'absent', 'ambiguous')
  AND ($3::timestamptz IS NULL OR fetched_at >= $3)
GROUP BY track_id ORDER BY track_id LIMIT $2
"""
_COUNT = """
SELECT count(DISTINCT track_id) FROM provider_records
WHERE outcome IN ('found', 'absent', 'ambiguous')
  AND ($1::timestamptz IS NULL OR fetched_at >= $1)
"""
_OUTDATED = """
SELECT track_id FROM tracks
WHERE track_id = ANY ($1::uuid[]) AND source_data_version IS DISTINCT FROM $2
"""
# Answers kept before a member was read do not say what it says.
_SILENT = """
SELECT r.track_id::text, r.provider
FROM provider_records AS r
JOIN provider_answers AS a
  ON a.provider = r.provider AND a.question_md5 = md5(r.question)::uuid
JOIN unnest($2::text[], $3::text[]) AS needed (provider, member)
  ON needed.provider = r.provider AND NOT a.payload -> 0 ? needed.member
WHERE r.track_id = ANY ($1::uuid[]) AND r.outcome = 'found'
"""
_PARTS = """
CREATE TEMPORARY TABLE rematch_parts ON COMMIT DROP AS
SELECT * FROM unnest($1::uuid[], $2::text[]) AS parts (track_id, provider)
"""
_PRICE = "SELECT provider, tracks, calls FROM reenrichment_price('rematch_parts')"
_MARK = "SELECT FROM mark_for_reenrichment('rematch_parts')"
_READ_SINCE = tuple(
    (name, member) for name, spec in SPECS.items() for member in spec.read_since
)
# Nothing of a provider is taken back: its answers are what is decided from.
_NOTHING = Contribution(provider=None, rule=-1)

Kept = Mapping[tuple[str, ProviderName], tuple[Candidate, ...]]


class Turn(StrEnum):
    """What becomes of a decision."""

    OTHER = "accepted → other"
    NONE = "accepted → none"
    ACCEPTED = "none → accepted"


@dataclass(frozen=True, slots=True)
class Turned:
    """One part that today's rules decide otherwise."""

    track_id: str
    artist: str
    title: str
    provider: ProviderName
    turn: Turn
    before: str | None
    after: str | None
    reasons: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Price:
    """What asking again costs: parts without a kept answer, and calls at most."""

    tracks: int = 0
    calls: int = 0


@dataclass(frozen=True, slots=True)
class Rematched:
    """What one slice of tracks came to."""

    tracks: int = 0
    turned: tuple[Turned, ...] = ()
    to_ask: Mapping[str, Price] = field(default_factory=dict)


async def count(pool: asyncpg.Pool, since: datetime | None) -> int:
    """Return how many tracks `rematch` would decide again."""
    with server_away():
        counted: int = await pool.fetchval(_COUNT, since)
    return counted


async def rematch(
    pool: asyncpg.Pool,
    *,
    data_version: str,
    since: datetime | None = None,
    dry_run: bool = False,
    slice_size: int = revoke.SLICE,
) -> AsyncIterator[Rematched]:
    """
    Yield what each slice of tracks comes to, written in a transaction of its own.

    Cut off, it is simply run again. What a person pinned stays.

    Args:
        since: only tracks with an answer fetched since then.
        dry_run: decide, and write nothing.
    """
    after = _BEFORE_ALL
    while True:
        with server_away():
            rows = await pool.fetch(_NEXT, after, slice_size, since)
            if not rows:
                return
            track_ids = [row["track_id"] for row in rows]
            done = await _rematch(pool, track_ids, data_version, dry_run=dry_run)
        yield done
        after = track_ids[-1]


async def _rematch(
    pool: asyncpg.Pool, track_ids: Sequence[UUID], data_version: str, *, dry_run: bool
) -> Rematched:
    async with pool.acquire() as connection, connection.transaction():
        rows = await revoke.lock_rows(connection, track_ids)
        everybody = NAMES
        known = await lock(connection, {str(r["track_id"]): everybody for r in rows})
        answers = await revoke.kept_answers(connection, track_ids)
        older = await connection.fetch(_OUTDATED, track_ids, data_version)
        outdated = {str(row["track_id"]) for row in older}
        anew = [
            recomputed_track(row, known[str(row["track_id"])], answers, _NOTHING)
            for row in rows
        ]
        turned = {
            track.wanted.track_id: _turned(track, known[track.wanted.track_id])
            for track in anew
        }
        silent = await _silent(connection, track_ids, anew)
        whole = {part: found for part, found in answers.items() if part not in silent}
        lacking = _lacking(known, whole, outdated)
        to_ask = await _priced(connection, lacking)
        if not dry_run:
            changed = [t for t in anew if turned[t.wanted.track_id]]
            due = [t for t in anew if t.wanted.track_id in outdated]
            written = {t.wanted.track_id: t for t in (*changed, *due)}
            artists = await revoke.credited(connection, track_ids)
            mine = [row for row in rows if str(row["track_id"]) in written]
            await revoke.write_anew(
                connection, mine, list(written.values()), data_version
            )
            await connection.execute(_MARK)
    if not dry_run:
        await revoke.forget_uncredited(pool, artists)
    every = tuple(one for several in turned.values() for one in several)
    return Rematched(len(rows), every, to_ask)


async def _silent(
    connection: Any,  # noqa: ANN401 (asyncpg's pooled connection has no public type)
    track_ids: Sequence[UUID],
    anew: Sequence[EnrichedTrack],
) -> set[tuple[str, ProviderName]]:
    """Return the parts with a match whose kept answer lacks what decides today."""
    matched = {
        (track.wanted.track_id, record.provider)
        for track in anew
        for record in track.records
        if record.outcome is Outcome.FOUND
    }
    providers, members = zip(*_READ_SINCE, strict=True)
    rows = await connection.fetch(_SILENT, track_ids, providers, members)
    return matched & {(row["track_id"], ProviderName(row["provider"])) for row in rows}


async def _priced(
    connection: Any,  # noqa: ANN401 (asyncpg's pooled connection has no public type)
    parts: Sequence[tuple[str, str]],
) -> dict[str, Price]:
    """Return by provider what it costs to ask parts again; they are in a table."""
    ids, names = [one for one, _ in parts], [name for _, name in parts]
    await connection.execute(_PARTS, ids, names)
    return {
        row["provider"]: Price(row["tracks"], row["calls"])
        for row in await connection.fetch(_PRICE)
    }


def _held(part: tuple[str, ProviderName], known: Mapping[str, KnownTrack]) -> bool:
    """Return whether a person has decided which recording of a provider it is."""
    track_id, provider = part
    return is_held(known[track_id].held, provider)


def _lacking(
    known: Mapping[str, KnownTrack], answers: Kept, outdated: set[str]
) -> list[tuple[str, str]]:
    """Return the parts of old rules whose answer is not kept, persons' left out."""
    return [
        (track_id, provider)
        for track_id, track in known.items()
        if track_id in outdated
        for provider, record in track.records.items()
        if record.outcome.is_answer
        and record.due_at is None
        and (track_id, provider) not in answers
        and not _held((track_id, provider), known)
    ]


def _turned(track: EnrichedTrack, before: KnownTrack) -> tuple[Turned, ...]:
    turned = []
    for record in track.records:
        was = before.records[record.provider]
        if turn := _turn(was, record):
            turned.append(
                Turned(
                    *(track.wanted.track_id, before.artist, before.title),
                    record.provider,
                    turn,
                    was.provider_track_id if was.outcome is Outcome.FOUND else None,
                    record.provider_track_id
                    if record.outcome is Outcome.FOUND
                    else None,
                    record.reasons,
                )
            )
    return tuple(turned)


def _turn(was: ProviderRecord, now: ProviderRecord) -> Turn | None:
    if was.outcome is not Outcome.FOUND:
        return Turn.ACCEPTED if now.outcome is Outcome.FOUND else None
    if now.outcome is not Outcome.FOUND:
        return Turn.NONE
    return Turn.OTHER if was.provider_track_id != now.provider_track_id else None
