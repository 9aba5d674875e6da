"""Rows of the lines of a list, where the list overrules what a line says by itself."""

import re
from collections import deque
from collections.abc import Callable, Sequence
from dataclasses import replace
from itertools import pairwise
from typing import NamedTuple

from enrichment.contract.identity.dress import is_dress
from enrichment.contract.identity.versions import is_version
from scrapers.tracklists.lists.listed_lines import MOST_CHARACTERS, Line
from scrapers.tracklists.lists.runs import Run
from scrapers.tracklists.lists.turned import OF_THE_TITLE, title_by_artist
from scrapers.tracklists.reading.back import without_remarks
from scrapers.tracklists.reading.dress import Dress
from scrapers.tracklists.reading.lines import Body, read_body, row_of_body
from scrapers.tracklists.reading.names import dashed_parts, parted
from scrapers.tracklists.reading.times import SPAN, are_durations, places, read_time
from scrapers.tracklists.tracklist import Row

# From this share on, what lines of a list have in common is its layout.
_LAYOUT_SHARE = 0.75
# Few lines with times in front, and the times are of the names.
_LEAST_TIMES_SHARE = 0.34
_LEAST_LINES = 3
# A list may leave out rows, but counts most of them.
_MOST_SKIPPED = 10

_VERSION_END = re.compile(
    r"^(.*\([^()]*\b(?:mix|remix|edit|version|dub|extended|rework|vip)\))\s"
    r"(?!w/|ft\b|feat|vs\b|a\.?k\.?a|[(\[+&{])([^()\[\]{}]+)\)?$",
    re.IGNORECASE,
)
_CAPITALS_END = re.compile(
    r"^(.*\s[-–—]\s.*?[\w)!*'’].*?)\s([^\sa-z()\[\]]*[A-Z][^\sa-z()\[\]]*"
    r"(?:\s[^\sa-z\[\]]+)*)$"
)
_NO_CAPITALS_END = frozenset("[]abcdefghijklmnopqrstuvwxyz")
_LABEL_SIGN = re.compile(r"\s(?:\||//?|©|℗|@|<|•|·)\s?([^|/<>()\[\]•·]{2,60})>?$")
_LABEL_IN_FRONT = re.compile(r"\[([^\[\]]*[^\W\d_][^\[\]]{1,60})\]\s(?=\S)")
_KEY = r"(?:1[0-2]|[1-9])[ABabdm]"
_TEMPO = r"\d{2,3}(?:[.,]\d{1,3})?(?:\s?bpm)?"
_KEY_AND_TEMPO = re.compile(rf"(?:(?:{_KEY}|{_TEMPO})\s[-–—]\s){{1,2}}", re.IGNORECASE)
_KEYS_AND_TEMPI = re.compile(
    rf"(?:(?:{_KEY}|{_TEMPO}|\d{{1,2}}:\d\d)(?:\s|$))+", re.IGNORECASE
)
_ROUND_END = re.compile(r"(?<=\S)\s\(([^()]{2,60})\)$")
_TIME_ALONE_BEHIND = re.compile(rf"(\S.*?)\s[-–—|]\s({SPAN})")
Layout = Callable[[str, Dress], str | None]
_SMALL_LETTER = re.compile(r"[a-z]")


class Listed(NamedTuple):
    """What a list says of one of its lines, which takes less room than a `Line`."""

    raw: str
    name: str
    cue_seconds: int | None
    played_with_previous: bool
    dress: Dress


def listed(runs: Sequence[Run], dress: Dress) -> tuple[deque[Listed], tuple[int, ...]]:
    """Read the lines of all runs; give after how many of them there is a gap, too."""
    told: deque[Listed] = deque()
    gaps: list[int] = []
    for run in runs:
        before = len(told)
        told += _listed(run.tracks, _dress(run.tracks, dress))
        seen = 0
        for line in run.lines:
            if line.is_gap:
                gaps.append(before + seen)
            seen += not line.is_gap
    return told, tuple(gaps)


