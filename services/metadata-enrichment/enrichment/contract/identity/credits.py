"""Inside a credit: the single artists and the featured ones, as candidates."""

import re
from functools import lru_cache

# "Draft", "left" and "Swift" hold "ft": only a word of its own counts.
FEATURING = re.compile(
    r"(?:\s+|(?<=[(\[]))(?:(?:feat(?:uring)?|ft)(?:\.\s*|\s+)|f/\s*)(?=\S)",
    re.IGNORECASE,
)
# A joiner has a word on either side.
_LEAST_WORDS = 2
# More in one credit are no credit any more.
_MOST_FEATURINGS = 4
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
# "Beatles, The" is one name in the order of a shelf; so is "Fatboy, DJ".
_ARTICLE_BEHIND = re.compile(
    r"(?P<name>[^,;&+/|]+),\s+(?P<article>The|A|An|DJ|Los|Las|Les|La|Le|El)"
    r"(?=\s*$|\s*[,;&+/|(]|\s+(?:and|x|vs\.?|feat|ft)\b)"
)


@lru_cache(maxsize=1024)
def single_artists(text: str) -> tuple[str, ...]:
    """
    Part a credit at everything that may join two artists.

    "Simon & Garfunkel" is parted too: parts are candidates, the credit stays whole.
    """
    if len(text.split(maxsplit=1)) < _LEAST_WORDS:
        return (text.strip(",;&") or text,)
    if "," in text:
        text = _ARTICLE_BEHIND.sub(_unshelved, text)
    parts = [part.strip(" ,;&") for part in _SEPARATOR.split(text)]
    if len(parts) == 1:
        return (parts[0] or text,)
    return tuple(dict.fromkeys(part for part in parts if part)) or (text,)


def _unshelved(found: re.Match[str]) -> str:
    """Put the article of "Beatles, The" before the name again."""
    name = found["name"]
    space = name[: len(name) - len(name.lstrip())]
    return f"{space}{found['article']} {name.strip()}"


@lru_cache(maxsize=1024)
def without_featured(credit: str) -> tuple[str, tuple[str, ...]]:
    """Part a credit into what stands without the featured artists, and these."""
    flat = credit.casefold()
    # asked first because it is cheap: most credits hold none
    if "ft" not in flat and "feat" not in flat and "f/" not in flat:
        return credit, ()
    featured: list[str] = []
    found = FEATURING.search(credit)
    for _ in range(_MOST_FEATURINGS):
        if not found or not credit[: found.start()].strip(" (["):
            break
        before = credit[: found.start()].rstrip(" ([,")
        names, after = _featured_and_rest(credit[found.end() :])
        featured += single_artists(names)
        credit = f"{before}{after}".strip()
        found = FEATURING.search(credit, len(before))
    return credit, tuple(featured)


def _featured_and_rest(text: str) -> tuple[str, str]:
    """End the featured artists at the bracket that closes, or where others follow."""
    for opening, closing in ("()", "[]"):
        if text.count(opening) < text.count(closing):
            names, _, rest = text.partition(closing)
            return names.strip(), f" {rest.strip()}" if rest.strip() else ""
    if following := _NEXT_CREDIT.search(text):
        return text[: following.start()].strip(), text[following.start() :]
    return text.strip(), ""
