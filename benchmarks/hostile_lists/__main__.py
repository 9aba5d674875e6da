"""
CPU time and memory of every reader; damaged files raise the readers' own error only.

Usage: python -m benchmarks.hostile_lists [--size MB] [--damaged N] [--report FILE]

Each file is read by a process of its own. Memory is the most that this process held
more than after its imports, divided by the size of the file.
"""

import argparse
import json
import random
import subprocess
import sys
import tempfile
import time
from collections import Counter
from collections.abc import Iterator
from pathlib import Path

from benchmarks.hostile_lists import lines
from benchmarks.hostile_lists.large import KINDS
from benchmarks.own_memory import most_held
from enrichment.cli.actions import parse_lines
from scrapers.tracklists.tracklist import TracklistError

SEED = 20
MEGABYTE = 1024 * 1024
# The bounds of the issue "Tracklists as people paste them".
MOST_SECONDS_A_MB = 2.0
MOST_TIMES_MEMORY = 20.0
SAMPLE_BYTES = 6_000
MOST_CHANGES = 12


def measured(path: Path) -> dict[str, object]:
    """Read one file here; give its figures."""
    before = most_held()
    began = time.process_time()
    content = path.read_bytes()
    size, rows, refused = len(content), 0, None
    try:
        parsed = parse_lines.tracklists(content)
        del content
        rows = sum(1 for _ in parse_lines.rows(parsed))
    except TracklistError as error:
        refused = str(error)
    seconds = time.process_time() - began
    grown = most_held() - before
    return {
        "mb": round(size / MEGABYTE, 2),
        "rows": rows,
        "refused": refused,
        "seconds_a_mb": round(seconds * MEGABYTE / size, 3),
        "times_memory": round(grown / size, 1),
    }


def in_a_process(content: bytes) -> dict[str, object]:
    """Read content in a process of its own."""
    with tempfile.NamedTemporaryFile() as file:
        file.write(content)
        file.flush()
        done = subprocess.run(  # noqa: S603 (this module)
            [sys.executable, "-m", "benchmarks.hostile_lists", "--read", file.name],
            capture_output=True,
            check=True,
        )
    figures: dict[str, object] = json.loads(done.stdout)
    return figures


def damaged(rounds: int) -> Counter[str]:
    """Read random bytes and changed files; count the results."""
    chance = random.Random(SEED)  # noqa: S311 (no secret)
    kinds = [make(SAMPLE_BYTES) for make in KINDS.values()]
    outcomes: Counter[str] = Counter()
    for number in range(rounds):
        content = _changed(kinds[number % len(kinds)], chance)
        if number % 10 == 0:
            content = chance.randbytes(chance.randrange(1, SAMPLE_BYTES))
        try:
            parse_lines.tracklists(content)
        except TracklistError as error:
            outcomes[type(error).__name__] += 1
        except Exception as error:  # noqa: BLE001 (what must not be is counted)
            outcomes[f"FAULT {type(error).__name__}: {error}"] += 1
        else:
            outcomes["read"] += 1
    return outcomes


def _changed(content: bytes, chance: random.Random) -> bytes:
    """Return content with a few bytes changed, left out or repeated."""
    changed = bytearray(content)
    for _ in range(chance.randrange(1, MOST_CHANGES)):
        place = chance.randrange(len(changed))
        length = chance.randrange(1, 40)
        match chance.randrange(4):
            case 0:
                changed[place] = chance.randrange(256)
            case 1:
                del changed[place : place + length]
            case 2:
                changed[place:place] = changed[place : place + length] * 3
            case _:
                changed[place : place + length] = chance.randbytes(length)
    return bytes(changed) or b"\0"


def figures(megabytes: int) -> Iterator[tuple[str, dict[str, object]]]:
    """Yield the figures of every large file and every file of adversarial lines."""
    for name, make in KINDS.items():
        for size in sorted({1, megabytes}):
            yield f"{name}, {size} MB", in_a_process(make(size * MEGABYTE))
    for name, content in lines.files(MEGABYTE):
        yield name, in_a_process(content)


def is_bad(found: dict[str, object]) -> bool:
    """Return whether a file took more time or memory than the issue grants."""
    return (
        float(str(found["seconds_a_mb"])) > MOST_SECONDS_A_MB
        or float(str(found["times_memory"])) > MOST_TIMES_MEMORY
    )


def main() -> int:
    """Run the command."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--size", type=int, default=10, help="MB of a large file (10)")
    parser.add_argument("--damaged", type=int, default=20_000, help="damaged files")
    parser.add_argument("--report", type=Path, help="write the figures to this file")
    parser.add_argument("--read", type=Path, help=argparse.SUPPRESS)
    asked = parser.parse_args()
    if asked.read:
        print(json.dumps(measured(asked.read)))
        return 0
    found = {}
    for name, one in figures(asked.size):
        found[name] = one
        print("BAD" if is_bad(one) else "ok ", name, json.dumps(one), flush=True)
    outcomes = damaged(asked.damaged)
    print("damaged files:", dict(outcomes))
    if asked.report:
        asked.report.write_text(json.dumps(found | {"damaged": outcomes}, indent=2))
    faults = any(name.startswith("FAULT") for name in outcomes)
    return int(faults or any(map(is_bad, found.values())))


if __name__ == "__main__":
    sys.exit(main())
