"""Texts copied from chats, shops and pages, whose rows are not a line each."""

import pytest

from scrapers.tracklists import parse
from scrapers.tracklists.reading.lines import parse_line
from scrapers.tracklists.tracklist import NoTracklist, Tracklist

NAMES = ("Nora", "Joon", "Mira", "Vero")
TITLES = ("Night", "Tide", "Glass Sea", "Salt")
PAIRS = list(zip(NAMES, TITLES, strict=True))


def read(content: str) -> Tracklist:
    (tracklist,) = parse(content.encode())
    return tracklist


def names(tracklist: Tracklist) -> list[tuple[str | None, str | None]]:
    return [(row.artist, row.full_title) for row in tracklist.rows]


def test_a_chat_gives_who_played_what_and_not_who_said_so():
    said = [f"Tom: {artist} - {title}" for artist, title in PAIRS]
    said.insert(2, "Ann: what a night!")
    lines = [f"[12/03/2024, 21:{4 * n:02}:30] {x}" for n, x in enumerate(said)]

    found = read("\n".join(lines))

    assert names(found) == PAIRS
    assert [row.cue_seconds for row in found.rows] == [0, 240, 720, 960]
    assert [line.raw[-5:] for line in found.left_out] == ["ight!"]


@pytest.mark.parametrize("missing", ["Artist: Joon", "Title: Tide"])
def test_a_name_that_is_missing_shifts_no_other(missing):
    lines = [f"Artist: {artist}\nTitle: {title}" for artist, title in PAIRS]
    text = "\n".join(lines).replace(f"{missing}\n", "")

    assert names(read(text)) == [PAIRS[0], *PAIRS[2:]]


def test_a_date_and_a_time_are_no_place_in_the_mix():
    assert parse_line("[12/03/2024, 21:03:11] Tom: Nora - Night").cue_seconds is None
    timed = parse_line("[12/03/2024, 21:03:11] Tom: [04:10] Nora - Night")
    assert (timed.artist, timed.cue_seconds) == ("Nora", 250)


def test_a_line_that_says_who_and_when_is_no_row():
    found = read(
        "Tom — 12/03/2024 21:03\nNora - Night\nJoon - Tide\n"
        "Ann — Today at 9:06 PM\nMira - Glass Sea\nVero - Salt\n"
    )

    assert names(found) == PAIRS


@pytest.mark.parametrize(
    "fields",
    [
        "Artist: {a}\nTitle: {t}\nLabel: Pier\n\n",
        "Titel: {t}\nInterpret: {a}\nLabel: Pier\n",
        "{n}.\nИсполнитель: {a}\nНазвание: {t}\nЛейбл: Pier\n",
    ],
)
def test_fields_with_names_make_rows(fields):
    found = read(
        "".join(fields.format(n=n, a=a, t=t) for n, (a, t) in enumerate(PAIRS, 1))
    )

    assert names(found) == PAIRS
    assert {row.label for row in found.rows} == {"Pier"}


@pytest.mark.parametrize(
    "block",
    [
        # a shop has the title and its version first, a station the artist
        "{n}\n{t}\nOriginal Mix\n{a}\nPier\nTechno\n126 BPM - 8A\n",
        "{n}\n{a}\n{t} (Original Mix)\nPier\n",
        "{a}\n{t} (Original Mix)\nPier\n\n",
        "{t} (Original Mix)\n{a}\n£1.29\n\n",
    ],
)
def test_blocks_are_read_where_versions_show_the_title(block):
    content = "".join(block.format(n=n, a=a, t=t) for n, (a, t) in enumerate(PAIRS, 1))

    assert names(read(content)) == [(a, f"{t} (Original Mix)") for a, t in PAIRS]


@pytest.mark.parametrize(
    "block",
    [
        "{n}\n{t}\nby {a}\n",
        "0{n}:05\n\n{a}\n{t}\nPier. Works.\n\n",
    ],
)
def test_blocks_are_read_where_a_word_or_a_place_in_the_show_tells(block):
    rows = [block.format(n=n, a=a, t=t) for n, (a, t) in enumerate(PAIRS, 1)]

    assert names(read("".join(rows))) == PAIRS


def test_blocks_of_a_station_are_read_below_a_heading_alone():
    blocks = "\n".join(f"{a}\n{t}\nPier\n" for a, t in PAIRS)

    assert names(read(f"Music Played / Tracklist\n\n{blocks}")) == PAIRS
    with pytest.raises(NoTracklist):
        parse(blocks.encode())


def test_a_table_of_times_and_names_in_one_column_is_read():
    head = "|Time|Track|\n|:-|:-|\n"
    rows = [f"|{n}:10|{a} - {t}|\n" for n, (a, t) in enumerate(PAIRS)]

    found = read(head + "".join(rows))

    assert names(found) == PAIRS
    assert found.rows[1].cue_seconds == 70


def test_blocks_that_do_not_show_which_line_is_the_title_are_refused():
    with pytest.raises(NoTracklist):
        parse("\n\n".join(f"{a}\n{t}\nPier" for a, t in PAIRS).encode())


def test_what_a_copied_page_has_besides_its_rows_is_told():
    rows = "\n".join(f"{n:02}\n{a} - {t}\nSave 1" for n, (a, t) in enumerate(PAIRS, 1))

    found = read(f"{rows}\nTaki - Moth\n")

    assert names(found) == PAIRS
    told = {line.raw: line.within for line in found.left_out}
    assert told == {"Save 1": False, "Taki - Moth": True}


