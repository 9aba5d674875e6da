"""One set in every format: whole, empty and cut; libraries loaded at need alone."""

import io
import json
import re
import subprocess
import sys
import zipfile

import pytest

from scrapers.tracklists import FORMATS, parse
from scrapers.tracklists.bounds import MAX_ROWS
from scrapers.tracklists.formats import zipped
from scrapers.tracklists.tracklist import NoTracklist, NotUnderstood, TracklistError
from tests import formats
from tests.formats import SET

NAMES = [(song.artist, song.title) for song in SET]
CUES = [song.cue for song in SET]
IN_A_MIX = {
    *("mixcloud.json", "mixcloud_graphql.json", "chapters.json", "rows.jsonl"),
    *("metadata.txt", "labels.txt", "night.srt", "night.vtt", "ogm.txt"),
    *("chapters.xml", "night.cue"),
}
# A cut one of these cannot be told from a whole one that is shorter, or says nothing.
CUT_IN_ARCHIVE = {"night.xlsx", "night.ods"}
OUR_JSON = {name for name in formats.FORMATS if name.endswith(("json", "jspf"))}


@pytest.mark.parametrize("name", formats.FORMATS)
def test_a_format_gives_the_set_that_it_was_written_of(name: str):
    (tracklist,) = parse(formats.FORMATS[name](SET))

    assert [(row.artist, row.full_title) for row in tracklist.rows] == NAMES
    if name in IN_A_MIX:
        assert [row.cue_seconds for row in tracklist.rows] == CUES


def test_one_set_in_all_formats_is_one_set_of_tracks():
    sets = {
        tuple(row.track_id for row in tracklist.rows)
        for write in formats.FORMATS.values()
        for tracklist in parse(write(SET))
    }

    assert len(sets) == 1
    assert None not in sets.pop()


@pytest.mark.parametrize("name", formats.FORMATS)
def test_an_empty_file_of_a_format_has_no_tracklist(name: str):
    with pytest.raises(NoTracklist):
        parse(formats.FORMATS[name](()))


def rows_or_reason(content: bytes) -> list[tuple[str | None, str | None]] | str:
    try:
        return names_of(content)
    except TracklistError as error:
        return str(error)


