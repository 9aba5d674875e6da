"""
`python -m benchmarks.warm_path`: tracks a second with a warm cache, with peers.

One worker each, in turn in one run, the same tracks on the same servers, several
rounds, medians. What is measured and what is fair about it: docs/benchmarks.md.
"""

import argparse
import asyncio
import json
import subprocess
import sys
from collections.abc import Sequence
from dataclasses import dataclass, field
from pathlib import Path

import devstack
from benchmarks import contestants, measuring, report
from benchmarks import servers as shared
from benchmarks.catalogue import Entry, entries
from benchmarks.contestants import PEERS
from benchmarks.measuring import Run
from benchmarks.servers import Servers
from enrichment.contract import queues


@dataclass
class _Results:
    runs: dict[str, list[Run]] = field(default_factory=dict)
    bare: dict[str, list[Run]] = field(default_factory=dict)
    ceiling: list[float] = field(default_factory=list)
    scaling: dict[int, float] = field(default_factory=dict)
    publishing: dict[str, float] = field(default_factory=dict)


def main(arguments: Sequence[str] | None = None) -> int:
    """Run all rounds and report."""
    asked = _parser().parse_args(arguments)
    if asked.peers and not PEERS.is_dir():
        sys.stderr.write(f"{PEERS} is missing: `make bench` makes it\n")
        return 2
    devstack.forget_named_servers()
    addresses = (asked.rabbitmq_url, asked.redis_url, asked.database_url)
    given = Servers(*addresses) if all(addresses) else None
    if any(addresses) and given is None:
        sys.stderr.write("give the addresses of all three servers, or of none\n")
        return 2
    try:
        with shared.open_servers(given) as servers:
            results = _measure(servers, asked)
    except shared.NotEmpty as error:
        sys.stderr.write(f"{error}\n")
        return 1
    document = report.summary(
        results.runs,
        results.bare,
        results.ceiling,
        results.scaling,
        results.publishing,
        {
            "tracks": asked.tracks,
            "peer_tracks": asked.peer_tracks,
            "rounds": asked.rounds,
            "backlog": asked.backlog,
            "peer_processes": asked.peer_processes,
        },
    )
    report.write(document, asked.report)
    return 0


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(prog="benchmarks.warm_path", description=__doc__)
    parser.add_argument("--report", type=Path, help="write the figures here, as JSON")
    parser.add_argument("--rounds", type=int, default=3)
    parser.add_argument("--tracks", type=int, default=20_000, help="for us")
    parser.add_argument("--peer-tracks", type=int, default=6_000, help="for each peer")
    parser.add_argument("--peers", nargs="*", default=None, help="default: all")
    parser.add_argument(
        "--peer-processes", type=int, default=1, help="where a peer has a choice"
    )
    parser.add_argument("--workers", type=int, nargs="*", default=[1, 2, 4])
    parser.add_argument(
        "--backlog", type=int, default=0, help="more messages behind those of a run"
    )
    for server in ("rabbitmq", "redis", "database"):
        parser.add_argument(
            f"--{server}-url", help="an empty server; all three or none: private ones"
        )
    return parser


def _measure(servers: Servers, asked: argparse.Namespace) -> _Results:
    known = list(entries(max(asked.tracks, asked.peer_tracks)))
    asyncio.run(shared.remember(servers, known))
    peers = [
        peer
        for peer in contestants.peers(asked.peer_processes)
        if asked.peers is None or peer.name in asked.peers
    ]
    results = _Results()
    for number in range(1, asked.rounds + 1):
        _say(f"round {number} of {asked.rounds}")
        results.ceiling.append(_ceiling(servers, known[: asked.tracks]))
        _say(f"  ceiling {results.ceiling[-1]:,.0f}/s")
        for who in (contestants.ours(), *peers, *map(contestants.bare, peers)):
            count = asked.peer_tracks if who.publisher else asked.tracks
            backlog = 0 if who.publisher else asked.backlog
            done = measuring.run(servers, who, known[:count], backlog=backlog)
            runs = results.bare if who.is_bare else results.runs
            runs.setdefault(who.name, []).append(done)
            bare = " (no matching)" if who.is_bare else ""
            _say(f"  {who.name}{bare} {done.per_second:,.0f}/s, {done.rss_mb:.0f} MB")
    for workers in asked.workers:
        done = measuring.run(
            servers, contestants.ours(), known[: asked.tracks], workers=workers
        )
        results.scaling[workers] = done.per_second
        _say(f"{workers} workers {done.per_second:,.0f}/s")
    results.publishing = _publishing(servers, asked.tracks)
    return results


def _ceiling(servers: Servers, some: Sequence[Entry]) -> float:
    asyncio.run(shared.publish(servers, some))
    arguments = (str(len(some)), servers.rabbitmq_url)
    return float(_module(servers, "benchmarks.consume_ceiling", *arguments))


def _publishing(servers: Servers, count: int) -> dict[str, float]:
    measured: dict[str, float] = json.loads(
        _module(servers, "benchmarks.publish", str(count), servers.rabbitmq_url)
    )
    asyncio.run(shared.purge(servers, queues.MAIN_QUEUE))
    return measured


def _module(servers: Servers, *arguments: str) -> str:
    done = subprocess.run(  # noqa: S603 (our own modules)
        [sys.executable, "-m", *arguments],
        env=measuring.environment(servers),
        capture_output=True,
        text=True,
        check=False,
    )
    if done.returncode:
        raise measuring.RunBroken(done.stderr[-2000:])
    return done.stdout


def _say(line: str) -> None:
    sys.stderr.write(line + "\n")
    sys.stderr.flush()


if __name__ == "__main__":
    sys.exit(main())
