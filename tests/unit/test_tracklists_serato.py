"""Serato's binary sessions, built here chunk by chunk."""

import pytest

from scrapers.tracklists import parse
from scrapers.tracklists.tracklist import NoTracklist, NotUnderstood

VERSION = "1.0/Serato Scratch LIVE Review"


def chunk(tag: bytes, payload: bytes) -> bytes:
    return tag + len(payload).to_bytes(4, "big") + payload


def text(words: str) -> bytes:
    return (words + "\0").encode("utf-16-be")


def played(**fields: bytes) -> bytes:
    numbers = {"row": 1, "path": 2, "title": 6, "artist": 7, "label": 21, "start": 28}
    body = b"".join(
        chunk(numbers[name].to_bytes(4, "big"), value) for name, value in fields.items()
    )
    return chunk(b"oent", chunk(b"adat", body))


def session(*entries: bytes) -> bytes:
    return chunk(b"vrsn", VERSION.encode("utf-16-be")) + b"".join(entries)


def second(unix_time: int, size: int = 4) -> bytes:
    return unix_time.to_bytes(size, "big")


FIRST = played(
    row=b"\0\0\0\1",
    title=text("Tide (Mira Remix)"),
    artist=text("Ada Frøst"),
    label=text("Pearl"),
    start=second(1_935_513_360),
)
SECOND = played(
    row=b"\0\0\0\2", title=text("Orla - Glass"), start=second(1_935_513_460, 8)
)


def test_a_session_gives_what_was_loaded_in_order_with_times_of_both_sizes():
    (tracklist,) = parse(session(FIRST, SECOND))

    assert [(r.artist, r.full_title, r.cue_seconds) for r in tracklist.rows] == [
        ("Ada Frøst", "Tide (Mira Remix)", 0),
        ("Orla", "Glass", 100),
    ]
    assert tracklist.rows[0].label == "Pearl"
    assert tracklist.recorded_on == "2031-05-02"


def test_a_play_written_twice_is_one_row_with_what_was_written_last():
    later = played(row=b"\0\0\0\1", title=text("Ebb"), artist=text("Ada Frøst"))

    (tracklist,) = parse(session(FIRST, SECOND, later))

    assert [row.full_title for row in tracklist.rows] == ["Ebb", "Glass"]


def test_a_track_without_tags_is_named_by_its_path():
    entry = played(row=b"\0\0\0\3", path=text("/m/Finch/Run/03 Sprint.mp3"))

    (tracklist,) = parse(session(entry))

    assert (tracklist.rows[0].artist, tracklist.rows[0].title) == ("Finch", "Sprint")


def test_a_session_cut_anywhere_inside_is_not_understood():
    whole = session(FIRST, SECOND)

    for cut in (len(whole) - 1, len(whole) - 40, 75):
        with pytest.raises(NotUnderstood, match="cut short"):
            parse(whole[:cut])


def test_a_session_in_which_nothing_was_played_is_no_tracklist():
    with pytest.raises(NoTracklist):
        parse(session())
