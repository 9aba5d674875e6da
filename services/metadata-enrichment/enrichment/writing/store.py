"""Read and write many tracks at once, idempotently; its SQL stands at the top."""

from collections import Counter
from collections.abc import AsyncIterator, Iterable, Iterator, Mapping, Sequence
from contextlib import asynccontextmanager, contextmanager
from dataclasses import dataclass, field
from datetime import UTC, date, datetime
from functools import lru_cache
from typing import Any
from uuid import UUID

import asyncpg
import orjson

from enrichment.contract.identity import IDENTITY_VERSION, folded
from enrichment.errors import ServerAway
from enrichment.tracks import (
    EnrichedTrack,
    FieldValue,
    Outcome,
    ProviderName,
    ProviderRecord,
)
from enrichment.writing.array_literals import columns_of, text_array

# Columns that merging fills, with their type in an unnest; pinned ones keep theirs.
_VALUES: Mapping[str, str] = {
    "isrc": "text",
    "spotify_id": "text",
    "musicbrainz_id": "uuid",
    "lastfm_url": "text",
    "duration_ms": "integer",
    "release_date": "date",
    "release_date_precision": "text",
    "album": "text",
    "label": "text",
    "genres": "text",  # a text[] travels as its literal: unnest would flatten it
    "popularity": "smallint",
    "listeners": "bigint",
    "playcount": "bigint",
    "artwork_url": "text",
}
_IDENTITY: Mapping[str, str] = {
    "track_id": "uuid",
    "track_key": "text",
    "identity_version": "smallint",
    "artist": "text",
    "title": "text",
    "version": "text",
    "remixers": "text",
    "featured": "text",
    "source": "text",
    "lane": "text",
}
_STATE: Mapping[str, str] = {
    "status": "text",
    "outcome": "text",
    "provenance": "jsonb",
    "enrichment_source_api": "text",
    "source_data_version": "text",
}
_COLUMNS = {**_IDENTITY, **_VALUES, **_STATE}
_LISTS = frozenset({"remixers", "featured", "genres"})


def _given(columns: Mapping[str, str]) -> str:
    """
    Read columns of many rows, each of them one text: an array's literal.

    A driver's own arrays cost the worker four times as much: every element is looked at
    whether it is an array again.
    """
    arrays = (f"${n}::text::{kind}[]" for n, kind in enumerate(columns.values(), 1))
    return f"unnest({', '.join(arrays)}) AS given ({', '.join(columns)})"


def _selected(column: str) -> str:
    if column in _LISTS:
        return f"{column}::text[]"
    return column


def _updated(column: str) -> str:
    if column in _VALUES:
        pin = "release_date" if column == "release_date_precision" else column
        return (
            f"{column} = CASE WHEN '{pin}' = ANY (tracks.pinned_fields)"
            f" THEN tracks.{column} ELSE EXCLUDED.{column} END"
        )
    return f"{column} = EXCLUDED.{column}"


# Ordered by key, so that two workers with common tracks never wait for each other.
_WRITE_TRACKS = f"""
INSERT INTO tracks ({", ".join(_COLUMNS)}, completed_at, published_at)
SELECT {", ".join(map(_selected, _COLUMNS))},
       CASE WHEN status = 'completed' THEN now() END, now()
FROM {_given(_COLUMNS)}
ORDER BY track_id
ON CONFLICT (track_id) DO UPDATE SET
    {", ".join(_updated(c) for c in (*_VALUES, *_STATE))},
    attempts = tracks.attempts + 1,
    completed_at = EXCLUDED.completed_at,
    published_at = coalesce(tracks.published_at, EXCLUDED.published_at),
    status_reason = NULL,
    updated_at = now()
"""  # noqa: S608 (column names are the constants above)

_RECORD = {
    "track_id": "uuid",
    "provider": "text",
    "outcome": "text",
    "provider_track_id": "text",
    "score": "real",
    "reasons": "text",  # as genres
    "question": "text",
    "fetched_at": "timestamptz",
    "attempts": "integer",
    "due_at": "timestamptz",
    "due_reason": "text",
}

