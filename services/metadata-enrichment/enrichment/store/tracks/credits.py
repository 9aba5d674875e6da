"""Artists and credits of many tracks: who is known already is not written again."""

from collections.abc import Sequence
from typing import Any

from enrichment.model import TrackRows
from enrichment.store.tracks.array_literals import columns_of, given

_ARTIST = {
    "name": "text",
    "name_key": "text",
    "spotify_id": "text",
    "musicbrainz_id": "uuid",
}

# Known artists are neither locked nor rewritten, unless an id is new.
_WRITE_ARTISTS = f"""
INSERT INTO artists AS known (name, name_key, spotify_id, musicbrainz_id)
SELECT name, name_key, spotify_id, musicbrainz_id
FROM {given(_ARTIST)}
ORDER BY name_key
ON CONFLICT (name_key) DO UPDATE SET
    spotify_id = coalesce(known.spotify_id, EXCLUDED.spotify_id),
    musicbrainz_id = coalesce(known.musicbrainz_id, EXCLUDED.musicbrainz_id),
    updated_at = now()
WHERE (known.spotify_id IS NULL AND EXCLUDED.spotify_id IS NOT NULL)
   OR (known.musicbrainz_id IS NULL AND EXCLUDED.musicbrainz_id IS NOT NULL)
"""  # noqa: S608 (column names are the constants above)

# Looked up track by track, whatever the planner thought of a table that was small then.
_CLEAR_CREDITS = """
DELETE FROM track_credits WHERE ctid = ANY (ARRAY(
    SELECT gone.ctid
    FROM unnest($1::text::uuid[], $2::text::text[]) AS given (track_id, kept)
    CROSS JOIN LATERAL (
        SELECT c.ctid FROM track_credits AS c
        WHERE c.track_id = given.track_id AND c.position <> ALL (given.kept::smallint[])
        OFFSET 0
    ) AS gone
))
"""

_CREDITED = {
    "track_id": "uuid",
    "position": "smallint",
    "role": "text",
    "name_key": "text",
    "name": "text",
}

_WRITE_CREDITS = f"""
INSERT INTO track_credits (track_id, position, role, artist_id, credited_as)
SELECT given.track_id, given.position, given.role, artists.artist_id, given.name
FROM {given(_CREDITED)}
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
    tracks: Sequence[TrackRows],
    *,
    blank: bool,
) -> None:
    """
    Write artists and who is credited with what, inside the caller's transaction.

    Args:
        blank: none of the tracks has credits yet: there is nothing to clear.
    """
    artists: dict[str | None, tuple[str | None, ...]] = {}
    credited: list[tuple[str | None, ...]] = []
    kept: list[tuple[str | None, ...]] = []
    for rows in tracks:
        if not rows.credits:
            continue
        track_id = rows.track[0]
        kept.append((track_id, "{" + ",".join(str(c[0]) for c in rows.credits) + "}"))
        for position, role, key, name, spotify_id, musicbrainz_id in rows.credits:
            credited.append((track_id, position, role, key, name))
            known = artists.get(key)
            if known is None:
                artists[key] = (name, key, spotify_id, musicbrainz_id)
            elif known[2:] != (spotify_id, musicbrainz_id):
                artists[key] = (
                    *known[:2],
                    spotify_id or known[2],
                    musicbrainz_id or known[3],
                )
    if not credited:
        return
    await connection.execute(_WRITE_ARTISTS, *columns_of([*artists.values()]))
    if not blank:
        await connection.execute(_CLEAR_CREDITS, *columns_of(kept))
    await connection.execute(_WRITE_CREDITS, *columns_of(credited))
