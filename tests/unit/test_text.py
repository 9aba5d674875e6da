"""The list in a text is found whole, and nothing else is taken for one."""

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from scrapers.tracklists.formats import text
from scrapers.tracklists.tracklist import NoTracklist, NotUnderstood, TracklistError

NAMES = ["Nora - Night", "Joon - Tide", "Mira - Glass", "Vero - Salt", "Taki - Moth"]


def names(content):
    return [f"{row.artist} - {row.full_title}" for row in text.parse(content).rows]


@pytest.mark.parametrize(
    "layout",
    [
        "{n}. {name}",
        "{n:02}. {name}",
        "{n:02}.{name}",
        "{n}) {name}",
        "{n} - {name}",
        "{n} {name}",
        "#{n} {name}",
        "[{n:02}:00] {name}",
        "{n}:30 {name}",
        "0:{n:02}:30 - {name}",
        "{n}.30 {name}",
        "{n:02}. [{n:03}] {name}",
        "[{n:02}] {name}",
        "{name} 0{n}:30",
        "{name}\t\t\t00:0{n}:30",
        "{n}. {name} 00:0{n}:30",
        "- {name}",
        "• {name}",
        "* {name}",
        "{name}",
        "{n}. {name} [Viper]",
        "{n}. {name} - Viper",
        "{n}. {name} (Original Mix) Viper",
        "{n}:30 {name} VIPER UK",
    ],
)
@pytest.mark.parametrize("end", ["\n", "\r\n", "\n\n"])
def test_every_layout_of_a_list_is_read(layout, end):
    listed = [layout.format(n=n, name=name) for n, name in enumerate(NAMES, 1)]

    rows = text.parse(
        "My set from last night - enjoy!\n\nTracklist:\n"
        + end.join(listed)
        + "\n\nThanks for listening - see you soon, and bring your friends along.\n"
    ).rows

    assert [row.artist for row in rows] == [name[:4] for name in NAMES]
    assert [row.title for row in rows] == [name[7:] for name in NAMES]
    assert [row.position for row in rows] == [1, 2, 3, 4, 5]
    assert {row.label for row in rows} <= {None, "Viper", "VIPER UK"}


def test_exports_that_print_the_title_first_are_turned_round():
    content = "HISTORY\n1. Night (Mira Remix) by Nora, Joon\n2. Tide by Vero\n3. A by B"

    assert names(content) == ["Nora, Joon - Night (Mira Remix)", "Vero - Tide", "B - A"]


def test_slashes_and_tight_dashes_part_names_where_all_lines_have_them():
    slashes = "\n".join(name.replace(" - ", " / ") for name in NAMES)
    dashes = "\n".join(name.replace(" - ", "-") for name in NAMES)

    assert names(f"Hello\n\n{slashes}\n\nBye") == NAMES
    assert names(f"Hello\n\n{dashes}\n\nBye") == NAMES


def test_an_address_neither_joins_nor_breaks_a_run():
    listed = "\n".join(
        f"{n}. {name}\nwww.example.com/{n}" for n, name in enumerate(NAMES, 1)
    )

    assert names(f"About\n{listed}\nexample.com/shop\n") == NAMES


def test_unknown_tracks_keep_their_place():
    rows = text.parse("1. Nora - Night\n2. ID\n3. ID - ID\n4. ?\n5. Joon - Tide").rows

    assert [row.identified for row in rows] == [True, False, False, False, True]
    assert rows[4].position == 5


def test_tracks_played_with_another_stay_in_the_run():
    rows = text.parse(
        "0:00 Nora - Night\n1:00 w/ Joon - Tide\n   w/ ID - ID\n3:00 Mira - Glass\n"
    ).rows

    assert [row.played_with_previous for row in rows] == [False, True, True, False]
    assert [row.cue_seconds for row in rows] == [0, 60, None, 180]


def test_gaps_are_told():
    found = text.parse("[00] Nora - Night\n...\n[10] Joon - Tide\n[20] Mira - Glass")

    assert len(found.rows) == 3
    assert found.gaps_after == (1,)


def test_chapters_with_headlines_are_one_list():
    listed = "\n".join(f"{n}. {name}" for n, name in enumerate(NAMES, 1))

    rows = text.parse(
        f"First hour: Nora\n\n{listed}\n\nGuest mix: Joon\n\n{listed}"
    ).rows

    assert len(rows) == 10
    assert rows[9].position == 10


