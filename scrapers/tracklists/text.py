"""Pasted lists and descriptions: find the run of track lines, or say there is none."""

import re
from collections.abc import Callable, Sequence
from dataclasses import replace
from itertools import pairwise

from scrapers.tracklists.lines import parse_line
from scrapers.tracklists.runs import (
    HEADING,
    MOST_CHARACTERS,
    Line,
    Run,
    cued_runs,
    is_unknown,
    named_runs,
    numbered_runs,
    read_line,
)
from scrapers.tracklists.tracklist import NoTracklist, NotUnderstood, Row, Tracklist

# Fewer neighbours may be a coincidence among other text.
_LEAST_MARKED = 3
_LEAST_NAMED = 4
_LEAST_NAMED_BELOW_HEADING = 3
# A file that holds nothing else.
_LEAST_ALONE = 2
# A list whose lines do not name artist and title is another kind of list.
_LEAST_NAMED_SHARE = 0.5
_MOST_HEADLINE_CHARACTERS = 90
# From this share on, what lines of a run have in common is its layout.
_LAYOUT_SHARE = 0.75

# More are no text that a person wrote.
_MOST_LINES = 20_000
# Controls and what no encoding could read: a stray one happens, more is no text.
_DAMAGE = re.compile("[\x00-\x08\x0e-\x1f\x7f-\x84\x86-\x9f\ufffd]")
_MOST_DAMAGE_SHARE = 0.02
# Not str.splitlines: editors leave U+2028 within lines.
_LINE_END = re.compile(r"\r\n?|\n")
_DASH = re.compile(r"\s+[-‐-―−]{1,2}\s+")
_TIGHT_DASH = re.compile(r"(?<=[^\s\d-])[-–—](?=[^\s\d-])")
_SLASH = re.compile(r"\s+/\s+")
_BY = re.compile(r"\s+by\s+(?!.*\s+by\s+)")
_VERSION_END = re.compile(
    r"^(.*\([^()]*\b(?:mix|remix|edit|version|dub|extended|rework|vip)\))\s+"
    r"(?!w/|ft\b|feat|vs\b|a\.?k\.?a|[(\[+&])([^()\[\]]+)\)?$",
    re.IGNORECASE,
)
_CAPITALS_END = re.compile(
    r"^(.*\s[-–—]\s.*?[\w)!*'’].*?)\s+([^\sa-z()\[\]]*[A-Z][^\sa-z()\[\]]*"
    r"(?:\s[^\sa-z\[\]]+)*)$"
)


def parse(content: str) -> Tracklist:
    """
    Read the one tracklist of a text.

    Raises:
        NoTracklist: no run of lines is one.
        NotUnderstood: something is called a tracklist, but cannot be read as one.
    """
    if len(_DAMAGE.findall(content)) > len(content) * _MOST_DAMAGE_SHARE:
        raise NotUnderstood("the content is no text")
    texts = _rejoined(_LINE_END.split(content))
    if len(texts) > _MOST_LINES:
        raise NotUnderstood(f"the text has more than {_MOST_LINES} lines")
    for reading in (_label_value_pairs, _copied_page):
        if listed := reading(texts):
            texts = listed
            break
    for spaced in (texts, _closed_up(texts)):
        for separator in (None, _SLASH, _TIGHT_DASH):
            if runs := _best_runs(_read(spaced, separator), separator):
                return _tracklist(runs)
    if _has_list_below_heading(texts):
        raise NotUnderstood("the lines below 'Tracklist' do not part into names")
    raise NoTracklist("no neighbouring lines name artists and titles")


def _rejoined(texts: Sequence[str]) -> list[str]:
    """Put lines together that were broken behind a comma."""
    joined: list[str] = []
    for text in texts:
        above = joined[-1].rstrip() if joined else ""
        if above.endswith(",") and text.strip() and not _DASH.search(above):
            joined[-1] = f"{above} {text.strip()}"
        else:
            joined.append(text)
    return joined


