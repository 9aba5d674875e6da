"""Pasted lists and descriptions: find the run of track lines, or say there is none."""

import re
from collections.abc import Callable, Iterator, Sequence
from dataclasses import replace
from itertools import islice

from scrapers.tracklists.lists.layouts import MOST_ROWS, laid_out
from scrapers.tracklists.lists.left_out import beside_rows, left_out
from scrapers.tracklists.lists.listed_lines import HEADING, Line, read_line
from scrapers.tracklists.lists.listed_rows import listed, rows_of
from scrapers.tracklists.lists.runs import Run, cued_runs, named_runs, numbered_runs
from scrapers.tracklists.lists.separators import in_columns, separators
from scrapers.tracklists.lists.turned import BY, artist_in_brackets, by_artist
from scrapers.tracklists.reading.dress import ALONE, Dress
from scrapers.tracklists.reading.lines import printed
from scrapers.tracklists.tracklist import (
    NoTracklist,
    NotUnderstood,
    Tracklist,
)

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

# Controls and what no encoding could read: a stray one happens, more is no text.
# A row has one or two; each more is a place where a rule looks for names.
_MOST_DASHES = 3 * MOST_ROWS
_DASH = re.compile("[ \t][-–—][ \t]")
# Each is a reading of the whole text.
_MOST_SEPARATORS = 4
_BAR = re.compile(r"\s\|\s")
_DAMAGE = re.compile("[\x00-\x08\x0e-\x1f\x7f-\x84\x86-\x9f\ufffd]")
_MOST_DAMAGE_SHARE = 0.02
# Not str.splitlines: editors leave U+2028 within lines.
_LINE_END = re.compile(r"\r\n?|\n")
# Two words and more below a heading are a list, whatever parts its names.
_MOST_WORDS_OF_A_ROW = 12
_ROWS_BELOW_HEADING = 4


def parse(content: str) -> Tracklist:
    """
    Read the one tracklist of a text.

    Raises:
        NoTracklist: no run of lines is one.
        NotUnderstood: something is called a tracklist, but cannot be read as one.
    """
    if _has_more(_DAMAGE, content, int(len(content) * _MOST_DAMAGE_SHARE)):
        raise NotUnderstood("the content is no text")
    if content.count("\n") > MOST_ROWS:
        raise NotUnderstood(f"the text has more than {MOST_ROWS} lines")
    if _has_more(_DASH, content, _MOST_DASHES):
        raise NotUnderstood(f"the text has more than {_MOST_DASHES} dashes")
    raws = _LINE_END.split(content)
    # the lines hold it, and it takes as much room as they do
    del content
    if len(raws) > MOST_ROWS:
        raise NotUnderstood(f"the text has more than {MOST_ROWS} lines")
    texts, besides = laid_out([printed(raw) for raw in raws])
    if len(texts) > MOST_ROWS:
        raise NotUnderstood(f"the text has more than {MOST_ROWS} rows")
    for dress, lines in _readings(texts, raws):
        if runs := _best_runs(lines, dress):
            told, gaps = listed(runs, dress)
            left = (*left_out(lines, runs), *beside_rows(besides))
            # lines take more room than their rows
            del lines, runs
            return Tracklist(
                format="text", rows=rows_of(told), gaps_after=gaps, left_out=left
            )
    if _has_list_below_heading(texts):
        raise NotUnderstood("the lines below 'Tracklist' do not part into names")
    raise NoTracklist("no neighbouring lines name artists and titles")


def _has_more(pattern: re.Pattern[str], text: str, most: int) -> bool:
    """Return whether a pattern is found more often, without keeping what it found."""
    return next(islice(pattern.finditer(text), most, None), None) is not None


def _readings(
    texts: Sequence[str], raws: Sequence[str]
) -> Iterator[tuple[Dress, list[Line]]]:
    """Yield the lines as they are, then separated by other signs than dashes."""
    if by_title := artist_in_brackets(texts):
        yield ALONE, _lines(by_title, ALONE)
    yield ALONE, _lines(texts, ALONE)
    for separator in islice(separators(texts), _MOST_SEPARATORS):
        dress = replace(ALONE, separator=separator)
        yield dress, _lines(texts, dress)
    if columns := in_columns(raws):
        dress = replace(ALONE, separator=_BAR)
        parted = laid_out([printed(raw) for raw in columns]).rows
        # a line of many columns may become as many rows
        if len(parted) <= MOST_ROWS:
            yield dress, _lines(parted, dress)
    if by_title := by_artist(texts):
        yield ALONE, _lines(by_title, ALONE)


def _lines(texts: Sequence[str], dress: Dress) -> list[Line]:
    return _closed_up([read_line(text, text, dress) for text in texts])