@pytest.mark.parametrize("share", [20, 50, 80, 95])
@pytest.mark.parametrize("name", formats.FORMATS)
def test_a_cut_file_gives_its_first_rows_or_says_what_it_looked_like(
    name: str, share: int
):
    content = formats.FORMATS[name](SET)

    rows = rows_or_reason(content[: len(content) * share // 100])

    assert rows
    if not isinstance(rows, str):
        # of a cut library the playlists may be gone, which come last: it has its order
        assert rows[:-1] in (NAMES[: len(rows) - 1], NAMES[::-1][: len(rows) - 1])


@pytest.mark.parametrize(
    "name", ["list.xspf", "database.xml", "list.wpl", "list.asx", "list.vdjfolder"]
)
def test_a_cut_xml_file_gives_its_rows_and_says_that_it_is_cut(name: str):
    content = formats.FORMATS[name](SET)

    (tracklist,) = parse(content[: len(content) * 4 // 5])

    rows = [(row.artist, row.full_title) for row in tracklist.rows]
    assert rows == NAMES[: len(rows)]
    assert len(rows) in (2, 3)
    assert "cut or damaged after these rows" in tracklist.left_out[0].reason
    assert tracklist.left_out[0].within


def test_a_cut_crate_gives_its_rows_and_says_that_it_is_cut():
    content = formats.serato_crate(SET)[:-3]

    (tracklist,) = parse(content)

    assert len(tracklist.rows) == len(SET) - 1
    assert "cut" in tracklist.left_out[0].reason


@pytest.mark.parametrize(
    ("content", "look"),
    [
        (b"<playlist><track", "XSPF"),
        (b"<plist><dict><key>Other</key><integer>1</integer></dict></plist>", "iTunes"),
        (b'<?xml version="1.0"?><opml><body/></opml>', "<opml>"),
        (b"PK\x03\x04rest", "office document"),
        (b"[playlist]\nVersion=3\n", "PLS"),
        (b"<html><body>Not found</body></html>", "HTML"),
        (b"WEBVTT\n\n00:00.000 --> 00:04.000\nHello there\n", "subtitles"),
        (b"0.000000\t1.500000\tchorus\n", "Audacity"),
        (b'{"chapters":[{"startTime":0,"title":"Intro"}]}', "JSON"),
        (b"{\\rtf1 Dear Sir or Madam}", "RTF"),
        (b"bplist00\xd4\x01\x02", "property list"),
        (b"SQLite format 3\x00rest", "no library of Engine DJ"),
    ],
)
def test_what_is_refused_says_what_it_looked_like(content: bytes, look: str):
    with pytest.raises(TracklistError, match=look):
        parse(content)


def zip_of(entries: dict[str, bytes]) -> bytes:
    file = io.BytesIO()
    with zipfile.ZipFile(file, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, content in entries.items():
            archive.writestr(name, content)
    return file.getvalue()


def test_an_archive_that_unpacks_to_too_much_is_not_opened():
    with pytest.raises(NotUnderstood, match="unpacks to more"):
        parse(zip_of({"content.xml": b"<a>" + b" " * 20_000_000}))


def test_an_archive_of_too_many_entries_is_not_opened():
    entries = {f"{n}": b"" for n in range(zipped.MAX_ENTRIES + 1)}

    with pytest.raises(NotUnderstood, match="entries"):
        parse(zip_of({"content.xml": b"<a/>", **entries}))


def damaged(content: bytes) -> bytes:
    """Write other bytes over the packed text of every entry."""
    with zipfile.ZipFile(io.BytesIO(content)) as archive:
        entries = archive.infolist()
    spoilt = bytearray(content)
    for entry in entries:
        start = entry.header_offset + 30 + len(entry.filename)
        spoilt[start : start + 30] = b"\xaa" * 30
    return bytes(spoilt)


def packed_by_method_99(content: bytes) -> bytes:
    """Say of every entry that it is packed by a method of another program."""
    changed = re.sub(rb"(PK\x03\x04.{4})..", rb"\1c\0", content, flags=re.DOTALL)
    return re.sub(rb"(PK\x01\x02.{6})..", rb"\1c\0", changed, flags=re.DOTALL)


def ods_of(cell: str) -> bytes:
    sheet = f"<table><table-row><table-cell>{cell}</table-cell></table-row></table>"
    return zip_of({"content.xml": sheet.encode()})


@pytest.mark.parametrize(
    "content",
    [
        damaged(formats.xlsx(SET)),
        damaged(formats.ods(SET)),
        packed_by_method_99(formats.xlsx(SET)),
        packed_by_method_99(formats.ods(SET)),
        ods_of("<p>" + 5000 * "<span>" + "x" + 5000 * "</span>" + "</p>"),
        b"{\\rtf1\\ansi \\u99999999999999 A - B\\par C - D}",
    ],
    ids=["xlsx", "ods", "xlsx 99", "ods 99", "nested", "rtf"],
)
def test_a_damaged_file_is_refused_and_breaks_nothing(content: bytes):
    with pytest.raises(TracklistError):
        parse(content)


@pytest.mark.parametrize(
    ("part", "look"),
    [
        ("word/document.xml", "Word"),
        ("Index/Document.iwa", "Numbers"),
        ("song.mp3", "ZIP archive"),
    ],
)
def test_another_kind_of_archive_is_named(part: str, look: str):
    with pytest.raises(NotUnderstood, match=look):
        parse(zip_of({part: b"x"}))


def test_the_libraries_of_formats_are_loaded_when_their_format_is_met():
    program = (
        "import sys, scrapers.tracklists as t; t.parse(b'1. A - B\\n2. C - D\\n');"
        "loaded = {'openpyxl', 'striprtf', 'odf'} & set(sys.modules);"
        "import enrichment.app.worker;"
        "assert not loaded and 'openpyxl' not in sys.modules, loaded"
    )

    done = subprocess.run(
        [sys.executable, "-c", program], capture_output=True, check=False
    )

    assert done.returncode == 0, done.stderr.decode()


def test_the_list_of_formats_names_what_is_read():
    named = " ".join(f"{name} {told}" for name, told in FORMATS)

    for word in (
        *("PLS", "XSPF", "JSPF", "iTunes", "VirtualDJ", "crates", "Mixcloud"),
        *("podcast", "Spotify", "JSON Lines", "FFmpeg", "Audacity", "HTML", "XLSX"),
        *("ODS", "WPL", "ASX", "SRT", "OGM", "RTF"),
    ):
        assert word in named


# What the programs write besides the plainest form.


def names_of(content: bytes) -> list[tuple[str | None, str | None]]:
    return [(row.artist, row.full_title) for one in parse(content) for row in one.rows]


def test_a_pls_playlist_is_in_the_order_of_its_numbers_whatever_their_case():
    content = "file2=b.mp3\ntitle2=C - D\nFILE1=a.mp3\nTitle1 = Ä - B\n[Playlist]\n"

    assert names_of(content.encode("cp1252")) == [("Ä", "B"), ("C", "D")]


def test_a_pls_entry_without_a_title_is_named_by_its_file():
    content = b"[playlist]\nFile1=C:\\m\\A%20-%20B.mp3\nFile2=http://x/C%20-%20D.mp3\n"

    assert names_of(content) == [("A", "B"), ("C", "D")]


def test_xspf_names_a_track_without_names_by_its_file():
    content = (
        b"<playlist xmlns='http://xspf.org/ns/0/'><trackList><track><location>"
        b"file:///m/%C3%96rla%20-%20Glass.mp3</location></track></trackList></playlist>"
    )

    assert names_of(content) == [("Örla", "Glass")]


def test_an_unescaped_ampersand_costs_nothing():
    content = b"<asx version='3.0'><entry><title>A & B - C</title></entry></asx>"

    assert names_of(content) == [("A & B", "C")]


def test_a_menu_and_a_page_of_1001tracklists_are_no_lists():
    genres = "".join(f"<li>House {n} / Garage {n}</li>" for n in range(9))
    page = f"<html><head>{{}}</head><body><ul>{genres}</ul>{{}}</body></html>"
    rows = "".join(f"<li>A - B{n}</li>" for n in range(9))
    author = '<meta name="author" content="1001Tracklists">'

    for content in (page.format("", ""), page.format(author, f"<ul>{rows}</ul>")):
        with pytest.raises(NoTracklist):
            parse(content.encode())


def test_an_asx_entry_may_leave_its_reference_open():
    content = (
        b'<ASX VERSION="3.0">\n<ENTRY>\n<TITLE>A - B</TITLE>\n'
        b'<REF HREF="http://x.example/a?b=1&c=2">\n</ENTRY>\n</ASX>'
    )

    assert names_of(content) == [("A", "B")]


def test_the_times_of_a_pages_table_are_kept():
    cells = "<tr><td>{}</td><td>{}</td><td>{}</td></tr>"
    rows = cells.format("0:00", "A", "B") + cells.format("3:15", "C", "D")
    head = "<tr><th>Time</th><th>Artist</th><th>Title</th></tr>"
    page = f"<html><body><h1>Night</h1><table>{head}{rows}</table></body></html>"

    (tracklist,) = parse(page.encode())

    assert [row.cue_seconds for row in tracklist.rows] == [0, 195]


def test_an_itunes_library_without_playlists_is_read_whole():
    content = formats.itunes(SET).split(b"<key>Playlists</key>")[0] + b"</dict></plist>"

    assert sorted(names_of(content)) == sorted(NAMES)


def test_an_itunes_entry_without_a_number_keeps_its_place():
    (tracklist,) = parse(
        b"<plist><dict><key>Tracks</key><dict/><key>Playlists</key><array><dict>"
        b"<key>Playlist Items</key><array><dict><key>Track ID</key><dict/></dict>"
        b"</array></dict></array></dict></plist>"
    )

    assert [row.artist for row in tracklist.rows] == [None]


def test_virtualdj_of_version_six_is_read():
    content = (
        b'<Virtual_DJ_Database Version="6.0"><Song FilePath="D:\\m\\x.mp3">'
        b'<Display Author="A" Title="B" Genre="House" /><BPM Bpm="20671" /></Song>'
        b"</Virtual_DJ_Database>"
    )

    assert names_of(content) == [("A", "B")]
    assert parse(content)[0].rows[0].facts.bpm == pytest.approx(128, abs=0.1)


def test_spotify_knows_files_of_the_users_own_and_a_history_of_plays():
    local = {"localTrack": {"uri": "spotify:local:A+B:C:D+%28E%29:215"}, "track": None}
    history = [{"endTime": "2031-05-01 20:00", "artistName": "A", "trackName": "B"}]

    assert names_of(json.dumps({"items": [local, {"track": None}]}).encode()) == [
        ("A B", "D (E)")
    ]
    assert names_of(json.dumps(history).encode()) == [("A", "B")]
    library = {"tracks": [{"artist": "A", "album": "X", "track": "B", "uri": "u"}]}
    assert names_of(json.dumps(library).encode()) == [("A", "B")]


def test_chapters_that_are_not_listed_are_no_rows():
    chapters = [
        {"startTime": 0, "title": "A - B", "toc": False},
        {"startTime": 1.5, "title": "C - D"},
    ]

    assert names_of(json.dumps({"chapters": chapters}).encode()) == [("C", "D")]


@pytest.mark.parametrize(
    "content",
    [
        b"""[{"start":"00:00:00.000","title":"A - B"},
        {"start":"00:01:05","title":"C - D"}]""",
        b"""{"chapters":[{"start_time":"0.000000","tags":{"title":"A - B"}},
        {"start_time":"65.5","tags":{"title":"C - D"}}]}""",
        b"""<psc:chapters xmlns:psc="http://podlove.org/simple-chapters" version="1.2">
        <psc:chapter start="00:00:00.000" title="A - B" />
        <psc:chapter start="1:05" title="C - D" /></psc:chapters>""",
    ],
)
def test_other_chapters(content: bytes):
    (tracklist,) = parse(content)

    assert [row.cue_seconds for row in tracklist.rows] == [0, 65]
    assert names_of(content) == [("A", "B"), ("C", "D")]


def test_ffmetadata_takes_escapes_and_any_timebase():
    content = (
        b";FFMETADATA1\ntitle=Mix\\=1\n[CHAPTER]\nSTART=65000000000\nEND=9\n"
        b"title=A - B\\; C\\#1\n[CHAPTER]\nTIMEBASE=1/44100\nSTART=4410000\n"
        b"title=D - E\n"
    )

    (tracklist,) = parse(content)

    assert names_of(content) == [("A", "B; C#1"), ("D", "E")]
    assert [row.cue_seconds for row in tracklist.rows] == [65, 100]
    assert tracklist.title == "Mix=1"


def test_audacity_writes_commas_and_frequencies_in_some_countries():
    content = (
        b"0,000000\t4,500000\tA - B\n\\\t100,0\t200,0\n4,500000\t9,000000\tC - D\n"
    )

    assert names_of(content) == [("A", "B"), ("C", "D")]


def test_a_subtitle_of_two_lines_is_artist_and_title_and_a_repeated_one_is_one_row():
    one = "00:00:0{},000 --> 00:00:0{},000\n{}\n\n"
    content = "".join(
        f"{n}\n{one.format(n, n + 1, text)}"
        for n, text in enumerate(["A\nB", "A\nB", "<i>C</i> - D"], start=1)
    )

    assert names_of(content.encode()) == [("A", "B"), ("C", "D")]


def test_rtf_of_a_mac_has_backslashes_for_line_ends_and_links():
    content = (
        b"{\\rtf1\\ansi\\ansicpg1252\\cocoartf2639\n{\\fonttbl\\f0 Helvetica;}\n"
        b"\\f0\\fs24 \\cf0 1. \\'d6rla \\uc0\\u8211  Glass\\\n2. {\\field{\\*\\fldinst"
        b'{HYPERLINK "https://x.example/y"}}{\\fldrslt C - D}}\\\n3. E - F}'
    )

    assert names_of(content) == [("Örla", "Glass"), ("C", "D"), ("E", "F")]


def test_marked_artists_and_titles_of_a_page_are_parted():
    item = "<li><span class='track-artist'>{}</span><span class='track-title'>{}</span>"
    page = f"<html><body><ul>{item.format('A', 'B')}{item.format('C', 'D')}</ul>"

    assert names_of(page.encode()) == [("A", "B"), ("C", "D")]


def test_a_sheet_without_a_header_is_a_list():
    rows = "".join(
        formats._ods_row(song) for song in (["A", "B"], ["C - D"], ["E", "F"])
    )
    content = (
        f"<office:document-content {formats._ODS}><office:body><table:table>{rows}"
        "</table:table></office:body></office:document-content>"
    )

    assert names_of(zip_of({"content.xml": content.encode()})) == [
        *(("A", "B"), ("C", "D"), ("E", "F"))
    ]


def test_each_list_of_json_lines_is_a_tracklist_and_a_broken_line_is_told():
    rows = [{"position": n, "artist": "A", "title": f"T{n}"} for n in (1, 2, 1)]
    content = "\n".join([*map(json.dumps, rows), "{broken", "[]"]).encode()

    first, second = parse(content)

    assert (len(first.rows), len(second.rows)) == (2, 1)
    assert [line.raw for line in first.left_out] == ["{broken", "[]"]


def test_json_lines_that_are_none_of_a_list_are_not_all_remembered():
    with pytest.raises(NotUnderstood, match="more lines"):
        parse(b'{"name":"a"}\n' * 2 + b"x\n" * (MAX_ROWS + 1))


def test_a_list_of_a_page_that_is_too_long_is_refused_with_the_reason():
    items = "".join(f"<li>Nora - Night {n}</li>" for n in range(20_001))
    with pytest.raises(NotUnderstood, match="a list of more than 20000 lines"):
        parse(f"<html><body><ul>{items}</ul></body></html>".encode())
