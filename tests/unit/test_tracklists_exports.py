"""CUE, M3U, rekordbox, Traktor and tables: what DJ software writes."""

from pathlib import Path

import pytest

from scrapers.tracklists import parse
from scrapers.tracklists.names import names_in_path
from scrapers.tracklists.tracklist import NoTracklist, NotUnderstood, Tracklist

SAMPLES = Path(__file__).parents[1] / "samples"


def names(tracklist: Tracklist) -> list[tuple[str | None, str | None]]:
    return [(row.artist, row.full_title) for row in tracklist.rows]


# CUE


def test_a_cue_sheet_gives_performers_titles_and_where_they_begin():
    (tracklist,) = parse((SAMPLES / "cue/mix.cue").read_bytes())

    assert names(tracklist)[:3] == [
        ("Ada Frost & Bo Lund", "Tide (Mira Remix)"),
        ("Orla", "Glass"),
        ("Nova Kepler", "Encore"),
    ]
    cues = [row.cue_seconds for row in tracklist.rows]
    assert cues == [10, 4470, 7085, None]
    assert (tracklist.title, tracklist.artist) == ("Night Watch", "Nova Kepler")
    assert tracklist.recorded_on == "2031-05"


def test_data_tracks_are_no_rows_and_nameless_audio_tracks_are():
    (tracklist,) = parse((SAMPLES / "cue/mix.cue").read_bytes())

    assert tracklist.declared_rows == 4
    assert not tracklist.rows[3].identified


def test_rekordbox_writes_hours_where_a_cue_sheet_has_minutes():
    (tracklist,) = parse((SAMPLES / "cue/rekordbox.cue").read_bytes())

    assert [row.cue_seconds for row in tracklist.rows] == [0, 3936]


@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "utf-16", "utf-16-le"])
def test_a_cue_sheet_is_read_in_every_encoding(encoding: str):
    sheet = (SAMPLES / "cue/mix.cue").read_text().replace("Orla", "Örla")

    (tracklist,) = parse(sheet.encode(encoding))

    assert tracklist.rows[1].artist == "Örla"


def test_a_cue_sheet_in_windows_1252_keeps_its_quotes():
    sheet = (SAMPLES / "cue/mix.cue").read_text().replace("Glass", "Glass’s")

    assert parse(sheet.encode("cp1252"))[0].rows[1].full_title == "Glass’s"


# M3U


def test_a_playlist_names_tracks_by_its_directives_or_by_their_paths():
    (tracklist,) = parse((SAMPLES / "m3u/extinf.m3u8").read_bytes())

    assert names(tracklist) == [
        ("Ada Frost", "Tide (Mira Remix)"),
        ("Orla", "Glass"),
        ("Finch", "Sprint"),
        ("50 Cent", "Coins"),
        ("Juno Vale", "Lanterns"),
    ]
    assert tracklist.title == "Night Watch"


def test_a_virtualdj_history_has_tags_and_times():
    (tracklist,) = parse((SAMPLES / "m3u/virtualdj.m3u").read_bytes())

    assert names(tracklist) == [
        ("Ada Frost & Bo Lund", "Tide (Mira Remix)"),
        ("Orla", "Glass (Dub)"),
    ]
    assert [row.cue_seconds for row in tracklist.rows] == [0, 240]


def test_a_bare_list_of_files_is_a_playlist():
    (tracklist,) = parse(b"a/Ada Frost - Tide.mp3\nb/02. Orla - Glass.flac\n")

    assert names(tracklist) == [("Ada Frost", "Tide"), ("Orla", "Glass")]


@pytest.mark.parametrize(
    "playlist", [b"#EXTM3U\n#EXT-X-VERSION:3\n#EXTINF:9,\na.ts\n", b"#EXTM3U\n"]
)
def test_a_stream_or_an_empty_playlist_is_no_tracklist(playlist: bytes):
    with pytest.raises(NoTracklist):
        parse(playlist)


@pytest.mark.parametrize(
    ("path", "expected"),
    [
        ("/m/Ada Frost/Tides/1-04 Ebb.mp3", ("Ada Frost", "Ebb")),
        ("/m/Ada Frost/Tides/04 - Ada Frost - Ebb.mp3", ("Ada Frost", "Ebb")),
        ("C:\\m\\Orla\\X\\01. Glass (Dub).aiff", ("Orla", "Glass (Dub)")),
        ("/m/Soundtrack/Film/14 Theme.m4a", ("", "Theme")),
        ("/m/crate/night/Ebb.mp3", ("", "Ebb")),
        ("2 Unlimited - Twist.mp3", ("2 Unlimited", "Twist")),
        ("", ("", "")),
    ],
)
def test_a_path_names_a_track_as_libraries_lay_it_out(path, expected):
    assert names_in_path(path) == expected


# rekordbox


def test_each_playlist_of_a_rekordbox_library_is_one_tracklist():
    tracklists = parse((SAMPLES / "rekordbox/library.xml").read_bytes())

    assert [(t.title, names(t)) for t in tracklists] == [
        (
            "Night Watch",
            [("Orla & Finch", "Glass"), ("Ada Frost", "Tide (Mira Remix)")],
        ),
        ("By place", [("Ada Frost", "Tide (Mira Remix)")]),
    ]
    assert tracklists[0].rows[1].label == "Pearl"


def test_a_track_missing_from_the_library_keeps_its_place_unknown():
    library = (SAMPLES / "rekordbox/library.xml").read_text()

    playlist = parse(library.replace('TrackID="2"', 'TrackID="4"').encode())[0]

    assert [row.identified for row in playlist.rows] == [False, True]


