"""What a person sees of a replay: one line that fits, whose values these are, names."""

from dataclasses import dataclass
from pathlib import Path

import pytest

from rehearsal.summary import progress_line, whose

CALLS = {"spotify": 18_200, "musicbrainz": 8_120, "lastfm": 18_200}


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
