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
