"""
Hold issue 4's claims to the simulator's count: `python -m benchmarks.budget_use`.

Private servers, workers as processes, the providers' clock sped up and every limit with
it. A machine that is busy otherwise makes calls late and shares low: the load is in
the report.
"""

import argparse
import asyncio
import json
import sys
from collections.abc import Callable, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, fields, is_dataclass
from pathlib import Path
from time import perf_counter
from typing import Any

import asyncpg
from rich.console import Console
from rich.table import Table

import devstack
from benchmarks.budget_cases import (
    allowance,
    batches,
    black_hole,
    failing,
    network,
    odd,
    overhead,
    plans,
    real_pace,
    redis_away,
    refused,
    renewals,
    sharing,
)
from benchmarks.budget_cases.rig import PROVIDERS, Servers
from benchmarks.report import machine
from enrichment.store import migrations

WORKERS = (1, 2, 4, 8)


@dataclass(frozen=True, slots=True)
class Claim:
    """One line of the table."""

    says: str
    measured: str
    holds: bool
    figures: Any


def main(arguments: Sequence[str] | None = None) -> int:
    """Run the cases asked for; 1 when a claim does not hold."""
    asked = _parser().parse_args(arguments)
    devstack.forget_named_servers()
    claims: dict[str, list[dict[str, Any]]] = {}
    table = Table("case", "claim", "measured", "holds")
    with _servers() as servers:
        for name in asked.only or CASES:
            began = perf_counter()
            made = CASES[name](servers, asked)
            claims[name] = [plain(claim) for claim in made]
            for claim in made:
                table.add_row(name, claim.says, claim.measured, str(claim.holds))
            seconds = perf_counter() - began
            print(f"{name}: {seconds:.0f} s", file=sys.stderr)  # noqa: T201 (progress)
    document = {"claims": claims, "machine": machine()}
    if asked.report is not None:
        asked.report.write_text(json.dumps(document, indent=2, default=plain) + "\n")
    Console().print(table)
    return int(not all(c["holds"] for made in claims.values() for c in made))


def plain(value: Any) -> Any:  # noqa: ANN401 (whatever a case has measured)
    """Return a value as JSON knows it; `asdict` counts the pairs of a Counter."""
    if is_dataclass(value):
        return {each.name: getattr(value, each.name) for each in fields(value)}
    return str(value)


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(prog="budget_use", description=__doc__)
    parser.add_argument("--report", type=Path, help="JSON of every figure")
    parser.add_argument("--only", action="append", choices=list(CASES))
    parser.add_argument("--tracks", type=int, default=5000, help="of case workers")
    parser.add_argument(
        "--workers", type=int, action="append", help="of case workers: 1, 2, 4, 8"
    )
    parser.add_argument(
        "--hole", action="append", choices=PROVIDERS, help="of case black-hole: all"
    )
    parser.add_argument("--time-scale", type=float, default=10.0)
    return parser


@contextmanager
def _servers() -> Any:  # noqa: ANN401 (a generator of Servers)
    with devstack.open_stack() as stack:

        async def migrate() -> None:
            connection = await asyncpg.connect(stack.postgres.url)
            await migrations.up(connection)
            await connection.close()

        asyncio.run(migrate())
        yield Servers(
            stack.postgres.url, stack.redis.url, stack.rabbitmq.url, stack.redis
        )


def _workers(servers: Servers, asked: argparse.Namespace) -> list[Claim]:
    uses = [
        allowance.run(servers, tracks=asked.tracks, scale=asked.time_scale, workers=n)
        for n in asked.workers or WORKERS
    ]
    rates = [use.tracks_per_second for use in uses]
    over = [
        f"{name} {most} in {allowance.WINDOWS[name][1]:.0f} s, {use.workers} workers"
        for use in uses
        for name, most in use.busiest.items()
        if most > allowance.WINDOWS[name][0]
    ]
    spread = {
        name: max(u.calls[name] for u in uses) / min(u.calls[name] for u in uses) - 1
        for name in uses[0].calls
    }
    used = min(max(use.used.values()) for use in uses)
    return [
        Claim("no window over its limit", ", ".join(over) or "none", not over, uses),
        Claim("0 refusals", str(sum(u.refusals for u in uses)),
              not any(u.refusals for u in uses), None),
        Claim("throughput of 1, 2, 4, 8 workers within 10 %",
              ", ".join(f"{rate:.1f}/s" for rate in rates),
              min(rates) >= 0.9 * max(rates), rates),
        Claim("95 % of the bottleneck's calls used", f"{used:.1%}", used >= 0.95, used),
        Claim("calls per provider within 2 %",
              ", ".join(f"{name} {share:.1%}" for name, share in spread.items()),
              max(spread.values()) <= 0.02, spread),
    ]  # fmt: skip


