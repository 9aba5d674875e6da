"""One printed line gives one row, whatever stands around the names."""

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from scrapers.tracklists.reading.lines import parse_line, row_from_fields


@pytest.mark.parametrize(
    ("line", "artist", "cue_seconds"),
    [
        ("[40:54] Laurent Wolf - Night", "Laurent Wolf", 2454),
        ("+ # Deadmau5 - Night", "Deadmau5", None),
        ("[??] ARTBAT - Night", "ARTBAT", None),
        ("[??:??] + CamelPhat - Night", "CamelPhat", None),
        ("- David Guetta - Night", "David Guetta", None),
        ("* Eric Prydz - Night", "Eric Prydz", None),
        ("[0?] Nora - Night", "Nora", None),
        ("[1??] Nora - Night", "Nora", None),
        ("[4?:??] Nora - Night", "Nora", None),
        ("[07] Nora - Night", "Nora", 420),
        ("[123] Nora - Night", "Nora", 7380),
        ("[1:02:03] Nora - Night", "Nora", 3723),
        ("0:40:54 Nora - Night", "Nora", 2454),
        ("(12:00) Nora - Night", "Nora", 720),
        ("12:00 - Nora - Night", "Nora", 720),
        ("12. Nora - Night", "Nora", None),
        ("#12. Nora - Night", "Nora", None),
        ("12) [05:00] Nora - Night", "Nora", 300),
        ("01. [000] Nora - Night", "Nora", 0),
        ("\ufeff [00:30]\u00a0 Nora\u2003– Night\u200b", "Nora", 30),
        ("2 Unlimited - Night", "2 Unlimited", None),
        ("808 State - Night", "808 State", None),
        ("16 Bit Lolitas - Night", "16 Bit Lolitas", None),
        ("A-Ha - Night", "A-Ha", None),
        ("Nora – Night", "Nora", None),
        ("Nora — Night", "Nora", None),
        ("Nora- Night", "Nora", None),
        ("Nora -Night", "Nora", None),
        ("&ME - Night", "&ME", None),
        ("!!! (Chk Chk Chk) - Night", "!!! (Chk Chk Chk)", None),
    ],
)
def test_what_stands_before_the_artist_is_taken_off(line, artist, cue_seconds):
    row = parse_line(line)

    assert (row.artist, row.title, row.cue_seconds) == (artist, "Night", cue_seconds)
    assert row.identified
    assert row.raw == line


@pytest.mark.parametrize(
    ("line", "artist", "title"),
    [
        ("Daft Punk - One More Time (Club Mix) [Virgin]", "Daft Punk", "One More Time"),
        ("Loft Groover - Night", "Loft Groover", "Night"),
        ("Craft - Loft", "Craft", "Loft"),
        ("Swift - Song", "Swift", "Song"),
        ("Max Cooper - X", "Max Cooper", "X"),
        ("Felix Jaehn - Ain't Nobody", "Felix Jaehn", "Ain't Nobody"),
        ("Rex x Boy - T", "Rex x Boy", "T"),
        ("Above & Beyond - Sun & Moon", "Above & Beyond", "Sun & Moon"),
        ("Simon & Garfunkel - Cecilia", "Simon & Garfunkel", "Cecilia"),
        ("AC/DC - Thunderstruck", "AC/DC", "Thunderstruck"),
        ("Tyler, The Creator - Earfquake", "Tyler, The Creator", "Earfquake"),
        ("A-Ha - Take On Me", "A-Ha", "Take On Me"),
        ("Kölsch - Grey (Original Mix)", "Kölsch", "Grey"),
        ("Soft. Touch - Harder", "Soft. Touch", "Harder"),
        ("Nora - Scotties Sub - Mercyless Records", "Nora", "Scotties Sub"),
        ("Nora - Amazing Track [4:32]", "Nora", "Amazing Track"),
        ("Nora - Control [Viper]", "Nora", "Control"),
        ("A1. Nora - Night", "Nora", "Night"),
        ("B2 - Nora - Night", "Nora", "Night"),
        ("Nora feat.Joon - Night", "Nora feat.Joon", "Night"),
        ("Nora (Joon Remix) - Night", "Nora", "Night"),
        ("Nora - Night (Joon Remix", "Nora", "Night"),
        ("Nora - Night [OFFICIAL VIDEO]", "Nora", "Night"),
        ("Nora - Night (not the video) [HD]", "Nora", "Night"),
        ("Nora - Night.mp3", "Nora", "Night"),
        ('Nora "Night" M/V', "Nora", "Night"),
        ('"Night" by Nora', "Nora", "Night"),
        ("Nora - Night [NRA001]", "Nora", "Night"),
    ],
)
def test_names_are_parted_and_never_broken(line, artist, title):
    row = parse_line(line)

    assert (row.artist, row.title) == (artist, title)


