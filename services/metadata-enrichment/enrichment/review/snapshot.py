"""What a decision changes, as it was before, and as it is put back."""

from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any
from uuid import UUID

import orjson

from enrichment.matching.by_person import PROVIDERS_OF_COLUMNS
from enrichment.model import ProviderName
from enrichment.providers.registry import SPECS
from enrichment.store.tracks.revocations import Revocation
from enrichment.store.tracks.rows import VALUES

# A connection of asyncpg's pool has no public type.
_Connection = Any
Snapshot = Mapping[str, Any]

# Columns that a decision may change, its own included.
_OWN = ("discogs_id",)
COLUMNS = (*VALUES, *_OWN)
_READ = """
SELECT t.track_id::text, to_jsonb(t) AS track,
       coalesce((SELECT jsonb_object_agg(r.provider, to_jsonb(r))
                 FROM provider_records AS r WHERE r.track_id = t.track_id), '{}')
           AS records
FROM tracks AS t WHERE t.track_id = ANY ($1::uuid[])
"""
_PUT_BACK = """
UPDATE tracks AS t SET {columns}, provenance = $3::jsonb, pinned_fields = $4::text[]
FROM jsonb_populate_record(NULL::tracks, $2::jsonb) AS was WHERE t.track_id = $1
"""
_PUT_RECORD_BACK = """
UPDATE provider_records AS r
SET outcome = was.outcome, provider_track_id = was.provider_track_id,
    score = was.score, reasons = was.reasons, artists = was.artists
FROM jsonb_populate_record(NULL::provider_records, $3::jsonb) AS was
WHERE r.track_id = $1 AND r.provider = $2
"""


async def take(
    connection: _Connection, track_ids: Sequence[str | UUID]
) -> dict[str, Snapshot]:
    """Return what stands of tracks now, by id."""
    return {
        row["track_id"]: {
            "track": _kept(orjson.loads(row["track"])),
            "records": orjson.loads(row["records"]),
        }
        for row in await connection.fetch(_READ, track_ids)
    }


def _kept(track: Mapping[str, Any]) -> dict[str, Any]:
    names = (*COLUMNS, "provenance", "pinned_fields")
    return {name: track[name] for name in names}


async def put_back(
    connection: _Connection,
    track_id: str | UUID,
    field: str,
    before: Snapshot,
    revoked: Sequence[Revocation],
) -> None:
    """
    Restore a field, and what its provider's other recording had displaced.

    Where nobody was asked meanwhile all values are as they were; else those of this
    provider alone. What a person has pinned meanwhile, and what was taken back of a
    provider, stays so.
    """
    now = (await take(connection, [track_id]))[str(track_id)]
    was, is_now = before["track"], now["track"]
    pins = [name for name in is_now["pinned_fields"] if name != field]
    if field in was["pinned_fields"]:
        pins.append(field)
    columns = _columns(field, before, now)
    columns = [
        c
        for c in columns
        if c == field or (c not in pins and not _is_revoked(was, c, before, revoked))
    ]
    provenance = {**is_now["provenance"]}
    for column in columns:
        provenance.pop(column, None)
        if column in was["provenance"]:
            provenance[column] = was["provenance"][column]
    if "release_date" in columns:
        columns.append("release_date_precision")
    await connection.execute(
        _PUT_BACK.format(columns=", ".join(f"{c} = was.{c}" for c in columns)),
        track_id,
        orjson.dumps(was).decode(),
        orjson.dumps(provenance).decode(),
        pins,
    )
    provider = PROVIDERS_OF_COLUMNS.get(field)
    if provider is not None and provider in before["records"]:
        record = orjson.dumps(before["records"][provider]).decode()
        await connection.execute(_PUT_RECORD_BACK, track_id, provider, record)


def _columns(field: str, before: Snapshot, now: Snapshot) -> list[str]:
    """Name the columns that go back."""
    provider = PROVIDERS_OF_COLUMNS.get(field)
    if provider is None:
        return [field]
    values = [c for c in VALUES if c != "release_date_precision"]
    if _times(before) == _times(now):
        return values
    return [
        column
        for column in values
        if column == field
        or provider in (_giver(before["track"], column), _giver(now["track"], column))
    ]


def _times(one: Snapshot) -> dict[str, Any]:
    return {name: record["fetched_at"] for name, record in one["records"].items()}


def _giver(track: Mapping[str, Any], column: str) -> str | None:
    said = track["provenance"].get(column)
    return said[0] if said else None


def _is_revoked(
    was: Mapping[str, Any],
    column: str,
    before: Snapshot,
    revoked: Sequence[Revocation],
) -> bool:
    """Return whether the value of before is a provider's that was taken back."""
    giver = _giver(was, column)
    if giver is None or giver not in SPECS or giver not in before["records"]:
        return False
    at = datetime.fromisoformat(before["records"][giver]["fetched_at"])
    return any(one.covers(ProviderName(giver), at) for one in revoked)
