"""Read and write many tracks at once, idempotently; its SQL stands at the top."""

from collections.abc import AsyncIterator, Mapping, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import Any, Literal

import asyncpg
import orjson

from enrichment.contract.identity import is_track_id
from enrichment.tracks import (
    EnrichedTrack,
    FieldValue,
    Outcome,
    ProviderName,
    ProviderRecord,
    TrackRows,
)
from enrichment.writing.array_literals import columns_of, given
from enrichment.writing.away import server_away
from enrichment.writing.credits import write_credits
from enrichment.writing.rows import (
    LISTS,
    RECORD,
    REQUEST,
    STATE,
    TRACK,
    VALUES,
    rows_of,
)


def _selected(column: str) -> str:
    if column in LISTS:
        return f"{column}::text[]"
    return column


def _updated(column: str) -> str:
    if column in VALUES:
        pin = "release_date" if column == "release_date_precision" else column
        return (
            f"{column} = CASE WHEN '{pin}' = ANY (tracks.pinned_fields)"
            f" THEN tracks.{column} ELSE EXCLUDED.{column} END"
        )
    return f"{column} = EXCLUDED.{column}"


_TRACK = {**REQUEST, **TRACK}
# Ordered by key, so that two workers with common tracks never wait for each other.
_WRITE_TRACKS = f"""
INSERT INTO tracks ({", ".join(_TRACK)}, completed_at, published_at)
SELECT {", ".join(map(_selected, _TRACK))},
       CASE WHEN status = 'completed' THEN now() END, now()
FROM {given(_TRACK)}
ORDER BY track_id
ON CONFLICT (track_id) DO UPDATE SET
    {", ".join(_updated(c) for c in (*VALUES, *STATE))},
    attempts = tracks.attempts + 1,
    completed_at = EXCLUDED.completed_at,
    published_at = coalesce(tracks.published_at, EXCLUDED.published_at),
    status_reason = NULL,
    updated_at = now()
"""  # noqa: S608 (column names are the constants above)

_WRITE_RECORDS = f"""
INSERT INTO provider_records
    (track_id, provider, outcome, provider_track_id, score, reasons, question,
     fetched_at, attempts, due_at, due_reason)
SELECT track_id, provider, outcome, provider_track_id, score, reasons::text[], question,
       fetched_at, attempts, due_at, due_reason
FROM {given({"track_id": "uuid", **RECORD})}
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

# A plan is made once for each connection, often while the tables are small; it must not
# read all of a table that has grown. The checks of foreign keys have such plans, too.
_BY_INDEX = "SET LOCAL enable_seqscan = off"

# LATERAL: nothing to be joined with all of the table.
_READ_TRACKS = f"""
SELECT t.* FROM unnest($1::uuid[]) AS asked (id)
CROSS JOIN LATERAL (
    SELECT track_id, status, {", ".join(VALUES)}, provenance, pinned_fields
    FROM tracks WHERE track_id = asked.id OFFSET 0
) AS t
"""  # noqa: S608 (column names are the constants above)

_READ_RECORDS = f"""
SELECT r.* FROM unnest($1::uuid[]) AS asked (id)
CROSS JOIN LATERAL (
    SELECT track_id, {", ".join(RECORD)}
    FROM provider_records WHERE track_id = asked.id OFFSET 0
) AS r
"""  # noqa: S608 (as above)

_PARK = """
UPDATE tracks SET status = 'failed', status_reason = parked.reason, updated_at = now()
FROM unnest($1::uuid[], $2::text[]) AS parked (id, reason)
WHERE track_id = parked.id
"""

_Isolation = Literal["repeatable_read"] | None


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


class Store:
    """The rows, through a pool that `worker` opened. No network call is held inside."""

    def __init__(self, pool: asyncpg.Pool, *, data_version: str) -> None:
        self._pool = pool
        self._data_version = data_version

    async def read(self, track_ids: Sequence[str]) -> dict[str, KnownTrack]:
        """
        Give what is known of these tracks; a track without a row is left out.

        Values and records are of one moment: a record that another worker has written
        in between, beside values of before, would say that nothing is left to ask.
        """
        async with self._transaction(of_one_moment=True) as connection:
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
        await self.write_rows(
            [(rows_of(t, self._data_version), t.source, t.lane) for t in tracks]
        )

    async def write_rows(
        self, tracks: Sequence[tuple[TrackRows, str, str]], *, blank: bool = False
    ) -> None:
        """
        Write tracks whose rows are made, all in one transaction.

        Args:
            tracks: each with the source and the lane of its request, for a row that
                is not there yet.
            blank: none of them has been enriched before: there is nothing to clear.
        """
        if not tracks:
            return
        columns = columns_of([(src, lane, *rows.track) for rows, src, lane in tracks])
        every = [rows for rows, _, _ in tracks]
        async with self._transaction() as connection:
            await connection.execute(_WRITE_TRACKS, *columns)
            await _write_records(connection, every)
            await write_credits(connection, every, blank=blank)

    async def park(self, reasons: Mapping[str, str]) -> None:
        """Mark tracks as failed: a person has to look, nothing is tried again."""
        # a message written by hand may carry an id that stands in no table
        rows = {id_: reason for id_, reason in reasons.items() if is_track_id(id_)}
        async with self._transaction() as connection:
            await connection.execute(_PARK, list(rows), list(rows.values()))

    @asynccontextmanager
    async def _transaction(self, *, of_one_moment: bool = False) -> AsyncIterator[Any]:
        with server_away():
            async with self._pool.acquire() as connection:
                # whoever has begun one already has locked its rows
                alone = of_one_moment and not connection.is_in_transaction()
                isolation: _Isolation = "repeatable_read" if alone else None
                async with connection.transaction(isolation=isolation):
                    await connection.execute(_BY_INDEX)
                    yield connection


async def _write_records(
    connection: Any,  # noqa: ANN401 (asyncpg's pooled connection has no public type)
    tracks: Sequence[TrackRows],
) -> None:
    records = [(rows.track[0], *record) for rows in tracks for record in rows.records]
    if records:
        await connection.execute(_WRITE_RECORDS, *columns_of(records))


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
