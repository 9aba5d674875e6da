"""`python -m benchmarks.gauntlet`: good tracks beside everything hostile at once."""

import argparse
import asyncio
import logging
import shutil
import sys
import tempfile
from collections.abc import Callable, Coroutine
from pathlib import Path
from time import monotonic
from typing import Any

import orjson

from benchmarks.chaos import catalogue, flow
from benchmarks.chaos.catalogue import Catalogue
from benchmarks.gauntlet import (
    acts_at_doors,
    acts_at_servers,
    ground,
    outcome,
    watching,
)
from benchmarks.gauntlet.ground import Ground
from benchmarks.gauntlet.watching import Seen
from devstack import forget_named_servers
from rehearsal.processes import LOG_TAIL_LINES

_PORTIONS = 10
_LOOK_SECONDS = 1.0
_READY_SECONDS = 60.0
# Good tracks come over this share of the least time.
_SPREAD_SHARE = 0.8
_ACTS: tuple[Callable[[Ground], Coroutine[None, None, None]], ...] = (
    acts_at_servers.forged_messages,
    acts_at_servers.damaged_keys,
    acts_at_servers.slow_redis,
    acts_at_servers.postgres,
    acts_at_doors.half_sent,
    acts_at_doors.odd_requests,
    acts_at_doors.looks_at_letters,
    acts_at_doors.bad_files_parsed,
)


def main(arguments: list[str] | None = None) -> int:
    """Run; return 0 when everything that must hold holds."""
    asked = _parser().parse_args(arguments)
    forget_named_servers()
    logging.getLogger("aio_pika").setLevel(logging.CRITICAL)
    logging.getLogger("aiormq").setLevel(logging.CRITICAL)
    folder = Path(tempfile.mkdtemp(prefix="gauntlet-"))
    report = asyncio.run(_run(asked, folder))
    text = orjson.dumps(report, option=orjson.OPT_INDENT_2) + b"\n"
    if asked.report:
        asked.report.write_bytes(text)
    sys.stdout.buffer.write(text)
    if not report["broken"]:
        shutil.rmtree(folder, ignore_errors=True)
        return 0
    sys.stderr.write(f"{'; '.join(report['broken'])}\nlogs of the run: {folder}\n")
    return 1


async def _run(asked: argparse.Namespace, folder: Path) -> dict[str, Any]:
    world = catalogue.invent(folder / "sets", asked.tracks, _PORTIONS, asked.seed)
    calm = await _calm(asked, world, folder)
    seen = Seen()
    began = monotonic()
    (folder / "hostile").mkdir()
    async with ground.opened(
        world,
        folder / "hostile",
        workers=asked.workers,
        scale=asked.time_scale,
        spoilt=asked.spoilt,
    ) as run:
        in_time = await _survived(asked, run, seen)
        figures = await outcome.figures(run, seen, calm)
    return {
        **figures,
        "in_time": in_time,
        "seconds": round(monotonic() - began, 1),
        "broken": outcome.broken(figures),
    }


async def _calm(
    asked: argparse.Namespace, world: Catalogue, folder: Path
) -> outcome.Values:
    """Run once without anything hostile, for the values to compare with."""
    (folder / "calm").mkdir()
    async with flow.opened(
        world, folder / "calm", asked.workers, flow.unpaced()
    ) as run:
        await flow.flow(run, asked.timeout)
        if not run.in_time:
            raise RuntimeError("the calm run did not finish in time")
        return await outcome.values(run.stack.postgres.url, list(world.tracks))


async def _survived(asked: argparse.Namespace, run: Ground, seen: Seen) -> bool:
    """Let everything happen at once; say whether all were completed in time."""
    await _until_ready(run)
    began = monotonic()
    spread = asked.seconds * _SPREAD_SHARE
    tasks = [
        asyncio.ensure_future(act)
        for act in (
            acts_at_servers.good_messages(run, spread),
            _crawled(run, spread),
            watching.health(run, seen),
            watching.memory(run, seen),
            *(act(run) for act in _ACTS),
        )
    ]
    try:
        while (passed := monotonic() - began) < asked.timeout:
            await asyncio.sleep(_LOOK_SECONDS)
            for task in tasks:
                if task.done():
                    task.result()
            seen.completed = await watching.completed(run) or seen.completed
            if passed >= asked.seconds and seen.completed == len(run.good):
                return True
        return False
    finally:
        for task in tasks:
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)
        run.slow_redis.delay_seconds = 0.0


async def _until_ready(run: Ground) -> None:
    url = f"http://127.0.0.1:{run.service_port}/healthz"
    end = monotonic() + _READY_SECONDS
    while not await asyncio.to_thread(watching.is_well, url):
        if monotonic() > end:
            process = run.service.process
            said = process.log_tail() if process else ""
            raise RuntimeError(
                f"the service is not well; its last {LOG_TAIL_LINES} lines:\n{said}"
            )
        await asyncio.sleep(_LOOK_SECONDS)


async def _crawled(run: Ground, spread: float) -> None:
    """Crawl folder after folder, over some time."""
    pause = spread / len(run.crawls.portions)
    while not run.crawls.finished:
        began = monotonic()
        await run.crawls.crawl_next()
        run.done["folders crawled beside bad files"] += 1
        await asyncio.sleep(max(0.0, began + pause - monotonic()))


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(
        prog="python -m benchmarks.gauntlet", description=__doc__
    )
    add = parser.add_argument
    add("--report", type=Path, metavar="FILE", help="write the JSON there, too")
    add("--tracks", type=int, default=500, help="good tracks (500)")
    add("--workers", type=int, default=3, help="the last serves the backlog (3)")
    add("--seconds", type=float, default=150.0, help="it lasts at least so long (150)")
    add("--timeout", type=float, default=480.0, help="and at most so long (480)")
    add("--time-scale", type=float, default=4.0, help="of the providers' clock (4)")
    add("--spoilt", type=float, default=0.05, help="share of answers spoilt (0.05)")
    add("--seed", type=int, default=7, help="of the invented tracks (7)")
    return parser


if __name__ == "__main__":
    sys.exit(main())
