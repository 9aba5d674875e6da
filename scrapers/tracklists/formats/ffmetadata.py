"""FFmpeg's metadata files: sections of keys, times in fractions of a second."""

import re
from fractions import Fraction

from scrapers.tracklists.decoding import lines_of
from scrapers.tracklists.formats.chapters import Chapter, tracklist
from scrapers.tracklists.tracklist import Tracklist

_HEAD = re.compile(r"\s*;FFMETADATA\d", re.IGNORECASE)
_PAIR = re.compile(r"((?:[^=\\]|\\.){1,200}?)=(.*)")
_ESCAPE = re.compile(r"\\(.)")
_TIMEBASE = re.compile(r"(\d{1,10})/([1-9]\d{0,9})", re.ASCII)
_TIME = re.compile(r"\d{1,18}", re.ASCII)
_NANOSECONDS = Fraction(1, 1_000_000_000)


def looks_like_metadata(text: str) -> bool:
    """Recognise a file by its first line."""
    return _HEAD.match(text) is not None


def parse(content: str) -> tuple[Tracklist, ...]:
    """
    Read the chapters; the file's own title is the list's.

    Raises:
        NoTracklist: it has no chapters, or they name no tracks.
    """
    general: dict[str, str] = {}
    section = general
    chapters: list[dict[str, str]] = []
    for line in _unwrapped(content):
        if line.upper() == "[CHAPTER]":
            section = {}
            chapters.append(section)
        elif line.startswith("["):
            section = {}
        elif not line.startswith((";", "#")) and (pair := _PAIR.fullmatch(line)):
            section.setdefault(_plain(pair[1]).lower(), _plain(pair[2]))
    found = tracklist(
        "ffmetadata", map(_chapter, chapters), title=general.get("title") or None
    )
    return (found,)


def _unwrapped(content: str) -> list[str]:
    """Return the lines; one that ends with a backslash continues in the next."""
    return [line.strip() for line in lines_of(re.sub(r"\\\r?\n", " ", content))]


def _plain(text: str) -> str:
    return _ESCAPE.sub(r"\1", text).strip()


def _chapter(section: dict[str, str]) -> Chapter:
    base = _TIMEBASE.fullmatch(section.get("timebase", ""))
    step = Fraction(int(base[1]), int(base[2])) if base else _NANOSECONDS
    start = section.get("start", "")
    seconds = float(int(start) * step) if _TIME.fullmatch(start) else None
    title, artist = section.get("title", ""), section.get("artist", "")
    name = f"{artist} - {title}" if artist and title else title
    return seconds, name, ""
