"""What rows say of tracks: read as of one moment, or locked until they are written."""

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import Any, NamedTuple

import asyncpg
import orjson

from enrichment.model import (
    Artists,
    FieldValue,
    Held,
    Outcome,
    ProviderName,
    ProviderRecord,
)
from enrichment.providers.registry import SPECS
from enrichment.store.tracks.rows import RECORD, VALUES

# A connection of asyncpg's pool has no public type.
_Connection = Any

# LATERAL: nothing to be joined with all of the table. Locked in the order of ids.
_TRACKS = f"""
SELECT t.* FROM unnest($1::uuid[]) AS asked (id)
CROSS JOIN LATERAL (
    SELECT track_id, artist, title, status, {", ".join(VALUES)}, provenance,
           pinned_fields, file_facts
    FROM tracks WHERE track_id = asked.id OFFSET 0 {{lock}}
) AS t
"""  # noqa: S608 (column names are the constants above)
_READ_TRACKS = _TRACKS.format(lock="")
_LOCK_TRACKS = _TRACKS.format(lock="FOR NO KEY UPDATE")

_READ_RECORDS = f"""
SELECT r.* FROM unnest($1::uuid[]) AS asked (id)
CROSS JOIN LATERAL (
    SELECT {", ".join(RECORD)}
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
# The columns that say which recording of a provider a track is.
_RECORDINGS = ("spotify_id", "musicbrainz_id", "lastfm_url", "deezer_id")


class FileFact(NamedTuple):
    """
    What most rows of files say of a track.

    Args:
        rows: how many say it; rival_rows: how many say the next value.
    """

    value: str
    rows: int
    rival_rows: int

    @property
    def is_evidence(self) -> bool:
        """Whether more rows say it than any other value."""
        return self.rows > self.rival_rows


@dataclass(frozen=True, slots=True)
class KnownTrack:
    """
    What the rows say of a track; `artist` and `title` as they are there.

    Args:
        values: those of providers.
        file_facts: what most rows of files say, whoever gave the value that stands.
    """

    status: str
    values: Mapping[str, FieldValue] = field(default_factory=dict)
    records: Mapping[ProviderName, ProviderRecord] = field(default_factory=dict)
    pins: frozenset[str] = frozenset()
    isrc: str | None = None
    spotify_id: str | None = None
    musicbrainz_id: str | None = None
    lastfm_url: str | None = None
    deezer_id: str | None = None
    duration_ms: int | None = None
    artist: str = ""
    title: str = ""
    file_facts: Mapping[str, FileFact] = field(default_factory=dict)

    @property
    def learnt(self) -> frozenset[str]:
        """Name the identifiers that are ways to ask and no evidence."""
        names = {n for n in IDENTIFIERS if n in self.values and n not in self.pins}
        if self.file_isrc is not None:
            names -= {"isrc"}
            if not self.file_facts["isrc"].is_evidence:
                names |= {"isrc"}
        return frozenset(names)

    @property
    def file_isrc(self) -> str | None:
        """
        Return the ISRC that files say, unless somebody has given another.

        It is asked by also when a provider's value is above it: the order of
        attempts decides nothing then.
        """
        said = self.file_facts.get("isrc")
        if said is None or "isrc" in self.pins:
            return None
        is_given = self.isrc is not None and "isrc" not in self.values
        return None if is_given and self.isrc != said.value else said.value

    @property
    def held(self) -> Held:
        """Return which recordings a person has decided on."""
        if not self.pins:
            return ()
        return tuple((n, getattr(self, n)) for n in _RECORDINGS if n in self.pins)

    def asked_by(self, column: str) -> str | None:
        """Return the identifier that providers are asked by."""
        value: str | None = getattr(self, column)
        return self.file_isrc or value if column == "isrc" else value

    @property
    def length_known(self) -> int | None:
        """
        Return the length that is evidence: a person's or files'.

        One that was learnt in an earlier attempt would let the order of attempts decide
        between releases.
        """
        if "duration_ms" in self.pins:
            return self.duration_ms
        said = self.file_facts.get("duration_ms")
        return int(said.value) if said is not None and said.is_evidence else None


# Tracks that a batch writes, by id, each with the providers that were asked for it.
Asked = Mapping[str, Collection[str]]


async def read(
    connection: _Connection, track_ids: Sequence[str]
) -> dict[str, KnownTrack]:
    """Return what is known of these; a track without a row is left out."""
    tracks = await connection.fetch(_READ_TRACKS, track_ids)
    return await _with_records(connection, tracks)


async def lock(connection: _Connection, asked: Asked) -> dict[str, KnownTrack]:
    """Return what is known of these, and keep others from changing it meanwhile."""
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
        (track_id := str(row["track_id"])): known_of(row, by_track.get(track_id))
        for row in tracks
    }


def known_of(
    row: asyncpg.Record, records: Mapping[ProviderName, ProviderRecord] | None = None
) -> KnownTrack:
    """Return what a row of `tracks` says, with the records of its providers."""
    values = {}
    for name, (provider, confidence, at, rule) in orjson.loads(
        row["provenance"]
    ).items():
        if name in VALUES and row[name] is not None and provider in SPECS:
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
        lastfm_url=row["lastfm_url"],
        deezer_id=row["deezer_id"],
        duration_ms=row["duration_ms"],
        artist=row["artist"],
        title=row["title"],
        file_facts=_file_facts_of(row["file_facts"]),
    )


def _file_facts_of(noted: str) -> Mapping[str, FileFact]:
    """Read the column `file_facts`."""
    if noted == "{}":
        return {}
    return {name: FileFact(*fact) for name, fact in orjson.loads(noted).items()}


def _value_of(row: asyncpg.Record, name: str) -> object:
    value = row[name]
    if name == "release_date":
        length = {"year": 4, "month": 7}.get(row["release_date_precision"], 10)
        return value.isoformat()[:length]
    if name == "genres":
        return list(value)
    if name == "bpm":
        return float(value)
    return str(value) if name == "musicbrainz_id" else value


def _record_of(row: asyncpg.Record) -> ProviderRecord | None:
    if row["provider"] not in SPECS:
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
        bpm=row["bpm"],
    )


def _artists_of(noted: str | None) -> Artists | None:
    if noted is None:
        return None
    return tuple((name, id_) for name, id_ in orjson.loads(noted))
