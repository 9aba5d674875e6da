"""Run the real pipeline on private servers against the simulator, and report."""

import asyncio
import sys
from collections.abc import Mapping
from contextlib import AsyncExitStack
from dataclasses import dataclass, field
from pathlib import Path
from time import perf_counter
from typing import Any

import orjson

from enrichment import parse_lines, replay_summary
from enrichment.errors import ConfigurationError, EnrichmentError
from enrichment.processes import Process, fetch_json, fetch_metrics, start
from enrichment.queueing import topology
from enrichment.replay_stage import Plan, Stage, open_stage, stop
from enrichment.servers import open_broker
from scrapers.tracklists.tracklist import TracklistError

__all__ = ["Plan", "replay"]

# How often progress is looked at, seconds.
LOOK_SECONDS = 0.5
# Work that falls due later than this is reported as partial, not waited for, seconds.
HORIZON_SECONDS = 60.0

_STATES = """
SELECT status, outcome, count(*) AS tracks,
       count(*) FILTER (WHERE EXISTS (
           SELECT FROM provider_records AS r WHERE r.track_id = tracks.track_id
           AND r.due_at < now() + $1::interval)) AS due_soon
FROM tracks GROUP BY 1, 2
"""
_MENTIONS = """
SELECT count(*) AS mentions, count(*) FILTER (WHERE track_id IS NULL) AS unidentified
FROM tracklist_rows
"""
_LOST = """
SELECT count(*) FROM unnest($1::uuid[]) AS expected (track_id)
LEFT JOIN tracks USING (track_id)
WHERE tracks.status IS NULL
"""
# From the second pass on: rows away, cache kept, so that a pass costs what a warm
# cluster costs for tracks it has never written.
_FORGET = "TRUNCATE tracks, tracklists, artists RESTART IDENTITY CASCADE"
_EXAMPLES = """
SELECT r.raw, t.artist, t.title, t.isrc, t.duration_ms, t.release_date, t.genres,
       t.popularity, t.listeners, t.provenance
FROM tracks AS t
JOIN LATERAL (SELECT raw FROM tracklist_rows WHERE track_id = t.track_id LIMIT 1) AS r
  ON true
WHERE t.outcome = 'matched'
ORDER BY (t.isrc IS NULL), (t.genres = '{}'), t.track_id LIMIT $1
"""


@dataclass(slots=True)
class Tally:
    """What one pass came to."""

    mentions: int = 0
    tracks: int = 0
    published: int = 0
    outcomes: dict[str, int] = field(default_factory=dict)
    lost: int = 0
    calls: dict[str, int] = field(default_factory=dict)
    refusals: dict[str, int] = field(default_factory=dict)
    cache: dict[str, int] = field(default_factory=dict)
    seconds: float = 0.0

    def as_dict(self, workers: int) -> dict[str, Any]:
        """Give the keys of the report, in its order."""
        return {
            "mentions": self.mentions,
            "tracks": self.tracks,
            "published": self.published,
            "outcomes": self.outcomes,
            "lost": self.lost,
            "calls": self.calls,
            "refusals": self.refusals,
            "cache": self.cache,
            "workers": workers,
            "seconds": round(self.seconds, 2),
            "tracks_per_second": round(self.tracks / self.seconds, 2)
            if self.seconds
            else 0.0,
        }


async def replay(plan: Plan, *, report: Path | None, summary: bool) -> int:
    """
    Run all passes; give the exit code: 0 when nothing was lost, refused or late.

    Raises:
        ConfigurationError: PATH holds no tracklist, or a part of us is not installed.
    """
    expected = _identified(plan.path)
    show = replay_summary.Show(enabled=summary)
    tallies: list[Tally] = []
    finished = True
    async with AsyncExitStack() as stack:
        run = await open_stage(plan, stack, expected, show.step)
        for number in range(1, plan.passes + 1):
            if number > 1:
                await run.pool.execute(_FORGET)
            tally, in_time = await _pass(plan, run, expected, show, number)
            tallies.append(tally)
            finished = finished and in_time
        examples = await run.pool.fetch(_EXAMPLES, 4)
        document = tallies[0].as_dict(plan.workers)
        if plan.passes > 1:
            document["passes"] = [tally.as_dict(plan.workers) for tally in tallies]
        await stop(run.workers)
    if report is not None:
        report.parent.mkdir(parents=True, exist_ok=True)
        report.write_bytes(orjson.dumps(document, option=orjson.OPT_INDENT_2) + b"\n")
    if summary:
        show.finish(document, examples, plan)
    else:
        sys.stdout.buffer.write(orjson.dumps(document) + b"\n")
    refused = any(sum(tally.refusals.values()) for tally in tallies)
    return int(bool(refused or not finished or any(tally.lost for tally in tallies)))


def _identified(path: Path) -> dict[str, dict[str, Any]]:
    """Parse PATH as the file spider will; give its identified rows by track id."""
    if not path.exists():
        raise ConfigurationError(f"{path}: no such file or folder")
    files = (
        sorted(p for p in path.rglob("*") if p.is_file()) if path.is_dir() else [path]
    )
    rows: dict[str, dict[str, Any]] = {}
    for file in files:
        try:
            for line in parse_lines.tracklist(file.read_bytes()):
                row = orjson.loads(line)
                if row["track_id"]:
                    rows.setdefault(row["track_id"], row)
        except TracklistError:
            continue  # the crawl reports it
    if not rows:
        raise ConfigurationError(f"{path}: no tracklist with a known track in it")
    return rows


