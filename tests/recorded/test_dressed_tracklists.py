"""Real lines in every dress keep artist, title and label; files agree with lines."""

import gzip
import json
from itertools import islice
from pathlib import Path

import pytest

from scrapers.tracklists import parse
from scrapers.tracklists.lines import parse_line
from scrapers.tracklists.tracklist import Row, TracklistError
from tests.dresser import Bare, bare_lines, dressed

LINES = 3000
LEAST_KEPT = 0.99
MOST_DIFFERING = 0.003
EVERY_MIX = 5
LEAST_ROWS = 5

Said = tuple[str | None, str | None, str | None]


def said(row: Row) -> Said:
    return row.artist, row.full_title, row.label


def bare(line: Bare) -> Said:
    label = f" [{line.label}]" if line.label else ""
    return said(parse_line(f"{line.artist} - {line.title}{label}"))


def named_rows(content: str) -> list[Said]:
    try:
        tracklists = parse(content.encode())
    except TracklistError:
        return []
    return [said(row) for each in tracklists for row in each.rows if row.artist]


@pytest.fixture(scope="module")
def mixes(shared_data: Path) -> Path:
    return shared_data / "tracklists/mixesdb/mixes.jsonl.gz"


def test_dressed_lists_keep_artist_title_and_label(mixes):
    lines = bare_lines(mixes, LINES)
    kept = given = 0
    for outfit, part in dressed(lines):
        want = [bare(line) for line in part]
        got = named_rows(outfit.list_of(part))
        given += max(len(want), len(got))
        kept += sum(line in got for line in want)

    assert len(lines) == LINES
    assert kept / given >= LEAST_KEPT


def test_dressed_lines_alone_keep_artist_title_and_label(mixes):
    lines = bare_lines(mixes, LINES)
    kept = given = 0
    for outfit, part in dressed(lines):
        # a number without a sign may be of the name: only a list tells ("4 Strings")
        if outfit.layout != "none" or outfit.mark == "1":
            continue
        for line in part[:2]:
            given += 1
            kept += said(parse_line(outfit.alone(line))) == bare(line)

    assert given > LINES
    assert kept / given >= LEAST_KEPT


def test_a_pasted_mix_says_of_each_line_what_the_line_says(mixes):
    rows = differing = 0
    with gzip.open(mixes, "rt", encoding="utf-8") as every:
        for mix in map(json.loads, islice(every, 0, None, EVERY_MIX)):
            lines = [" ".join(track["line"].split()) for track in mix["tracklist"]]
            lines = [line for line in lines if line]
            if len(lines) < LEAST_ROWS:
                continue
            text = "\n".join([mix["title"], "", *lines])
            got = {row.track_id for each in parse(text.encode()) for row in each.rows}
            want = {parse_line(line).track_id for line in lines} - {None}
            rows += len(lines)
            differing += len(want - got)

    assert rows > 10_000 // 2
    assert differing / rows <= MOST_DIFFERING
