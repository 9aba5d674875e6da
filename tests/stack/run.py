"""
Bring the whole Compose stack up as its users do, try it, take it down; JSON at the end.

    python -m tests.stack.run [--report FILE] [--picture SVG] [--without SERVICE ...]
        [--minutes NUMBER] [--upgrade]

Needs Docker with Compose and nothing else of ours. Exit code 0 when nothing was lost,
every target is up, every panel has data and nothing is left behind.
"""

import argparse
import json
import os
import shutil
import signal
import sys
import tempfile
import time
from pathlib import Path
from typing import Any

from devstack import forget_named_servers
from tests.stack import crawls
from tests.stack.compose import Compose, StackFault, without_docker
from tests.stack.trial import Trial, say
from tests.stack.upgrade import Upgrade, old_tree

# sysexits.h, EX_UNAVAILABLE
UNAVAILABLE = 69


def main() -> int:
    """Run the trial; print its JSON; give 0 when all is well."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--report", type=Path, help="write the JSON there, too")
    parser.add_argument("--picture", type=Path, help="draw the dashboard as SVG there")
    parser.add_argument("--keep", action="store_true", help="leave the stack running")
    parser.add_argument(
        "--minutes",
        type=float,
        default=10,
        help="after so many no further fault is injected",
    )
    parser.add_argument(
        "--without", nargs="*", default=[], help="services that are not started"
    )
    parser.add_argument(
        "--upgrade",
        action="store_true",
        help="only upgrade a filled stack of an older commit to this version",
    )
    asked = parser.parse_args()
    forget_named_servers()
    if missing := without_docker():
        say(missing)
        return UNAVAILABLE
    # told to end, it takes the stack down, too
    signal.signal(signal.SIGTERM, lambda *_: sys.exit(143))
    if asked.upgrade:
        return upgrade(asked.report)
    began = time.monotonic()
    folder = Path(tempfile.mkdtemp(prefix="stack-test-"))
    trial = None
    more = crawls.prepare(folder)
    stack = Compose.fresh(f"songnodes-stack-test-{os.getpid()}", folder, more)
    try:
        trial = Trial(stack, asked.without, asked.picture)
        trial.faults_until = began + asked.minutes * 60
        trial.run()
    except StackFault as fault:
        if trial is None:
            raise
        trial.check(fault, "ended early")
    finally:
        if not asked.keep:
            say("taking everything down")
            stack.down()
            shutil.rmtree(folder)
    if not asked.keep:
        trial.check(stack.leftovers(), "left behind")
    report = {
        **trial.report,
        "seconds": round(time.monotonic() - began, 1),
        "faults": trial.faults,
    }
    tell(report, asked.report)
    wrong = trial.faults or any(
        report.get(key, 1) for key in ("lost", "targets_down", "dashboard_panels_empty")
    )
    return int(bool(wrong))


def upgrade(report_file: Path | None) -> int:
    """Run the upgrade; print its JSON; return 0 when all is well."""
    began = time.monotonic()
    with tempfile.TemporaryDirectory(prefix="stack-upgrade-") as name:
        folder = Path(name)
        tree = folder / "old"
        tree.mkdir()
        project = f"songnodes-stack-upgrade-{os.getpid()}"
        old = Compose.fresh(project, folder, "", old_tree(tree))
        new = Compose(project, folder, f"{project}-next")
        trial = Upgrade(old, new)
        try:
            trial.run()
        except StackFault as fault:
            trial.check(fault, "ended early")
        finally:
            say("taking everything down")
            new.down()
            old.down()
        trial.check(old.leftovers(), "left behind")
    seconds = round(time.monotonic() - began, 1)
    tell({**trial.report, "seconds": seconds, "faults": trial.faults}, report_file)
    return int(bool(trial.faults))


def tell(report: dict[str, Any], file: Path | None) -> None:
    """Print a report as JSON, and write it to a file if one is given."""
    text = json.dumps(report, indent=2)
    if file:
        file.write_text(text + "\n")
    sys.stdout.write(text + "\n")


if __name__ == "__main__":
    sys.exit(main())