def rows_of(told: deque[Listed]) -> tuple[Row, ...]:
    """Return the rows of the lines of a list, and empty it: both take much room."""
    rows: list[Row] = []
    while told:
        line = told.popleft()
        rows.append(
            row_of_body(
                len(rows) + 1,
                line.raw,
                line.name,
                dress=line.dress,
                cue_seconds=line.cue_seconds,
                played_with_previous=line.played_with_previous and bool(rows),
            )
        )
    return tuple(rows)


def _listed(lines: Sequence[Line], dress: Dress) -> list[Listed]:
    counting = _counting(lines)
    counted = replace(dress, numbers=True)
    bodies = [
        _body(line, counted if counts or (line.counts and line.is_bare) else dress)
        for line, counts in zip(lines, counting, strict=True)
    ]
    if _end_with_times(bodies):
        bodies = list(map(_with_time_at_end, bodies))
    names = _names([without_remarks(body.text) for body in bodies], dress)
    cues = places([body.time for body in bodies])
    return [
        Listed(line.raw, name, cue, body.front.played_with, dress)
        for line, body, name, cue in zip(lines, bodies, names, cues, strict=True)
    ]


def _end_with_times(bodies: Sequence[Body]) -> bool:
    """Return whether the times of a list are behind its names."""
    count = sum(body.time is not None and body.front.time is None for body in bodies)
    return count >= max(_LEAST_LINES, _LAYOUT_SHARE * len(bodies))


def _with_time_at_end(body: Body) -> Body:
    """Take off the time that by itself would be a title: "Opening - 00:00"."""
    found = _TIME_ALONE_BEHIND.fullmatch(body.text) if body.time is None else None
    return Body(body.front, found[1], read_time(found[2])) if found else body


def _body(line: Line, dress: Dress) -> Body:
    """Take a line apart as its list has it; most lists overrule nothing."""
    if line.body is None or dress.numbers or dress.sides or dress.dotted:
        return read_body(line.text, dress)
    front = line.body.front
    overruled = (dress.no_times and front.time is not None) or (
        dress.brackets_count and front.bracketed is not None
    )
    return read_body(line.text, dress) if overruled else line.body


def _dress(lines: Sequence[Line], dress: Dress) -> Dress:
    """Return what the marks and times of a list mean."""
    fronts = [line.loose for line in lines if line.loose and not line.played_with]
    least = _LAYOUT_SHARE * len(fronts)
    dotted = [front.time for front in fronts if front.dotted and front.time]
    timed = sum(line.has_time for line in lines)
    return replace(
        dress,
        sides=len(fronts) >= _LEAST_LINES
        and sum(front.sided for front in fronts) >= least,
        dotted=len(dotted) >= max(least, _LEAST_LINES) and not are_durations(dotted),
        brackets_count=_brackets_count(lines),
        no_times=len(lines) >= _LEAST_LINES and timed < _LEAST_TIMES_SHARE * len(lines),
    )


def _brackets_count(lines: Sequence[Line]) -> bool:
    """Return whether "[01]", "[02]", … count the rows, as minutes would not."""
    numbers = [line.bracketed for line in lines if line.bracketed is not None]
    if len(numbers) < _LEAST_LINES or numbers[0] != 1:
        return False
    return all(later == earlier + 1 for earlier, later in pairwise(numbers))


def _counting(lines: Sequence[Line]) -> list[bool]:
    """Return the lines whose bare number in front is the place in the list."""
    bare = [line.number if line.is_bare else None for line in lines]
    steps = [
        later - earlier if earlier is not None and later is not None else 0
        for earlier, later in pairwise(bare)
    ]
    rising = [0 < step <= _MOST_SKIPPED for step in steps]
    least = max(_LAYOUT_SHARE * len(steps), _LEAST_LINES - 1)
    if sum(rising) < least or steps.count(1) * 2 < len(steps):
        return [False] * len(lines)
    return [
        here or there
        for here, there in zip([*rising, False], [False, *rising], strict=True)
    ]


