"""Run the real pipeline on private servers against the simulator, and report."""

import asyncio
import signal
import sys
from collections import Counter, defaultdict
from collections.abc import AsyncIterator, Iterator, Mapping, Sequence
from contextlib import AsyncExitStack, contextmanager
from datetime import UTC, datetime
from pathlib import Path
from time import perf_counter
from typing import Any

import orjson

from enrichment.cli.actions.tracklist_folders import identified_rows
from enrichment.contract.exit_codes import ExitCode
from enrichment.errors import EnrichmentError, InputInvalid
from enrichment.exports import left_out_rows, target
from enrichment.exports.preflight import LeftOut
from enrichment.exports.reading import reader
from enrichment.exports.selection import Tracklists, Wish
from rehearsal import console, waiting
from rehearsal import report as replay_report
from rehearsal import tally as replay_tally
from rehearsal.processes import Process, start
from rehearsal.report import Findings
from rehearsal.stage import KNOWN_OF_FILES, Plan, Stage, open_stage
from rehearsal.summary import Show, whose
from rehearsal.tally import Tally, grown

__all__ = ["Plan", "replay"]

# How often progress is looked at, seconds.
LOOK_SECONDS = 0.5

_BY_STATUS = "SELECT status, count(*) AS tracks FROM tracks GROUP BY 1"
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


async def replay(plan: Plan, *, report: Path | None, summary: bool) -> int:
    """
    Run all passes; give the exit code.

    0: nothing was lost, refused or late, and nothing waits. 75: something waits that is
    not due within a minute of the providers' clock. 143: told to end by SIGTERM.

    Raises:
        InputInvalid: PATH is not there, or holds no tracklist.
        ConfigurationError: a part of us is not installed.
    """
    with _told_to_end() as told:
        try:
            return await _replay(plan, report, summary=summary)
        except asyncio.CancelledError:
            if told:
                return ExitCode.TERMINATED
            raise


@contextmanager
def _told_to_end() -> Iterator[list[int]]:
    """Have SIGTERM and SIGHUP cancel this task; give the signals that came."""
    told: list[int] = []
    loop, task = asyncio.get_running_loop(), asyncio.current_task()
    assert task is not None  # noqa: S101 (a coroutine runs in one)

    def end(number: int) -> None:
        if not told:
            task.cancel()
        told.append(number)

    for number in (signal.SIGTERM, signal.SIGHUP):
        loop.add_signal_handler(number, end, number)
    try:
        yield told
    finally:
        for number in (signal.SIGTERM, signal.SIGHUP):
            loop.remove_signal_handler(number)


async def _replay(plan: Plan, report: Path | None, *, summary: bool) -> int:
    expected = _identified(plan.path)
    show = Show(enabled=summary)
    show.tell_whose(plan)
    async with AsyncExitStack() as stack:
        run = await open_stage(plan, stack, expected, show.step)
        tallies = [await _pass(plan, run, expected, show, 1)]
        for number in range(2, plan.passes + 1):
            await run.pool.execute(_FORGET)
            tallies.append(await _pass(plan, run, expected, show, number))
        examples = await run.pool.fetch(_EXAMPLES, 4)
        async with reader(run.pool, Wish(Tracklists())) as reading:
            left_out = [row async for row in reading.left_out()]
        found = await replay_report.findings(run.pool, left_out)
        known = await asyncio.to_thread(replay_tally.world_tracks, run)
        if not plan.console:
            await run.stop_workers()
        document = tallies[0].as_dict(plan.workers) | {"world_tracks": known}
        document["providers"] = "invented" if plan.catalogue is None else "simulated"
        if plan.passes > 1:
            document["passes"] = [tally.as_dict(plan.workers) for tally in tallies]
        if report is not None:
            with target.opened(report) as file:
                file.write(orjson.dumps(document, option=orjson.OPT_INDENT_2) + b"\n")
        await _write_lists(plan, document, found)
        waits = [one.sentence(datetime.now(UTC)) for one in tallies[-1].waiting_for]
        if summary:
            show.finish(document, examples, waits, plan, left_out)
        else:
            _tell_programs(document, plan, waits)
        if plan.console:
            # workers go on: what a person asks again is asked
            await console.stay_open(run, show.tell if summary else _tell)
    return _exit_code(tallies)


