"""The cases in which a list says of its lines more than each says by itself."""

import pytest

from scrapers.tracklists import parse
from scrapers.tracklists.tracklist import NoTracklist, NotUnderstood, Row

NAMES = ["Nora - Night", "Joon - Tide", "Mira - Glass", "Vero - Salt", "Taki - Moth"]


def rows(content: str) -> list[Row]:
    return [row for each in parse(content.encode()) for row in each.rows]


def names(content: str) -> list[str]:
    return [f"{row.artist} - {row.full_title}" for row in rows(content)]


def cues(content: str) -> list[int | None]:
    return [row.cue_seconds for row in rows(content)]


# What the list says, two of its lines, and what they come to.
CASES = [
    ("bare numbers count", "{n} {name}", "Nora - Night", None),
    ("bare numbers with a dash count", "{n} - {name}", "Nora - Night", None),
    ("brackets count", "[{n:02}] {name}", "Nora - Night", None),
    ("sides of a record", "A{n} {name}", "Nora - Night", None),
    ("a third part is the label", "{n}. {name} - Viper", "Nora - Night", None),
    ("dotted times", "{n}.30 {name}", "Nora - Night", 90),
    ("a sign parts the names", "{n}. {a}: {t}", "Nora - Night", None),
    ("a tight dash parts them", "{n}. {a}-{t}", "Nora - Night", None),
    ("the title stands first", "{t} by {a}", "Nora - Night", None),
    ("the label stands in front", "[Viper] {name}", "Nora - Night", None),
    ("key and tempo in front", "8A - 128 - {name}", "Nora - Night", None),
    ("columns behind are no label", "{name}\t5m\t128.00", "Nora - Night", None),
    ("a third part by any sign", "{a} / {t} / Viper", "Nora - Night", None),
    ("a third part is a year", "{a} • {t} • 1998", "Nora - Night", None),
    ("numbers of a show in Japan", "M{n} {a} / {t}", "Nora - Night", None),
]


@pytest.mark.parametrize(("case", "layout", "first", "cue"), CASES, ids=str)
def test_the_list_overrules_the_line(case, layout, first, cue):
    listed = [
        layout.format(n=n, name=name, a=name[:4], t=name[7:])
        for n, name in enumerate(NAMES, 1)
    ]

    assert names("\n".join(listed)) == NAMES, case
    assert names("\n".join(listed))[0] == first
    assert rows("\n".join(listed))[0].cue_seconds == cue


def test_numbers_that_are_names_stay_in_lists_that_do_not_count():
    listed = ["50 Cents - Coins", "808 Province - Loop", *NAMES]

    assert names("\n".join(listed)) == listed


def test_clocks_that_are_names_stay_in_lists_without_times():
    listed = ["Nora - Night", "19:26 & MRAK - Tide", "9:30 Club - Doors", "Vero - Salt"]

    assert names("\n".join(f"{n}. {x}" for n, x in enumerate(listed, 1))) == listed


@pytest.mark.parametrize(
    "odd",
    [
        *("Octo Octa - Fleeting", "Marcus Marr - Pleasure", "Marc Marzenit - Hoax"),
        *("Format - Solid", "Artwork - Red", "The Tiles - 12:51", "Sunny - Day", "?"),
        *("Monday Club - Late", "311 - Down", "ID - ID", "[???] Vero - Sea"),
    ],
)
def test_an_odd_line_ends_no_list_and_keeps_its_place(odd):
    found = rows("\n".join([*NAMES, odd, *NAMES]))

    assert len(found) == 11
    assert found[10].artist == "Taki"


def test_a_line_that_is_no_row_is_left_out_and_told():
    (tracklist,) = parse("\n".join([*NAMES, "Second hour", *NAMES]).encode())

    assert len(tracklist.rows) == 10
    assert [(line.raw, line.within) for line in tracklist.left_out] == [
        ("Second hour", True)
    ]


def test_times_of_day_are_told_from_places_in_the_mix():
    listed = [f"[21:{n * 4:02}] {name}" for n, name in enumerate(NAMES)]

    assert cues("\n".join(listed)) == [0, 240, 480, 720, 960]