_WRITE_RECORDS = f"""
INSERT INTO provider_records
    (track_id, provider, outcome, provider_track_id, score, reasons, question,
     fetched_at, attempts, due_at, due_reason)
SELECT track_id, provider, outcome, provider_track_id, score, reasons::text[], question,
       fetched_at, attempts, due_at, due_reason
FROM {_given(_RECORD)}
ORDER BY track_id, provider
ON CONFLICT (track_id, provider) DO UPDATE SET
    outcome = EXCLUDED.outcome,
    provider_track_id = EXCLUDED.provider_track_id,
    score = EXCLUDED.score,
    reasons = EXCLUDED.reasons,
    question = EXCLUDED.question,
    fetched_at = EXCLUDED.fetched_at,
    attempts = EXCLUDED.attempts,
    due_at = EXCLUDED.due_at,
    due_reason = EXCLUDED.due_reason,
    published_at = NULL
"""  # noqa: S608 (as above)

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
FROM {_given(_ARTIST)}
ORDER BY name_key
ON CONFLICT (name_key) DO UPDATE SET
    spotify_id = coalesce(known.spotify_id, EXCLUDED.spotify_id),
    musicbrainz_id = coalesce(known.musicbrainz_id, EXCLUDED.musicbrainz_id),
    updated_at = now()
WHERE (known.spotify_id IS NULL AND EXCLUDED.spotify_id IS NOT NULL)
   OR (known.musicbrainz_id IS NULL AND EXCLUDED.musicbrainz_id IS NOT NULL)
"""  # noqa: S608 (as above)

_CLEAR_CREDITS = """
DELETE FROM track_credits
WHERE track_id = ANY ($1::text::uuid[]) AND (track_id, position) NOT IN
      (SELECT * FROM unnest($1::text::uuid[], $2::text::smallint[]))
"""

_CREDIT = {
    "track_id": "uuid",
    "position": "smallint",
    "role": "text",
    "name_key": "text",
    "name": "text",
}

_WRITE_CREDITS = f"""
INSERT INTO track_credits (track_id, position, role, artist_id, credited_as)
SELECT given.track_id, given.position, given.role, artists.artist_id, given.name
FROM {_given(_CREDIT)}
JOIN artists USING (name_key)
ORDER BY given.track_id, given.position
ON CONFLICT (track_id, position) DO UPDATE SET
    role = EXCLUDED.role,
    artist_id = EXCLUDED.artist_id,
    credited_as = EXCLUDED.credited_as
WHERE (track_credits.role, track_credits.artist_id, track_credits.credited_as)
   IS DISTINCT FROM (EXCLUDED.role, EXCLUDED.artist_id, EXCLUDED.credited_as)
"""  # noqa: S608 (as above)

_READ_TRACKS = f"""
SELECT track_id, status, isrc, spotify_id, musicbrainz_id, duration_ms,
       {
    ", ".join(
        f"t.{c}"
        for c in _VALUES
        if c not in {"isrc", "spotify_id", "musicbrainz_id", "duration_ms"}
    )
},
       provenance, pinned_fields
FROM tracks AS t WHERE track_id = ANY ($1::uuid[])
"""  # noqa: S608 (column names are the constants above)

_READ_RECORDS = """
SELECT track_id, provider, outcome, provider_track_id, score, reasons, question,
       fetched_at, attempts, due_at, due_reason
FROM provider_records WHERE track_id = ANY ($1::uuid[])
"""

_PARK = """
UPDATE tracks SET status = 'failed', status_reason = $2, updated_at = now()
WHERE track_id = ANY ($1::uuid[])
"""

# The server is away, restarting or out of resources: nothing is wrong with the rows.
_AWAY = (
    OSError,
    TimeoutError,
    asyncpg.PostgresConnectionError,
    asyncpg.OperatorInterventionError,
    asyncpg.InsufficientResourcesError,
    asyncpg.TransactionRollbackError,
    asyncpg.InvalidAuthorizationSpecificationError,
    # the driver's own state, when a server ends in the middle of a release
    asyncpg.InternalClientError,
)


@dataclass(frozen=True, slots=True)
class KnownTrack:
    """What the rows say of a track before this batch."""

    status: str
    values: Mapping[str, FieldValue] = field(default_factory=dict)
    records: Mapping[ProviderName, ProviderRecord] = field(default_factory=dict)
    pins: frozenset[str] = frozenset()
    isrc: str | None = None
    spotify_id: str | None = None
    musicbrainz_id: str | None = None
    duration_ms: int | None = None


@contextmanager
def server_away() -> Iterator[None]:
    """Turn a driver's way of saying "Postgres is away" into `ServerAway`."""
    try:
        yield
    except _AWAY as error:
        raise ServerAway(f"Postgres: {error or type(error).__name__}") from error
    except asyncpg.InterfaceError as error:
        # the driver says so of a connection that it lost, and of our own misuse
        if "clos" not in str(error):
            raise
        raise ServerAway(f"Postgres: {error}") from error