def _batches(servers: Servers, _: argparse.Namespace) -> list[Claim]:
    made = []
    for by_isrc, coverage, most in (
        (False, "full", batches.MOST_CALLS_BY_NAME),
        (False, "festival", batches.MOST_CALLS_BY_NAME),
        (True, "full", batches.MOST_CALLS_BY_ISRC),
    ):
        came = batches.run(
            servers, tracks=1000, scale=40, by_isrc=by_isrc, coverage=coverage
        )
        kind = "ISRC" if by_isrc else f"name, {coverage} coverage"
        made += [
            Claim(f"≤ {most} MusicBrainz calls for 1,000 tracks by {kind}",
                  f"{came.calls_per_thousand:.0f}", came.calls_per_thousand <= most,
                  came),
            Claim(f"same matches as one by one, by {kind}",
                  f"{came.differing} differ", came.differing == 0, None),
        ]  # fmt: skip
    return made


def _copies(servers: Servers, _: argparse.Namespace) -> list[Claim]:
    made = []
    for says, most, kill_owner in (
        ("500 copies to 8 workers: 1 call per provider", 1, False),
        ("the lease's owner killed in the call: at most 2", 2, True),
    ):
        calls = sharing.copies_of_one_track(
            servers, copies=500, workers=8, kill_owner=kill_owner
        )
        made.append(Claim(says, str(calls), max(calls.values()) <= most, calls))
    return made


def _warm(servers: Servers, _: argparse.Namespace) -> list[Claim]:
    slow, fast = (
        sharing.warm_pass(servers, tracks=300, scale=scale) for scale in (10, 40)
    )
    ratio = slow.second_seconds / fast.second_seconds
    return [
        Claim("second pass: 0 calls", f"{slow.second_calls + fast.second_calls}",
              slow.second_calls + fast.second_calls == 0, [slow, fast]),
        Claim("warm pass takes as long with limits four times as wide",
              f"{slow.second_seconds:.2f} s and {fast.second_seconds:.2f} s",
              0.5 <= ratio <= 2, ratio),
    ]  # fmt: skip


def _refused(servers: Servers, _: argparse.Namespace) -> list[Claim]:
    came = refused.run(servers, tracks=600, workers=8, scale=10, real_seconds=90)
    others = came.others_per_second / came.others_per_second_before
    return [
        Claim("no call on the bench, over restart and empty Redis",
              f"{came.during}, {came.in_flight} in flight", came.during == 0, came),
        Claim("one probe", f"{came.beside_probe} beside it", not came.beside_probe,
              None),
        Claim("the others' pace within 10 %", f"{others:.0%}", 0.9 <= others <= 1.1,
              others),
    ]  # fmt: skip


def _failing(servers: Servers, _: argparse.Namespace) -> list[Claim]:
    came = failing.run(servers, tracks=300, scale=40, faulty_seconds=90)
    return [
        Claim("an hour of 30 % failures: no false absence",
              f"{came.false_absences} in {came.faults} faults",
              came.false_absences == 0, came),
        Claim("rows end equal to a clean run's", f"{came.differing_rows} differ",
              came.differing_rows == 0, None),
    ]  # fmt: skip


def _odd(servers: Servers, _: argparse.Namespace) -> list[Claim]:
    came = odd.run(servers, tracks=500, scale=40)
    return [
        Claim("5 % of answers odd: rows equal to a calm run's",
              f"{len(came.differing)} differ, {came.faults} odd answers",
              not came.differing, came),
        Claim("at most 10 % more calls", f"{came.more_calls:.1%}",
              came.more_calls <= 0.1, None),
        Claim("no bench longer than the first rung",
              f"{came.longest_bench:.0f} simulated s",
              came.longest_bench <= odd.LONGEST_BENCH, None),
        Claim("no storm of token requests", f"{came.token_calls} more than calm",
              came.token_calls <= odd.MORE_TOKENS, None),
        Claim("no form of calling is given up", ", ".join(came.closed) or "none",
              not came.closed, None),
    ]  # fmt: skip


def _redis(servers: Servers, _: argparse.Namespace) -> list[Claim]:
    came = redis_away.run(servers, tracks=1500, scale=10, workers=4, seconds=30)
    return [
        Claim("Redis away for 30 s: no window over its limit",
              ", ".join(came.over) or "none", not came.over and not came.refusals,
              came),
        Claim("no track lost", str(came.lost), came.lost == 0, None),
        Claim("no provider is asked", f"{came.calls_during} calls",
              came.calls_during == 0, came.calls_during),
    ]  # fmt: skip


