"""What a listener calls the same track is one key; another version is another."""

import unicodedata
import uuid

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from enrichment.contract.identity.identity import folded, track_key
from enrichment.contract.identity.titles import parse_name


def key(printed):
    artist, _, title = printed.partition(" - ")
    found = track_key(parse_name(artist, title))
    return found and found.text


@pytest.mark.parametrize(
    ("one", "other"),
    [
        ("deadmau5 - Strobe", "deadmau5 - Strobe (Original Mix)"),
        ("deadmau5 - Strobe", "Deadmau5 - STROBE (Original)"),
        ("deadmau5 - Strobe", "deadmau5 - Strobe (2014 Remaster)"),
        ("deadmau5 - Strobe", "deadmau5 - Strobe - Remastered"),
        ("deadmau5 - Strobe", "deadmau5 - Strobe (2009)"),
        ("deadmau5 - Strobe", "deadmau5 - Strobe (Unreleased)"),
        ("Energy 52 - Café del Mar", "Energy 52 - Cafe del Mar"),
        (
            "Above & Beyond feat. Zoë Johnston - Good For Me",
            "Zoë Johnston & Above & Beyond - Good For Me",
        ),
        ("Nora & Joon - Night", "Joon, Nora - Night"),
        ("Nora & Joon - Night", "Nora and Joon - Night"),
        ("Nora & Joon - Night", "Nora x Joon - Night"),
        ("Nora & Joon - Night", "Nora vs. Joon - Night"),
        ("Nora & Joon - Night", "Nora&Joon - Night"),
        ("Nora & Joon - Night", "Nora - Night (feat. Joon)"),
        ("Nora & Joon - Night", "Nora - Night ft. Joon"),
        ("The Nora - Night", "Nora - Night"),
        ("DJ Nora - Night", "Nora - Night"),
        ("Nora (UK) - Night", "Nora - Night"),
        ("Ferry pres. Gouryella - Night", "Gouryella - Night"),
        ("Taksi aka Moth, Nora - Night", "Nora & Taksi - Night"),
        ("Nora - The Night", "Nora - Night"),
        ("Nora - A Night", "Nora - Night"),
        ("Nora - Sun & Moon", "Nora - Sun And Moon"),
        ("deadmau5 - Ghosts N Stuff", "deadmau5 - Ghosts 'n' Stuff"),
        ("Nora - Don't", "Nora - Dont"),
        ("Nora - Don’t", "Nora - Don't"),
        ("Nora - S.W.A.R.M.", "Nora - SWARM"),
        ("Nora - Power Drive", "Nora - Powerdrive"),
        ("Nora - X-Pollination", "Nora - X Pollination"),
        ("Nora - Nyhus Pt.2", "Nora - Nyhus (Part II)"),
        ("Nora - Night (Mira Remix)", "Nora - Night (Mira Mix)"),
        ("Nora - Night (Mira Remix)", "Nora - Night (Mira Rework)"),
        ("Nora - Night (Mira Remix)", "Nora - Night [Mira RMX]"),
        ("Nora - Night (Mira Remix)", "Nora - Night - Mira Remix"),
        ("Nora - Night (Mira Remix)", "Nora - Night (Mira)"),
        ("Nora & Mira - Night (Mira Remix)", "Nora - Night (Mira Remix)"),
        ("Nora - Night (Mira's Raw Remix)", "Nora - Night (Mira Raw Remix)"),
        ("Nora - Night (Mira's Raw Remix)", "Nora - Night (Miras Raw Remix)"),
        ("Nora - Night (Jürg's Extended Mix)", "Nora - Night (Jürg Extended Mix)"),
        ("Nora - Night (Album Version)", "Nora - Night"),
        ("Nora - Night (Main Mix)", "Nora - Night"),
        ("Nora - Night (Explicit)", "Nora - Night"),
        ("Nora - Night [Bonus Track]", "Nora - Night"),
        ("Nora - Night - Mono", "Nora - Night"),
        ("Nora - Night (Unmixed)", "Nora - Night"),
        ("Nora - Night (prod. by Joon)", "Nora - Night"),
        ('Nora - Night (From "The Harbour")', "Nora - Night"),
        ("Nora - Night (Mira Remix) (Clean)", "Nora - Night (Mira Remix)"),
        ("Nora - Night (Radio Edit) [2011 Remaster]", "Nora - Night (Radio Edit)"),
        ("Night, The Wren - Harbour", "Night The Wren - Harbour"),
        ("Harbour Brothers, The - Night", "The Harbour Brothers - Night"),
        ("Harbour Brothers, The & Joon - Night", "Joon, Harbour Brothers - Night"),
        ("Koehler - Night", "Köhler - Night"),
        ("Joon - Ueber Den Daechern", "Joon - Über Den Dächern"),
        ("N!ra - Night", "Nira - Night"),
        ("10,000 Harbours - Night", "10000 Harbours - Night"),
        ("Nora - 10,000 Nights", "Nora - 10000 Nights"),
        ("Tip Of The Day: Nora - Night", "Nora - Night"),
        ("#TipOfTheDay: Nora - Night", "Nora - Night"),
        ("Nora - Keep Walking", "Nora - Keep Walkin'"),
        ("Nora - Harbour Gangster", "Nora - Harbour Gangsta"),
        ("Nora - The Night's Dancers", "Nora - The Night's Dancer"),
        ("Nora - Without A Sound", "Nora - Without Sound"),
        ("Nora - Rock'n You", "Nora - Rock 'N You"),
        ("Nora - Starlett", "Nora - Starlet"),
        ("Nora - Night II", "Nora - Night 2"),
        ("Nora - Night (Extended Mix)", "Nora - Night (Extended)"),
        ("Nora - Night (VIP)", "Nora - Night VIP"),
        ("Nora - Night (DJ Mira Remix)", "Nora - Night (Mira Remix)"),
        ("Nora - Night (Mira Re-Edit)", "Nora - Night (Mira Edit)"),
        ("Nora - Night (Mira Edit)", "Nora - Night (Mira Remix)"),
        ("Nora - Night (Mira's Edit)", "Nora - Night (Mira Rework)"),
        ("Nora - Night (Mira 2015 Edit)", "Nora - Night (Mira 2015 Remix)"),
        ("Nora - Night (Acappella)", "Nora - Night (Acapella)"),
        ("Röyksopp - Night", "Royksopp - Night"),
        ("Ørjan - Weiße Rose", "Orjan - Weisse Rose"),
        ("Nora - Night", "Ｎｏｒａ - Ｎｉｇｈｔ"),
        ("A$AP - Night", "ASAP - Night"),
    ],
)
def test_spellings_of_one_track_are_one(one, other):
    assert key(one)
    assert key(one) == key(other)


