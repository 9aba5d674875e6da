"""What rows say of tracks: read as of one moment, or locked until they are written."""

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import Any

import asyncpg
import orjson

from enrichment.tracks import (
    Artists,
    FieldValue,
    Outcome,
    ProviderName,
    ProviderRecord,
)
from enrichment.writing.rows import RECORD, VALUES

# A connection of asyncpg's pool has no public type.
_Connection = Any

# LATERAL: nothing to be joined with all of the table. Locked in the order of ids.
_TRACKS = f"""
SELECT t.* FROM unnest($1::uuid[]) AS asked (id)
CROSS JOIN LATERAL (
    SELECT track_id, artist, title, status, {", ".join(VALUES)}, provenance,
           pinned_fields
    FROM tracks WHERE track_id = asked.id OFFSET 0 {{lock}}
) AS t
"""  # noqa: S608 (column names are the constants above)
_READ_TRACKS = _TRACKS.format(lock="")
_LOCK_TRACKS = _TRACKS.format(lock="FOR NO KEY UPDATE")

_READ_RECORDS = f"""
SELECT r.* FROM unnest($1::uuid[]) AS asked (id)
CROSS JOIN LATERAL (
    SELECT track_id, {", ".join(RECORD)}
    FROM provider_records WHERE track_id = asked.id OFFSET 0
) AS r
"""  # noqa: S608 (as above)

# A mark in SQL locks records and no track.
_LOCK_RECORDS = """
SELECT FROM unnest($1::uuid[], $2::text[]) AS asked (id, name)
CROSS JOIN LATERAL (
    SELECT FROM provider_records
    WHERE track_id = asked.id AND provider = asked.name OFFSET 0 FOR NO KEY UPDATE
) AS r
"""


# What a track can be asked for by, beside its names.
IDENTIFIERS = ("isrc", "spotify_id", "musicbrainz_id")

# What a row is called until somebody has enriched it.
_FRESH = frozenset({"pending", "in_progress"})


@dataclass(frozen=True, slots=True)
class KnownTrack:
    """What the rows say of a track; `artist` and `title` as they stand there."""

    status: str
    values: Mapping[str, FieldValue] = field(default_factory=dict)
    records: Mapping[ProviderName, ProviderRecord] = field(default_factory=dict)
    pins: frozenset[str] = frozenset()
    isrc: str | None = None
    spotify_id: str | None = None
    musicbrainz_id: str | None = None
    duration_ms: int | None = None
    artist: str = ""
    title: str = ""

    @property
    def is_blank(self) -> bool:
        """Whether nobody has enriched it yet: it has no records and no credits."""
        return self.status in _FRESH and not self.records

    @property
    def learnt(self) -> frozenset[str]:
        """Name the identifiers that a provider's match gave and no person pinned."""
        return frozenset(
            name
            for name in IDENTIFIERS
            if name in self.values and name not in self.pins
        )


# Tracks that a batch writes, by id, each with the providers that were asked for it.
Asked = Mapping[str, Collection[str]]


async def read(
    connection: _Connection, track_ids: Sequence[str]
) -> dict[str, KnownTrack]:
    """Give what is known of these; a track without a row is left out."""
    tracks = await connection.fetch(_READ_TRACKS, track_ids)
    return await _with_records(connection, tracks)


async def lock(connection: _Connection, asked: Asked) -> dict[str, KnownTrack]:
    """Give what is known of these, and keep others from changing it meanwhile."""
    tracks = await connection.fetch(_LOCK_TRACKS, sorted(asked))
    if tracks:
        parts = sorted((i, name) for i, names in asked.items() for name in names)
        columns = ([i for i, _ in parts], [name for _, name in parts])
        await connection.execute(_LOCK_RECORDS, *columns)
    return await _with_records(connection, tracks)


async def _with_records(
    connection: _Connection, tracks: Sequence[asyncpg.Record]
) -> dict[str, KnownTrack]:
    track_ids = [row["track_id"] for row in tracks]
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


def _known_of(
    row: asyncpg.Record, records: Mapping[ProviderName, ProviderRecord] | None
) -> KnownTrack:
    values = {}
    for name, (provider, confidence, at, rule) in orjson.loads(
        row["provenance"]
    ).items():
        if name in VALUES and row[name] is not None and provider in set(ProviderName):
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
        artist=row["artist"],
        title=row["title"],
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
        due_detail=row["due_detail"],
        attempts=row["attempts"],
        artists=_artists_of(row["artists"]),
    )


def _artists_of(noted: str | None) -> Artists | None:
    if noted is None:
        return None
    return tuple((name, id_) for name, id_ in orjson.loads(noted))