def _closed_up(lines: list[Line]) -> list[Line]:
    """Leave out the blank lines of a list that has one between any two of its own."""
    between = {
        place
        for place in range(1, len(lines) - 1)
        if lines[place].is_blank and lines[place - 1].named and lines[place + 1].named
    }
    listed = {
        place for place in between if place - 2 in between or place + 2 in between
    }
    return [line for place, line in enumerate(lines) if place not in listed]


# Each kind of run, how many neighbours make one, and how much a line of it counts:
# a mark is evidence, while a headline may have a dash.
_KINDS: tuple[tuple[Callable[[Sequence[Line]], list[Run]], int, float], ...] = (
    (numbered_runs, _LEAST_MARKED, 1.25),
    (cued_runs, _LEAST_MARKED, 1.25),
    (named_runs, _LEAST_NAMED, 1.0),
)


def _best_runs(lines: Sequence[Line], dress: Dress) -> list[Run]:
    """Return the run that is the tracklist, or its chapters; empty when none is."""
    lone = sum(
        not line.is_blank and HEADING.search(line.text) is None for line in lines
    )
    best: list[Run] = []
    most = 0.0
    for find, least, line_counts in _KINDS:
        runs = find(lines)
        enough = [run for run in runs if _is_enough(lines, run, least, lone, dress)]
        chapters = _chapters(lines, runs) if len(runs) > len(enough) else []
        chosen = chapters or _chapters(lines, enough) or _longest(enough)
        weight = sum(len(run.tracks) for run in chosen) * line_counts
        if weight > most:
            best, most = chosen, weight
    return best


def _is_enough(
    lines: Sequence[Line], run: Run, least: int, lone: int, dress: Dress
) -> bool:
    below_heading = _is_below_heading(lines, run)
    enough = min(least, _LEAST_NAMED_BELOW_HEADING) if below_heading else least
    if len(run.tracks) == lone and not run.is_prose:
        enough = _LEAST_ALONE
    elif dress.separator is not None and not _is_sure(dress.separator, run):
        # "Jean-Michel", "AC/DC": a habit only where many lines have it
        enough = _LEAST_NAMED + 1
    by_dash = dress.separator is None
    return len(run.tracks) >= enough and _is_tracks(
        run, below_heading=below_heading and by_dash
    )


def _is_sure(separator: re.Pattern[str], run: Run) -> bool:
    """Return whether a sign with spaces parts lines that all have numbers or times."""
    return r"\s" in separator.pattern and all(line.is_marked for line in run.tracks)


def _is_tracks(run: Run, *, below_heading: bool) -> bool:
    """Distinguish a tracklist from any other list, such as a video's chapters."""
    names = sum(line.named for line in run.tracks)
    if run.named >= len(run.tracks) * _LEAST_NAMED_SHARE and names:
        return True
    if all(line.number is not None and line.has_time for line in run.tracks):
        return True
    by_artist = sum(bool(BY.search(line.name)) for line in run.tracks)
    if by_artist >= len(run.tracks) * _LAYOUT_SHARE:
        return True
    return below_heading


def _is_below_heading(lines: Sequence[Line], run: Run) -> bool:
    headline = _headline(lines, run)
    return headline is not None and bool(HEADING.search(headline.text))


def _headline(lines: Sequence[Line], run: Run, above_end: int = 0) -> Line | None:
    """Return the short line right above a run."""
    start = max(above_end, run.start - 3)
    above = [line for line in lines[start : run.start] if line.text]
    if not above or len(above[-1].text) > _MOST_HEADLINE_CHARACTERS:
        return above[-1] if above and HEADING.search(above[-1].text) else None
    return above[-1]


def _chapters(lines: Sequence[Line], runs: list[Run]) -> list[Run]:
    """Return several runs as parts of one list if each has a headline of its own."""
    if len(runs) < 2 or sum(run.named for run in runs) < _LEAST_MARKED:
        return []
    end = 0
    for run in runs:
        headline = _headline(lines, run, end)
        end = run.end
        if headline is None or headline.is_address or len(run.tracks) < _LEAST_ALONE:
            return []
        if not _is_tracks(run, below_heading=False):
            return []
    return runs


def _longest(runs: list[Run]) -> list[Run]:
    return [max(runs, key=lambda run: len(run.tracks))] if runs else []


def _has_list_below_heading(texts: Sequence[str]) -> bool:
    for place, text in enumerate(texts):
        if HEADING.search(text):
            told = (other for other in texts[place + 1 :] if other)
            below = [
                read_line(other, other) for other in islice(told, _ROWS_BELOW_HEADING)
            ]
            if len(below) == _ROWS_BELOW_HEADING and not any(
                other.is_address or len(other.text.split()) > _MOST_WORDS_OF_A_ROW
                for other in below
            ):
                return True
    return False
