"""
Names as a tracklist prints them, taken apart by the simulator's own few rules.

It imports nothing of scrapers or enrichment, and is simple on purpose: where the
pipeline's parser reads a line otherwise, the world shows it as a fault of the parser.
"""

import re
import unicodedata
from dataclasses import dataclass

# What is before the names: "03.", "3)", "12:34", "[1:02:03]", "(12:34)", "+", "w/".
_BEFORE = re.compile(
    r"\s*(?:\[[^\]]*\](?=\s)|\(?\d{1,3}(?::\d{2}){1,2}\)?(?=\s)|\d{1,3}[.)](?=\s)"
    r"|[+*•](?=\s)|w/(?=\s)|[-–—](?=\s))\s*",
    re.IGNORECASE,
)
_DASH = re.compile(r"\s+[-–—]\s+")
_OPENING, _CLOSING = "([{", ")]}"
# The last bracket of each kind, not one inside another.
_SQUARE = re.compile(r"\s*\[([^\[\]]*)\](?=[^\[\]]*$)")
_ROUND = re.compile(r"\s*\(((?:[^()]|\([^()]*\))*)\)(?=[^()]*$)")
_NAMELESS = frozenset({"", "id", "ids", "unknown", "tba", "unreleased"})


@dataclass(frozen=True, slots=True)
class Printed:
    """The names of one line; the version is what the last round bracket holds."""

    artist: str
    title: str
    version: str | None = None
    label: str | None = None


def split(line: str) -> Printed | None:
    """
    Take a line apart; None where that cannot be done.

    The first dash outside brackets parts artist and title. The last square bracket of
    the title is the label, its last round bracket the version.
    """
    rest = without_front(line)
    dash = next(
        (d for d in _DASH.finditer(rest) if _is_outside(rest[: d.start()])), None
    )
    if dash is None:
        return None
    artist, title = rest[: dash.start()].strip(), rest[dash.end() :]
    title, label = _without(_SQUARE, title)
    title, version = _without(_ROUND, title)
    if _is_nameless(artist) or _is_nameless(title):
        return None
    return Printed(artist, title, version, label)


def without_front(line: str) -> str:
    """Return the line from its names on, with single spaces."""
    rest = " ".join(line.split())
    while before := _BEFORE.match(rest):
        rest = rest[before.end() :]
    return rest


def _is_outside(before: str) -> bool:
    opened = sum(before.count(sign) for sign in _OPENING)
    return opened <= sum(before.count(sign) for sign in _CLOSING)


def _without(bracket: re.Pattern[str], title: str) -> tuple[str, str | None]:
    """Return a title without a bracket, and what that holds; a title is never empty."""
    found = bracket.search(title)
    rest = found and " ".join(
        f"{title[: found.start()]} {title[found.end() :]}".split()
    )
    if not found or not rest:
        return title.strip(), None
    return rest, found.group(1).strip() or None


def _is_nameless(name: str) -> bool:
    """Distinguish a name that says who or what it is from a question mark."""
    letters = "".join(c for c in unicodedata.normalize("NFKC", name) if not c.isspace())
    return letters.strip("?.-_").casefold() in _NAMELESS
