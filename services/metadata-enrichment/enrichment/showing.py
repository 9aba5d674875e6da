"""
Text from outside made fit to print: controls are shown, not sent to the terminal.

Titles, file names, messages and errors of others may hold what moves a cursor, changes
colours, forges a line or turns the direction of reading; and what Rich takes for
markup. Whatever of them is printed goes through here.
"""

import re
from typing import TYPE_CHECKING, Any

import orjson

if TYPE_CHECKING:
    from rich.text import Text

# C0 and DEL, C1, line and paragraph separators, marks that turn the direction of
# reading (https://www.unicode.org/reports/tr9/), and halves of pairs, which no encoding
# takes.
_CONTROLS = re.compile(
    "[\x00-\x1f\x7f-\x9f\u061c\u200e\u200f\u2028-\u202e\u2066-\u2069\ud800-\udfff]"
)


def shown(text: str) -> str:
    r"""Give the text with every control character as `\x1b` or `\u202e`."""
    return _CONTROLS.sub(lambda found: _escape(found[0]), text)


def cell(text: str, style: str = "") -> "Text":
    """Give the text for Rich, where it is no markup whatever it holds."""
    # Rich takes a quarter of a second to load, and programs have no use for it
    from rich.text import Text  # noqa: PLC0415

    return Text(shown(text), style)


def shown_json(value: Any, *, indent: bool = False) -> str:  # noqa: ANN401 (JSON)
    """Give JSON on which no control character is left: it stays the same JSON."""
    option = orjson.OPT_INDENT_2 if indent else 0
    lines = orjson.dumps(value, option=option).decode().split("\n")
    return "\n".join(
        _CONTROLS.sub(lambda found: f"\\u{ord(found[0]):04x}", line) for line in lines
    )


def _escape(character: str) -> str:
    named = {"\n": "\\n", "\r": "\\r", "\t": "\\t"}
    number = ord(character)
    return named.get(character) or (
        f"\\x{number:02x}" if number < 0x100 else f"\\u{number:04x}"
    )
