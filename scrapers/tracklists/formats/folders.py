"""Listings of a folder, as `ls -l`, `dir` and `tree` print them."""

import re

from scrapers.tracklists.decoding import lines_of
from scrapers.tracklists.formats import m3u
from scrapers.tracklists.tracklist import Tracklist

_CLOCK = r"\d{1,2}:\d{2}(?::\d{2})?(?:\.\d{1,9})?"
_SIZE = r"[\d.,]{1,20}[KMGT]?i?B?"
_LS = re.compile(
    rf"[-dlbcps][-rwxsStT]{{9}}[@+.]?\s+\d+\s+(?:\S+\s+){{1,2}}{_SIZE}\s+"
    rf"(?:\d{{4}}-\d{{2}}-\d{{2}}\s+{_CLOCK}(?:\s+[+-]\d{{4}})?"
    rf"|(?:\S{{1,9}}\s+\d{{1,2}}|\d{{1,2}}\s+\S{{1,9}})\s+(?:\d{{4}}|{_CLOCK}))\s+"
    r"(?P<name>\S.*)"
)
_DIR = re.compile(
    rf"\d{{1,4}}[./-]\d{{1,2}}[./-]\d{{1,4}}\s+{_CLOCK}(?:\s[ap]m)?\s+"
    rf"(?:<DIR>|{_SIZE})\s+(?P<name>\S.*)",
    re.IGNORECASE,
)
_TREE = re.compile(r"[│|\s\u00a0]*(?:[├└][─ ]+|[|`]--\s)(?P<name>\S.*)")
_LISTINGS = (_LS, _DIR, _TREE)
_LOOKED_AT_CHARACTERS = 20_000
_LEAST_FILES = 2


def looks_like_listing(text: str) -> bool:
    """Recognise one by two audio files and more, listed in one way."""
    return len(_files(text[:_LOOKED_AT_CHARACTERS])) >= _LEAST_FILES


def parse(content: str) -> tuple[Tracklist, ...]:
    """
    Read the audio files; their names are the tracks'.

    Raises:
        NoTracklist: they are streams or no files.
    """
    return m3u.parse("\n".join(_files(content)))


def _files(text: str) -> list[str]:
    """Return the names of audio files, of the way of listing that gives most."""
    lines = [line.strip() for line in lines_of(text)]
    found = (
        [match["name"] for line in lines if (match := listing.match(line))]
        for listing in _LISTINGS
    )
    return max(
        ([name for name in names if m3u.is_audio(name)] for names in found), key=len
    )