def _closed_up(texts: Sequence[str]) -> list[str]:
    """Leave out the blank lines of a list that has one between any two of its own."""
    lines = [read_line(text) for text in texts]
    between = {
        place
        for place in range(1, len(lines) - 1)
        if lines[place].is_blank and lines[place - 1].named and lines[place + 1].named
    }
    listed = {
        place for place in between if place - 2 in between or place + 2 in between
    }
    return [text for place, text in enumerate(texts) if place not in listed]


def _read(texts: Sequence[str], separator: re.Pattern[str] | None) -> list[Line]:
    """Read lines whose artist and title are parted by something else than a dash."""
    if separator is None:
        return [read_line(text) for text in texts]
    return [
        read_line(text if _DASH.search(text) else separator.sub(" - ", text, count=1))
        for text in texts
    ]


# Each kind of run, how many neighbours make one, and how much a line of it counts:
# a mark is evidence, while a headline may have a dash.
_KINDS: tuple[tuple[Callable[[Sequence[Line]], list[Run]], int, float], ...] = (
    (numbered_runs, _LEAST_MARKED, 1.25),
    (cued_runs, _LEAST_MARKED, 1.25),
    (named_runs, _LEAST_NAMED, 1.0),
)


def _best_runs(lines: Sequence[Line], separator: re.Pattern[str] | None) -> list[Run]:
    """Give the run that is the tracklist, or its chapters; empty when none is."""
    lone = sum(not line.is_blank for line in lines)
    best: list[Run] = []
    most = 0.0
    for find, least, line_counts in _KINDS:
        runs = []
        for run in find(lines):
            below_heading = _is_below_heading(lines, run)
            enough = min(least, _LEAST_NAMED_BELOW_HEADING) if below_heading else least
            if len(run.tracks) == lone and not run.is_prose:
                enough = _LEAST_ALONE
            if separator is not None:
                # "Jean-Michel", "AC/DC": a habit only where many lines have it
                enough = _LEAST_NAMED + 1
            if len(run.tracks) >= enough and _is_tracks(
                run, below_heading=below_heading and separator is None
            ):
                runs.append(run)
        chosen = _chapters(lines, runs) or _longest(runs)
        weight = sum(len(run.tracks) for run in chosen) * line_counts
        if weight > most:
            best, most = chosen, weight
    return best


def _is_tracks(run: Run, *, below_heading: bool) -> bool:
    """Tell a tracklist from any other list, such as a video's chapters."""
    names = sum(line.named for line in run.tracks)
    if run.named >= len(run.tracks) * _LEAST_NAMED_SHARE and names:
        return True
    if all(line.number is not None and line.cue is not None for line in run.tracks):
        return True
    by_artist = sum(bool(_BY.search(line.name)) for line in run.tracks)
    if by_artist >= len(run.tracks) * _LAYOUT_SHARE:
        return True
    return below_heading


def _is_below_heading(lines: Sequence[Line], run: Run) -> bool:
    headline = _headline(lines, run)
    return headline is not None and bool(HEADING.search(headline.text))


def _headline(lines: Sequence[Line], run: Run) -> Line | None:
    """Give the short line right above a run."""
    above = [line for line in lines[max(0, run.start - 3) : run.start] if line.text]
    if not above or len(above[-1].text) > _MOST_HEADLINE_CHARACTERS:
        return above[-1] if above and HEADING.search(above[-1].text) else None
    return above[-1]


def _chapters(lines: Sequence[Line], runs: list[Run]) -> list[Run]:
    """Give several runs as the parts of one list if each has a headline of its own."""
    if len(runs) < 2:
        return []
    for run in runs:
        headline = _headline(lines, run)
        if headline is None or headline.is_address:
            return []
    return runs


def _longest(runs: list[Run]) -> list[Run]:
    return [max(runs, key=lambda run: len(run.tracks))] if runs else []