def test_versions_of_one_title_are_all_different():
    printed = [
        "Strobe",
        "Strobe (Extended Mix)",
        "Strobe (Radio Edit)",
        "Strobe (Chris Lake Remix)",
        "Strobe (Chris Lake Extended Remix)",
        "Strobe (Dimension Extended Remix)",
        "Strobe (Feed Me VIP)",
        "Strobe (VIP)",
        "Strobe (Chris Lake Club Edit)",
        "Strobe (2015 Edit)",
        "Strobe (Edit)",
        "Strobe (Chris Lake Dub)",
        "Strobe (Chris Lake Bootleg)",
        "Strobe (Club Mix)",
        "Strobe (Dub Mix)",
        "Strobe (Instrumental)",
        "Strobe (Acapella)",
        "Strobe (Live)",
        "Strobe (Acoustic)",
        "Strobe (Part 2)",
        "Strobe (Part 3)",
        "Strobe II",
        "Strobe III",
        "Strobe I",
        "Strobe (Mixed)",
        "Strobe (Album Edit)",
        "Strobe (Remix)",
    ]

    assert len({key(f"deadmau5 - {title}") for title in printed}) == len(printed)


@pytest.mark.parametrize(
    ("one", "other"),
    [
        ("Nora - Track 1 2", "Nora - Track 12"),
        ("Nora - Night", "Nora feat. Joon - Night"),
        ("Nora - A", "Nora - B"),
        ("Ночь - Дом", "День - Дом"),
        ("夜 - 夜に駆ける", "夜 - 夜に泳ぐ"),
        ("!!! - Hello", "??! - Hello"),
        ("The The - Night", "The Who - Night"),
        ("The The - Night", "The - Night"),
        ("And One - Night", "One - Night"),
        ("AnD - Night", "Nora - Night"),
        ("DJ 🌴 - Night", "DJ 🌵 - Night"),
        ("DJ 🌴 - Night", "DJ - Night"),
        ("The xx - Night", "X - Night"),
        ("Nora - Harbour City Remix", "Nora - Harbour City"),
        ("Nora - Feelings", "Nora - Feeling"),
        ("Nora - Reduced", "Nora - Seduced"),
        ("Nora - I Did", "Nora - I Do"),
        ("Nora - Night (Chris Remix)", "Nora - Night (Chri Remix)"),
        ("Nora - Night (Mira Remix 1)", "Nora - Night (Mira Remix 2)"),
    ],
)
def test_different_tracks_are_different(one, other):
    assert key(one)
    assert key(other)
    assert key(one) != key(other)


