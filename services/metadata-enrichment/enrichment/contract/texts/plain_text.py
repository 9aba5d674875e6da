"""Text of others without what moves a cursor, forges a line or cannot be stored."""

import re

# C0 and DEL, C1, line and paragraph separators, marks that turn the direction of
# reading (https://www.unicode.org/reports/tr9/), and halves of pairs, which no encoding
# takes.
CONTROLS = re.compile(
    "[\x00-\x1f\x7f-\x9f\u061c\u200e\u200f\u2028-\u202e\u2066-\u2069\ud800-\udfff]"
)
_NAMED = {"\n": "\\n", "\r": "\\r", "\t": "\\t"}


def shown(text: str) -> str:
    r"""Return the text with every control character as `\x1b` or `\u202e`."""
    return CONTROLS.sub(lambda found: _escape(found[0]), text)


def _escape(character: str) -> str:
    number = ord(character)
    return _NAMED.get(character) or (
        f"\\x{number:02x}" if number < 0x100 else f"\\u{number:04x}"
    )
