"""What a file says of a track besides its names, as values that can be compared."""

import re
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date

from enrichment.contract.camelot import camelot

_ISRC = re.compile(r"[A-Z]{2}[A-Z0-9]{3}\d{7}", re.ASCII)
_ISRC_PREFIX = re.compile(r"^\s*(?:(?:urn:)?isrc)?[\s:]*", re.IGNORECASE)
_BETWEEN_PARTS = re.compile(r"[\s._:‐-―−-]")
_NUMBER = re.compile(r"\d{1,9}(?:[.,]\d{1,9})?", re.ASCII)
_CLOCK = re.compile(
    r"(?:(\d{1,2}):)?(\d{1,3}):(\d{2})(?:[.,](\d{1,3})\d{0,6})?", re.ASCII
)
_DATE = re.compile(r"(\d{4})(?:[-/.](\d{1,2})(?:[-/.](\d{1,2}))?)?(?!\d)", re.ASCII)
_WEB = re.compile(r"https?://[^\s\"'<>]{4,}", re.IGNORECASE)
_ON_THE_WEB = re.compile(r"\s*(?!file:)[a-z][a-z0-9+.-]{2,}:", re.IGNORECASE)
# Nobody's track is longer, and no sound is a track.
_LONGEST_MS = 24 * 60 * 60 * 1000
_SLOWEST_BPM, _FASTEST_BPM = 20, 999
_YEARS = range(1860, 2101)
# What is longer is a comment, and no name.
_MOST_CHARACTERS = 500
_MOST_LOCATION_CHARACTERS = 2000


@dataclass(frozen=True, slots=True)
class Facts:
    """
    What the source of a row knows of its track.

    Args:
        camelot_key: Camelot code.
        released: ISO date or part of one.
        artwork_url: a picture's address on the web.
        location: where the user's own audio lies; never published.
    """

    isrc: str | None = None
    duration_ms: int | None = None
    bpm: float | None = None
    camelot_key: str | None = None
    album: str | None = None
    released: str | None = None
    artwork_url: str | None = None
    location: str | None = None


NO_FACTS = Facts()


def facts(  # noqa: PLR0913 (a fact each)
    *,
    isrc: object = None,
    seconds: object = None,
    duration_ms: object = None,
    bpm: object = None,
    key: object = None,
    album: object = None,
    released: object = None,
    artwork: object = None,
    location: object = None,
) -> Facts:
    """Return what is believed of values as a file has them; the rest is left out."""
    if not any(
        (isrc, seconds, duration_ms, bpm, key, album, released, artwork, location)
    ):
        return NO_FACTS
    known: Mapping[str, object] = {
        "isrc": isrc_of(isrc),
        "duration_ms": length_of(seconds, duration_ms),
        "bpm": bpm_of(bpm),
        "camelot_key": camelot(key) if isinstance(key, str) else None,
        "album": _name(album),
        "released": released_of(released),
        "artwork_url": _web_address(artwork),
        "location": _location(location),
    }
    kept = {name: value for name, value in known.items() if value is not None}
    return Facts(**kept) if kept else NO_FACTS  # type: ignore[arg-type]


def isrc_of(printed: object) -> str | None:
    """Return an ISRC without what is between its parts, or None."""
    if not isinstance(printed, str) or not printed:
        return None
    code = _BETWEEN_PARTS.sub("", _ISRC_PREFIX.sub("", printed)).upper()
    return code if _ISRC.fullmatch(code) else None


def length_of(seconds: object, duration_ms: object = None) -> int | None:
    """Return a length in milliseconds; `3:35` is one as well as a number."""
    if (number := number_of(duration_ms)) is not None:
        length = round(number)
    elif (number := number_of(seconds)) is not None:
        length = round(number * 1000)
    elif isinstance(seconds, str) and (clock := _CLOCK.fullmatch(seconds.strip())):
        hours, minutes, rest = (int(part or 0) for part in clock.groups()[:3])
        thousandths = int((clock[4] or "0").ljust(3, "0"))
        length = (hours * 3600 + minutes * 60 + rest) * 1000 + thousandths
    else:
        return None
    return length if 0 < length <= _LONGEST_MS else None


def bpm_of(printed: object) -> float | None:
    """Return a tempo that music has; 0 stands for "not analysed" in most programs."""
    number = number_of(printed)
    if number is None or not _SLOWEST_BPM <= number <= _FASTEST_BPM:
        return None
    return round(number, 2)


def released_of(printed: object) -> str | None:
    """Return a date or its year; None for a year that music cannot be of."""
    if isinstance(printed, date):
        printed = printed.isoformat()
    found = (
        _DATE.match(str(printed).strip()) if isinstance(printed, str | int) else None
    )
    if not found or int(found[1]) not in _YEARS:
        return None
    year, month, day = found[1], int(found[2] or 0), int(found[3] or 0)
    try:
        date(int(year), month or 1, day or 1)
    except ValueError:
        return year
    parts = (year, f"{month:02}" if month else "", f"{day:02}" if day else "")
    return "-".join(part for part in parts if part)


def number_of(value: object) -> float | None:
    """Return a number that a file has as one or as text."""
    if isinstance(value, bool):
        return None
    if isinstance(value, int | float):
        return float(value) if abs(value) < 1e12 else None
    if isinstance(value, str) and _NUMBER.fullmatch(value.strip()):
        return float(value.strip().replace(",", "."))
    return None


def _name(value: object) -> str | None:
    if not isinstance(value, str):
        return None
    return " ".join(value.split())[:_MOST_CHARACTERS] or None


def _web_address(value: object) -> str | None:
    if not isinstance(value, str) or len(value) > _MOST_LOCATION_CHARACTERS:
        return None
    return value.strip() if _WEB.fullmatch(value.strip()) else None


def _location(value: object) -> str | None:
    # A web address is nobody's own file, and may hold a key.
    if not isinstance(value, str) or _ON_THE_WEB.match(value):
        return None
    return value.strip()[:_MOST_LOCATION_CHARACTERS] or None
