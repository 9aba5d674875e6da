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
_OF_A_TRACK = ("track_credits", "provider_records")

Rules = Callable[[TrackName], TrackKey | None]


@dataclass(frozen=True, slots=True)
class Rekeyed:
    """How many tracks got a new id, became one with another, or kept their id."""

    renamed: int = 0
    merged: int = 0
    kept: int = 0


async def rekey(
    pool: asyncpg.Pool,
    *,
    version: int = IDENTITY_VERSION,
    rules: Rules = track_key,
    slice_size: int = _SLICE,
) -> Rekeyed:
    """
    Give all tracks of older rules the key and id of these, a slice a transaction.

    It may be stopped and run again: what is done has the new version.
    """
    done = Rekeyed()
    while True:
        async with pool.acquire() as connection, connection.transaction():
            await connection.execute("SELECT pg_advisory_xact_lock($1)", _LOCK)
            outdated = await connection.fetch(_OUTDATED, version, slice_size)
            if not outdated:
                return done
            moves = [_move(row, rules, version) for row in outdated]
            copied = await _carry_out(connection, moves, version)
        moved = sum(old != new for old, new, _ in moves)
        done = Rekeyed(
            renamed=done.renamed + copied,
            merged=done.merged + moved - copied,
            kept=done.kept + len(moves) - moved,
        )


def _move(row: asyncpg.Record, rules: Rules, version: int) -> tuple[str, str, str]:
    """Give old id, new id and new key of a track."""
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
    await connection.execute(_DELETE)
    await connection.execute(_FILL)
    return int(status.rsplit(" ", 1)[-1])
