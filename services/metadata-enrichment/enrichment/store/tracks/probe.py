"""Whether a row that Postgres refuses alone is to blame, or every row is refused."""

from typing import Any

import asyncpg

from enrichment.errors import ServerUnusable

# Each table that a track is written to; no track of ours has this id.
_STATEMENTS = """
INSERT INTO tracks (track_id, track_key, identity_version, artist, title, status,
                    outcome, isrc, duration_ms, genres, provenance)
VALUES ('00000000-0000-0000-0000-000000000000', 'probe|probe', 1, 'Probe', 'Probe',
        'completed', 'matched', 'GBAAA0000001', 200000, '{house}', '{}');
INSERT INTO provider_records (track_id, provider, outcome, question, fetched_at)
VALUES ('00000000-0000-0000-0000-000000000000', 'probe', 'found', 'probe', now());
WITH artist AS (
    INSERT INTO artists (name, name_key) VALUES ('Probe', 'probe: nobody')
    RETURNING artist_id
)
INSERT INTO track_credits (track_id, position, role, artist_id, credited_as)
SELECT '00000000-0000-0000-0000-000000000000', 1, 'main', artist_id, 'Probe' FROM artist
"""


async def see_others_written(
    connection: Any,  # noqa: ANN401 (asyncpg's pooled connection has no public type)
    refusal: Exception,
) -> None:
    """
    Write a plain track, and take it back.

    Raises:
        ServerUnusable: it is refused as well: the fault is the tables', not the row's.
    """
    trial = connection.transaction()
    await trial.start()
    try:
        await connection.execute(_STATEMENTS)
    except asyncpg.PostgresError as error:
        raise ServerUnusable(f"Postgres refuses every row: {error}") from refusal
    finally:
        await trial.rollback()
