"""`python -m devstack`: run a stack at a terminal, ask for its addresses, end it."""

import argparse
import os
import shlex
import shutil
import signal
import sys
from collections.abc import Mapping, Sequence
from pathlib import Path
from types import FrameType

from devstack import apt
from devstack.errors import DevstackError, NoServer
from devstack.stack import SERVERS, open_stack, running_in, wait_until_free

# Programs that tests run, and the packages of Debian and Ubuntu that have them.
_TOOLS = {"promtool": "prometheus", "psql": "postgresql-client"}


def main() -> int:
    """Run the command given on the command line."""
    parser = _parser()
    arguments = parser.parse_args()
    if unknown := set(getattr(arguments, "servers", ())) - set(SERVERS):
        parser.error(f"no server {min(unknown)!r}; there are {', '.join(SERVERS)}")
    try:
        if arguments.command == "up":
            return _up(
                arguments.servers, arguments.folder, management=arguments.management
            )
        if arguments.command == "tools":
            return _tools()
        if arguments.command == "browser":
            return _browser()
        if arguments.command == "env":
            _print(running_in(arguments.folder).environment)
            return 0
        os.kill(running_in(arguments.folder).process, signal.SIGTERM)
        wait_until_free(arguments.folder)
    except DevstackError as error:
        print(f"devstack: {error}", file=sys.stderr)
        return 1
    return 0


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(prog="python -m devstack", description=__doc__)
    commands = parser.add_subparsers(dest="command", required=True)
    up = commands.add_parser("up", help="run servers until Ctrl-C")
    up.add_argument("servers", nargs="*", help=f"default: {' '.join(SERVERS)}")
    up.add_argument("--folder", type=Path, help="keep data here; default: temporary")
    up.add_argument(
        "--management",
        action="store_true",
        help="RabbitMQ with its HTTP API and metrics; starts later for it",
    )
    commands.add_parser("tools", help="install what the tests need beside servers")
    commands.add_parser("browser", help="install Chromium, for `make console-test`")
    for name, purpose in (
        ("env", "print the addresses of the stack that runs in a folder, for eval"),
        ("down", "end the stack that runs in a folder; its data stay"),
    ):
        command = commands.add_parser(name, help=purpose)
        command.add_argument("--folder", type=Path, required=True)
    return parser


def _tools() -> int:
    """Get promtool and psql where apt has them; tests say what is missing elsewhere."""
    missing = [package for tool, package in _TOOLS.items() if not shutil.which(tool)]
    if missing and apt.is_possible():
        apt.install(*missing)
    return 0


def _browser() -> int:
    """Get Chromium; without it, nothing of the console is tried."""
    if not shutil.which("chromium"):
        if not apt.is_possible():
            raise NoServer("there is no chromium, and no apt-get for root to get it")
        apt.install("chromium")
    return 0


def _up(names: Sequence[str], folder: Path | None, *, management: bool) -> int:
    signal.signal(signal.SIGTERM, _interrupt)
    signal.signal(signal.SIGHUP, _interrupt)
    try:
        with open_stack(names or SERVERS, folder, management=management) as stack:
            _print(stack.environment)
            print("# running; Ctrl-C ends it", file=sys.stderr)
            while True:
                signal.pause()
    except KeyboardInterrupt:
        return 0


def _interrupt(_signal: int, _frame: FrameType | None) -> None:
    raise KeyboardInterrupt


def _print(environment: Mapping[str, str]) -> None:
    for name, value in environment.items():
        print(f"export {name}={shlex.quote(value)}", flush=True)


if __name__ == "__main__":
    sys.exit(main())
