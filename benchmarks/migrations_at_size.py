"""
Up, down, up of all migrations with a million rows in place, while something writes.

`python -m benchmarks.migrations_at_size --tracks 1000000` starts a Postgres of its own
and prints one JSON object: how long each file took, and the longest that a write was
held up meanwhile. Exit code 1 where rows or schema differ afterwards, or where a
migration that runs beside workers holds a write up for a second.
"""

import argparse
import asyncio
import json
import multiprocessing
import sys
from collections.abc import Sequence
from multiprocessing.synchronize import Event
from time import perf_counter
from typing import Any

import asyncpg

import devstack
from benchmarks.reenrichment_sweep import enriched, fill_records, fill_tracks, ids_of
from enrichment.errors import ServerAway
from enrichment.store import migrations
from enrichment.store.tracks.write import Store

# The claim of docs/reenrichment.md.
LONGEST_WRITE_SECONDS = 1.0
# What this version's worker writes needs these files; all others run beside it.
WRITTEN_BY = frozenset({9, 13, 15, 16, 17, 18})
WORKERS_WRITE_FROM = max(WRITTEN_BY)
# From here on there are tracks to fill in, and from there on their records.
TRACKS_FROM, RECORDS_FROM = 1, 5
WRITE_BATCH = 100
PAUSE_SECONDS = 0.005
BETWEEN_SECONDS = 0.2

# What can be written at any version: locked out by whatever locks out a worker.
_TOUCH = (
    "UPDATE tracks SET updated_at = now() WHERE track_id = ANY ($1)",
    "UPDATE provider_records SET fetched_at = fetched_at WHERE track_id = ANY ($1)",
)
_SCHEMA = """
SELECT table_name || '.' || column_name AS what FROM information_schema.columns
WHERE table_schema = 'public'
UNION ALL SELECT indexdef FROM pg_indexes WHERE schemaname = 'public'
UNION ALL SELECT conrelid::regclass || pg_get_constraintdef(oid) FROM pg_constraint
WHERE connamespace = 'public'::regnamespace
UNION ALL SELECT definition FROM pg_views WHERE schemaname = 'public'
ORDER BY what
"""


def write_all_the_time(url: str, stop: Event, results: Any) -> None:  # noqa: ANN401 (a queue)
    """Write as a worker does where the schema allows; say when each write was."""

    async def write() -> None:
        pool = await asyncpg.create_pool(url, min_size=1, max_size=1)
        store = Store(pool, data_version="identity-1.match-1.merge-1")
        ids = await ids_of(pool, range(1, WRITE_BATCH + 1))
        times = []
        while not stop.is_set():
            begun = perf_counter()
            try:
                version = await pool.fetchval(
                    "SELECT max(version) FROM schema_migrations"
                )
                if version >= WORKERS_WRITE_FROM:
                    await store.write([enriched(track_id) for track_id in ids])
                else:
                    for statement in _TOUCH:
                        await pool.execute(statement, ids)
            except (asyncpg.PostgresError, asyncpg.InterfaceError, ServerAway):
                # a table or column came or went between the two statements: waited too
                await pool.expire_connections()
            times.append((begun, perf_counter()))
            await asyncio.sleep(PAUSE_SECONDS)
        await pool.close()
        results.put(times)

    asyncio.run(write())


class Steps:
    """Runs migrations one by one on one connection and notes when each ran."""

    def __init__(self, connection: asyncpg.Connection) -> None:
        self._connection = connection
        self.known = migrations.known()
        self.notes: list[dict[str, Any]] = []

    async def up(self, to: int) -> None:
        """Apply what is missing up to a version."""
        have = await migrations.applied(self._connection)
        for migration in self.known:
            if migration.version <= to and migration.version not in have:
                chosen = self.known[: migration.version]
                begun = perf_counter()
                await migrations.up(self._connection, chosen)
                beside = migration.version > min(WRITTEN_BY)
                await self._note(migration.up.name, begun, beside_workers=beside)

    async def again(self) -> None:
        """Run every file once more, as a person may at any time."""
        for migration in self.known:
            await self._connection.execute(
                "DELETE FROM schema_migrations WHERE version = $1", migration.version
            )
            begun = perf_counter()
            await migrations.up(self._connection, [migration])
            await self._note(f"{migration.up.name} again", begun, beside_workers=True)

    async def down(self, to: int) -> None:
        """Take back what is above a version."""
        for migration in reversed(self.known):
            if migration.version > to:
                begun = perf_counter()
                await migrations.down(self._connection, migration.version - 1)
                beside = migration.version > min(WRITTEN_BY)
                await self._note(migration.down.name, begun, beside_workers=beside)

    async def _note(self, file: str, begun: float, *, beside_workers: bool) -> None:
        self.notes.append(
            {
                "file": file,
                "begun": begun,
                "ended": perf_counter(),
                "beside_workers": beside_workers,
            }
        )
        # what this step held up ends before the next one begins
        await asyncio.sleep(BETWEEN_SECONDS)


