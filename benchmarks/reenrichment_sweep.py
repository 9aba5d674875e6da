"""
The sweep over a million rows: choose and publish what is stale, while workers write.

`python -m benchmarks.reenrichment_sweep --tracks 1000000` starts a Postgres and a
RabbitMQ of its own and prints one JSON object. Exit code 1 where a claim does not hold:
every stale track published once, by index, memory flat.
"""

import argparse
import asyncio
import contextlib
import json
import multiprocessing
import sys
from collections import Counter
from collections.abc import Iterable
from datetime import UTC, datetime
from multiprocessing.synchronize import Event
from time import perf_counter
from typing import Any
from uuid import UUID

import aio_pika
import asyncpg
import psutil
import uvloop

import devstack
from enrichment.contract import queues
from enrichment.contract.identity.titles import parse_name
from enrichment.model import (
    EnrichedTrack,
    FieldValue,
    Outcome,
    ProviderName,
    ProviderRecord,
    Wanted,
)
from enrichment.providers.registry import EXPECTED
from enrichment.queueing import topology
from enrichment.queueing.publisher import Publisher, as_requests
from enrichment.scheduling import renewal as reenrichment
from enrichment.store import migrations
from enrichment.store.tracks.write import Store

INDEX = "provider_records_stale_idx"
# The claims of docs/reenrichment.md
RATE_PER_SECOND = 5000
MEMORY_MB = 200
# What workers write meanwhile: batches of so many tracks, so many a second. Providers
# allow tens of tracks a second; this is what a warm cache allows.
WRITE_BATCH = 100
WRITES_PER_SECOND = 5
# The writer is at work within this time.
WRITER_SECONDS = 60.0

# Ids as the million has them: found again from the number alone.
_TRACKS = """
INSERT INTO tracks (track_id, track_key, artist, title)
SELECT md5(n::text)::uuid, 'artist ' || n, 'Artist ' || n % 5000, 'Title ' || n
FROM generate_series($1::bigint, $2::bigint) AS n
"""
_ENRICHED_TRACKS = """
INSERT INTO tracks (track_id, track_key, artist, title, status, outcome,
                    enrichment_source_api, source_data_version, provenance)
SELECT md5(n::text)::uuid, 'artist ' || n, 'Artist ' || n % 5000, 'Title ' || n,
       'completed', 'matched', 'spotify', 'identity-1.match-1.merge-1',
       '{"album": ["spotify", 0.9, 1700000000, 1]}'
FROM generate_series($1::bigint, $2::bigint) AS n
"""
_RECORDS = """
INSERT INTO provider_records (track_id, provider, outcome, provider_track_id, score,
                              question, fetched_at)
SELECT md5(n::text)::uuid, provider, 'found', provider || n, 0.97,
       'search:artist ' || n,
       now() - CASE WHEN provider = 'spotify' AND n % 100 < $3
                    THEN interval '9 days' + n % 1000 * interval '1 minute'
                    ELSE n % 1000 * interval '7 minutes' END
FROM generate_series($1::bigint, $2::bigint) AS n,
     unnest(ARRAY['spotify', 'musicbrainz', 'lastfm']) AS provider
"""
_SLICE = 50_000


async def fill(url: str, tracks: int, stale_percent: int) -> None:
    """Make the rows, as many as a large installation has."""
    connection = await asyncpg.connect(url)
    await migrations.up(connection)
    await fill_tracks(connection, tracks, _ENRICHED_TRACKS)
    await fill_records(connection, tracks, stale_percent)
    await connection.close()


async def fill_tracks(
    connection: asyncpg.Connection, tracks: int, statement: str = _TRACKS
) -> None:
    """Make the tracks; without another statement, in a schema of any version."""
    for first in range(1, tracks + 1, _SLICE):
        last = min(first + _SLICE - 1, tracks)
        await connection.execute(statement, first, last)
    await connection.execute("VACUUM ANALYZE tracks")


async def fill_records(
    connection: asyncpg.Connection, tracks: int, stale_percent: int
) -> None:
    """Make what three providers said of each track."""
    for first in range(1, tracks + 1, _SLICE):
        last = min(first + _SLICE - 1, tracks)
        await connection.execute(_RECORDS, first, last, stale_percent)
    await connection.execute("VACUUM ANALYZE provider_records")


async def ids_of(pool: asyncpg.Pool, numbers: Iterable[int]) -> list[str]:
    """Return which ids tracks have by their numbers."""
    return [str(UUID(await pool.fetchval("SELECT md5($1)", str(n)))) for n in numbers]


def write_all_the_time(
    url: str,
    tracks: int,
    writing: Event,
    stop: Event,
    results: Any,  # noqa: ANN401 (a queue)
) -> None:
    """A worker's writes, in a process of their own: batches of fresh answers."""

    async def write() -> None:
        pool = await asyncpg.create_pool(url, min_size=1, max_size=1)
        store = Store(pool, data_version="identity-1.match-1.merge-1")
        ids = await ids_of(pool, range(tracks, max(tracks - 2000, 0), -1))
        seconds = []
        place = 0
        while not stop.is_set():
            chosen = ids[place : place + WRITE_BATCH]
            place = (place + WRITE_BATCH) % len(ids)
            begun = perf_counter()
            await store.write([enriched(track_id) for track_id in chosen])
            took = perf_counter() - begun
            seconds.append(took)
            writing.set()
            await asyncio.sleep(max(1 / WRITES_PER_SECOND - took, 0))
        await pool.close()
        results.put(seconds)

    asyncio.run(write())


