"""Kinds told by content; bounds; nothing but our own error for broken input."""

import json
import random
import time
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from enrichment.cli.actions import parse_lines
from scrapers.tracklists import parse
from scrapers.tracklists.decoding import MAX_BYTES, MAX_LINE_CHARACTERS, decode
from scrapers.tracklists.tracklist import NoTracklist, NotUnderstood, TracklistError

SAMPLES = Path(__file__).parents[1] / "samples"
FOLDERS = ("tracklists1001", "mixesdb", "cue", "m3u", "rekordbox", "traktor")
FILES = sorted(file for folder in FOLDERS for file in (SAMPLES / folder).iterdir())


@pytest.mark.parametrize(
    ("file", "kind"),
    [
        ("tracklists1001/detail.html", "tracklists1001"),
        ("mixesdb/numbered.wiki", "mixesdb"),
        ("mixesdb/list_with_gaps.wiki", "mixesdb"),
        ("mixesdb/rendered.html", "mixesdb"),
        ("cue/mix.cue", "cue"),
        ("m3u/extinf.m3u8", "m3u"),
        ("m3u/virtualdj.m3u", "m3u"),
        ("rekordbox/library.xml", "rekordbox"),
        ("traktor/history.nml", "traktor"),
        ("traktor/export.html", "traktor"),
    ],
)
def test_the_kind_is_told_by_content(file: str, kind: str):
    assert {t.format for t in parse((SAMPLES / file).read_bytes())} == {kind}


@pytest.mark.parametrize("content", [b"", b" \r\n\t", b"\xef\xbb\xbf\n", b"\xff\xfe"])
def test_an_empty_file_says_so(content: bytes):
    with pytest.raises(NoTracklist, match="empty"):
        parse(content)


@pytest.mark.parametrize("seed", [1, 2, 3])
def test_two_megabytes_of_random_bytes_are_not_understood(seed: int):
    with pytest.raises(NotUnderstood, match="binary"):
        parse(random.Random(seed).randbytes(2_000_000))  # noqa: S311 (no secret)


def test_a_file_beyond_the_bound_is_not_understood():
    with pytest.raises(NotUnderstood, match="64 MiB"):
        parse(b"a" * (MAX_BYTES + 1))


@pytest.mark.parametrize(
    "content",
    [
        pytest.param(b"Artist - Title\n" * 700_000, id="10 MB of lines"),
        pytest.param(b"#EXTINF:1,A - B\na.mp3\n" * 450_000, id="10 MB of M3U"),
        pytest.param(b"A" * 100_000 + b" - B", id="a line of 100 kB"),
        pytest.param(b"== Tracklist ==\n" + b"# [[[{{<!--'''" * 200_000, id="wiki"),
        pytest.param(b'{"a":' * 300_000, id="deep JSON"),
        pytest.param(b"<NML>" + b"<NODE>" * 200_000, id="deep XML"),
        pytest.param(b"<div class='tlpItem'>" * 50_000, id="deep HTML"),
        pytest.param(b"<i id='Tracklist'>" * 50_000, id="many headings"),
        pytest.param(b'#EXTINF:1 a="' + b'a="b" ' * 500_000, id="attributes"),
        pytest.param(b" " * 10_000_000 + b"x", id="white space"),
        pytest.param(b"=" * 10_000_000, id="headings"),
        pytest.param(b'artist,title\n"' + b"a\n" * 500_000, id="an open quotation"),
        pytest.param(b"<div>x" + b" " * 500_000 + b"y</div>", id="space in a tag"),
    ],
)
def test_hostile_input_ends_quickly(content: bytes):
    started = time.process_time()

    with pytest.raises(TracklistError):
        parse(content)

    assert time.process_time() - started < 5


def test_what_is_nested_or_listed_often_is_read_once():
    track = b"<key>a</key><string>b</string>" * 20_000
    item = b"<dict><key>Track ID</key><integer>1</integer></dict>" * 2_000
    library = (
        b"<plist><dict><key>Tracks</key><dict><key>1</key><dict>" + track + b"</dict>"
        b"</dict><key>Playlists</key><array><dict><key>Playlist Items</key><array>"
        + item
        + b"</array></dict></array></dict></plist>"
    )
    entries = b"<asx>" + b"<entry>" * 8_000 + b"</entry>" * 8_000 + b"</asx>"
    started = time.process_time()

    (tracklist,) = parse(library)
    (nested,) = parse(entries)

    assert (len(tracklist.rows), len(nested.rows)) == (2_000, 8_000)
    assert time.process_time() - started < 5


