"""Tracklists as rows: what a crawl writes, and what writes them again later."""

from collections.abc import Collection, Iterable
from typing import Any

# Any fixed number of ours: whoever stores a tracklist holds it shared, whoever takes
# tracks away alone; no row then names a track that goes at this moment.
_LOCK = 7_265_414_007
HOLD = f"SELECT pg_advisory_xact_lock_shared({_LOCK})"
HOLD_ALONE = f"SELECT pg_advisory_xact_lock({_LOCK})"

_TRACKLIST = """
INSERT INTO tracklists AS known (source, source_key, revision, format, title, artist,
    url, recorded_on, licence, declared_rows, parsed_rows, content_hash, gaps_after,
    retrieved_at, text_digest, part)
VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13::integer[], $14, $15,
    $16)
ON CONFLICT (source, source_key)
"""
# Nothing comes back where revision and content are what they were: nothing to do then.
UPSERT_TRACKLIST = f"""{_TRACKLIST} DO UPDATE SET
    revision = excluded.revision, format = excluded.format, title = excluded.title,
    artist = excluded.artist, url = excluded.url, recorded_on = excluded.recorded_on,
    licence = excluded.licence, declared_rows = excluded.declared_rows,
    parsed_rows = excluded.parsed_rows, content_hash = excluded.content_hash,
    gaps_after = excluded.gaps_after, retrieved_at = excluded.retrieved_at,
    text_digest = excluded.text_digest, part = excluded.part
WHERE (known.revision, known.content_hash)
    IS DISTINCT FROM (excluded.revision, excluded.content_hash)
RETURNING tracklist_id
"""
INSERT_TRACKLIST = f"{_TRACKLIST} DO NOTHING RETURNING tracklist_id"

# As the trigger of `tracklists` locks it, before it looks who else names the text.
LOCK_TEXT = "SELECT pg_advisory_xact_lock(hashtextextended($1, 7265414008))"
# A text that is there already is not sent.
HAS_TEXT = "SELECT EXISTS (SELECT FROM tracklist_texts WHERE digest = $1)"
KEEP_TEXT = """
INSERT INTO tracklist_texts (digest, packed, bytes) VALUES ($1, $2, $3)
ON CONFLICT (digest) DO NOTHING
"""

# 'pending' is the outbox. In the order of ids, so that two crawls with the same tracks
# cannot lock each other out.
INSERT_TRACKS = """
INSERT INTO tracks (track_id, track_key, identity_version, artist, title, version,
    remixers, featured, status, lane, priority, source, first_queued_at)
SELECT track_id, track_key, $2, artist, title, version, remixers, featured,
    'pending', $3, $4, $5, $6
FROM json_to_recordset($1::json) AS t (track_id uuid, track_key text, artist text,
    title text, version text, remixers text[], featured text[])
ORDER BY track_id
ON CONFLICT (track_id) DO NOTHING
RETURNING track_id::text
"""

DELETE_ROWS = "DELETE FROM tracklist_rows WHERE tracklist_id = $1"

INSERT_ROWS = """
INSERT INTO tracklist_rows (tracklist_id, position, cue_seconds, raw, artist, title,
    full_title, label, catalog_number, identified, played_with_previous, track_id,
    isrc, duration_ms, bpm, camelot_key, album, released, artwork_url, location)
SELECT $1, position, cue_seconds, raw, artist, title, full_title, label, catalog_number,
    identified, played_with_previous, track_id, (facts ->> 'isrc'),
    (facts ->> 'duration_ms')::integer, (facts ->> 'bpm')::real,
    (facts ->> 'camelot_key'), (facts ->> 'album'), (facts ->> 'released'),
    (facts ->> 'artwork_url'), (facts ->> 'location')
FROM json_to_recordset($2::json) AS r (position integer, cue_seconds integer, raw text,
    artist text, title text, full_title text, label text, catalog_number text,
    identified boolean, played_with_previous boolean, track_id uuid, facts json)
"""

# After the rows are committed: two tracklists stored at once see each other then.
NOTE_SAME_SETS = "SELECT note_same_sets($1)"

# Rows of files that know something of their track, not its names alone.
_KNOWS = """
r.track_id IS NOT NULL AND num_nonnulls(r.isrc, r.duration_ms, r.bpm, r.camelot_key,
    r.album, r.released, r.artwork_url, r.location) > 0
"""
_TOLD_OF = f"""
SELECT DISTINCT r.track_id FROM tracklist_rows AS r
WHERE r.tracklist_id = ANY ($1::bigint[]) AND {_KNOWS}
"""  # noqa: S608 (a constant)
_FILL = "SELECT fill_from_files($1::uuid[])"

# What it held before it became a copy: two copies of one file have changed together.
# Gives the tracks that its rows knew something of.
DELETE_COPY = f"""
WITH gone AS (
    DELETE FROM tracklists
    WHERE source = $1 AND source_key = $2 AND content_hash <> $3
    RETURNING tracklist_id
)
SELECT DISTINCT r.track_id FROM tracklist_rows AS r JOIN gone USING (tracklist_id)
WHERE {_KNOWS}
"""  # noqa: S608 (as above)

# A connection of asyncpg's has a type that the contract does not import.
_Connection = Any


async def told_of(connection: _Connection, tracklists: Collection[int]) -> set[Any]:
    """Return the tracks that rows of these tracklists know more of than names."""
    rows = await connection.fetch(_TOLD_OF, [*tracklists])
    return {row["track_id"] for row in rows}


async def fill_from_files(connection: _Connection, track_ids: Iterable[Any]) -> None:
    """
    Let tracks have the values that most rows of files say, and no others of files.

    Once in a transaction, with all of its tracks: they are locked in one order.
    """
    if ids := [*track_ids]:
        await connection.execute(_FILL, ids)
