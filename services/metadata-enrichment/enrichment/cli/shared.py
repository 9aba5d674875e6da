"""What all commands share: settings or one line why not, a loop, an exit code."""

import asyncio
import os
import sys
import traceback
from collections.abc import Coroutine, Iterator
from pathlib import Path
from typing import Annotated, Any, NoReturn

import typer

from enrichment.cli.errors_told import AS_JSON, error_line
from enrichment.cli.streams import tell
from enrichment.contract.exit_codes import ExitCode

# Commands import what they need themselves: `parse` must not wait for aio-pika.

# docs/commands.md says what each means.
WRONG_CALL = ExitCode.WRONG_CALL
NOT_A_TRACKLIST, NO_INPUT = ExitCode.INPUT_INVALID, ExitCode.INPUT_MISSING
UNAVAILABLE, DEFECT = ExitCode.SERVER_AWAY, ExitCode.DEFECT
CANNOT_CREATE, NO_PERMISSION = ExitCode.CANNOT_CREATE, ExitCode.NO_PERMISSION
MISCONFIGURED = ExitCode.MISCONFIGURED

# A query of `match` with its candidates: a hundred of them have some 50 kB.
LONGEST_LINE_BYTES = 16 * 1024 * 1024

InputFile = Annotated[
    Path,
    typer.Argument(
        help="A file, or - for standard input.", allow_dash=True, metavar="FILE|-"
    ),
]
Yes = Annotated[bool, typer.Option("--yes", help="Do it without asking.")]
AsJson = Annotated[bool, typer.Option(AS_JSON, help="For programs, errors too.")]
# of commands that print JSON Lines whatever is asked for
ErrorsAsJson = Annotated[
    bool, typer.Option(AS_JSON, help="Errors are JSON too; the rest is in any case.")
]


def examples(*lines: str) -> str:
    """Return what is below the help of a command: calls that can be copied."""
    return "\n\n".join(("Examples:", *lines))


def load_settings(**changed: object) -> Any:  # noqa: ANN401 (Settings, imported lazily)
    """Read the environment; what is given on the command line wins."""
    from enrichment import logs
    from enrichment.app import settings
    from enrichment.errors import ConfigurationError

    try:
        loaded = settings.load()
    except ConfigurationError as error:
        fail(str(error), MISCONFIGURED)
    colours = sys.stderr.isatty() and not os.environ.get("NO_COLOR")
    logs.configure(loaded.log_level, colours=colours)
    given = {name: value for name, value in changed.items() if value is not None}
    return loaded.model_copy(update=given)


def run(
    act: Any,  # noqa: ANN401 (gives a coroutine, made inside the loop)
    runner: Any = asyncio.run,  # noqa: ANN401 (asyncio.run or uvloop.run)
) -> None:
    """Run a command whose coroutine returns its exit code, or None for 0."""
    code = result_of(act, runner)
    if code:
        raise typer.Exit(code)


def result_of(
    act: Any,  # noqa: ANN401 (as above)
    runner: Any = asyncio.run,  # noqa: ANN401 (as above)
) -> Any:  # noqa: ANN401 (what the coroutine returns)
    """Return what a coroutine returns; a known fault is one line and an exit code."""

    async def go() -> Any:  # noqa: ANN401 (as above)
        coroutine: Coroutine[Any, Any, Any] = act()
        return await coroutine

    try:
        return runner(go())
    except KeyboardInterrupt:
        raise typer.Exit(ExitCode.INTERRUPTED) from None
    except typer.Exit:
        raise
    except Exception as error:  # noqa: BLE001 (whatever it is, it ends the command)
        from enrichment.cli import faults
        from enrichment.contract.texts import own_secrets

        if known := faults.told(error):
            fail(*known)
        # a fault of ours: told whole, but a driver's text may hold an address
        tell(own_secrets.hidden(traceback.format_exc()), error=True)
        fail(f"a fault of ours, please report it: {type(error).__name__}", DEFECT)


def confirm(loss: str, *, yes: bool) -> None:
    """Name what will be lost and ask; without a terminal only `--yes` continues."""
    if yes:
        return
    if not sys.stdin.isatty():
        fail(f"{loss} Nothing was done: give --yes to do it.", WRONG_CALL)
    typer.confirm(f"{loss} Go on?", abort=True, err=True)


def fail(sentence: str, code: int) -> NoReturn:
    """End with one line on standard error."""
    from enrichment.contract.texts import own_secrets
    from enrichment.contract.texts.plain_text import shown

    told = shown(own_secrets.hidden(sentence))
    tell(error_line(told, code), error=True)
    raise typer.Exit(code)


def read_input(source: Path) -> bytes:
    """Read a file, a pipe or standard input, to a bound; else one line and a code."""
    from scrapers import files

    try:
        if str(source) == "-":
            return files.bounded(source, sys.stdin.buffer)
        with source.open("rb") as opened:
            return files.bounded(source, opened)
    except files.CannotRead as error:
        fail(str(error), NOT_A_TRACKLIST)
    except OSError as error:
        fail(f"{files.shown(source)}: {error.strerror or error}", NO_INPUT)


def input_lines(source: Path) -> Iterator[bytes]:
    """Yield the lines of an input of any length; one that is too long ends it."""
    from scrapers import files

    name = files.shown(source)
    try:
        with sys.stdin.buffer if name == "-" else source.open("rb") as opened:
            while line := opened.readline(LONGEST_LINE_BYTES + 1):
                if len(line) > LONGEST_LINE_BYTES:
                    fail(f"{name}: a line is too long", NOT_A_TRACKLIST)
                yield line
    except OSError as error:
        fail(f"{name}: {error.strerror or error}", NO_INPUT)