def test_a_line_too_long_to_be_a_row_is_left_out():
    sheet = (SAMPLES / "cue/mix.cue").read_text()
    long_title = "x" * (MAX_LINE_CHARACTERS + 1)

    (tracklist,) = parse(sheet.replace("Encore", long_title).encode())

    assert not tracklist.rows[2].identified


@pytest.mark.parametrize(
    ("content", "text"),
    [
        ("Zoë – Née".encode(), "Zoë – Née"),
        ("Zoë – Née".encode("utf-8-sig"), "Zoë – Née"),
        ("Zoë – Née".encode("cp1252"), "Zoë – Née"),
        ("Zoë".encode("utf-16"), "Zoë"),
        (b"\xfe\xff" + "Zoë".encode("utf-16-be"), "Zoë"),
        ("Artist - Title".encode("utf-16-le"), "Artist - Title"),
        ("Artist - Title".encode("utf-16-be"), "Artist - Title"),
        ("Ночь и 夜".encode(), "Ночь и 夜"),
        ("Ночь".encode()[:-1], "Ноч\ufffd"),
    ],
)
def test_text_is_decoded_by_what_its_bytes_show(content: bytes, text: str):
    assert decode(content) == text


@pytest.mark.parametrize(
    "file", FILES, ids=lambda file: f"{file.parent.name}/{file.name}"
)
def test_a_sample_cut_anywhere_raises_our_own_error_or_none(file: Path):
    content = file.read_bytes()

    for cut in range(1, len(content), max(1, len(content) // 60)):
        assert is_sound(content[:cut])


@settings(max_examples=150, deadline=None)
@given(
    file=st.sampled_from(FILES),
    edits=st.lists(
        st.tuples(st.floats(0, 1), st.integers(0, 40), st.binary(max_size=12)),
        min_size=1,
        max_size=8,
    ),
)
def test_a_mutated_sample_raises_our_own_error_or_none(file: Path, edits):
    content = bytearray(file.read_bytes())
    for place, length, replacement in edits:
        start = int(place * len(content))
        content[start : start + length] = replacement

    assert is_sound(bytes(content))


@settings(max_examples=150, deadline=None)
@given(st.binary(max_size=400) | st.text(max_size=400).map(str.encode))
def test_arbitrary_bytes_and_text_raise_our_own_error_or_none(content: bytes):
    assert is_sound(content)


def is_sound(content: bytes) -> bool:
    """Tell whether bytes are refused with a reason, or give rows from 1 on."""
    try:
        tracklists = parse(content)
    except TracklistError as error:
        return bool(str(error))
    positions = [[row.position for row in each.rows] for each in tracklists]
    return bool(positions) and all(
        each and each == list(range(1, len(each) + 1)) for each in positions
    )


PIECES = ['"', 'a "b" ', " ", "a - b ", "a (b) - ", "(", "[a] ", "1:00 ", "**", "[["]


@pytest.mark.parametrize("piece", PIECES)
def test_hostile_lines_are_answered_in_bounded_steps(piece: str):
    """Ends at all: quotes took minutes a megabyte, and the suite has a time limit."""
    content = "\n".join([(piece * 900)[:900]] * 300).encode()

    for one_line in (content, content.replace(b"\n", b" ")):
        assert is_sound(one_line)
        assert sum(1 for _ in parse_lines.each_line(one_line)) >= 1


@pytest.mark.parametrize("sign", ["|", ";", "\t"])
def test_rows_of_signs_between_cells_alone_are_no_table(sign: str):
    line = f" {sign} " * 100

    assert is_sound(f"{line} - {line[:40]}\n".encode() * 50)


def test_the_columns_of_a_refused_table_are_told_in_one_short_line():
    header = ",".join(f"column {number}" for number in range(500))
    table = "\n".join([header, *[",".join("abcde" * 100)] * 50])

    with pytest.raises(NotUnderstood, match="the columns of the table") as refused:
        parse(table.encode())

    assert len(str(refused.value)) < 300


@settings(max_examples=200, deadline=None)
@given(st.text(alphabet='AB (T)[X]Mix-"|/12:.,&ft', max_size=80))
def test_a_row_with_an_id_has_artist_and_title(line: str):
    for printed in parse_lines.each_line(line.encode()):
        row = json.loads(printed)
        assert row["track_id"] is None or (row["artist"] and row["full_title"])