def _renewals(servers: Servers, _: argparse.Namespace) -> list[Claim]:
    extended, development = (
        renewals.run(servers, tracks=1000, workers=2, scale=40, extended=mode)
        for mode in (True, False)
    )
    # full calls, and one at the start and one at the end that may not be
    most = extended.tracks // renewals.IDS_IN_A_CALL + 2
    return [
        Claim(f"1,000 known tracks by id, extended quota: at most {most} calls",
              f"{extended.calls}, then {extended.calls_again}",
              max(extended.calls.total(), extended.calls_again.total()) <= most
              and not extended.refused, extended),
        Claim("the same, development mode: singly; refused once when nothing is known",
              f"{development.calls}, then {development.calls_again}",
              development.refused == 1
              and development.calls == {"track": development.tracks},
              development),
    ]  # fmt: skip


def _plans(_: Servers, __: argparse.Namespace) -> list[Claim]:
    made = [plans.run(subject, scale) for subject, scale in plans.INPUTS]
    return [
        Claim(f"predicted within 15 %: {one.subject}, {one.tracks} tracks",
              f"{one.predicted_seconds:.1f} s, took {one.seconds:.1f} s",
              one.error <= 0.15, one)
        for one in made
    ]  # fmt: skip


def _real_pace(_: Servers, __: argparse.Namespace) -> list[Claim]:
    one, four = (real_pace.run(workers) for workers in real_pace.WORKERS)
    both = (one, four)
    spread = max(abs(four.calls[name] / one.calls[name] - 1) for name in one.calls)
    per_thousand = max(came.musicbrainz_per_thousand for came in both)
    again = max(came.calls_again / sum(came.calls.values()) for came in both)
    return [
        Claim("real pace, 1 and 4 workers: the same outcomes",
              f"{one.outcomes['completed']} and {four.outcomes['completed']} completed",
              one.outcomes == four.outcomes, both),
        Claim("all calls within 2 %", f"{spread:.1%}", spread <= 0.02, spread),
        Claim("at most 60 MusicBrainz calls for 1,000 tracks",
              f"{per_thousand:.0f}", per_thousand <= 60, per_thousand),
        Claim("second pass: 0 calls", f"{again:.1%}", again <= 0.01, again),
    ]  # fmt: skip


def _network(servers: Servers, _: argparse.Namespace) -> list[Claim]:
    near, far = (
        network.passed(servers, name, tracks=120, scale=1, workers=1)
        for name in ("near", "far")
    )
    more = sum(far.calls.values()) / sum(near.calls.values()) - 1
    return [
        Claim("far over TLS, real pace: all completed",
              f"{far.completed} of {far.tracks}",
              far.completed == far.tracks, [near, far]),
        Claim("far: calls within 3 % of near", f"{more:+.1%}", abs(more) <= 0.03, None),
        Claim("near and far: 0 refusals", f"{near.refusals}, {far.refusals}",
              not near.refusals + far.refusals, None),
    ]  # fmt: skip


def _black_hole(servers: Servers, asked: argparse.Namespace) -> list[Claim]:
    holes = [
        black_hole.run(servers, provider=provider, kind=kind)
        for provider in asked.hole or PROVIDERS
        for kind in black_hole.KINDS
    ]
    return [claim for hole in holes for claim in _hole(hole)]


def _hole(hole: black_hole.BlackHole) -> list[Claim]:
    where = f"{hole.provider}, {hole.kind}"
    return [
        Claim(f"{where}: the others keep 90 % of their pace",
              f"{hole.share:.0%} of that beside it, {hole.share_of_allowed:.0%} of"
              " what their allowances let through",
              hole.share >= 0.9, hole),
        Claim("0 refusals", str(hole.refusals), not hole.refusals, None),
        Claim("it is told by log, metric and doctor",
              f"{hole.says} lines, reachable {hole.reachable:.0f}",
              hole.says >= 1 and hole.reachable == 0
              and f"{hole.provider} as workers reach it" in hole.doctor, None),
    ]  # fmt: skip


def _overhead(servers: Servers, _: argparse.Namespace) -> list[Claim]:
    came = asyncio.run(overhead.run(servers.redis_url, tracks=5000))
    return [
        Claim("Redis memory per cached track", f"{came.bytes_per_track:,.0f} bytes",
              came.bytes_per_track < 10_000, came),
        Claim("overhead per call",
              f"{came.round_trips_per_call:.1f} round trips,"
              f" {came.milliseconds_per_call:.2f} ms",
              came.milliseconds_per_call < 50, None),
    ]  # fmt: skip


CASES: Mapping[str, Callable[[Servers, argparse.Namespace], list[Claim]]] = {
    "workers": _workers,
    "batches": _batches,
    "copies": _copies,
    "warm": _warm,
    "refused": _refused,
    "failing": _failing,
    "odd": _odd,
    "redis": _redis,
    "renewals": _renewals,
    "plans": _plans,
    "pace": _real_pace,
    "network": _network,
    "black-hole": _black_hole,
    "overhead": _overhead,
}

if __name__ == "__main__":
    sys.exit(main())
