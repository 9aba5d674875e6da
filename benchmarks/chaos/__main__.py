"""`python -m benchmarks.chaos`: kill and restart everything while tracks flow."""

import argparse
import asyncio
import logging
import shutil
import sys
import tempfile
from dataclasses import asdict
from pathlib import Path
from typing import Any

import orjson

from benchmarks.chaos import catalogue, comparing, flow, seeds
from benchmarks.chaos.disturbing import Disturber
from benchmarks.chaos.outages import Outages
from benchmarks.chaos.seeds import Seeding
from benchmarks.chaos.soak import Soak
from devstack import forget_named_servers

# Confirms of seeds may be lost; so many come, spread over the run.
_SEEDS = 21
_PORTIONS = 12
# More than the limits let through, on the providers' clock: a soak ends by the clock.
_SOAK_TRACKS_PER_SECOND = 1.5
_RESUMED_WITHIN_SECONDS = 10.0
_SETTLED = """
what must hold: at least 10 kills; nothing lost; nothing twice; dead letters are the
seeds; no refusal; rows as in the undisturbed run
"""


def main() -> int:
    """Run; give 0 when everything that must hold holds."""
    asked = _parser().parse_args()
    forget_named_servers()
    # that a server is away is no news here
    logging.getLogger("aio_pika").setLevel(logging.CRITICAL)
    logging.getLogger("aiormq").setLevel(logging.CRITICAL)
    folder = Path(tempfile.mkdtemp(prefix="chaos-"))
    report = asyncio.run(_chosen(asked, folder))
    text = orjson.dumps(report, option=orjson.OPT_INDENT_2) + b"\n"
    if asked.report:
        asked.report.write_bytes(text)
    sys.stdout.buffer.write(text)
    holds = bool(report["holds"])
    if holds:
        shutil.rmtree(folder, ignore_errors=True)
    else:
        sys.stderr.write(f"{_SETTLED}logs of the run: {folder}\n")
    return int(not holds)


async def _chosen(asked: argparse.Namespace, folder: Path) -> dict[str, Any]:
    if asked.soak:
        return await _soak(asked, folder)
    if asked.outage:
        return await _outages(asked, folder)
    return await _chaos(asked, folder)


async def _soak(asked: argparse.Namespace, folder: Path) -> dict[str, Any]:
    tracks = int(asked.soak * 60 * _SOAK_TRACKS_PER_SECOND * asked.time_scale)
    world = catalogue.invent(folder / "sets", tracks, _PORTIONS, asked.seed)
    pace = flow.paced(asked.time_scale)
    (folder / "soak").mkdir()
    async with flow.opened(world, folder / "soak", asked.workers, pace) as run:
        soak = Soak(run, asked.soak)
        await flow.flow(run, asked.soak * 60 + 10, lambda _: [soak.watch()])
        facts = soak.facts()
        refusals = flow.calls(run)["refused"]
        holds = facts["flat"] and facts["rss_under_120_mb"] and not refusals
        return {**facts, "refusals": refusals, "holds": holds}


async def _outages(asked: argparse.Namespace, folder: Path) -> dict[str, Any]:
    world = catalogue.invent(folder / "sets", asked.tracks, _PORTIONS, asked.seed)
    pace = flow.paced(asked.time_scale)
    (folder / "outages").mkdir()
    async with flow.opened(world, folder / "outages", asked.workers, pace) as run:
        outages = Outages(run, asked.outage)
        await flow.flow(run, asked.timeout, lambda _: [outages.act()])
        letters = await seeds.dead_letters(Seeding(run.stack.rabbitmq.url, 0, 0))
        resumed = outages.resumed_seconds
        return {
            "resumed_seconds": resumed,
            "dead_lettered": letters.distinct,
            "states": dict(run.states),
            "refusals": flow.calls(run)["refused"],
            "seconds": round(run.seconds, 1),
            "holds": run.in_time
            and not letters.distinct
            and all(s < _RESUMED_WITHIN_SECONDS for s in resumed.values()),
        }