def _names(names: list[str], dress: Dress) -> list[str]:
    """Return the names as `Artist - Title [Label]`, by what they have in common."""
    told = [name for name in names if name.strip(" ?")]
    if max(map(len, names), default=0) > MOST_CHARACTERS:
        return names
    for layout, least in _LAYOUTS:
        if _is_habit(layout, least, told, dress):
            names = [layout(name, dress) or name for name in names]
    return names


def _is_habit(layout: Layout, least: float, told: Sequence[str], dress: Dress) -> bool:
    """Return whether so many names have a layout; ends as soon as they cannot."""
    may_miss = len(told) - least * len(told)
    missed = 0
    for name in told:
        missed += layout(name, dress) is None
        if missed > may_miss:
            return False
    return bool(told)


def _label_in_front(name: str, dress: Dress) -> str | None:
    """`[Label] Artist - Title`."""
    found = _LABEL_IN_FRONT.match(name)
    if not found or not parted(name[found.end() :], dress):
        return None
    return f"{name[found.end() :]} [{found[1]}]"


def _behind_key_and_tempo(name: str, dress: Dress) -> str | None:
    """`8A - 128 - Artist - Title`, as DJ software names files."""
    found = _KEY_AND_TEMPO.match(name)
    rest = name[found.end() :] if found else ""
    return rest if rest and parted(rest, dress) else None


def _sign_before_label(name: str, dress: Dress) -> str | None:
    """`Artist - Title | Label`; columns of keys, tempi and lengths are none."""
    found = _LABEL_SIGN.search(name)
    if not found or not parted(name[: found.start()], dress):
        return None
    if _KEYS_AND_TEMPI.fullmatch(found[1]):
        return name[: found.start()]
    return f"{name[: found.start()]} [{found[1]}]"


def _round_label(name: str, dress: Dress) -> str | None:
    """`Artist - Title (Label)`; versions, guests, years and parts are of the title."""
    found = _ROUND_END.search(name)
    if not found or not parted(name[: found.start()], dress):
        return None
    inner = found[1]
    if is_version(inner) or is_dress(inner) or OF_THE_TITLE.match(inner):
        return None
    return f"{name[: found.start()]} [{inner}]"


def _third_part(name: str, _dress: Dress) -> str | None:
    """`Artist - Title - Label`, as some people print all their lines."""
    *parts, label = dashed_parts(name)
    if len(parts) < 2 or is_version(label) or label[-1:] in ")]":
        return None
    return f"{parts[0]} - {' - '.join(parts[1:])} [{label}]"


def _behind_version(name: str, _dress: Dress) -> str | None:
    """`Artist - Title (Original Mix) Label`."""
    found = _VERSION_END.match(name)
    return found and f"{found[1]} [{found[2]}]"


def _in_capitals(name: str, _dress: Dress) -> str | None:
    """`Artist - Title LABEL`, as pages of 1001Tracklists are copied."""
    if name[-1:] in _NO_CAPITALS_END:
        return None
    found = _CAPITALS_END.match(name)
    if not found or found[1][-1] == "]":
        return None
    title = dashed_parts(found[1])[-1]
    return f"{found[1]} [{found[2]}]" if _SMALL_LETTER.search(title) else None


# The share of lines that must have a layout before all are read so.
_LAYOUTS: tuple[tuple[Layout, float], ...] = (
    (_label_in_front, _LAYOUT_SHARE),
    (_behind_key_and_tempo, _LAYOUT_SHARE),
    (title_by_artist, _LAYOUT_SHARE),
    (_sign_before_label, _LAYOUT_SHARE),
    (_third_part, _LAYOUT_SHARE),
    (_round_label, _LAYOUT_SHARE),
    (_behind_version, 0.3),
    (_in_capitals, 0.6),
)