def test_durations_are_no_places():
    lengths = ["6:19", "5:12", "7:01", "3:33", "4:44"]
    listed = [f"{name} - {time}" for name, time in zip(NAMES, lengths, strict=True)]

    assert names("\n".join(listed)) == NAMES
    assert cues("\n".join(listed)) == [None] * 5


@pytest.mark.parametrize(
    "content",
    [
        "Tracklist: " + " ".join(f"{n}. {name}" for n, name in enumerate(NAMES, 1)),
        "Here it is: "
        + " ".join(f"[{n:02}:00] {name}" for n, name in enumerate(NAMES)),
        " • ".join(NAMES),
        "\n".join(f"{name}\n0{n}:00" for n, name in enumerate(NAMES)),
        "\n".join(f"0{n}:00\n{name}" for n, name in enumerate(NAMES)),
        "\n".join(f"{n}\n{name}" for n, name in enumerate(NAMES, 1)),
        "Artist - Title\n" + "\n".join(NAMES),
        "\n".join(f"[0{n}:00] {x}" for n, x in enumerate(NAMES))
        + "\nTotal time: 76:33",
        "==== Tracklist ====\n"
        + "\n".join(f"0{n}:00 - {x}" for n, x in enumerate(NAMES)),
        "Nova - Pier\n-----------\n"
        + "\n".join(f"{n}. {x}" for n, x in enumerate(NAMES)),
        (
            f"Hour 1\n1. {NAMES[0]}\n2. {NAMES[1]}\n3. {NAMES[2]}\n\n"
            f"Hour 2 - Guest: X\n1. {NAMES[3]}\n2. {NAMES[4]}"
        ),
        f"{NAMES[0]}\n{NAMES[1]}\n{NAMES[2]}\n{NAMES[3]}\n\n\n{NAMES[4]}\nAda - X",
        (
            f"1. [0:00] {NAMES[0]} [4:00] {NAMES[1]}\n2. [8:00] {NAMES[2]} [9:00] "
            f"{NAMES[3]}\n3. [10:00] {NAMES[4]} [11:00] Z - Z"
        ),
    ],
)
def test_every_layout_gives_a_row_a_track(content):
    assert names(content)[:5] == NAMES


def test_names_of_columns_in_any_language_and_delimiter_make_a_table():
    for header in (
        "Interpret;Titel",
        "Artiste;Titre",
        "Artista;Título",
        "Исполнитель;Название",
        "アーティスト;曲名",
        "artist_name;track_name",
        "Artist Name(s);Song Title",
    ):
        for delimiter in ";,|\t":
            content = f"{header}\nNora - X;Night - Radio Edit\nJoon;Tide".replace(
                ";", delimiter
            )
            assert names(content) == ["Nora - X - Night - Radio Edit", "Joon - Tide"]


def test_a_table_in_markdown_is_one():
    content = "| # | Time | Artist | Title |\n|---|---|---|---|\n"
    content += "| 1 | 00:00 | **Nora** | Night |\n| 2 | 04:12 | Joon | Tide |"

    assert names(content) == NAMES[:2]
    assert cues(content) == [0, 252]


def test_a_column_may_hold_both_names_and_a_cell_a_line_break():
    content = (
        'name,start time,deck\n"Nora - Night",21:00:00,1\n"Joon\n- Tide",21:04:00,2'
    )

    assert names(content) == NAMES[:2]
    assert cues(content) == [0, 240]


def test_a_table_that_is_not_understood_is_refused_and_not_read_as_text():
    content = '"place","what","when"\n"1","Nora - Night","x"\n"2","Joon - Tide","y"\n'

    with pytest.raises((NoTracklist, NotUnderstood)):
        parse((content + '"3","Mira - Glass","z"\n"4","Vero - Salt","z"\n').encode())


def test_a_title_that_repeats_the_artist_is_said_once():
    assert names("Title,Artist\nNora - Night,Nora\nJoon – Tide,Joon") == NAMES[:2]


