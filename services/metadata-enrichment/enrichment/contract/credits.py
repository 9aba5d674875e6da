"""Inside a credit: the single artists and the featured ones, as candidates."""

import re
from functools import lru_cache

# "Draft", "left" and "Swift" hold "ft": only a word of its own counts.
FEATURING = re.compile(
    r"(?:\s+|(?<=[(\[]))(?:feat(?:uring)?\.?|ft\.?|f/)\s+(?=\S)", re.IGNORECASE
)
# What ends the featured artists within a credit: the next one to play.
_NEXT_CREDIT = re.compile(
    r"\s+(?:vs\.?|versus|pres\.?|presents|aka|a\.k\.a\.)\s+", re.IGNORECASE
)
_SEPARATOR = re.compile(
    r"\s*[,;•]\s+|\s+[&+/|×]\s+"
    r"|\s+(?:and|with|vs\.?|versus|v\.|pres\.?|presents?|presenting|aka|a\.k\.a\.?|meets"
    r"|b2b|w/)\s+"
    # "Rex x Boy", not "Max" nor "Malcolm X & Y"
    r"|\s+x\s+(?=\w)",
    re.IGNORECASE,
)


@lru_cache(maxsize=32768)
def single_artists(text: str) -> tuple[str, ...]:
    """
    Part a credit at everything that may join two artists.

    "Simon & Garfunkel" is parted too: parts are candidates, the credit stays whole.
    """
    parts = (part.strip(" ,;&") for part in _SEPARATOR.split(text))
    return tuple(dict.fromkeys(part for part in parts if part)) or (text,)


def without_featured(credit: str) -> tuple[str, tuple[str, ...]]:
    """Part a credit into what stands without the featured artists, and these."""
    found = FEATURING.search(credit)
    if not found or not credit[: found.start()].strip(" (["):
        return credit, ()
    before = credit[: found.start()].rstrip(" ([,")
    names = credit[found.end() :]
    after = ""
    if following := _NEXT_CREDIT.search(names):
        after, names = names[following.start() :], names[: following.start()]
    if names.count("(") < names.count(")") or names.count("[") < names.count("]"):
        names, _, rest = names.partition(")") if ")" in names else names.partition("]")
        after = rest + after
    more, featured = without_featured(f"{before}{after}") if after else (before, ())
    return more.strip(), (*single_artists(names.strip()), *featured)
