"""
`make console-test`: the console in a real Chromium, on the demo's rows.

Servers, service, pipeline and browser are real; providers are the simulator. Exit code
1 where a check did not pass.
"""

import argparse
import asyncio
import json
import shutil
import sys
import tempfile
from pathlib import Path

import devstack
from tests.browser import checks
from tests.browser.chromium import PROGRAM

# Synthetic ones beside the demo's, where pages and decisions are timed.
TRACKS = 100_000


def main() -> int:
    """Fill, check, measure, report."""
    asked = _parser().parse_args()
    if not shutil.which(PROGRAM):
        sys.stderr.write(f"there is no {PROGRAM}: make console-test installs it\n")
        return 1
    devstack.forget_named_servers()
    with tempfile.TemporaryDirectory(prefix="console-") as folder:
        report = asyncio.run(checks.report(Path(folder), asked.tracks, asked.only))
    text = json.dumps(report, indent=2)
    sys.stdout.write(f"{text}\n")
    if asked.report:
        asked.report.write_text(text)
    return 0 if checks.passed(report) else 1


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[1])
    add = parser.add_argument
    add("--report", type=Path, help="write the report to this file")
    add(
        "--tracks",
        type=int,
        default=TRACKS,
        help="so many tracks, where it is timed; 0: it is not",
    )
    add("--only", help="checks whose name has one of these, parted by commas")
    return parser


if __name__ == "__main__":
    sys.exit(main())
