"""Every key has one place on the wheel, however it is printed."""

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from enrichment.contract.camelot import camelot

MINOR = ["G#", "D#", "A#", "F", "C", "G", "D", "A", "E", "B", "F#", "C#"]
MAJOR = ["B", "F#", "C#", "G#", "D#", "A#", "F", "C", "G", "D", "A", "E"]
FLATS = {"C#": "Db", "D#": "Eb", "F#": "Gb", "G#": "Ab", "A#": "Bb"}


@pytest.mark.parametrize(("hour", "tone"), [*enumerate(MINOR, 1)])
def test_minor_keys_are_the_inner_wheel(hour, tone):
    for printed in (
        f"{tone} minor",
        f"{tone}m",
        f"{tone} min",
        f"{tone.lower()} MINOR",
    ):
        assert camelot(printed) == f"{hour}A"


@pytest.mark.parametrize(("hour", "tone"), [*enumerate(MAJOR, 1)])
def test_major_keys_are_the_outer_wheel(hour, tone):
    for printed in (f"{tone} major", f"{tone}maj", tone, f"{tone} Dur"):
        assert camelot(printed) == f"{hour}B"


@pytest.mark.parametrize(("sharp", "flat"), [*FLATS.items()])
def test_a_flat_is_its_sharp(sharp, flat):
    assert camelot(f"{flat} minor") == camelot(f"{sharp} minor")
    assert camelot(f"{flat} major") == camelot(f"{sharp} major")


@pytest.mark.parametrize(
    ("printed", "code"),
    [
        ("F♯ min", "11A"),
        ("Gb maj", "2B"),
        ("B♭m", "3A"),
        ("Bb", "6B"),
        ("8A", "8A"),
        ("08a", "8A"),
        ("12B", "12B"),
        ("1m", "8A"),
        ("1d", "8B"),
        ("6m", "1A"),
        ("A-flat minor", "1A"),
        ("C sharp minor", "12A"),
        (" Am ", "8A"),
    ],
)
def test_other_spellings_are_read(printed, code):
    assert camelot(printed) == code


@pytest.mark.parametrize(
    "printed", ["", "H minor", "13A", "0B", "Am7", "unknown", "all"]
)
def test_what_is_no_key_has_no_code(printed):
    assert camelot(printed) is None


def test_all_24_keys_have_different_codes():
    codes = {camelot(f"{t} minor") for t in MINOR} | {
        camelot(f"{t} major") for t in MAJOR
    }

    assert len(codes) == 24


@settings(max_examples=100)
@given(st.text(max_size=20))
def test_any_text_is_answered(printed):
    code = camelot(printed)

    assert code is None or camelot(code) == code