@pytest.mark.parametrize(
    "printed",
    [
        "And.Id - Night",
        "AnD - Night",
        "Intro - Night",
        "Outro - Night",
        "ID ID - Night",
        "TBA - Night",
        "The Unknown - Night",
        "Nora - The Unknown",
        "Nora - I Did",
        "The Unknown Artist - Night",
        "!!! - Night",
    ],
)
def test_a_real_name_is_never_taken_for_none(printed):
    assert key(printed)


def test_a_title_is_unknown_unless_somebody_vouches_for_it():
    name = parse_name("Nora", "Unknown (Mira Remix)")

    assert track_key(name) is None
    assert track_key(name, vouched=True)
    assert track_key(parse_name("Unknown", "Unknown"), vouched=True) is None
    assert track_key(parse_name("Nora", "ID"), vouched=True) is None


@pytest.mark.parametrize(
    "printed",
    [
        "ID - ID",
        "ID ID - ID",
        "TBA - TBA",
        "Foo - Unknown",
        "Foo - ID",
        "ID - Night",
        "? - ?",
        "Foo - ?",
        "Unknown - Unknown",
        "Unknown Artist - Night",
        "Foo - Unknown Title",
        "Intro",
        " - Night",
        "Foo - ",
        "Foo - ...",
        "",
    ],
)
def test_what_is_not_known_has_no_identity(printed):
    assert key(printed) is None


@pytest.mark.parametrize(
    "title", ["Original Mix", "Instrumental", "Intro", "The", "VIP"]
)
def test_a_title_that_sounds_like_a_version_is_a_title(title):
    assert key(f"Nora - {title}")


def test_the_id_is_made_of_the_readable_key():
    found = track_key(parse_name("deadmau5", "Strobe (Chris Lake Remix)"))

    assert found is not None
    assert found.text == "deadmau5|strobechrislake"
    # Stored in users' databases: another value means another IDENTITY_VERSION.
    assert found.track_id == "b70a4289-02d9-57cb-bd36-b889789a875a"
    assert uuid.UUID(found.track_id).version == 5


@pytest.mark.parametrize(
    ("text", "flat"),
    [
        ("Beyoncé", "beyonce"),
        ("  Don’t — Stop!  ", "dont stop"),
        ("Ночь", "ночь"),
        ("夜に駆ける", "夜に駆ける"),
        ("ガンダム", "ガンダム"),
        ("한국", "한국"),
        ("Straße", "strasse"),
        ("!!!", "!!!"),
        ("A\u00a0B\u200bC", "a bc"),
        ("Ａ１", "a1"),
        ("", ""),
    ],
)
def test_folding_keeps_every_script(text, flat):
    assert folded(text) == flat


@settings(max_examples=200)
@given(st.text(max_size=60))
def test_folding_is_stable_and_never_empties_a_name(text):
    flat = folded(text)

    assert folded(flat) == flat
    assert flat or not any(map(str.isalnum, text))


@settings(max_examples=200)
@given(st.text(max_size=60), st.text(max_size=80))
def test_any_names_have_an_identity_or_none(artist, title):
    found = track_key(parse_name(artist, title))

    assert found is None or "|" in found.text


NAMES = st.text(st.sampled_from("abcdeéöñжщ夜ガ12 "), min_size=1, max_size=12)


@settings(max_examples=150)
@given(st.lists(NAMES, min_size=1, max_size=4), NAMES, st.randoms())
def test_case_accents_dashes_and_order_do_not_matter(artists, title, random):
    printed = f"{' & '.join(artists)} - {title} (Mira Re-Edit)"
    shuffled = random.sample(artists, len(artists))
    other = f"{', '.join(shuffled)} - {title} (Mira Re\u2010Edit)"

    assert key(printed) == key(other)
    assert key(printed) == key(printed.upper())
    assert key(printed) == key(unicodedata.normalize("NFD", printed))
