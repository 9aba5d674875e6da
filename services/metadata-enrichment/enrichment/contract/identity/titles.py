"""Inside a credit and a title: artists, featured, version, remixers; one grammar."""

import re
from functools import lru_cache
from itertools import chain
from typing import NamedTuple

from enrichment.contract.identity.credits import single_artists, without_featured
from enrichment.contract.identity.dress import is_dress, is_origin, is_year
from enrichment.contract.identity.spelling import tidied
from enrichment.contract.identity.versions import is_version, remixers_of


class TrackName(NamedTuple):
    """
    A credit and a title taken apart, for tracklist lines and provider answers alike.

    A named tuple, as all that is made for every reading of every candidate.

    Args:
        artist: the credit as printed, without featured artists.
        title: base title, without version and featured artists.
        full_title: the title as printed, with its version and featured artists.
        artists: candidates for the single artists of the credit, in printed order.
        featured: featured artists of the credit or of the title.
        remixers: who made this version.
        version: the version as printed, without brackets ("Chris Lake Remix").
    """

    artist: str
    title: str
    full_title: str
    artists: tuple[str, ...]
    featured: tuple[str, ...] = ()
    remixers: tuple[str, ...] = ()
    version: str | None = None

    @property
    def single_artists(self) -> tuple[str, ...]:
        """Return the main artists one by one; the credit itself if it was not split."""
        return self.artists or (self.artist,)


_BRACKETS = {")": "(", "]": "["}
_DASH = re.compile(r"\s+[-‐-―−]\s+")
_FEATURED = re.compile(
    r"(?:feat(?:uring)?|ft)(?:\.\s*|\s+)|(?:f/|w/)\s*|(?-i:with\s+(?=[A-ZÀ-Þ]))",
    re.IGNORECASE,
)
# Say of a recording where it is to be had, not which one it is.
_NOT_OF_THE_RECORDING = re.compile(
    r"unreleased|dub ?plate|forthcoming|preview|premiere|exclusive|out now|promo"
    r"|free(?: download| dl)?|(?:official )?(?:music |lyrics? )?(?:video|audio)",
    re.IGNORECASE,
)
_BRACKET_SIGNS = frozenset("()[]")
_MAY_HOLD_PARTS = re.compile(r"\s(?:[-‐-―−]\s|[Ff](?:[Ee][Aa])?[Tt])")


@lru_cache(maxsize=1024)
def parse_name(artist: str, title: str) -> TrackName:
    """Take apart a printed credit and a printed title (label already removed)."""
    artist, full_title = tidied(artist), tidied(title)
    credit, featured = without_featured(artist)
    base, versions = full_title, list[str]()
    if not _BRACKET_SIGNS.isdisjoint(full_title) or _MAY_HOLD_PARTS.search(full_title):
        base, versions, more = _title_parts(full_title)
        if more:
            featured = tuple(dict.fromkeys((*featured, *more)))
    remixers: tuple[str, ...] = ()
    if versions:
        remixers = tuple(dict.fromkeys(chain(*map(remixers_of, versions))))
    artists = single_artists(credit) if credit else ()
    version = ", ".join(versions) or None
    return TrackName(credit, base, full_title, artists, featured, remixers, version)


def _title_parts(text: str) -> tuple[str, list[str], tuple[str, ...]]:
    """Return base title, versions and featured artists of a title."""
    kept: list[str] = []
    versions: list[str] = []
    featured: tuple[str, ...] = ()
    text = _closed(text)
    while (opening := _opening_of_last(text)) > 0:
        group, rest = text[opening + 1 : -1].strip(), text[:opening].rstrip()
        if not rest:
            break
        if found := _featured_in(group):
            featured = (*found, *featured)
        elif is_version(group) or _is_named_dress(group):
            versions.insert(0, group)
        elif not (_NOT_OF_THE_RECORDING.fullmatch(group) or is_origin(group)):
            kept.insert(0, text[opening:])
        text = rest
    base, more = without_featured(text)
    if not kept and not versions:
        base, dashed = _dashed_version(base)
        versions = dashed
    return " ".join([base, *kept]), versions, (*more, *featured)


def _is_named_dress(remark: str) -> bool:
    """Return whether it names a copy, as "Bonus Track"; years and origins name none."""
    return is_dress(remark) and not (is_year(remark) or is_origin(remark))


def _closed(text: str) -> str:
    """Close the bracket that is left open, or take off the one that is too many."""
    opened, closed = text.count("("), text.count(")")
    if opened == closed + 1 and text.rfind("(") > text.rfind(")"):
        return f"{text})"
    if closed == opened + 1 and text.endswith("))"):
        return text[:-1]
    return text


def _featured_in(group: str) -> tuple[str, ...]:
    found = _FEATURED.match(group)
    if not found or is_version(group):
        return ()
    return single_artists(group[found.end() :])


def _dashed_version(text: str) -> tuple[str, list[str]]:
    """Part "Strobe - Radio Edit"; "Part 2 - Remember Me" stays whole."""
    if "-" not in text and text.isascii():
        return text, []
    dashes = list(_DASH.finditer(text))
    if not dashes:
        return text, []
    before, behind = text[: dashes[-1].start()], text[dashes[-1].end() :]
    if is_version(behind) or _is_named_dress(behind):
        return before, [behind]
    return (before if is_origin(behind) else text), []


def _opening_of_last(text: str) -> int:
    """Return where the bracket that ends the text opens; -1 when none does."""
    if not text or text[-1] not in _BRACKETS:
        return -1
    closing, opening = text[-1], _BRACKETS[text[-1]]
    place = text.rfind(opening)
    if closing not in text[place + 1 : -1]:
        # nothing nested, or nothing opened at all
        return place
    depth = 0
    for place in range(len(text) - 1, -1, -1):
        depth += (text[place] == closing) - (text[place] == opening)
        if not depth:
            return place
    return -1