def test_of_runs_without_headlines_the_longest_is_the_list():
    listed = "\n".join(f"{n}. {name}" for n, name in enumerate(NAMES, 1))

    assert names(f"1. Buy - it\n2. Love - it\n3. Share - it\n\n\n{listed}") == NAMES


def test_a_count_in_a_headline_is_no_place_in_the_list():
    listed = "\n".join(f"{n:02}. {name}" for n, name in enumerate(NAMES, 1))

    assert names(f"Birthday\n6 Decks - 2 Mixers\n\n{listed}") == NAMES


def test_names_broken_behind_a_comma_are_put_together():
    listed = "\n".join([*NAMES[:2], "Nora,", "Joon - Glass", *NAMES[2:]])

    assert names(listed)[2] == "Nora, Joon - Glass"


def test_a_plain_file_of_names_is_a_list():
    assert names("Nora - Night\nJoon - Tide\nMira - Glass\n") == NAMES[:3]
    assert names("Nora – Night\nJoon – Tide") == NAMES[:2]


def test_a_copied_page_and_a_music_panel_are_read():
    page = (
        "My mix\n01\nNora - Night\n4\nuser\n02\n02:34\nJoon - Tide\nSave 15\n"
        "03\n05:29\nMira - Glass\n"
    )
    panel = "Song\nNight\nArtist\nNora\nAlbum\nX\nSong\nTide\nArtist\nJoon\n"

    assert names(page) == NAMES[:3]
    assert [row.cue_seconds for row in text.parse(page).rows] == [None, 154, 329]
    assert names(panel) == NAMES[:2]


@pytest.mark.parametrize(
    "content",
    [
        "",
        "\n\n",
        "One line - of prose",
        "We met in Berlin - it was cold.\nThe club - a cellar - was full of people.\n",
        "Follow me\nInstagram - @nora\nSoundcloud - @nora\nFacebook - fb.com/nora",
        "Mail\nBooking - me@example.com\nWebsite - www.example.com\nTwitter - @nora",
        "Tour\n01.05.2026 - Bern\n02.05.2026 - Paris\n03.05.2026 - Rome\n04.05. - Oslo",
        "Fri 1 May - Berlin\nSat 2 May - Paris\nSun 3 May - Rome\nFri 8 May - Oslo",
        "Find the tracklist at example.com/1051\n@nora",
        "0:00 Welcome\n1:00 How it works\n2:00 The end",
        "1. Mix the flour\n2. Add water\n3. Bake it",
        "Intro text\nNora - Night\nmore text here",
        "Artwork - Nora\nMastering - Joon\nWritten by - Mira\nLabel - Viper",
    ],
)
def test_what_is_no_tracklist_is_none(content):
    with pytest.raises(NoTracklist):
        text.parse(content)


def test_a_list_that_cannot_be_read_is_not_called_absent():
    with pytest.raises(NotUnderstood):
        text.parse("Tracklist:\nNora Night\nJoon Tide\nMira Glass\nVero Salt\n")


def test_what_is_no_text_is_not_understood():
    with pytest.raises(NotUnderstood):
        text.parse("a - b\n\x00\x01\x02\ufffd\n" * 50)
    with pytest.raises(NotUnderstood):
        text.parse("a - b\n" * 30_000)


LINES = st.lists(
    st.one_of(
        st.text(max_size=60),
        st.sampled_from(
            [*NAMES, "1. Nora - Night", "2. ID", "[00] ?", "...", "w/ A - B"]
        ),
    ),
    max_size=20,
)


@settings(max_examples=150, deadline=None)
@given(LINES)
def test_any_text_is_answered_with_rows_or_a_reason(lines):
    try:
        found = text.parse("\n".join(lines))
    except TracklistError:
        return

    assert len(found.rows) >= 2
    assert [row.position for row in found.rows] == [*range(1, len(found.rows) + 1)]


def test_columns_of_a_line_are_no_rows_beyond_those_of_a_text():
    lines = "\n".join("\t".join(["a - b"] * 150) for _ in range(150))

    with pytest.raises(TracklistError):
        text.parse(lines)
