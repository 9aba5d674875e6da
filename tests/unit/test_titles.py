"""Names are taken apart, and none is broken."""

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from enrichment.contract.identity.titles import parse_name


@pytest.mark.parametrize(
    "artist",
    [
        "Daft Punk",
        "Loft Groover",
        "Craft",
        "Swift",
        "Max Cooper",
        "Felix Jaehn",
        "A-Ha",
        "Kölsch",
        "TVs",
        "Defeater",
        "Malcolm X",
        "Ночь",
        "夜",
        "!!!",
        "Andrew Weatherall",
        "Presence",
    ],
)
def test_a_name_that_looks_like_a_joiner_stays_whole(artist):
    name = parse_name(artist, "Night")

    assert (name.artist, name.artists, name.featured) == (artist, (artist,), ())


@pytest.mark.parametrize(
    ("credit", "artists"),
    [
        ("Above & Beyond", ("Above", "Beyond")),
        ("Simon & Garfunkel", ("Simon", "Garfunkel")),
        ("AC/DC", ("AC/DC",)),
        ("Tyler, The Creator", ("Tyler", "The Creator")),
        ("Rex x Boy", ("Rex", "Boy")),
        ("Deadmau5 vs. Eric Prydz", ("Deadmau5", "Eric Prydz")),
        ("Ferry Corsten Pres. Gouryella", ("Ferry Corsten", "Gouryella")),
        ("Taksi aka Night On Earth", ("Taksi", "Night On Earth")),
        ("Arty, Matisse & Sadko", ("Arty", "Matisse", "Sadko")),
        ("Malcolm X & Boy", ("Malcolm X", "Boy")),
        ("Function / Inland", ("Function", "Inland")),
        ("Sultan + Shepard", ("Sultan", "Shepard")),
        ("Soft. Touch", ("Soft. Touch",)),
        ("TVs vs Radios", ("TVs", "Radios")),
    ],
)
def test_the_credit_stays_whole_and_its_parts_are_candidates(credit, artists):
    name = parse_name(credit, "Night")

    assert (name.artist, name.artists) == (credit, artists)


@pytest.mark.parametrize(
    ("artist", "title"),
    [
        ("Artist feat. Bob", "Title"),
        ("Artist ft Bob", "Title"),
        ("Artist Featuring Bob", "Title"),
        ("Artist (feat. Bob)", "Title"),
        ("Artist", "Title (feat. Bob)"),
        ("Artist", "Title [ft. Bob]"),
        ("Artist", "Title feat. Bob"),
        ("Artist", "Title (with Bob)"),
        ("Artist", "Title (w/ Bob)"),
    ],
)
def test_featured_artists_are_found_wherever_they_are_printed(artist, title):
    name = parse_name(artist, title)

    assert (name.artist, name.title, name.featured) == ("Artist", "Title", ("Bob",))


def test_a_featured_artist_with_accents_is_kept_whole():
    name = parse_name("Above & Beyond feat. Zoë Johnston", "Good For Me")

    assert (name.artist, name.featured) == ("Above & Beyond", ("Zoë Johnston",))


