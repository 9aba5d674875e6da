"""Read the rows of an export from Postgres: one snapshot, streamed, in one order."""

import asyncio
from collections.abc import AsyncGenerator, AsyncIterator, Mapping, Sequence
from contextlib import asynccontextmanager, suppress
from datetime import UTC, datetime
from functools import partial
from typing import TypeAlias

import asyncpg
import orjson

from enrichment.contract.servers.postgres_faults import is_query_fault
from enrichment.errors import InputInvalid
from enrichment.exports import preflight
from enrichment.exports.fields import PERSON, TRACKLIST, VALUES, licence_of
from enrichment.exports.preflight import LeftOut, Preflight
from enrichment.exports.row import Entry, ExportRow, Origin, Value
from enrichment.exports.selection import Query, Reason, Wish
from enrichment.exports.statements import Statement, Statements
from enrichment.store.errors import server_away

Connection: TypeAlias = asyncpg.Connection | asyncpg.pool.PoolConnectionProxy

# Rows in memory at a time, and rows that a preflight names.
SLICE = 1000
NAMED = 1000
# Chunks that wait for a slow reader; Postgres waits then.
_CHUNKS_AHEAD = 4
# A million rows for a slow reader take longer than any other statement of ours.
_LONGEST_SECONDS = 24 * 3600
_COMMENT = """
SELECT shobj_description(oid, 'pg_database') FROM pg_database
WHERE datname = current_database()
"""


class Reader:
    """
    Reads the rows of one wish at one moment.

    Args:
        connection: in a transaction that sees one moment (`reader`).
        wish: what is to be exported.
    """

    def __init__(self, connection: Connection, wish: Wish) -> None:
        self._connection = connection
        self._wish = wish
        self._statements = Statements(wish)
        self.of_entries = self._statements.of_entries
        # rows exported so far; of CSV about so many: a cell may have several lines
        self.rows_given = 0

    async def preflight(self, *, safe_cells: bool = False) -> Preflight:
        """
        Count what will be exported, and name the first rows that will not.

        Raises:
            InputInvalid: the query cannot be run.
        """
        asked = self._statements.counted(safe_cells=safe_cells)
        with server_away():
            try:
                counts = await self._connection.fetch(
                    asked.sql, *asked.values, timeout=_LONGEST_SECONDS
                )
            except Exception as error:
                is_own = isinstance(self._wish.subject, Query)
                if not (is_own and is_query_fault(error)):
                    raise
                raise InputInvalid(f"the query cannot be run: {error}") from error
            comment = await self._connection.fetchval(_COMMENT)
        named = [row async for row in self.left_out(NAMED)]
        return preflight.counted(
            [dict(row) for row in counts],
            named,
            commercial=self._wish.commercial,
            invented=comment == preflight.INVENTED,
        )

    async def left_out(self, limit: int | None = None) -> AsyncIterator[LeftOut]:
        """Yield the rows that are left out."""
        asked = self._statements.left_out()
        if limit is not None:
            asked = Statement(f"{asked.sql} LIMIT {limit}", asked.values)
        async for records in self._slices(asked):
            for record in records:
                yield _left_out(record)

    async def rows(self) -> AsyncIterator[Sequence[ExportRow]]:
        """Yield the rows that are exported, some at a time."""
        read = partial(
            _row, locations=self._wish.library or {}, of_entries=self.of_entries
        )
        async for records in self._slices(self._statements.exported()):
            self.rows_given += len(records)
            yield [read(record) for record in records]

    async def csv(self, *, safe_cells: bool) -> AsyncGenerator[bytes, None]:
        """Yield the rows that are exported as CSV, made by Postgres itself."""
        asked = self._statements.as_cells(safe=safe_cells)
        chunks: asyncio.Queue[bytes | None] = asyncio.Queue()
        room = asyncio.Semaphore(_CHUNKS_AHEAD)

        async def take(chunk: bytes) -> None:
            await room.acquire()
            chunks.put_nowait(bytes(chunk))

        copying = asyncio.create_task(
            self._connection.copy_from_query(
                asked.sql, *asked.values,
                output=take, format="csv", header=True, timeout=_LONGEST_SECONDS,
            )
        )  # fmt: skip
        copying.add_done_callback(lambda _: chunks.put_nowait(None))
        try:
            while (chunk := await chunks.get()) is not None:
                room.release()
                self.rows_given += chunk.count(b"\n")
                yield chunk
            with server_away():
                await copying
        finally:
            copying.cancel()
            with suppress(asyncio.CancelledError, Exception):
                await copying

    async def _slices(self, asked: Statement) -> AsyncIterator[list[asyncpg.Record]]:
        with server_away():
            cursor = await self._connection.cursor(
                asked.sql, *asked.values, timeout=_LONGEST_SECONDS
            )
            while records := await cursor.fetch(SLICE, timeout=_LONGEST_SECONDS):
                yield records


