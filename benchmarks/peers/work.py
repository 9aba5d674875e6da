"""
The work of one track, which a peer does in its own idiom.

The same work is what our worker does (`same_work`); the bare work is three look-ups in
Redis and one upsert, with nothing to decide.
"""

import os
from collections.abc import Mapping, Sequence
from datetime import date
from hashlib import md5
from typing import Any

import orjson

PROVIDERS = ("musicbrainz", "lastfm", "spotify")
# Two servers are waited for by each track: so many at once keep one core busy.
CONCURRENCY = int(os.environ.get("BENCH_CONCURRENCY", "16"))

IS_BARE = os.environ.get("BENCH_WORK") == "bare"

_COLUMNS: Mapping[str, str] = {
    "track_id": "uuid",
    "track_key": "text",
    "artist": "text",
    "title": "text",
    "isrc": "text",
    "spotify_id": "text",
    "musicbrainz_id": "uuid",
    "lastfm_url": "text",
    "duration_ms": "integer",
    "release_date": "date",
    "album": "text",
    "label": "text",
    "genres": "text[]",
    "popularity": "smallint",
    "listeners": "bigint",
    "playcount": "bigint",
    "artwork_url": "text",
    "status": "text",
    "outcome": "text",
    "source": "text",
    "enrichment_source_api": "text",
}
_UPDATED = ", ".join(f"{c} = EXCLUDED.{c}" for c in _COLUMNS if c != "track_id")


def _upsert(placeholders: str) -> str:
    return (
        f"INSERT INTO tracks ({', '.join(_COLUMNS)}) VALUES ({placeholders})"  # noqa: S608 (columns are the constants above)
        f" ON CONFLICT (track_id) DO UPDATE SET {_UPDATED}, updated_at = now()"
    )


UPSERT = _upsert(
    ", ".join(f"${n}::{kind}" for n, kind in enumerate(_COLUMNS.values(), 1))
)


def cache_keys(artist: str, title: str) -> list[str]:
    """Return the three keys of a track, one for each provider."""
    digest = md5(f"{artist}\x1f{title}".encode(), usedforsecurity=False).hexdigest()
    return [f"bench:{provider}:{digest}" for provider in PROVIDERS]


def row_of(
    track_id: str, artist: str, title: str, found: Sequence[bytes | None]
) -> tuple[Any, ...]:
    """Merge the remembered answers into the row: the last provider wins."""
    values: dict[str, Any] = {}
    for answer in found:
        if answer is not None:
            values |= orjson.loads(answer)
    day = values.get("release_date")
    values |= {
        "track_id": track_id,
        "track_key": f"{artist}|{title}",
        "artist": artist,
        "title": title,
        "release_date": date.fromisoformat(day) if day else None,
        "status": "completed",
        "outcome": "matched" if len(values) > 0 else "no_match",
        "source": "bench",
        "enrichment_source_api": "spotify",
    }
    values.setdefault("genres", [])
    return tuple(values.get(column) for column in _COLUMNS)


def environment() -> tuple[str, str, str]:
    """Return the addresses of broker, Redis and Postgres."""
    return (
        os.environ["RABBITMQ_URL"],
        os.environ["REDIS_URL"],
        os.environ["DATABASE_URL"],
    )