async def _pass(
    plan: Plan,
    run: Stage,
    expected: Mapping[str, Mapping[str, Any]],
    show: replay_summary.Show,
    number: int,
) -> tuple[Tally, bool]:
    """Crawl, wait for the workers, count; give the tally and whether it was in time."""
    before = await asyncio.to_thread(_ledger, run)
    cache_before = await asyncio.to_thread(_cache, run)
    show.step(f"Pass {number}: crawling {plan.path}")
    began = perf_counter()
    crawl_report = run.folder / f"crawl-{number}.json"
    crawl = await start(
        [
            *(sys.executable, "-m", "scrapers.crawl", "tracklist_files"),
            *("-a", f"path={plan.path.resolve()}", "--report", str(crawl_report)),
        ],
        run.environment,
        run.folder / f"crawl-{number}.log",
    )
    in_time = await _wait(plan, run, crawl, show, began)
    if not crawl_report.exists():
        raise EnrichmentError(f"the crawl ended without a report:\n{crawl.log_tail()}")
    crawled = orjson.loads(crawl_report.read_bytes())
    tally = await _tally(run, expected)
    tally.published = crawled["published"]["confirmed"]
    tally.seconds = perf_counter() - began
    after = await asyncio.to_thread(_ledger, run)
    tally.calls = {p: after[p]["calls"] - before[p]["calls"] for p in after}
    tally.refusals = {p: after[p]["refusals"] - before[p]["refusals"] for p in after}
    cache_after = await asyncio.to_thread(_cache, run)
    tally.cache = {k: cache_after[k] - cache_before[k] for k in cache_after}
    return tally, in_time


async def _wait(
    plan: Plan, run: Stage, crawl: Process, show: replay_summary.Show, began: float
) -> bool:
    """Watch until the crawl has ended and no track is on its way."""
    while perf_counter() - began < plan.timeout_seconds:
        await asyncio.sleep(LOOK_SECONDS)
        crawling = crawl.running
        rows = await run.pool.fetch(_STATES, replay_summary.seconds(HORIZON_SECONDS))
        by_status: dict[str, int] = {}
        for row in rows:
            by_status[row["status"]] = by_status.get(row["status"], 0) + row["tracks"]
        soon = sum(row["due_soon"] for row in rows if row["status"] == "partial")
        ledger = await asyncio.to_thread(_ledger, run)
        show.progress(by_status, {p: counts["calls"] for p, counts in ledger.items()})
        for worker in run.workers:
            if not worker.running:
                raise EnrichmentError(f"a worker ended by itself:\n{worker.log_tail()}")
        on_its_way = (
            by_status.get("pending", 0) + by_status.get("in_progress", 0) + soon
        )
        if not crawling and on_its_way == 0:
            return True
    return False


async def _tally(run: Stage, expected: Mapping[str, Mapping[str, Any]]) -> Tally:
    rows = await run.pool.fetch(_STATES, replay_summary.seconds(0))
    [mentions] = await run.pool.fetch(_MENTIONS)
    connection = await open_broker(run.settings)
    try:
        depths = await topology.depths(connection)
    finally:
        await connection.close()
    outcomes = dict.fromkeys(replay_summary.OUTCOMES, 0)
    for row in rows:
        outcomes[_outcome(row["status"], row["outcome"])] += row["tracks"]
    outcomes["unidentified"] = mentions["unidentified"]
    # dead letters without a row of their own: bodies that could not be decoded
    dead = depths.get("metadata_enrichment_dlq", (0, 0))[0]
    outcomes["dead_lettered"] = max(outcomes["dead_lettered"], dead)
    return Tally(
        mentions=mentions["mentions"],
        tracks=sum(row["tracks"] for row in rows),
        outcomes=outcomes,
        lost=await run.pool.fetchval(_LOST, list(expected)),
    )


def _outcome(status: str, outcome: str | None) -> str:
    """Name the one of the report's outcomes that a row's state is."""
    if status == "completed":
        return "completed" if outcome in {None, "matched"} else outcome
    return {"partial": "partial", "failed": "dead_lettered"}.get(status, "waiting")


def _ledger(run: Stage) -> dict[str, dict[str, int]]:
    summary = fetch_json(f"{run.simulator}/_simulator/ledger/summary")
    providers = summary.get("providers", summary)
    return {
        name: {"calls": counts["calls"], "refusals": counts["refusals"]}
        for name, counts in providers.items()
    }


def _cache(run: Stage) -> dict[str, int]:
    total = {"hits": 0, "misses": 0}
    for port in run.metrics_ports:
        values = fetch_metrics(f"http://127.0.0.1:{port}/metrics")
        total["hits"] += int(values.get("enrichment_cache_hits_total", 0))
        total["misses"] += int(values.get("enrichment_cache_misses_total", 0))
    return total
