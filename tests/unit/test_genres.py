"""What people tag becomes a few names of genres."""

import pytest

from enrichment import genres


@pytest.mark.parametrize(
    ("written", "name"),
    [
        ("Drum & Bass", "drum and bass"),
        ("drum'n'bass", "drum and bass"),
        ("DnB", "drum and bass"),
        ("Tech-House", "tech house"),
        ("techhouse", "tech house"),
        ("R&B", "r&b"),
        ("Psy-Trance", "psytrance"),
        ("Électronique", "electronique"),
        ("EDM", "electronic dance"),
        ("Hip-Hop", "hip hop"),
        ("seen live", None),
        ("2010s", None),
        ("90s", None),
        ("2009", None),
        ("♥♥♥", None),
        ("", None),
        ("x" * 80, None),
    ],
)
def test_one_genre_has_one_name_and_opinions_have_none(written, name):
    assert genres.name_of(written) == name


def test_genres_stand_by_weight_and_then_by_name():
    tags = [("trance", 20), ("house", 100), ("techno", 20), ("House Music", 30)]

    assert genres.normalised(tags) == ["house", "techno", "trance"]


def test_what_few_people_said_is_left_out():
    assert genres.normalised([("house", 100), ("polka", 3)]) == ["house"]


def test_a_track_has_few_genres():
    tags = [(f"genre {letter}", 50) for letter in "abcdefgh"]

    assert len(genres.normalised(tags)) == genres.MOST


def test_every_alias_is_written_as_it_is_looked_up_and_leads_to_a_name_that_stays():
    for written, name in genres.ALIASES.items():
        assert genres.folded(written) == written
        assert genres.name_of(name) == name
