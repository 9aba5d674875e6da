"""
How a command says that it failed: one line on standard error, in one shape.

For people it is a sentence; with `--json` an object:
{"error": {"exit_code": 66, "kind": "input_missing", "message": "…"}}.
"""

import json
import sys
from collections.abc import Sequence
from contextvars import ContextVar
from typing import Any

import typer
from typer.core import TyperGroup

from enrichment.contract.exit_codes import ExitCode

AS_JSON = "--json"
# What typer raises for every wrong call: an unknown option, a number out of range.
_WrongCall: Any = typer.BadParameter.__base__

_asks_for_json = ContextVar("asks_for_json", default=False)


def error_line(sentence: str, code: int) -> str:
    """Return the line of a failed command, as it was asked for."""
    if not _asks_for_json.get():
        return f"enrichment: {sentence}"
    told = {"exit_code": int(code), "kind": ExitCode(code).kind, "message": sentence}
    return json.dumps({"error": told})


class Commands(TyperGroup):
    """The command's root: tells a wrong call in the shape of all other faults."""

    def main(self, args: Sequence[str] | None = None, *given: Any, **named: Any) -> Any:  # noqa: ANN401 (the library's signature)
        """Run the command that the arguments name."""
        words = list(sys.argv[1:] if args is None else args)
        asks = AS_JSON in words[: words.index("--") if "--" in words else None]
        _asks_for_json.set(asks)
        if not asks:
            return super().main(words, *given, **named)
        named["standalone_mode"] = False
        try:
            code = super().main(words, *given, **named)
        except _WrongCall as error:
            code = ExitCode.WRONG_CALL
            sys.stderr.write(error_line(error.format_message(), code) + "\n")
        except typer.Abort:
            code = ExitCode.ANSWER_IS_NO
        sys.exit(code)