async def all_ways(url: str, tracks: int) -> dict[str, Any]:
    """Fill while the schema grows, then take it back and apply it again."""
    connection = await asyncpg.connect(url)
    steps = Steps(connection)
    latest = len(steps.known)
    await steps.up(TRACKS_FROM)
    await fill_tracks(connection, tracks)
    spawn = multiprocessing.get_context("spawn")
    stop, results = spawn.Event(), spawn.Queue()
    writer = spawn.Process(target=write_all_the_time, args=(url, stop, results))
    writer.start()
    await steps.up(RECORDS_FROM)
    await fill_records(connection, tracks, stale_percent=10)
    await steps.up(latest)
    schemas, rows = [await schema(connection)], [await counted(connection)]
    await steps.again()
    rows.append(await counted(connection))
    schemas.append(await schema(connection))
    await steps.down(RECORDS_FROM)
    rows.append(await counted(connection))
    await steps.up(latest)
    rows.append(await counted(connection))
    schemas.append(await schema(connection))
    await steps.down(TRACKS_FROM)
    await steps.up(latest)
    schemas.append(await schema(connection))
    kept = await connection.fetchval("SELECT count(*) FROM tracks")
    stop.set()
    writes = results.get(timeout=60)
    writer.join()
    with_rows = list(steps.notes)
    await steps.down(0)
    await steps.up(latest)
    schemas.append(await schema(connection))
    await connection.close()
    return {
        "steps": [told(note, writes) for note in with_rows],
        "writes": len(writes),
        "rows": rows[0],
        "rows_kept": rows == rows[:1] * len(rows) and kept == tracks,
        "schema_kept": schemas == schemas[:1] * len(schemas),
    }


async def schema(connection: asyncpg.Connection) -> list[str]:
    """Return what a user of the schema can tell."""
    return [row["what"] for row in await connection.fetch(_SCHEMA)]


async def counted(connection: asyncpg.Connection) -> dict[str, int]:
    """Count what must survive."""
    row = await connection.fetchrow(
        """SELECT (SELECT count(*) FROM tracks) AS tracks,
                  (SELECT count(*) FROM provider_records) AS provider_records"""
    )
    return dict(row or {})


def told(note: dict[str, Any], writes: Sequence[tuple[float, float]]) -> dict[str, Any]:
    """Return a step's duration and the longest write that was under way meanwhile."""
    beside = [
        ended - begun
        for begun, ended in writes
        if ended > note["begun"] and begun < note["ended"]
    ]
    return {
        "file": note["file"],
        "beside_workers": note["beside_workers"],
        "seconds": round(note["ended"] - note["begun"], 3),
        "longest_write_seconds": round(max(beside), 3) if beside else None,
    }


def main() -> int:
    """Migrate, print."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[1])
    parser.add_argument("--tracks", type=int, default=1_000_000)
    arguments = parser.parse_args()
    devstack.forget_named_servers()
    with devstack.open_stack(("postgres",)) as stack:
        report = asyncio.run(all_ways(stack.postgres.url, arguments.tracks))
    print(json.dumps(report, indent=2))  # noqa: T201 (the report)
    longest = max(
        step["longest_write_seconds"] or 0
        for step in report["steps"]
        if step["beside_workers"]
    )
    holds = {
        "rows kept": report["rows_kept"],
        "schema the same": report["schema_kept"],
        f"beside workers: a write waits {longest} s at most": longest
        < LONGEST_WRITE_SECONDS,
    }
    for claim, kept in holds.items():
        print(f"{'holds' if kept else 'FAILS'}: {claim}", file=sys.stderr)  # noqa: T201 (as above)
    return 0 if all(holds.values()) else 1


if __name__ == "__main__":
    sys.exit(main())