def test_a_dj_who_performs_every_track_of_a_sheet_is_not_the_artist():
    tracks = "\n".join(
        f'TRACK {n:02} AUDIO\nTITLE "{name.replace("-", "–")}"\nPERFORMER "DJ X"\n'
        f"INDEX 01 {n}:00:00"
        for n, name in enumerate(NAMES, 1)
    )

    assert names(f'PERFORMER "DJ X"\nFILE "a.wav" WAVE\n{tracks}') == NAMES


def test_a_performer_behind_a_later_file_is_of_the_track_below():
    sheet = (
        'FILE "1.wav" WAVE\nTRACK 01 AUDIO\nTITLE "Night"\nPERFORMER "Nora"\n'
        'INDEX 01 0:00\nFILE "2.wav" WAVE\nPERFORMER "Joon"\nTRACK 02 AUDIO\n'
        'TITLE "Tide"\nINDEX 01 0:00:00\n'
    )

    assert names(sheet) == NAMES[:2]
    assert cues(sheet) == [None, None]


def test_playlists_name_tracks_by_directives_and_by_paths_of_addresses():
    playlist = (
        "#EXTM3U\n#EXTINF:1,Night\n#EXTART:Nora\n/m/1.mp3\n#EXTINF:1,\n"
        "file:///m/Joon%20-%20Tide.mp3\n#EXTINF:1,\nhttps://h/Mira_-_Glass.mp3?x=1\n"
        "#EXTVDJ:<artist>Vero</artist><title>Sa\nlt</title>\nx.mp3\n"
    )

    assert names(playlist) == [*NAMES[:3], "Vero - Sa lt"]


def test_a_refusal_says_what_the_file_looked_like():
    for content, look in ((b"PK\x03\x04abc", "ZIP"), (b'{"a": 1}', "JSON")):
        with pytest.raises((NoTracklist, NotUnderstood), match=look):
            parse(content)


def test_a_page_copied_with_times_labels_and_what_is_layered_keeps_them():
    content = (
        "[00:00]\n01\nNora - Night\nPIER WORKS\nSave 12\n"
        "[04:10]\n02\nJoon & Mira - Tide (Vero Remix)\nGLASS\nSave 33\n"
        "w/\nTaki - Moth\nSave 4\n[09:02]\n03\nID - ID\n"
    )

    found = rows(content)
    assert [(row.artist, row.full_title, row.label) for row in found] == [
        ("Nora", "Night", "PIER WORKS"),
        ("Joon & Mira", "Tide (Vero Remix)", "GLASS"),
        ("Taki", "Moth", None),
        ("ID", "ID", None),
    ]
    assert [row.cue_seconds for row in found] == [0, 250, None, 542]
    assert [row.played_with_previous for row in found] == [False, False, True, False]


@pytest.mark.parametrize("sign", ["\t", ";", "; ", " | "])
@pytest.mark.parametrize("numbered", [False, True])
def test_cells_without_a_header_are_artist_title_and_label(sign, numbered):
    listed = [
        ([str(n)] if numbered else []) + [*name.split(" - "), "Pier Works", "2017"]
        for n, name in enumerate(NAMES, 1)
    ]

    found = rows("\n".join(sign.join(cells) for cells in listed))

    assert [f"{row.artist} - {row.full_title}" for row in found] == NAMES
    assert {row.label for row in found} == {"Pier Works"}


def test_a_label_in_round_brackets_is_one_where_most_rows_have_it():
    listed = [
        *(f"{name} ({name[0]}ax Records House)" for name in NAMES),
        "Ada - X (Dub)",
    ]
    found = rows("\n".join(listed))

    assert [row.label for row in found] == [
        *("Nax Records House", "Jax Records House", "Max Records House"),
        *("Vax Records House", "Tax Records House", None),
    ]
    assert found[-1].version == "Dub"
    # guests, parts and years are of the title in any list
    guests = [f"{name} (with Ada {n})" for n, name in enumerate(NAMES)]
    assert {row.label for row in rows("\n".join(guests))} == {None}


def test_who_tells_a_track_below_a_recording_is_no_artist():
    listed = [f"@user.{n} at {n}:12: {name}" for n, name in enumerate(NAMES, 1)]

    assert names("\n".join(listed)) == NAMES
    assert cues("\n".join(listed)) == [72, 132, 192, 252, 312]
