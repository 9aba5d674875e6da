"""
Text from outside made fit to print: controls are shown, not sent to the terminal.

Titles, file names, messages and errors of others may hold what moves a cursor, changes
colours, forges a line or turns the direction of reading; and what Rich takes for
markup. Whatever of them is printed goes through here.
"""

from typing import Any

import orjson

from enrichment.contract.texts.plain_text import CONTROLS, shown

__all__ = ["shown", "shown_json"]


def shown_json(value: Any, *, indent: bool = False) -> str:  # noqa: ANN401 (JSON)
    """Return JSON on which no control character is left: it stays the same JSON."""
    option = orjson.OPT_INDENT_2 if indent else 0
    lines = orjson.dumps(value, option=option).decode().split("\n")
    return "\n".join(
        CONTROLS.sub(lambda found: f"\\u{ord(found[0]):04x}", line) for line in lines
    )
