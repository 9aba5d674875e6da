"""Runs commands as a shell would, many of them from one warm process (no test)."""

import importlib
import json
import os
import signal
import sys
import tempfile
from pathlib import Path

# Longer than any command that does not wait for ever, seconds.
LONGEST_SECONDS = 60
MODULES = (
    *("cli.actions.cache", "cli.actions.dlq", "cli.actions.doctor"),
    *("cli.actions.explain", "cli.actions.export", "cli.actions.operations"),
    *("cli.actions.plan", "cli.actions.providers", "cli.actions.tracks"),
)


def main() -> None:
    """Read a list of argument lists, print a list of [code, stdout, stderr]."""
    # imported once, used by every fork
    for module in MODULES:
        importlib.import_module(f"enrichment.{module}")
    app = importlib.import_module("enrichment.cli.main").app
    asked = json.load(sys.stdin)
    json.dump([_forked(app, arguments) for arguments in asked], sys.stdout)


def _forked(app: object, arguments: list[str]) -> tuple[int, str, str]:
    with tempfile.TemporaryDirectory() as folder:
        out, err = Path(folder, "out"), Path(folder, "err")
        child = os.fork()
        if child == 0:
            _become(app, arguments, out, err)
        _, status = os.waitpid(child, 0)
        code = os.waitstatus_to_exitcode(status)
        return code, *(p.read_text("utf-8", "replace") for p in (out, err))


def _become(app: object, arguments: list[str], out: Path, err: Path) -> None:
    """Run one command in this process, and end it."""
    code = 70
    try:
        signal.alarm(LONGEST_SECONDS)
        os.dup2(os.open(os.devnull, os.O_RDONLY), 0)
        for number, path in ((1, out), (2, err)):
            os.dup2(os.open(path, os.O_WRONLY | os.O_CREAT), number)
        sys.argv = ["enrichment", *arguments]
        app()  # type: ignore[operator]
    except SystemExit as end:
        code = int(end.code or 0) if not isinstance(end.code, str) else 1
    except Exception:  # noqa: BLE001 (printed as the interpreter prints it)
        sys.excepthook(*sys.exc_info())
    finally:
        sys.stdout.flush()
        sys.stderr.flush()
        os._exit(code)


if __name__ == "__main__":
    main()