async def _chaos(asked: argparse.Namespace, folder: Path) -> dict[str, Any]:
    world = catalogue.invent(folder / "sets", asked.tracks, _PORTIONS, asked.seed)
    for name in ("undisturbed", "chaos"):
        (folder / name).mkdir()
    reference = await _reference(asked, world, folder)
    pace = flow.paced(asked.time_scale)
    async with flow.opened(world, folder / "chaos", asked.workers, pace) as run:
        seeding = Seeding(run.stack.rabbitmq.url, _SEEDS, every_seconds=5.0)
        disturber = Disturber(run, asked.seed, asked.every, asked.kills)
        await flow.flow(
            run, asked.timeout, lambda _: (seeding.run(), disturber.disturb())
        )
        seconds = run.seconds
        letters = await _letters(seeding)
        rows = await flow.rows(run)
        calls = flow.calls(run)
        ended = sum(worker.ended for worker in run.workers)
    difference = comparing.compare(rows, reference)
    states = {name: run.states.get(name, 0) for name in _STATES}
    known = {key[0] for key in rows["tracks"]}
    unfinished = states["in_progress"] if not run.in_time else 0
    report: dict[str, Any] = {
        "kills": disturber.kills.total(),
        "published": sum(run.states.values()) - states["pending"],
        "done": states["completed"],
        "waiting": states["partial"] + states["pending"],
        "parked": states["failed"],
        "dead_lettered": letters.distinct,
        "seeded_malformed": len(seeding.sown),
        "lost": len(world.tracks.keys() - known) + unfinished,
        "duplicates_in_effect": difference.extras,
        "refusals": calls["refused"],
        "seconds": round(seconds, 1),
        "tracks": len(world.tracks),
        "workers": asked.workers,
        "kills_by_part": dict(disturber.kills),
        "stops_by_part": dict(disturber.stops),
        "workers_ended_by_themselves": ended,
        "crawls_started": run.crawls.started,
        "calls": calls["answered"],
        "dead_letters": asdict(letters),
        "rows_equal": difference.equal,
        "rows": asdict(difference),
        "in_time": run.in_time,
    }
    report["holds"] = _holds(report, asked.kills)
    return report


_STATES = ("pending", "in_progress", "partial", "completed", "failed")


def _holds(report: dict[str, Any], kills: int) -> bool:
    letters = report["dead_letters"]
    return bool(
        report["kills"] >= kills
        and report["in_time"]
        and report["rows_equal"]
        and not letters["missing"]
        and not letters["strangers"]
        and not any(
            report[name] for name in ("lost", "duplicates_in_effect", "refusals")
        )
    )


async def _reference(
    asked: argparse.Namespace, world: catalogue.Catalogue, folder: Path
) -> comparing.Rows:
    pace = flow.unpaced()
    async with flow.opened(world, folder / "undisturbed", asked.workers, pace) as run:
        await flow.flow(run, asked.timeout)
        sys.stderr.write(
            f"undisturbed: {dict(run.states)} in {run.seconds:.0f} s,"
            f" calls {dict(flow.calls(run))}\n"
        )
        if not run.in_time:
            raise RuntimeError("the undisturbed run did not finish in time")
        return await flow.rows(run)


async def _letters(seeding: Seeding) -> seeds.DeadLetters:
    """Wait a little for the last ones on their way."""
    letters = await seeds.dead_letters(seeding)
    for _ in range(30):
        if not letters.missing:
            break
        await asyncio.sleep(1)
        letters = await seeds.dead_letters(seeding)
    return letters


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(
        prog="python -m benchmarks.chaos", description=__doc__
    )
    add = parser.add_argument
    add("--report", type=Path, metavar="FILE", help="write the JSON there, too")
    add("--tracks", type=int, default=20_000)
    add("--workers", type=int, default=3, help="the last serves the backlog")
    add("--kills", type=int, default=10, help="at least so many with -9")
    add("--every", type=float, default=6.0, help="seconds between disturbances")
    add("--time-scale", type=float, default=40.0, help="how fast the providers' clock")
    add("--seed", type=int, default=7)
    add("--timeout", type=float, default=3600.0, help="seconds for either run")
    add("--soak", type=float, metavar="MINUTES", help="no kills: memory over time")
    add("--outage", type=float, metavar="SECONDS", help="no kills: servers stopped")
    return parser


if __name__ == "__main__":
    sys.exit(main())
