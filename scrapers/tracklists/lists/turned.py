"""Lists that print the title before the artist, turned round."""

import re
from collections.abc import Callable, Sequence

from enrichment.contract.identity.dress import is_dress
from enrichment.contract.identity.versions import is_version
from scrapers.tracklists.lists.listed_lines import HEADING
from scrapers.tracklists.reading.dress import ALONE, Dress
from scrapers.tracklists.reading.lines import read_body
from scrapers.tracklists.reading.names import parted

BY = re.compile(r"\sby\s(?!.*\sby\s)")
# From this share on, what lines of a list have in common is its layout.
_LAYOUT_SHARE = 0.75
_LEAST_LINES = 3
_ROUND_END = re.compile(r"(\S.*?)\s\(([^()]{2,80})\)")
# What may be in brackets behind a title and is no artist.
OF_THE_TITLE = re.compile(
    r"(?:feat|ft|f/|w/|with|part|pt|vol|from|live|prod|by|aka|a\.k\.a|vs|and)\b|\d",
    re.IGNORECASE,
)


def by_artist(texts: Sequence[str]) -> list[str]:
    """Turn the lines of a list of `Title by Artist` round; else give nothing."""
    return _turned(texts, lambda text: title_by_artist(text, ALONE))


def artist_in_brackets(texts: Sequence[str]) -> list[str]:
    """Turn the lines of a list of `Title (Artist)` round, if a heading calls it one."""
    ends = sum(text.endswith(")") for text in texts)
    if ends < _LAYOUT_SHARE * sum(map(bool, texts)) - 1:
        return []
    told = any(map(HEADING.search, texts))
    return _turned(texts, _artist_in_brackets) if told else []


def _turned(texts: Sequence[str], turn: Callable[[str], str | None]) -> list[str]:
    found = [turn(text) for text in texts]
    told = sum(bool(text) and not HEADING.search(text) for text in texts)
    count = sum(text is not None for text in found)
    if count < _LEAST_LINES or count < _LAYOUT_SHARE * told:
        return []
    return [new or text for new, text in zip(found, texts, strict=True)]


def _artist_in_brackets(text: str) -> str | None:
    """Turn `Title (Artist)` round, behind what is in front of it."""
    name = read_body(text).text
    found = _ROUND_END.fullmatch(name)
    if not found or parted(name) or not text.endswith(name):
        return None
    title, artist = found.groups()
    if is_version(artist) or is_dress(artist) or OF_THE_TITLE.match(artist):
        return None
    return f"{text.removesuffix(name)}{artist} - {title}"


def title_by_artist(name: str, dress: Dress) -> str | None:
    """Turn `Title by Artist` round; None where a name has another layout."""
    found = BY.search(name)
    if not found or parted(name, dress):
        return None
    artist, title = name[found.end() :], name[: found.start()]
    # the label is behind both
    bracket = artist.find(" [")
    if bracket > 0:
        artist, title = artist[:bracket], f"{title}{artist[bracket:]}"
    return f"{artist} - {title}"