@pytest.mark.parametrize(
    ("title", "base", "version", "remixers"),
    [
        ("One More Time (Club Mix)", "One More Time", "Club Mix", ()),
        ("Harbour (Sped Up)", "Harbour", "Sped Up", ()),
        ("Harbour (Slowed + Reverb)", "Harbour", "Slowed + Reverb", ()),
        ("Harbour - Nightcore", "Harbour", "Nightcore", ()),
        ("Harbour - Live", "Harbour", "Live", ()),
        ("Slowed Down", "Slowed Down", None, ()),
        ("Strobe (Original Mix)", "Strobe", "Original Mix", ()),
        ("Strobe (Extended Mix)", "Strobe", "Extended Mix", ()),
        ("Strobe (Radio Edit)", "Strobe", "Radio Edit", ()),
        ("Strobe (Chris Lake Remix)", "Strobe", "Chris Lake Remix", ("Chris Lake",)),
        (
            "Strobe (Chris Lake Extended Remix)",
            "Strobe",
            "Chris Lake Extended Remix",
            ("Chris Lake",),
        ),
        ("Strobe (Feed Me VIP)", "Strobe", "Feed Me VIP", ("Feed Me",)),
        ("Levels (Swift Remix)", "Levels", "Swift Remix", ("Swift",)),
        ("Song (With You Remix)", "Song", "With You Remix", ("With You",)),
        ("Title (808 State Remix)", "Title", "808 State Remix", ("808 State",)),
        ("Title (DJ S.K.T Remix)", "Title", "DJ S.K.T Remix", ("DJ S.K.T",)),
        ("Ночь (Ivan Remix)", "Ночь", "Ivan Remix", ("Ivan",)),
        ("Tide [Mira Remix]", "Tide", "Mira Remix", ("Mira",)),
        ("Tide - Mira Remix", "Tide", "Mira Remix", ("Mira",)),
        ("Tide - Radio Edit", "Tide", "Radio Edit", ()),
        ("Tide (Mira's Night Mix)", "Tide", "Mira's Night Mix", ("Mira",)),
        ("Tide (Mira & Joon Rework)", "Tide", "Mira & Joon Rework", ("Mira", "Joon")),
        ("Tide (Live)", "Tide", "Live", ()),
        ("Tide (2014 Remaster)", "Tide", "2014 Remaster", ()),
        ("Tide (Mira Dub) (Joon Edit)", "Tide", "Mira Dub, Joon Edit", ("Joon",)),
        ("Tide feat. Bob (Ø [Phase] Remix)", "Tide", "Ø [Phase] Remix", ("Ø [Phase]",)),
    ],
)
def test_versions_and_their_makers_are_found(title, base, version, remixers):
    name = parse_name("Artist", title)

    assert (name.title, name.version, name.remixers) == (base, version, remixers)
    assert name.full_title == title


@pytest.mark.parametrize(
    "title",
    [
        "Special Edition",
        "Live Forever",
        "Cover Me",
        "Meditation (Meditation Pt. 2)",
        "Part 2 - Remember Me",
        "One (Swedish House Mafia x Alesso)",
        "Pjanoo vs. Strobe",
        "夜に駆ける",
        "Original Mix",
        "Instrumental",
        "Café del Mar",
        "Harder",
        "Ghosts 'n' Stuff",
        "(Remix)",
        "The Mix",
        "Tide (With Love)",
        "Remixed By God",
    ],
)
def test_a_plain_title_stays_as_it_is(title):
    name = parse_name("Artist", title)

    assert (name.title, name.full_title, name.version) == (title, title, None)
    assert name.remixers == ()


def test_where_a_track_is_to_be_had_is_no_part_of_its_title():
    name = parse_name("Artist", "Title (Mira Remix) (Unreleased)")

    assert (name.title, name.version) == ("Title", "Mira Remix")
    assert name.full_title == "Title (Mira Remix) (Unreleased)"


def test_spaces_and_unseen_characters_are_tidied():
    name = parse_name("\ufeffArtist\u00a0 One", "Ti\u200btle\u2003(Mira\u00a0Remix)")

    assert (name.artist, name.full_title) == ("Artist One", "Title (Mira Remix)")


@settings(max_examples=200)
@given(st.text(max_size=80), st.text(max_size=120))
def test_any_text_is_taken_apart_without_an_error(artist, title):
    name = parse_name(artist, title)

    assert bool(name.title) == bool(name.full_title)


def test_hostile_lengths_are_taken_apart_at_once():
    for piece in ("(", "()", "[a)", " feat. a vs b", "(a remix)", " - ", " & "):
        name = parse_name(piece * 5000, piece * 5000)

        assert bool(name.title) == bool(name.full_title)
        assert len(name.full_title) <= len(piece) * 5000