class Store:
    """The rows, through a pool that `worker` opened. No network call is held inside."""

    def __init__(self, pool: asyncpg.Pool, *, data_version: str) -> None:
        self._pool = pool
        self._data_version = data_version

    async def read(self, track_ids: Sequence[str]) -> dict[str, KnownTrack]:
        """Give what is known of these tracks; a track without a row is left out."""
        async with self._connection() as connection:
            tracks = await connection.fetch(_READ_TRACKS, track_ids)
            records = await connection.fetch(_READ_RECORDS, track_ids) if tracks else []
        by_track: dict[str, dict[ProviderName, ProviderRecord]] = {}
        for row in records:
            record = _record_of(row)
            if record is not None:
                parts = by_track.setdefault(str(row["track_id"]), {})
                parts[record.provider] = record
        return {
            (track_id := str(row["track_id"])): _known_of(row, by_track.get(track_id))
            for row in tracks
        }

    async def write(self, tracks: Sequence[EnrichedTrack]) -> None:
        """Write values, provenance, records and credits of all in one transaction."""
        if not tracks:
            return
        columns = columns_of([self._row(track) for track in tracks])
        async with self._connection() as connection, connection.transaction():
            await connection.execute(_WRITE_TRACKS, *columns)
            await _write_records(connection, tracks)
            await _write_credits(connection, tracks)

    async def park(self, track_ids: Sequence[str], reason: str) -> None:
        """Mark tracks as failed: a person has to look, nothing is tried again."""
        # a message written by hand may carry an id that stands in no table
        rows = [track_id for track_id in track_ids if _is_uuid(track_id)]
        async with self._connection() as connection:
            await connection.execute(_PARK, rows, reason)

    @asynccontextmanager
    async def _connection(self) -> AsyncIterator[Any]:
        with server_away():
            async with self._pool.acquire() as connection:
                yield connection

    def _row(self, track: EnrichedTrack) -> tuple[object, ...]:
        """Give the values of `_COLUMNS`, in order."""
        wanted, name, values = track.wanted, track.wanted.name, track.values
        merged = [
            None if (value := values.get(column)) is None else value.value
            for column in _VALUES
        ]
        merged[_GENRES] = text_array(merged[_GENRES] or ())  # type: ignore[arg-type]
        if (date_ := merged[_DATE]) is not None:
            merged[_DATE], merged[_PRECISION] = _release_date(str(date_))
        return (
            wanted.track_id,
            track.track_key,
            IDENTITY_VERSION,
            name.artist,
            name.full_title,
            name.version,
            text_array(name.remixers),
            text_array(name.featured),
            track.source,
            track.lane,
            *merged,
            track.status,
            track.outcome,
            orjson.dumps(
                {column: _provenance(value) for column, value in values.items()}
            ).decode(),
            _main_source(values.values()),
            self._data_version,
        )


_GENRES = list(_VALUES).index("genres")
_DATE = list(_VALUES).index("release_date")
_PRECISION = list(_VALUES).index("release_date_precision")


async def _write_records(
    connection: Any,  # noqa: ANN401 (asyncpg's pooled connection has no public type)
    tracks: Sequence[EnrichedTrack],
) -> None:
    rows = [
        (
            track.wanted.track_id,
            r.provider,
            r.outcome,
            r.provider_track_id,
            r.score,
            text_array(r.reasons),
            r.question,
            r.fetched_at,
            r.attempts,
            r.due_at,
            r.due_reason,
        )
        for track in tracks
        for r in track.records
    ]
    if rows:
        await connection.execute(_WRITE_RECORDS, *columns_of(rows))


