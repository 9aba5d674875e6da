"""What became of the good tracks, and whether all that must hold holds."""

import asyncio
from collections.abc import Mapping
from typing import Any

import asyncpg

from benchmarks.gauntlet.ground import Ground
from benchmarks.gauntlet.watching import Seen
from rehearsal import processes
from tests import pipeline

MOST_RSS_MB = 300.0
# Exactly so many of each.
_NONE_OF = (
    "lost",
    "dead_lettered_good",
    "refusals",
    "worker_exits",
    "service_exits",
    "health_gaps_s",
    "differing",
)
_VALUES = """
SELECT track_id::text, outcome, isrc, spotify_id, musicbrainz_id::text, lastfm_url,
    duration_ms, release_date::text, album, label, genres, popularity, listeners
FROM tracks WHERE track_id = ANY ($1::uuid[])
"""
_STATES = "SELECT track_id::text, status FROM tracks WHERE track_id = ANY ($1::uuid[])"
_UNDER_WAY = frozenset({"pending", "in_progress", "partial"})

Values = Mapping[str, Mapping[str, Any]]


async def values(url: str, ids: list[str]) -> Values:
    """Return what is in the rows of these tracks."""
    connection = await asyncpg.connect(url)
    try:
        rows = await connection.fetch(_VALUES, ids)
    finally:
        await connection.close()
    return {row["track_id"]: dict(row) for row in rows}


async def figures(ground: Ground, seen: Seen, calm: Values) -> dict[str, Any]:
    """Count; a track is lost that is neither done nor on its way nor a letter."""
    url, good = ground.stack.postgres.url, ground.good
    states = await _states(url, good)
    letters = await asyncio.to_thread(pipeline.dead_letters, ground.stack.rabbitmq.url)
    buried = {one for one in good if any(one.encode() in body for _, body in letters)}
    done = {one for one, state in states.items() if state == "completed"}
    under_way = {one for one, state in states.items() if state in _UNDER_WAY}
    now = await values(url, good)
    return {
        "good": len(good),
        "completed": len(done),
        "lost": len(set(good) - done - under_way - buried),
        "dead_lettered_good": len(buried),
        "refusals": await asyncio.to_thread(_refusals, ground),
        "worker_exits": sum(worker.ended for worker in ground.workers),
        "max_rss_mb": round(max(seen.rss_mb.values()), 1),
        "health_gaps_s": round(seen.health_gaps_seconds, 1),
        "service_exits": ground.service.ended,
        "differing": len([one for one in done if now[one] != calm.get(one)]),
        "dead_letters": len(letters),
        "health_probes": seen.probes,
        "rss_mb": {name: round(mb, 1) for name, mb in sorted(seen.rss_mb.items())},
        "done_to_it": dict(sorted(ground.done.items())),
    }


def broken(report: Mapping[str, Any]) -> list[str]:
    """Name what does not hold."""
    found = [f"{name} is {report[name]}, not 0" for name in _NONE_OF if report[name]]
    if report["completed"] != report["good"]:
        found.append(f"{report['completed']} of {report['good']} are completed")
    if report["max_rss_mb"] >= MOST_RSS_MB:
        found.append(f"max_rss_mb is {report['max_rss_mb']}, not under {MOST_RSS_MB}")
    return found


async def _states(url: str, ids: list[str]) -> dict[str, str]:
    connection = await asyncpg.connect(url)
    try:
        return {row[0]: row[1] for row in await connection.fetch(_STATES, ids)}
    finally:
        await connection.close()


def _refusals(ground: Ground) -> int:
    url = f"{ground.simulator_url}/_simulator/ledger/summary"
    seen = processes.fetch_json(url)["providers"]
    return sum(provider["refusals"] for provider in seen.values())
