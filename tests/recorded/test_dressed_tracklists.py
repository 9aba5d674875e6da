"""Real lines in every dress keep artist, title and label."""

from pathlib import Path

import pytest

from scrapers.tracklists import parse
from scrapers.tracklists.reading.lines import parse_line
from scrapers.tracklists.tracklist import Row, TracklistError
from tests.dresser import Bare, bare_lines, dressed

LINES = 3000
LEAST_KEPT = 0.99

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