def _tell_programs(
    document: Mapping[str, Any], plan: Plan, waits: Sequence[str]
) -> None:
    """Print the report; sentences are no part of it."""
    sys.stdout.buffer.write(orjson.dumps(document) + b"\n")
    sys.stdout.buffer.flush()
    for sentence in (whose(plan), *waits):
        _tell(sentence)


def _tell(sentence: str) -> None:
    sys.stderr.write(f"enrichment: {sentence}\n")


async def _write_lists(
    plan: Plan, document: Mapping[str, Any], found: Findings
) -> None:
    """Write what was asked for: the unresolved rows as CSV, the run as HTML."""
    if plan.unresolved is not None:

        async def named() -> AsyncIterator[LeftOut]:
            for row in found.left_out:
                yield row

        with target.opened(plan.unresolved) as file:
            async for line in left_out_rows.encode(named()):
                file.write(line)
    if plan.html is not None:
        page = replay_report.html(document, found, whose(plan))
        with target.opened(plan.html) as file:
            file.write(page.encode())


def _exit_code(tallies: Sequence[Tally]) -> int:
    if not all(tally.is_well for tally in tallies):
        return 1
    return ExitCode.WAITS if any(t.waiting_for for t in tallies) else 0


def _identified(path: Path) -> dict[str, dict[str, Any]]:
    """Parse PATH as the file spider will; give its identified rows by track id."""
    rows: dict[str, dict[str, Any]] = {}
    told: dict[tuple[str, str], Counter[Any]] = defaultdict(Counter)
    # what is left out is in the crawl's own report
    for row in identified_rows(path, leave_out=lambda _: None):
        rows.setdefault(row["track_id"], dict(row))
        for fact in KNOWN_OF_FILES:
            if row.get(fact) is not None:
                told[row["track_id"], fact][row[fact]] += 1
    if not rows:
        raise InputInvalid(f"{path}: no tracklist with a known track in it")
    # what most rows of files say, as tracks have it
    for (track_id, fact), values in told.items():
        rows[track_id][fact] = values.most_common(1)[0][0]
    return rows


async def _pass(
    plan: Plan,
    run: Stage,
    expected: Mapping[str, Mapping[str, Any]],
    show: Show,
    number: int,
) -> Tally:
    """Crawl, wait for the workers, count."""
    before = await asyncio.to_thread(replay_tally.counts, run)
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
        holds=run.holds,
    )
    run.crawls.append(crawl)
    in_time = await _wait(plan, run, crawl, show, began)
    if not crawl_report.exists():
        raise EnrichmentError(f"the crawl ended without a report:\n{crawl.log_tail()}")
    crawled = orjson.loads(crawl_report.read_bytes())
    tally = await replay_tally.tally(run, expected)
    tally.published = crawled["published"]["confirmed"]
    tally.seconds = perf_counter() - began
    tally.in_time = in_time
    after = await asyncio.to_thread(replay_tally.counts, run)
    calls = grown(after.calls, before.calls)
    # the simulator knows all providers: those that nobody was to ask are told if asked
    told = [name for name in calls if name in plan.providers or calls[name]]
    tally.calls = {name: calls[name] for name in told}
    refusals = grown(after.refusals, before.refusals)
    tally.refusals = {name: refusals[name] for name in told}
    tally.cache = grown(after.cache, before.cache)
    return tally


async def _wait(
    plan: Plan, run: Stage, crawl: Process, show: Show, began: float
) -> bool:
    """Watch until crawl and due work are at their end; say whether that was in time."""
    ahead = waiting.horizon(plan.time_scale)
    while perf_counter() - began < plan.timeout_seconds:
        await asyncio.sleep(LOOK_SECONDS)
        crawling = crawl.running
        await run.look_after_workers()
        counted = await asyncio.to_thread(replay_tally.counts, run)
        rows = await run.pool.fetch(_BY_STATUS)
        show.progress({row["status"]: row["tracks"] for row in rows}, counted.calls)
        if not crawling and await waiting.still_open(run.pool, ahead) == 0:
            return True
    return False
