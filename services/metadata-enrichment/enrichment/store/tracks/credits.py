"""Artists and credits of many tracks: who is known already is not written again."""

from collections.abc import Iterable, Sequence
from typing import Any

from enrichment.store.tracks.rows import CREDIT, Row, as_json, given

_ARTIST_IDS = ("spotify_id", "musicbrainz_id")

# Known artists are neither locked nor rewritten, unless an id is new.
WRITE_ARTISTS = f"""
INSERT INTO artists AS known (name, name_key, spotify_id, musicbrainz_id)
SELECT name, name_key, spotify_id, musicbrainz_id
FROM {given(CREDIT)}
ORDER BY name_key
ON CONFLICT (name_key) DO UPDATE SET
    spotify_id = coalesce(known.spotify_id, EXCLUDED.spotify_id),
    musicbrainz_id = coalesce(known.musicbrainz_id, EXCLUDED.musicbrainz_id),
    updated_at = now()
WHERE (known.spotify_id IS NULL AND EXCLUDED.spotify_id IS NOT NULL)
   OR (known.musicbrainz_id IS NULL AND EXCLUDED.musicbrainz_id IS NOT NULL)
"""  # noqa: S608 (column names are the constants above)

# Looked up track by track, whatever the planner thought of a table that was small then.
_CLEAR_CREDITS = f"""
DELETE FROM track_credits WHERE ctid = ANY (ARRAY(
    SELECT gone.ctid
    FROM {given({"track_id": "uuid", "kept": "smallint[]"})}
    CROSS JOIN LATERAL (
        SELECT c.ctid FROM track_credits AS c
        WHERE c.track_id = given.track_id AND c.position <> ALL (given.kept)
        OFFSET 0
    ) AS gone
))
"""  # noqa: S608 (column names are constants)

WRITE_CREDITS = f"""
INSERT INTO track_credits (track_id, position, role, artist_id, credited_as)
SELECT given.track_id, given.position, given.role, artists.artist_id, given.name
FROM {given(CREDIT)}
JOIN artists USING (name_key)
ORDER BY given.track_id, given.position
ON CONFLICT (track_id, position) DO UPDATE SET
    role = EXCLUDED.role,
    artist_id = EXCLUDED.artist_id,
    credited_as = EXCLUDED.credited_as
WHERE (track_credits.role, track_credits.artist_id, track_credits.credited_as)
   IS DISTINCT FROM (EXCLUDED.role, EXCLUDED.artist_id, EXCLUDED.credited_as)
"""  # noqa: S608 (as above)


async def write_credits(
    connection: Any,  # noqa: ANN401 (asyncpg's pooled connection has no public type)
    credited: Sequence[Row],
) -> None:
    """Write artists and who is credited with what, in the caller's transaction."""
    if not credited:
        return
    kept: dict[object, list[object]] = {}
    for row in credited:
        kept.setdefault(row["track_id"], []).append(row["position"])
    left = [{"track_id": id_, "kept": places} for id_, places in kept.items()]
    await connection.execute(WRITE_ARTISTS, as_json(artist_rows(credited)))
    await connection.execute(_CLEAR_CREDITS, as_json(left))
    await connection.execute(WRITE_CREDITS, as_json(credited))


def artist_rows(credited: Iterable[Row]) -> Iterable[Row]:
    """Return each credited artist once, with the ids that any credit gives."""
    artists: dict[object, Row] = {}
    for row in credited:
        known = artists.get(row["name_key"], row)
        ids = {column: row[column] or known[column] for column in _ARTIST_IDS}
        artists[row["name_key"]] = {**known, **ids}
    return artists.values()