def _tracklist(runs: Sequence[Run]) -> Tracklist:
    rows: list[Row] = []
    gaps: list[int] = []
    for run in runs:
        names = _names(run.tracks)
        for line in run.lines:
            if line.is_gap:
                gaps.append(len(rows))
                continue
            rows.append(_row(len(rows) + 1, line, names.pop(0)))
    return Tracklist(format="text", rows=tuple(rows), gaps_after=tuple(gaps))


def _row(position: int, line: Line, name: str) -> Row:
    text = name if line.cue is None else f"[{line.cue}] {name}"
    return replace(parse_line(text), position=position, raw=line.text)


def _names(lines: Sequence[Line]) -> list[str]:
    """Give the lines as `Artist - Title [Label]`, by what they have in common."""
    names = [line.name for line in lines]
    told = [name for name in names if not is_unknown(name)]
    if max(map(len, names), default=0) > MOST_CHARACTERS:
        return names
    for layout, least in _LAYOUTS:
        share = sum(layout(name) is not None for name in told) / max(1, len(told))
        if share >= least:
            names = [layout(name) or name for name in names]
    return names


def _title_by_artist(name: str) -> str | None:
    found = _BY.search(name)
    if not found or _DASH.search(name):
        return None
    return f"{name[found.end() :]} - {name[: found.start()]}"


def _third_part(name: str) -> str | None:
    """`Artist - Title - Label`, as some people print all their lines."""
    parts = _DASH.split(name)
    if len(parts) < 3:
        return None
    return f"{parts[0]} - {' - '.join(parts[1:-1])} [{parts[-1]}]"


def _behind_version(name: str) -> str | None:
    """`Artist - Title (Original Mix) Label`."""
    found = _VERSION_END.match(name)
    return found and f"{found[1]} [{found[2]}]"


def _in_capitals(name: str) -> str | None:
    """`Artist - Title LABEL`, as pages of 1001Tracklists are copied."""
    found = _CAPITALS_END.match(name)
    if not found or not re.search(r"[a-z]", _DASH.split(found[1], maxsplit=1)[-1]):
        return None
    return f"{found[1]} [{found[2]}]"


# The share of lines that must have a layout before all are read so.
_LAYOUTS: tuple[tuple[Callable[[str], str | None], float], ...] = (
    (_title_by_artist, _LAYOUT_SHARE),
    (_third_part, _LAYOUT_SHARE),
    (_behind_version, 0.3),
    (_in_capitals, 0.6),
)


def _label_value_pairs(texts: Sequence[str]) -> list[str]:
    """Read `Song`, title, `Artist`, name on lines of their own, as YouTube has them."""
    found: list[str] = []
    title = ""
    for label, value in pairwise(texts):
        if label.strip().casefold() == "song":
            title = value.strip()
        elif label.strip().casefold() == "artist" and title:
            found.append(f"{value.strip()} - {title}")
            title = ""
    return found if len(found) >= _LEAST_ALONE else []


def _copied_page(texts: Sequence[str]) -> list[str]:
    """Read a page copied as text: number, time and name on lines of their own."""
    found: list[str] = []
    waiting: list[str] | None = None
    for text in map(str.strip, texts):
        if re.fullmatch(r"\d{2,3}", text) and int(text) == len(found) + 1:
            waiting = []
        elif waiting is not None and re.fullmatch(r"\d{1,2}(?::\d{2}){1,2}", text):
            waiting = [f"[{text}]"]
        elif waiting is not None and text:
            found.append(" ".join([f"{len(found) + 1}.", *waiting, text]))
            waiting = None
    return found if len(found) >= _LEAST_MARKED else []


def _has_list_below_heading(texts: Sequence[str]) -> bool:
    lines = [read_line(text) for text in texts]
    for place, line in enumerate(lines):
        if HEADING.search(line.text):
            below = [other for other in lines[place + 1 :] if other.text][:4]
            if len(below) == 4 and not any(
                other.is_address or len(other.text.split()) > 12 for other in below
            ):
                return True
    return False