def test_a_playlist_of_which_the_library_has_nothing_costs_itself():
    library = (SAMPLES / "rekordbox/library.xml").read_text()

    (playlist,) = parse(library.replace(' TrackID="', ' OldID="').encode())

    assert playlist.title == "By place"
    assert [line.raw for line in playlist.left_out] == ["Night Watch"]


def test_a_library_that_has_nothing_of_its_playlists_is_not_understood():
    library = (SAMPLES / "rekordbox/library.xml").read_text()
    library = library.replace(' TrackID="', ' OldID="').replace('Key="file', 'Key="')

    with pytest.raises(NotUnderstood, match="Night Watch"):
        parse(library.encode())


def test_a_count_of_thousands_of_digits_is_none():
    library = (SAMPLES / "rekordbox/library.xml").read_text()

    playlist = parse(library.replace('Entries="2"', f'Entries="{"9" * 9999}"').encode())

    assert playlist[0].declared_rows is None


def test_a_library_without_playlists_is_no_tracklist():
    library = (SAMPLES / "rekordbox/library.xml").read_text()
    library = library[: library.index("<PLAYLISTS>")] + "</DJ_PLAYLISTS>"

    with pytest.raises(NoTracklist):
        parse(library.encode())


def test_a_rekordbox_text_export_is_read_in_utf_16():
    export = (
        "#\tArtwork\tTrack Title\tArtist\tAlbum\tTime\r\n"
        '1\t\t"Tide" (Mira Remix)\tAda Frost\tSea\t04:56\r\n'
        "2\t\tGlass\tOrla, Finch\t\t05:00\r\n"
    )

    (tracklist,) = parse(export.encode("utf-16"))

    assert names(tracklist) == [
        ("Ada Frost", '"Tide" (Mira Remix)'),
        ("Orla, Finch", "Glass"),
    ]
    assert [row.cue_seconds for row in tracklist.rows] == [None, None]


# Traktor


def test_a_traktor_history_is_joined_to_the_collection_and_counts_past_midnight():
    history, playlist = parse((SAMPLES / "traktor/history.nml").read_bytes())

    assert names(history) == [
        ("Ada Frost", "Tide (Mira Remix)"),
        ("Orla", "Glass"),
        ("Finch", "Sprint"),
        ("Juno Vale", "Lanterns"),
    ]
    assert [row.cue_seconds for row in history.rows] == [0, 300, 600, None]
    assert (history.recorded_on, history.source_key) == ("2031-05-02", "0f0e")
    assert names(playlist) == [("Orla", "Glass")]


def test_traktors_html_export_is_read():
    (tracklist,) = parse((SAMPLES / "traktor/export.html").read_bytes())

    assert names(tracklist)[0] == ("Ada Frost", "Tide (Mira Remix)")
    assert tracklist.rows[1].full_title == "Ambience DECK"
    assert [row.cue_seconds for row in tracklist.rows] == [0, 716]
    assert tracklist.title == "HISTORY"


def test_an_entity_of_its_own_makes_xml_not_understood():
    bomb = b'<!DOCTYPE x [<!ENTITY a "aaaa">]><NML>&a;</NML>'

    with pytest.raises(NotUnderstood):
        parse(b"<?xml version='1.0'?>" + bomb)


# tables


def test_a_serato_csv_export_is_read_without_its_session_row():
    export = (
        "name,artist,start time,end time,playtime,deck,notes\n"
        "2031-05-02,,5/2/2031,,,,\n"
        '"Tide, Part II",Ada Frost,11:58:00 PM,11:59:00 PM,00:01:00,1,\n'
        "Glass,Orla,23:59:30,00:02:00,00:03:00,2,\n"
    )

    (tracklist,) = parse(export.encode())

    assert tracklist.format == "serato"
    assert names(tracklist) == [("Ada Frost", "Tide, Part II"), ("Orla", "Glass")]
    assert [row.cue_seconds for row in tracklist.rows] == [0, 90]


def test_a_csv_with_names_in_one_column_marks_what_was_played_together():
    export = (
        "tracklist_id,tracklist_name,name,byArtist,time,track_number,mashup\n"
        "9kq2,Nova @ Hall,Orla vs. Finch - Glass - Run,Orla vs. Finch, 8:02 ,01,True\n"
        "9kq2,Nova @ Hall,Orla - Glass,Orla,,,True\n"
        "9kq2,Nova @ Hall,Tre ft. Bo - Ebb,Tre, ,w/,False\n"
    )

    (tracklist,) = parse(export.encode())

    assert tracklist.rows[0].full_title == "Glass - Run"
    assert [row.played_with_previous for row in tracklist.rows] == [False, True, True]
    assert tracklist.rows[0].cue_seconds == 482
    assert tracklist.title == "Nova @ Hall"


def test_a_csv_of_parts_gives_one_tracklist_each():
    export = (
        "part,position,timestamp,artist,title,raw\n"
        "Part 1,1,00:00,Ada Frost,Tide,Ada Frost - Tide\n"
        "Part 2,1,4?:??,Orla,Glass,Orla - Glass\n"
    )

    first, second = parse(export.encode())

    assert (first.title, second.title) == ("Part 1", "Part 2")
    assert second.rows[0].cue_seconds is None


def test_a_header_alone_is_no_tracklist():
    with pytest.raises(NoTracklist):
        parse(b"artist,title\n")