async def _write_credits(
    connection: Any,  # noqa: ANN401 (as above)
    tracks: Sequence[EnrichedTrack],
) -> None:
    credited = [
        (track.wanted.track_id, credit, folded(credit.name))
        for track in tracks
        for credit in track.credits
    ]
    credited = [(track_id, c, key) for track_id, c, key in credited if key]
    if not credited:
        return
    artists: dict[str, tuple[str, str, str | None, str | None]] = {}
    for _, c, key in credited:
        before = artists.get(key)
        artists[key] = (
            before[0] if before else c.name,
            key,
            c.spotify_id or (before[2] if before else None),
            c.musicbrainz_id or (before[3] if before else None),
        )
    await connection.execute(_WRITE_ARTISTS, *columns_of([*artists.values()]))
    columns = columns_of(
        [(track_id, c.position, c.role, key, c.name) for track_id, c, key in credited]
    )
    await connection.execute(_CLEAR_CREDITS, *columns[:2])
    await connection.execute(_WRITE_CREDITS, *columns)


def _is_uuid(text: str) -> bool:
    try:
        UUID(text)
    except ValueError:
        return False
    return True


def _release_date(text: str) -> tuple[date | None, str | None]:
    """Give date and precision of "2009", "2009-09" or "2009-09-22"; else nothing."""
    parts = text.split("-")
    try:
        numbers = [int(part) for part in parts][:3]
        day = date(numbers[0], *(numbers[1:] + [1] * (3 - len(numbers))))
    except (ValueError, IndexError):
        return None, None
    return day, ("year", "month", "day")[len(numbers) - 1]


def _provenance(value: FieldValue) -> tuple[object, ...]:
    return (
        value.provider,
        round(value.confidence, 2),
        _epoch(value.fetched_at),
        value.rule_version,
    )


# All values of an answer are of one moment.
@lru_cache(maxsize=1024)
def _epoch(at: datetime) -> int:
    return int(at.timestamp())


def _main_source(values: Iterable[FieldValue]) -> str | None:
    """Name the provider most values come from; the alphabet decides between equals."""
    counts = Counter([value.provider for value in values])
    return min(counts, key=lambda name: (-counts[name], name)) if counts else None


def _known_of(
    row: asyncpg.Record, records: Mapping[ProviderName, ProviderRecord] | None
) -> KnownTrack:
    values = {}
    for name, (provider, confidence, at, rule) in orjson.loads(
        row["provenance"]
    ).items():
        if name in _VALUES and row[name] is not None and provider in set(ProviderName):
            values[name] = FieldValue(
                value=_value_of(row, name),
                provider=ProviderName(provider),
                confidence=confidence,
                fetched_at=datetime.fromtimestamp(at, UTC),
                rule_version=rule,
            )
    return KnownTrack(
        status=row["status"],
        values=values,
        records=records or {},
        pins=frozenset(row["pinned_fields"]),
        isrc=row["isrc"],
        spotify_id=row["spotify_id"],
        musicbrainz_id=str(row["musicbrainz_id"]) if row["musicbrainz_id"] else None,
        duration_ms=row["duration_ms"],
    )


def _value_of(row: asyncpg.Record, name: str) -> object:
    value = row[name]
    if name == "release_date":
        length = {"year": 4, "month": 7}.get(row["release_date_precision"], 10)
        return value.isoformat()[:length]
    if name == "genres":
        return list(value)
    return str(value) if name == "musicbrainz_id" else value


def _record_of(row: asyncpg.Record) -> ProviderRecord | None:
    if row["provider"] not in set(ProviderName):
        return None  # written by a newer version, kept for it
    return ProviderRecord(
        provider=ProviderName(row["provider"]),
        outcome=Outcome(row["outcome"]),
        question=row["question"],
        fetched_at=row["fetched_at"],
        provider_track_id=row["provider_track_id"],
        score=row["score"],
        reasons=tuple(row["reasons"]),
        due_at=row["due_at"],
        due_reason=row["due_reason"],
        attempts=row["attempts"],
    )