@asynccontextmanager
async def reader(pool: asyncpg.Pool, wish: Wish) -> AsyncIterator[Reader]:
    """Lend a reader of one moment: workers write on, no row is twice or missing."""
    with server_away():
        connection = await pool.acquire()
    transaction = connection.transaction(isolation="repeatable_read", readonly=True)
    try:
        with server_away():
            await transaction.start()
            # times and dates are written the same everywhere
            await connection.execute("SET LOCAL TimeZone = 'UTC'")
            await connection.execute("SET LOCAL DateStyle = 'ISO'")
        yield Reader(connection, wish)
    finally:
        try:
            await transaction.rollback()
        except Exception:  # noqa: BLE001 (nothing was written: how it ends is all the same)
            connection.terminate()
        await pool.release(connection)


def _left_out(record: asyncpg.Record) -> LeftOut:
    return LeftOut(
        reason=Reason(record["reason"]),
        track_id=_text(record["track_id"]),
        artist=record["artist"],
        title=record["title"],
        tracklist=record["tracklist"],
        position=record["position"],
    )


def _row(
    record: asyncpg.Record, *, locations: Mapping[str, str], of_entries: bool
) -> ExportRow:
    track_id = _text(record["track_id"])
    values = {name: _value(record[name]) for name in VALUES if record[name] is not None}
    said = orjson.loads(record["provenance"] or b"{}")
    return ExportRow(
        track_id=track_id,
        artist=record["artist"],
        title=record["title"],
        version=record["version"],
        remixers=tuple(record["remixers"] or ()),
        featured=tuple(record["featured"] or ()),
        status=record["status"],
        outcome=record["outcome"],
        enriched_at=record["enriched_at"],
        values=values,
        origins={
            name: _origin(name, provider, said.get(name))
            for name in values
            if (provider := record[f"{name}_source"]) is not None
        },
        entry=_entry(record) if of_entries else None,
        plays=record.get("plays") or 0,
        played_at=tuple(record.get("played_at") or ()),
        location=locations.get(track_id or ""),
    )


def _entry(record: asyncpg.Record) -> Entry:
    return Entry(
        tracklist_id=record["tracklist_id"],
        tracklist=record["tracklist"],
        position=record["position"],
        cue_seconds=record["cue_seconds"],
        raw=record["raw"],
        catalog_number=record["catalog_number"],
    )


def _origin(name: str, provider: str, said: Sequence[object] | None) -> Origin:
    if provider in {PERSON, TRACKLIST} or said is None:
        return Origin(provider)
    _, confidence, at, *_ = said
    return Origin(
        provider,
        float(str(confidence)),
        datetime.fromtimestamp(float(str(at)), UTC),
        licence_of(provider, name),
    )


def _value(value: object) -> Value:
    return value if isinstance(value, str | int | float | list) else float(str(value))


def _text(value: object) -> str | None:
    return None if value is None else str(value)
