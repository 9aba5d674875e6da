"""
New ids for stored tracks after the rules of identity changed.

When to run it: docs/track_identity.md.
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any

import asyncpg

from enrichment.contract.identity.identity import (
    IDENTITY_VERSION,
    TrackKey,
    track_id_of,
    track_key,
)
from enrichment.contract.identity.titles import TrackName, parse_name
from enrichment.providers.registry import SPECS
from enrichment.store.tracks.by_hand import CORRECTABLE

# Any fixed number of ours: two at once would wait for each other's rows.
_LOCK = 7_265_414_002
_SLICE = 500

# What is further along comes first and stays where two become one.
_OUTDATED = """
SELECT track_id::text, track_key, identity_version, artist, title, featured
FROM tracks WHERE identity_version < $1
ORDER BY (status = 'completed') DESC, first_queued_at, track_id
LIMIT $2 FOR UPDATE
"""
_COUNT = "SELECT count(*) FROM tracks WHERE identity_version < $1"
_MOVES = """
CREATE TEMPORARY TABLE moves ON COMMIT DROP AS
SELECT * FROM unnest($1::uuid[], $2::uuid[], $3::text[]) WITH ORDINALITY
    AS m (old_id, new_id, track_key, place)
"""
# The row as it is, whatever columns it has, under its new id.
_COPY = """
INSERT INTO tracks SELECT (jsonb_populate_record(t, jsonb_build_object(
    'track_id', m.new_id, 'track_key', m.track_key, 'identity_version', $1::smallint
))).*
FROM moves AS m JOIN tracks AS t ON t.track_id = m.old_id
WHERE m.old_id <> m.new_id ORDER BY m.place
ON CONFLICT (track_id) DO NOTHING
"""
# Inserting stamped the copies as fresh; a new name makes nothing fresh.
_KEEP_AGE = """
UPDATE tracks AS t SET enrichment_timestamp = o.enrichment_timestamp
FROM (SELECT DISTINCT ON (m.new_id) m.new_id, old.enrichment_timestamp
      FROM moves AS m JOIN tracks AS old ON old.track_id = m.old_id
      WHERE m.old_id <> m.new_id ORDER BY m.new_id, m.place) AS o
WHERE t.track_id = o.new_id AND t.xmin = pg_current_xact_id()::xid
"""
_KEEP_ID = """
UPDATE tracks AS t SET track_key = m.track_key, identity_version = $1
FROM moves AS m WHERE t.track_id = m.old_id AND m.old_id = m.new_id
"""
# A person's values stay a person's where two become one; where both have one, that of
# the survivor stands.
_PINS = """
SELECT m.old_id, pins.name AS field
FROM moves AS m
JOIN tracks AS o ON o.track_id = m.old_id
JOIN tracks AS t ON t.track_id = m.new_id
CROSS JOIN LATERAL unnest(o.pinned_fields) AS pins (name)
WHERE m.old_id <> m.new_id AND pins.name <> ALL (t.pinned_fields)
ORDER BY m.place
"""
_TAKE_PIN = """
UPDATE tracks AS t SET {columns},
    pinned_fields = array_append(t.pinned_fields, '{field}')
FROM moves AS m JOIN tracks AS was ON was.track_id = m.old_id
WHERE t.track_id = m.new_id AND m.old_id = $1 AND '{field}' <> ALL (t.pinned_fields)
"""
# What the survivor had of another recording goes when its provider is asked again.
_ASK = """
UPDATE provider_records AS r
SET due_at = now(), due_reason = 'marked', published_at = NULL
FROM moves AS m
WHERE m.old_id = $1 AND r.track_id = m.new_id AND r.due_at IS NULL
  AND r.provider = ANY ($2::text[])
  AND r.outcome IN ('found', 'absent', 'ambiguous')
"""
# Decisions are kept, both of two: the survivor shows where they differ.
_DECISIONS = """
UPDATE review_decisions AS d SET track_id = m.new_id
FROM moves AS m WHERE d.track_id = m.old_id AND m.old_id <> m.new_id
"""
_ROWS = """
UPDATE tracklist_rows AS r SET track_id = m.new_id
FROM moves AS m WHERE r.track_id = m.old_id AND m.old_id <> m.new_id
"""
# One row for each of a survivor's keys that it has not got yet.
_TAKE_OVER = """
INSERT INTO {table} SELECT (jsonb_populate_record(
    c, jsonb_build_object('track_id', m.new_id))).*
