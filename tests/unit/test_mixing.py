"""Tempo and key as a DJ reads them."""

import pytest

from enrichment.contract.camelot import camelot, open_key
from enrichment.pipeline.explaining.tempo import TempoDoubt, doubt_of, folded


@pytest.mark.parametrize(
    ("raw", "read"),
    [
        (62.01, 124.02),
        (124.02, 124.02),
        (248.04, 124.02),
        (31, 124),
        (70, 70),
        (180, 180),
    ],
)
def test_a_tempo_is_read_at_the_octave_in_which_it_is_played(raw, read):
    assert folded(raw) == read


@pytest.mark.parametrize(
    ("readings", "doubt"),
    [
        ([], None),
        ([128.0], None),
        ([128.0, 127.9], None),
        ([64.0, 128.1], TempoDoubt.OCTAVE),
        ([174.0, 87.0, 174.2], TempoDoubt.OCTAVE),
        ([128.0, 96.0], TempoDoubt.DIFFERS),
        ([64.0, 128.0, 96.0], TempoDoubt.DIFFERS),
    ],
)
def test_sources_that_differ_are_told_and_half_or_double_apart(readings, doubt):
    assert doubt_of(readings) == doubt


def test_every_camelot_code_is_one_open_key_and_back():
    codes = [f"{hour}{letter}" for hour in range(1, 13) for letter in "AB"]

    assert len({open_key(code) for code in codes}) == 24
    assert [camelot(open_key(code)) for code in codes] == codes
    assert open_key("8A") == "1m"
    assert open_key("8B") == "1d"
