"""Read decoded JSON in which anything may be missing, null or of another type."""

import re
import unicodedata
from collections.abc import Iterator, Mapping, Sequence
from datetime import date
from email.utils import parsedate_to_datetime

from enrichment.providers.decoding import UNREADABLE

# A longer "recording" is a wrong number.
LONGEST_MS = 24 * 60 * 60 * 1000
# Some sources give seconds where milliseconds belong: no recording is so short, and as
# seconds these are tracks of half a minute to twenty minutes. What is even less than
# that is no duration in either unit.
SECONDS_FROM, SECONDS_TO = 30, 1200
# Half and double of any tempo that is danced to lie within.
SLOWEST_BPM, FASTEST_BPM = 20.0, 400.0
# A longer wait than this is a wrong number too; benches end on a date that exists.
LONGEST_WAIT_SECONDS = 365 * 86_400.0
# Columns are bigint.
_LARGEST = 2**63 - 1
_ISRC = re.compile(r"[A-Z]{2}[A-Z0-9]{3}[0-9]{7}")
_ISRC_PREFIX = re.compile(r"ISRC(?=[A-Z]{2}[A-Z0-9]{3}[0-9]{7})")
# Between the parts of an ISRC stand dashes, spaces, dots; of Unicode, all of a kind.
_BETWEEN_PARTS = frozenset({"Pd", "Zs", "Cc", "Cf", "Zl", "Zp"})
_YEAR = re.compile(r"([0-9]{4})(?![0-9])")
_MONTH_OR_DAY = re.compile(r"-([0-9]{2})(?![0-9])")
# No recording is older; MusicBrainz holds "0000" and Spotify "0001" for unknown.
_FIRST_YEAR = 1860
_LENGTHS = {"year": len("2010"), "month": len("2010-04")}
# "1,234" and "5 678": whole numbers as people write them.
_GROUPED = re.compile(r"[0-9]{1,3}(?:[, \u00a0\u2009\u202f'’][0-9]{3})+")
# "1.234" may be one and a bit, or a thousand.
_GROUPED_OR_NOT = re.compile(r"[0-9]{1,3}(?:\.[0-9]{3})+")
_CONTROLS = re.compile("[\x00-\x08\x0b\x0c\x0e-\x1f\x7f-\x9f]")


def text(value: object) -> str | None:
    """
    Return a string that is not blank.

    Control characters are dropped: Postgres cannot hold U+0000, and nobody wants the
    rest. A text with letters that could not be read is none.
    """
    if not isinstance(value, str) or UNREADABLE in value:
        return None
    return _CONTROLS.sub("", value).strip() or None


def printed_name(value: object) -> str | None:
    """Return a name; one of digits alone ("1979") may come as a number."""
    if isinstance(value, int) and not isinstance(value, bool):
        return str(value)
    return text(value)


def number(value: object, *, most: int = _LARGEST) -> int | None:
    """Return a whole number from 0 to `most`; digits in a string are one."""
    if isinstance(value, bool) or not isinstance(value, int | float | str):
        return None
    try:
        whole = _whole(value) if isinstance(value, str) else int(value)
    except (ValueError, OverflowError):
        return None
    return whole if 0 <= whole <= most else None


def _whole(printed: str) -> int:
    digits = printed.strip()
    if _GROUPED_OR_NOT.fullmatch(digits):
        raise ValueError("a dot between groups of digits may be a decimal one")
    if _GROUPED.fullmatch(digits):
        digits = re.sub(r"[^0-9]", "", digits)
    return int(float(digits))


def decimal(value: object, least: float, most: float) -> float | None:
    """Return a number between two others; digits in a string are one."""
    if isinstance(value, bool) or not isinstance(value, int | float | str):
        return None
    try:
        read = float(value)
    except (ValueError, OverflowError):
        return None
    return read if least <= read <= most else None


def tempo(value: object) -> float | None:
    """Return beats a minute; 0 means unknown everywhere, no music is beyond these."""
    return decimal(value, SLOWEST_BPM, FASTEST_BPM)