def enriched(track_id: str) -> EnrichedTrack:
    """What a worker writes of a track of which two providers were asked."""
    now = datetime.now(UTC)
    return EnrichedTrack(
        wanted=Wanted(track_id, parse_name("Artist", "Title")),
        track_key="artist|title",
        values={"album": FieldValue("Album", ProviderName("spotify"), 0.9, now, 1)},
        records=tuple(
            ProviderRecord(name, Outcome.FOUND, "search:x", now)
            for name in (ProviderName("musicbrainz"), ProviderName("lastfm"))
        ),
    )


async def plan_of(pool: asyncpg.Pool) -> str:
    """Return how Postgres chooses and claims a slice of what is stale."""
    values = ("{spotify}", "1000", "1 day", "spotify", "found", "false", "0", "8 days")
    statement = reenrichment.CLAIM_STALE
    for place, value in reversed(list(enumerate(values, 1))):
        statement = statement.replace(f"${place}", f"'{value}'")
    rows = await pool.fetch(f"EXPLAIN (COSTS OFF) {statement}")
    return "\n".join(row[0] for row in rows)


def processor_us() -> Counter[str]:
    """Return what this process and its servers used, by name; ended ones too."""
    used: Counter[str] = Counter()
    this = psutil.Process()
    for process in (this, *this.children(recursive=True)):
        with contextlib.suppress(psutil.NoSuchProcess):
            times = process.cpu_times()
            seconds = times.user + times.system
            if process != this:
                seconds += times.children_user + times.children_system
            used["sweep" if process == this else process.name()] += round(seconds * 1e6)
    return used


async def sweep(url: str, broker_url: str, tracks: int) -> dict[str, Any]:
    """Publish all that is stale; measure rate, memory and plan."""
    pool = await asyncpg.create_pool(url, min_size=1, max_size=4)
    connection = await aio_pika.connect_robust(broker_url)
    await topology.declare(connection)
    publisher = Publisher(connection)

    async def publish(rows: Any) -> Any:  # noqa: ANN401 (records in, ids out)
        return await publisher.publish(as_requests(rows))

    renewal = reenrichment.Renewal(pool, publish, EXPECTED)
    plan = await plan_of(pool)
    process = psutil.Process()
    memory = [process.memory_info().rss]

    async def sample() -> None:
        while True:
            await asyncio.sleep(0.2)
            memory.append(process.memory_info().rss)

    sampling = asyncio.create_task(sample())
    begun, used = perf_counter(), processor_us()
    published = await renewal.sweep(tracks, None)
    seconds, spent = perf_counter() - begun, processor_us() - used
    again = await renewal.sweep(tracks, None)
    sampling.cancel()
    depth = (await topology.depths(connection))[queues.REENRICHMENT_QUEUE][0]
    claimed = await pool.fetchval("SELECT count(published_at) FROM provider_records")
    await publisher.close()
    await connection.close()
    await pool.close()
    return {
        "published": published,
        "published_by_a_second_sweep": again,
        "messages_in_queue": depth,
        "parts_claimed": claimed,
        "seconds": round(seconds, 2),
        "tracks_per_second": round(published / seconds),
        # where other programs want the cores too: what a track costs whom
        "processor_us_per_track": {
            name: round(spent[name] / published) for name in sorted(spent)
        },
        "memory_mb": {
            "start": round(memory[0] / 2**20),
            "most": round(max(memory) / 2**20),
        },
        "by_index": INDEX in plan
        and "Seq Scan on provider_records" not in plan
        and "Seq Scan on tracks" not in plan,
        "plan": plan.splitlines(),
    }


def main() -> int:
    """Fill, sweep, print."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[1])
    parser.add_argument("--tracks", type=int, default=1_000_000)
    parser.add_argument("--stale-percent", type=int, default=10)
    arguments = parser.parse_args()
    devstack.forget_named_servers()
    with devstack.open_stack(("postgres", "rabbitmq")) as stack:
        url = stack.postgres.url
        begun = perf_counter()
        asyncio.run(fill(url, arguments.tracks, arguments.stale_percent))
        filled = round(perf_counter() - begun, 1)
        spawn = multiprocessing.get_context("spawn")
        writing, stop, results = spawn.Event(), spawn.Event(), spawn.Queue()
        writer = spawn.Process(
            target=write_all_the_time,
            args=(url, arguments.tracks, writing, stop, results),
        )
        writer.start()
        writing.wait(WRITER_SECONDS)
        report = uvloop.run(sweep(url, stack.rabbitmq.url, arguments.tracks))
        stop.set()
        writes = sorted(results.get(timeout=30))
        writer.join()
    report |= {
        "tracks": arguments.tracks,
        "fill_seconds": filled,
        "worker_batches_meanwhile": len(writes),
        "worker_batch_seconds": {
            "median": round(writes[len(writes) // 2], 4),
            "longest": round(writes[-1], 4),
        },
    }
    print(json.dumps(report, indent=2))  # noqa: T201 (the report)
    stale = arguments.tracks * arguments.stale_percent // 100
    holds = {
        "each stale track once": report["published"] == report["messages_in_queue"]
        and report["published"] >= stale * 0.99  # what the worker renewed is fresh
        and report["published_by_a_second_sweep"] == 0,
        "by index": report["by_index"],
        f"{RATE_PER_SECOND} a second": report["tracks_per_second"] >= RATE_PER_SECOND,
        f"under {MEMORY_MB} MB": report["memory_mb"]["most"] < MEMORY_MB,
    }
    for claim, kept in holds.items():
        print(f"{'holds' if kept else 'FAILS'}: {claim}", file=sys.stderr)  # noqa: T201 (as above)
    return 0 if all(holds.values()) else 1


if __name__ == "__main__":
    sys.exit(main())
