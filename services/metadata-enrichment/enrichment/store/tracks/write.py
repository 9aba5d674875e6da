"""Write many tracks at once, idempotently, based on what their rows say then."""

from collections.abc import AsyncIterator, Callable, Collection, Mapping, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Literal, TypeVar

import asyncpg

from enrichment.contract.identity.identity import is_track_id
from enrichment.contract.servers.postgres_faults import is_row_fault
from enrichment.contract.tracklist_rows import fill_from_files
from enrichment.model import EnrichedTrack
from enrichment.store.errors import server_away
from enrichment.store.tracks import known, probe, removals, revocations
from enrichment.store.tracks.credits import write_credits
from enrichment.store.tracks.known import Asked, KnownTrack
from enrichment.store.tracks.revocations import Revocation
from enrichment.store.tracks.rows import credit_rows, record_rows, track_row
from enrichment.store.tracks.upserts import write_records, write_tracks

# A plan is made once for each connection, often while the tables are small; it must not
# read all of a table that has grown. The checks of foreign keys have such plans, too.
_BY_INDEX = "SET LOCAL enable_seqscan = off"

_PARK = """
UPDATE tracks SET status = 'failed', status_reason = parked.reason, updated_at = now()
FROM unnest($1::uuid[], $2::text[]) AS parked (id, reason)
WHERE track_id = parked.id
"""

_Isolation = Literal["repeatable_read"] | None


@dataclass(frozen=True, slots=True)
class Change:
    """
    What is to be written of one track.

    Args:
        providers: whose records are written; None for all.
        asked_at: when the message was made; None where nobody says.
    """

    track: EnrichedTrack
    providers: Collection[str] | None = None
    asked_at: datetime | None = None


# Gives the changes, from what the rows say now and what has been taken back. It is
# called again where somebody else's row came meanwhile.
C = TypeVar("C", bound=Change)
Make = Callable[[Mapping[str, KnownTrack], Sequence[Revocation]], Sequence[C]]


class _OvertakenError(Exception):
    """A row came between our look for it and our writing of it."""


class Store:
    """The rows, through a pool that `worker` opened. No network call is held inside."""

    def __init__(self, pool: asyncpg.Pool, *, data_version: str) -> None:
        self._pool = pool
        self._data_version = data_version

    async def read(self, track_ids: Sequence[str]) -> dict[str, KnownTrack]:
        """
        Return what is known of these tracks; a track without a row is left out.

        Values and records are of one moment: a record that another worker has written
        in between, beside values of before, would say that nothing is left to ask.
        """
        async with self._transaction(of_one_moment=True) as connection:
            return await known.read(connection, track_ids)

    async def revoked(self) -> tuple[Revocation, ...]:
        """Return what was taken back of providers: it is not to be used any more."""
        with server_away():
            return await revocations.in_force(self._pool)

    async def write(self, tracks: Sequence[EnrichedTrack]) -> None:
        """Write values, provenance, records and credits of all in one transaction."""
        changes = [Change(track) for track in tracks]
        asked = {t.wanted.track_id: [r.provider for r in t.records] for t in tracks}
        await self.change(asked, lambda _known, _revoked: changes)

    async def change(self, asked: Asked, make: Make[C]) -> Sequence[C]:
        """
        Write changes that are made based on what the rows say now, in one transaction.

        Returns:
            What was written.

        Raises:
            ServerAway: nothing is written; Postgres refuses every row, or is away.
            Exception: nothing is written; a row was refused for what it holds.
        """
        try:
            while asked:
                changes = await self._changed(asked, make)
                if changes is not None:
                    return changes
        except Exception as error:
            if len(asked) == 1 and is_row_fault(error):
                async with self._transaction() as connection:
                    await probe.see_others_written(connection, error)
            raise
        return ()

    async def park(self, reasons: Mapping[str, str]) -> None:
        """Mark tracks as failed: a person has to look, nothing is tried again."""
        # a message written by hand may carry an id that is in no table
        rows = {id_: reason for id_, reason in reasons.items() if is_track_id(id_)}
        async with self._transaction() as connection:
            await connection.execute(_PARK, list(rows), list(rows.values()))

    async def _changed(self, asked: Asked, make: Make[C]) -> Sequence[C] | None:
        """Write once; None where a row came meanwhile: nothing is written then."""
        try:
            async with self._transaction() as connection:
                await connection.execute(revocations.HOLD)
                revoked = await revocations.in_force(connection)
                now_known = await known.lock(connection, asked)
                changes = await removals.without_removed(
                    connection, make(now_known, revoked), now_known
                )
                if changes:
                    await self._write(connection, changes, now_known)
        except _OvertakenError:
            return None
        return changes

    async def _write(
        self,
        connection: Any,  # noqa: ANN401 (asyncpg's pooled connection has no public type)
        changes: Sequence[Change],
        now_known: Mapping[str, KnownTrack],
    ) -> None:
        rows = [track_row(change.track, self._data_version) for change in changes]
        if await write_tracks(connection, rows, [*now_known]) < len(rows):
            raise _OvertakenError
        # below every provider's values: they take the gaps that these leave
        told = [track_id for track_id, row in now_known.items() if row.file_facts]
        await fill_from_files(connection, told)
        records = [
            record
            for change in changes
            for record in record_rows(change.track)
            if change.providers is None or record["provider"] in change.providers
        ]
        await write_records(connection, records)
        credited = [row for change in changes for row in credit_rows(change.track)]
        await write_credits(connection, credited)

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
