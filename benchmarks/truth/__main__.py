"""
Judge the rows of the real pipeline by the hostile world: `make bench-truth`.

Lines of real mixes are crawled, workers ask the simulator, and what then is in
Postgres is compared with what the world knows to be true.
"""

import argparse
import json
import signal
import sys
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

from rich.console import Console
from rich.table import Table

import devstack
from benchmarks.report import machine
from benchmarks.truth import decisions, judging
from benchmarks.truth.judging import Verdict
from benchmarks.truth.running import Asked, run
from provider_simulator.registry import NAMES
from provider_simulator.world.hostile.world import Hostile, hostile_world

PROJECT = Path(__file__).resolve().parents[2]
SHARED_MIXES = PROJECT.parent / "shared/data/tracklists/mixesdb/mixes.jsonl.gz"
RECORDED = PROJECT / "benchmarks/truth_decisions.txt"
WRONG_CALL = 2
# So many differing decisions are told by name.
_MOST_TOLD = 20


def main(arguments: Sequence[str] | None = None) -> int:
    """Return the exit code: 1 where decisions differ, 2 for a call without mixes."""
    asked = _parser().parse_args(arguments)
    mixes = asked.mixes or SHARED_MIXES
    providers = asked.providers.split(",")
    if not mixes.exists():
        return _refuse(f"{mixes} is not there: give real mixes with MIXES=FILE")
    if unknown := set(providers) - set(NAMES):
        return _refuse(f"no provider is called {', '.join(sorted(unknown))}")
    devstack.forget_named_servers()
    # so that servers and workers end with us
    signal.signal(signal.SIGTERM, lambda number, _: sys.exit(128 + number))
    made = hostile_world(mixes, asked.tracks, asked.seed)
    wanted = Asked(
        mixes, asked.tracks, asked.seed, providers, asked.workers, asked.time_scale,
        asked.timeout,
    )  # fmt: skip
    came = run(wanted, made.playlist.mixes)
    judged = judging.judge(came.rows, made)
    document = judging.report(judged, made) | {
        "unread": came.unread,
        "left_out": made.playlist.left_out,
        "calls": came.calls,
        "seconds": came.seconds,
        "seed": asked.seed,
        "machine": machine(),
    }
    if asked.report is not None:
        asked.report.write_text(json.dumps(document, indent=2) + "\n")
    if asked.rows is not None:
        _write_rows(judged, made, asked.rows)
    _show(document)
    return _recorded(asked.decisions, judged)


def _refuse(sentence: str) -> int:
    print(f"bench-truth: {sentence}", file=sys.stderr)
    return WRONG_CALL


def _recorded(mode: str | None, judged: Sequence[Verdict]) -> int:
    """Write the decisions, or compare them with the recorded ones."""
    found = decisions.hashed(judged)
    if mode == "write":
        decisions.write(found, RECORDED)
    if mode != "check":
        return 0
    differing = decisions.differences(decisions.read(RECORDED), found)
    lines = {decisions.track_hash(one): one.row.line for one in judged}
    for one in differing[:_MOST_TOLD]:
        print(f"{one.provider}: {lines.get(one.track, one.track)}")
    if differing:
        print(
            f"bench-truth: {len(differing)} decisions differ from the recorded ones in"
            f" {RECORDED.name}. Where a rule or the world was changed on purpose, write"
            "them again and commit them with the figures of both: make bench-truth"
            " TRACKS=300 DECISIONS=write",
            file=sys.stderr,
        )
    return int(bool(differing))


def _write_rows(judged: Sequence[Verdict], made: Hostile, path: Path) -> None:
    """Write what was judged, a row a line, with the names of what was taken."""
    named = _names(made)
    rows = (
        {
            "line": one.row.line,
            "provider": one.row.provider,
            "present": one.present,
            "verdict": one.verdict,
            "kind": one.kind,
            "taken": named.get(one.row.id or ""),
            "id": one.row.id,
            "question": one.row.question,
        }
        for one in judged
    )
    with path.open("w", encoding="utf-8") as file:
        file.writelines(json.dumps(row, ensure_ascii=False) + "\n" for row in rows)


def _names(made: Hostile) -> dict[str, str]:
    world = made.world
    tracks = {
        t.id: f"{', '.join(a.name for a in t.artists)} - {t.name} [{t.album.title}]"
        for t in world.of("spotify")
    }
    recordings = {
        r.mbid: "".join(c.name + c.join for c in r.credit)
        + f" - {r.title}"
        + (f" ({r.disambiguation})" if r.disambiguation else "")
        + (" (video)" if r.is_video else "")
        for r in world.of("musicbrainz")
    }
    return tracks | recordings


def _show(document: Mapping[str, Any]) -> None:
    table = Table(title=f"{document['tracks']} tracks, rows in Postgres")
    for column in ("provider", "", "n", "right", "wrong", "copy", "ambiguous", "none"):
        table.add_column(column, justify="right" if column else "left")
    for name, counted in document["providers"].items():
        for part in ("present", "absent"):
            counts = counted[part]
            shares = (
                f"{counts[c] / max(1, counts['n']):.2%}" if c in counts else ""
                for c in ("right", "wrong", "copy", "ambiguous", "none")
            )
            table.add_row(name, part, str(counts["n"]), *shares)
    console = Console()
    console.print(table)
    for name in ("wrong_by_kind", "cascades", "unread", "calls", "seconds"):
        console.print(f"{name}: {document[name]}")


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(prog="bench-truth", description=__doc__)
    add = parser.add_argument
    add("--mixes", type=Path, help="mixes as JSON Lines; default: those of ../shared")
    add("--tracks", type=int, default=3_000, help="recordings asked for")
    add(
        "--providers",
        default="spotify,musicbrainz,lastfm",
        help="those asked, by comma",
    )
    add("--report", type=Path, help="JSON of every figure")
    add("--rows", type=Path, help="JSON Lines of every row judged, to read by eye")
    add(
        "--decisions",
        choices=("check", "write"),
        help=f"compare decisions with {RECORDED.name}, or write them again",
    )
    add("--seed", type=int, default=7)
    add("--workers", type=int, default=2)
    add("--time-scale", type=float, default=60.0, help="simulated seconds a second")
    add("--timeout", type=float, default=1_150.0, help="seconds it may take")
    return parser


if __name__ == "__main__":
    sys.exit(main())