@pytest.mark.parametrize(
    ("line", "artist"),
    [
        ("Tune Of The Week: Nora - Night", "Nora"),
        ("[12:00] Future Favorite: Nora - Night", "Nora"),
        ("Hardwell Exclusive #1: Nora - Night", "Nora"),
        ("Back Of The Stack Track By Mira (NOS): Nora - Night", "Nora"),
        ("Re:Nora - Night", "Re:Nora"),
        ("Leftwing : Nora - Night", "Leftwing : Nora"),
    ],
)
def test_a_show_segment_is_no_artist(line, artist):
    assert parse_line(line).artist == artist


@pytest.mark.parametrize(
    ("line", "full_title", "label", "catalog_number"),
    [
        ("Nora - Night [Virgin]", "Night", "Virgin", None),
        ("Nora - Night [Paramount]", "Night", "Paramount", None),
        ("Nora - Night [Some New Label]", "Night", "Some New Label", None),
        ("Nora - Night [Viper - VPR 017]", "Night", "Viper", "VPR 017"),
        ("Nora - Night [Tool Room - TOOL 1Z]", "Night", "Tool Room", "TOOL 1Z"),
        ("Nora - Night (Club Mix) [Virgin]", "Night (Club Mix)", "Virgin", None),
        ("Nora - Night [Mira Remix] [Virgin]", "Night [Mira Remix]", "Virgin", None),
        ("Nora - Night [Mira Remix]", "Night [Mira Remix]", None, None),
        ("Nora - Night [Special Edits]", "Night", "Special Edits", None),
        ("Nora - Night - Mercyless Records", "Night", "Mercyless Records", None),
        ("Nora - Night [Unreleased]", "Night", None, None),
        ("Nora - Night [Virgin] (2016)", "Night", "Virgin", None),
        ("Nora - Night [4:32]", "Night", None, None),
        ("Nora - Night (4:32)", "Night", None, None),
        ("Nora - Night 4:32", "Night", None, None),
        ("Nora - Part 2 - Remember Me", "Part 2 - Remember Me", None, None),
    ],
)
def test_labels_and_times_behind_the_title_are_told(
    line, full_title, label, catalog_number
):
    row = parse_line(line)

    assert (row.full_title, row.label) == (full_title, label)
    assert row.catalog_number == catalog_number


def test_all_parts_of_a_line_are_told_apart():
    row = parse_line("[0:40:54] 12. w/ Nora & Joon - Night (Mira Remix) [Viper - V1]")

    assert (row.cue_seconds, row.played_with_previous) == (2454, True)
    assert (row.artist, row.artists) == ("Nora & Joon", ("Nora", "Joon"))
    assert (row.title, row.full_title) == ("Night", "Night (Mira Remix)")
    assert (row.version, row.remixers) == ("Mira Remix", ("Mira",))
    assert (row.label, row.catalog_number) == ("Viper", "V1")


def test_the_credit_is_kept_as_printed():
    row = parse_line("Nora ft. Joon - Night")

    assert (row.artist, row.artists) == ("Nora ft. Joon", ("Nora",))
    assert row.featured == ("Joon",)


def test_a_mashup_has_the_artists_of_both():
    row = parse_line("Deadmau5 vs. Eric Prydz - Pjanoo vs. Strobe")

    assert row.artists == ("Deadmau5", "Eric Prydz")
    assert row.title == "Pjanoo vs. Strobe"


@pytest.mark.parametrize(
    "line",
    ["ID - ID", "Foo - ID", "?", "[043] ?", "Intro", "[00] Intro", "ID", "Unknown", ""],
)
def test_an_unknown_track_keeps_its_place_without_an_identity(line):
    row = parse_line(line, position=7)

    assert (row.position, row.identified, row.track_id) == (7, False, None)


def test_fields_that_are_apart_stay_apart():
    row = row_from_fields(3, "raw", "Glass - Works", "Night (Mira Remix) [Viper]")

    assert (row.position, row.raw, row.artist) == (3, "raw", "Glass - Works")
    assert (row.full_title, row.label) == ("Night (Mira Remix)", "Viper")
    assert row.track_id


def test_a_label_of_the_format_wins_over_a_printed_one():
    row = row_from_fields(1, "raw", "Nora", "Night [Viper]", label="VIPER UK")

    assert (row.full_title, row.label) == ("Night", "VIPER UK")


@settings(max_examples=300)
@given(st.text(max_size=160))
def test_any_line_gives_a_row(line):
    row = parse_line(line)

    assert row.identified == (row.track_id is not None)
    assert not row.identified or (row.artist and row.title)


def test_hostile_lengths_give_a_row_at_once():
    for piece in ("[", "1:00 ", "- ", "w/ ", "[a] ", "(1:00)", "a - ", "a: "):
        for times in (600, 100_000):
            assert parse_line(piece * times).position == 1
