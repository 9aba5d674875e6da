"""What people tag becomes a few names of genres."""

import pytest

from enrichment.pipeline import genres


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
        ("Électronique", "electronic"),
        ("EDM", "electronic dance"),
        ("Hip-Hop", "hip hop"),
        ("seen live", None),
        ("2010s", None),
        ("90s", None),
        ("2009", None),
        ("♥♥♥", None),
        ("", None),
        ("Detroit", None),
        ("Detroit Techno", "detroit techno"),
        ("Harbour Records", None),
        ("Quay Street", None),
        ("my house", None),
        ("favourite trance", None),
        ("best of 2012", None),
        ("songs i love to dance", None),
        ("summer 2009 house", None),
        ("Blackened Synthwave", "blackened synthwave"),
        ("post-rock", "post rock"),
        ("x" * 80, None),
    ],
)
def test_one_genre_has_one_name_and_opinions_have_none(written, name):
    assert genres.name_of(written) == name


def test_a_tag_of_two_genres_is_both_unless_it_is_one_of_two_names():
    tags = [("Rock/Goth Rock", 90), ("Hip-Hop/Rap", 80), ("Nora/My House", 70)]

    assert genres.normalised(tags) == ["gothic rock", "rock", "hip hop"]


def test_genres_stand_by_weight_and_then_by_name():
    tags = [("trance", 20), ("house", 100), ("techno", 20), ("House Music", 30)]

    assert genres.normalised(tags) == ["house", "techno", "trance"]


@pytest.mark.parametrize("tag", ["AC/DC", "acdc", "Ac Dc", "The AC-DC"])
def test_the_artists_own_name_is_no_genre_in_any_spelling(tag):
    assert genres.normalised([(tag, 100), ("rock", 90)], ["AC/DC"]) == ["rock"]


def test_names_that_sound_like_genres_are_no_genre_of_whom_they_name():
    tags = [("Deep House Allstars", 100), ("Night Trance", 90), ("house", 50)]

    assert genres.normalised(tags, ["Night Trance"]) == ["house"]


@pytest.mark.parametrize(
    ("tags", "told"),
    [
        (["progressive"], []),
        (["progressive", "electronic"], ["electronic"]),
        (["progressive", "house"], ["progressive house", "house"]),
        (["progressive", "trance"], ["progressive trance", "trance"]),
        (["progressive", "hard rock"], ["progressive rock", "hard rock"]),
        (["house", "progressive", "trance"], ["house", "progressive house", "trance"]),
        (["progressive", "progressive house"], ["progressive house"]),
    ],
)
def test_progressive_is_a_genre_only_beside_others_that_say_which(tags, told):
    weighted = [(tag, 100 - place) for place, tag in enumerate(tags)]

    assert genres.normalised(weighted) == told


def test_what_few_people_said_is_left_out():
    assert genres.normalised([("house", 100), ("polka", 3)]) == ["house"]


def test_a_track_has_few_genres():
    kinds = ["deep", "acid", "hard", "afro", "tech", "soul"]
    tags = [(f"{kind} house", 50) for kind in kinds]

    assert len(genres.normalised(tags)) == genres.MOST


def test_every_alias_is_written_as_it_is_looked_up_and_leads_to_a_name_that_stays():
    for written, name in genres.ALIASES.items():
        assert genres.folded(written) == written
        assert genres.name_of(name) == name