def milliseconds(value: object) -> int | None:
    """Return a duration; 0 means unknown everywhere, a few hundred are seconds."""
    duration = number(value, most=LONGEST_MS) or 0
    if SECONDS_FROM <= duration <= SECONDS_TO:
        return duration * 1000
    return duration if duration > SECONDS_TO else None


def mapping(value: object) -> Mapping[str, object]:
    """Return an object, empty when it is anything else."""
    return value if isinstance(value, dict) else {}


def mappings(value: object) -> list[Mapping[str, object]]:
    """Return a list's objects; one object stands for a list of one (Last.fm)."""
    if isinstance(value, dict):
        return [value]
    if not isinstance(value, list):
        return []
    return [one for one in value if isinstance(one, dict)]


def isrc(value: object) -> str | None:
    """Return an ISRC in upper case without what is between its parts, or None."""
    if not isinstance(value, str):
        return None
    plain = "".join(
        c
        for c in value
        if c not in "._:" and unicodedata.category(c) not in _BETWEEN_PARTS
    )
    plain = _ISRC_PREFIX.sub("", unicodedata.normalize("NFKC", plain).upper())
    return plain if _ISRC.fullmatch(plain) else None


def isrcs(value: object) -> tuple[str, ...]:
    """Return every ISRC of a list, once; each may be a text or in an object."""
    return tuple(dict.fromkeys(_isrcs_in(value)))


def _isrcs_in(value: object) -> Iterator[str]:
    if code := isrc(value):
        yield code
    parts = list(value.values()) if isinstance(value, dict) else value
    for part in parts if isinstance(parts, list) else ():
        yield from _isrcs_in(part)


def partial_date(value: object, precision: object = None) -> str | None:
    """
    Return what is known of a date ("2010", "2010-04"), or None when that is nothing.

    Args:
        precision: "year" or "month" where the provider says how much it knows; a date
            is often filled up with "-01-01".
    """
    printed = value.strip() if isinstance(value, str) else ""
    year = _YEAR.match(printed)
    if year is None or int(year.group(1)) < _FIRST_YEAR:
        return None
    known = year.group(1)
    for _ in range(2):
        part = _MONTH_OR_DAY.match(printed, len(known))
        if part is None or not _is_possible(known + part.group()):
            break
        known += part.group()
    return known[: _LENGTHS.get(str(precision), len(known))]


def _is_possible(known: str) -> bool:
    year, month, day = (*map(int, known.split("-")), 1)[:3]
    try:
        date(year, month, day)
    except ValueError:
        return False
    return True


def weighted(counts: Sequence[tuple[str, int]]) -> tuple[tuple[str, int], ...]:
    """Return names with weights 0..100, relative to the best, best first."""
    known: dict[str, int] = {}
    for named, count in counts:
        known[named] = max(count, known.get(named, 0))
    best = max(known.values(), default=0)
    if best == 0:
        return ()
    ranked = sorted(known.items(), key=lambda one: -one[1])
    return tuple((named, round(100 * count / best)) for named, count in ranked if count)


def retry_after_seconds(headers: Mapping[str, str]) -> float | None:
    """
    Return what `Retry-After` says, up to a year; None when it says nothing.

    A date is read against the response's own `Date`, so that clocks need not agree.
    https://www.rfc-editor.org/rfc/rfc9110#field.retry-after
    """
    said = headers.get("retry-after", "").strip()
    if re.fullmatch(r"[0-9]+(\.[0-9]+)?", said, re.ASCII):
        return min(float(said), LONGEST_WAIT_SECONDS)
    try:
        until = parsedate_to_datetime(said)
        wait = (until - parsedate_to_datetime(headers["date"])).total_seconds()
    except (KeyError, ValueError, TypeError, OverflowError, IndexError):
        return None
    return min(max(0.0, wait), LONGEST_WAIT_SECONDS)
