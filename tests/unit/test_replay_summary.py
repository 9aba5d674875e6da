"""What a person sees of a replay: one line that fits, whose values these are, names."""

import re
from dataclasses import dataclass
from pathlib import Path

import pytest

from enrichment.exports.preflight import LeftOut
from enrichment.exports.selection import Reason
from rehearsal.report import Bar, Findings, html
from rehearsal.summary import progress_line, whose

CALLS = {"spotify": 18_200, "musicbrainz": 8_120, "lastfm": 18_200}
DOCUMENT = {
    "mentions": 10,
    "tracks": 6,
    "outcomes": {"completed": 4, "unidentified": 2},
    "calls": {"spotify": 6, "lastfm": 5},
}


@dataclass(frozen=True)
class Plan:
    catalogue: Path | None = None


@pytest.mark.parametrize("width", [80, 60, 200])
@pytest.mark.parametrize("done", [0, 1, 4999, 12_000])
def test_progress_fits_its_line_with_the_time_that_is_left(width, done):
    line = progress_line(done, 12_000, {"spotify": 1}, seconds=10, width=width)

    assert len(line) < width
    assert ("left" in line.plain) == (0 < done < 12_000)


def test_progress_of_three_providers_fits_eighty_columns():
    line = progress_line(9_999, 12_000, CALLS, seconds=60, width=80)

    assert len(line) < 80
    assert "44520 calls" in line.plain
    assert "0:12 left" in line.plain


def test_invented_values_are_called_invented():
    assert "invented" in whose(Plan())
    assert "world.jsonl" in whose(Plan(Path("world.jsonl")))


def test_the_page_needs_nothing_else_and_names_what_is_not_resolved():
    found = Findings(
        coverage=[Bar("isrc", 4, 6)],
        genres=[Bar("<house>", 3, 6)],
        left_out=[LeftOut(Reason.AMBIGUOUS, None, "A & B", "<Title>", "A night", 3)],
    )

    page = html(DOCUMENT, found, whose(Plan()))

    assert page.count("invented") == 2
    assert "<td>A &amp; B</td><td>&lt;Title&gt;</td><td>A night, row 3</td>" in page
    assert "&lt;house&gt;" in page
    assert "several recordings fit" in page
    assert not re.search(r"https?://|<script|<link|<img|url\(", page)
    assert page.count("<svg") == 4
    assert "4 (67%)" in page
