"""
What commands print with: nothing that others wrote commands a terminal.

Markup is for texts of our own; what comes from outside is a `cell`. Where a control
character is in one or the other, the terminal shows it.
"""

import sys
from collections.abc import Iterable
from typing import Any

from rich.console import Console, ConsoleOptions, RenderableType
from rich.highlighter import JSONHighlighter
from rich.segment import Segment
from rich.text import Text

from enrichment.app.showing import shown, shown_json
from enrichment.cli.errors_told import error_line
from enrichment.cli.streams import json_fit_for
from enrichment.contract.exit_codes import ExitCode


class Terminal(Console):
    """Rich's console; controls in texts are shown, its own for colours are sent."""

    def render(
        self, renderable: RenderableType, options: ConsoleOptions | None = None
    ) -> Iterable[Segment]:
        """Yield the segments of whatever is printed."""
        for text, style, control in super().render(renderable, options):
            if control or text.isprintable():
                yield Segment(text, style, control)
            else:
                lines = text.split("\n")
                yield Segment("\n".join(map(shown, lines)), style)


def cell(text: object, style: str = "") -> Text:
    """Return a text from outside, which is no markup whatever it holds."""
    return Text(shown(str(text)), style)


def tell_none(sentence: str) -> None:
    """Print on standard error that there is no such thing, in the shape of errors."""
    line = error_line(shown(sentence), ExitCode.ANSWER_IS_NO)
    sys.stderr.write(f"{line}\n")


def print_json(value: Any) -> None:  # noqa: ANN401 (JSON)
    """Print JSON for a person or a program."""
    console = Terminal()
    text = json_fit_for(shown_json(value, indent=True), console.file)
    console.print(JSONHighlighter()(Text(text)), soft_wrap=True)