FROM moves AS m JOIN {table} AS c ON c.track_id = m.old_id
WHERE m.old_id <> m.new_id ORDER BY m.place
ON CONFLICT DO NOTHING
"""
_DELETE = """
DELETE FROM tracks AS t USING moves AS m
WHERE t.track_id = m.old_id AND m.old_id <> m.new_id
"""
# Two become one: what most rows of files say may be another value now.
_FILL = """
SELECT fill_from_files(array_agg(DISTINCT new_id)) FROM moves WHERE old_id <> new_id
"""
_QUESTIONS = "SELECT review_sync(array_agg(DISTINCT new_id)) FROM moves"
_OF_A_TRACK = ("track_credits", "provider_records")

Rules = Callable[[TrackName], TrackKey | None]


@dataclass(frozen=True, slots=True)
class Rekeyed:
    """How many tracks got a new id, became one with another, or kept their id."""

    renamed: int = 0
    merged: int = 0
    kept: int = 0


async def outdated(pool: asyncpg.Pool, version: int = IDENTITY_VERSION) -> int:
    """Return how many tracks are of older rules."""
    counted: int = await pool.fetchval(_COUNT, version)
    return counted


async def rekey(
    pool: asyncpg.Pool,
    *,
    version: int = IDENTITY_VERSION,
    rules: Rules = track_key,
    slice_size: int = _SLICE,
    advance: Callable[[int], None] = lambda _: None,
) -> Rekeyed:
    """
    Return all tracks of older rules the key and id of these, a slice a transaction.

    It may be stopped and run again: what is done has the new version.

    Args:
        advance: called with the number of tracks of each slice that is done.
    """
    done = Rekeyed()
    while True:
        async with pool.acquire() as connection, connection.transaction():
            await connection.execute("SELECT pg_advisory_xact_lock($1)", _LOCK)
            older = await connection.fetch(_OUTDATED, version, slice_size)
            if not older:
                return done
            moves = [_move(row, rules, version) for row in older]
            copied = await _carry_out(connection, moves, version)
        advance(len(moves))
        moved = sum(old != new for old, new, _ in moves)
        done = Rekeyed(
            renamed=done.renamed + copied,
            merged=done.merged + moved - copied,
            kept=done.kept + len(moves) - moved,
        )


def _move(row: asyncpg.Record, rules: Rules, version: int) -> tuple[str, str, str]:
    """Return old id, new id and new key of a track."""
    old_id: str = row["track_id"]
    found = rules(parse_name(row["artist"], row["title"]))
    if found is None:
        return old_id, old_id, row["track_key"]
    if old_id != track_id_of(row["track_key"], row["identity_version"]):
        # an id that somebody gave by hand: others know the track by it
        return old_id, old_id, found.text
    return old_id, track_id_of(found.text, version), found.text


async def _carry_out(
    connection: "asyncpg.pool.PoolConnectionProxy[Any]",
    moves: Sequence[tuple[str, str, str]],
    version: int,
) -> int:
    """Write the moves of one slice; give how many tracks live on under a new id."""
    await connection.execute(_MOVES, *map(list, zip(*moves, strict=True)))
    status = await connection.execute(_COPY, version)
    await connection.execute(_KEEP_AGE)
    await connection.execute(_KEEP_ID, version)
    await connection.execute(_ROWS)
    for table in _OF_A_TRACK:
        await connection.execute(_TAKE_OVER.format(table=table))
    await _take_pins(connection)
    await connection.execute(_DECISIONS)
    await connection.execute(_DELETE)
    await connection.execute(_FILL)
    await connection.execute(_QUESTIONS)
    return int(status.rsplit(" ", 1)[-1])


async def _take_pins(connection: "asyncpg.pool.PoolConnectionProxy[Any]") -> None:
    """Let survivors have what a person said of the tracks that become one with them."""
    for old_id, field in await connection.fetch(_PINS):
        if field not in CORRECTABLE:
            continue
        columns = [field]
        if field == "release_date":
            columns.append("release_date_precision")
        given = ", ".join(f"{column} = was.{column}" for column in columns)
        await connection.execute(_TAKE_PIN.format(columns=given, field=field), old_id)
        whose = [name for name, spec in SPECS.items() if spec.id_column == field]
        await connection.execute(_ASK, old_id, whose)