ALBUMS = ("Harbour", "Panes", "Lights", "Shore")
LENGTHS = ("4:03", "2:07", "12:39", "5:30")
SPOTIFY = "".join(
    f"{number}\n{title}\n{'E' + chr(10) if number == 2 else ''}{artist}\n{album}\n"
    f"Jan {number}, 2031\n{length}\n"
    for number, (title, artist, album, length) in enumerate(
        zip(TITLES, NAMES, ALBUMS, LENGTHS, strict=True), start=1
    )
)
APPLE = "".join(
    f"{title}\n{artist} · {album}\n{length}\n"
    for title, artist, album, length in zip(TITLES, NAMES, ALBUMS, LENGTHS, strict=True)
)


@pytest.mark.parametrize(
    "text",
    [
        f"#\nTitle\nAlbum\nDate added\n\n{SPOTIFY}",
        f"Evening walk\n4 songs\n{APPLE}",
        f"Song\nArtist\nAlbum\nTime\n{APPLE.replace(' · ', chr(10))}",
        APPLE.replace("\n4:", " · 4:")
        .replace("\n2:", " · 2:")
        .replace("\n12:", " · 12:")
        .replace("\n5:", " · 5:"),
    ],
)
def test_the_rows_of_a_player_are_copied_title_first(text):
    assert names(read(text)) == PAIRS


def test_who_is_named_again_and_again_is_the_artist_whatever_is_above():
    rows = zip(("Nora", "Joon", "Nora", "Vero"), TITLES, LENGTHS, strict=True)

    found = read(
        "".join(f"{artist}\n{title}\n{length}\n" for artist, title, length in rows)
    )

    assert names(found)[2] == ("Nora", "Glass Sea")


@pytest.mark.parametrize("below", ["128 BPM - A Minor", "$1.49"])
def test_a_shops_chart_has_versions_in_the_title_and_labels_below_the_artists(below):
    versions = ("Extended Mix", "Original Mix", "Vero Remix", "Original Mix")
    artists = ("Nora, Ida", "Joon", "Mira, Vero", "Vero")
    rows = zip(TITLES, versions, artists, ALBUMS, strict=True)

    found = read(
        "\n".join(
            f"{number}\n{title} {version}\n{artist}\n{label}\n{below}"
            for number, (title, version, artist, label) in enumerate(rows, start=1)
        )
    )

    assert names(found)[0] == ("Nora, Ida", "Night (Extended Mix)")
    assert names(found)[2] == ("Mira, Vero", "Glass Sea (Vero Remix)")
    assert [row.label for row in found.rows] == list(ALBUMS)


def test_below_a_heading_the_artist_may_stand_in_brackets():
    lines = [f"{n}. {title} ({name})" for n, (name, title) in enumerate(PAIRS, 1)]

    assert names(read("\n".join(["Tracklist:", *lines]))) == PAIRS
    with pytest.raises(NoTracklist):
        read("\n".join(f"{title} ({name})" for name, title in PAIRS))


@pytest.mark.parametrize(
    "front",
    [
        "-rw-r--r--  1 dj  staff  12345678 Jan  4  2031 ",
        "-rw-r--r--@ 1 dj dj 8.9M 2031-01-04 21:03 ",
        "01/04/2031  09:03 PM        12,345,678 ",
        "├── ",
    ],
)
def test_a_listing_of_a_folder_gives_the_names_of_its_audio_files(front):
    files = [f"{front}0{n} - {a} - {t}.mp3" for n, (a, t) in enumerate(PAIRS, 1)]

    assert names(read("\n".join(["total 7", *files, f"{front}cover.jpg"]))) == PAIRS


@pytest.mark.parametrize(
    "text",
    [
        "[b]Tracklist:[/b]\n[list]\n{}\n[/list]".format(
            "\n".join(f"[*]{artist} - {title}" for artist, title in PAIRS)
        ),
        "\n".join(
            f"0{n}) {artist}_-_{title.replace(' ', '_')}"
            for n, (artist, title) in enumerate(PAIRS, 1)
        ),
        "Titelliste:\n"
        + "\n".join(f"{n}. {a}: {t}" for n, (a, t) in enumerate(PAIRS, 1)),
        "\n".join(
            f"A{n}\t{a}–\t{t}\t{length}"
            for n, (a, t, length) in enumerate(
                zip(NAMES, TITLES, LENGTHS, strict=True), 1
            )
        ),
        "Playlist of Saturday, the sixth\n"
        + "\n".join(f'8:0{n}pm  {a}  "{t}"' for n, (a, t) in enumerate(PAIRS, 1)),
    ],
)
def test_lists_of_posts_files_shops_and_stations(text):
    assert names(read(text)) == PAIRS


def test_a_time_with_a_word_for_about_is_a_time_and_no_label():
    found = read("\n".join(f"{a} - {t} (~{n}:20)" for n, (a, t) in enumerate(PAIRS)))

    assert [row.label for row in found.rows] == [None] * 4
    assert found.rows[1].cue_seconds == 80


def test_in_a_list_of_times_behind_the_names_a_time_alone_is_no_title():
    lines = [f"{n + 1}. {a} - {t} - 0{n}:15" for n, (a, t) in enumerate(PAIRS, 1)]

    first, *others = read("\n".join(["1. Opening - 00:00", *lines])).rows

    assert (first.artist, first.title, first.cue_seconds) == (None, "Opening", 0)
    assert [row.cue_seconds for row in others] == [75, 135, 195, 255]


def test_a_catalogue_number_may_begin_with_digits_and_a_question_mark_is_no_label():
    row = parse_line("Nora - Night [50 Piers – 50P025]")
    assert (row.label, row.catalog_number) == ("50 Piers", "50P025")

    cells = "".join(f"{a} - {t},?\n" for a, t in PAIRS)
    assert [row.label for row in read(f"Track,Label,Time\n{cells}").rows] == [None] * 4
