"""Engine DJ's database (m.db): the playlists of Denon's and Numark's players."""

import sqlite3
from collections.abc import Iterable, Iterator, Mapping, Sequence
from contextlib import closing

from scrapers.tracklists.answers import text_of
from scrapers.tracklists.bounds import Bounds
from scrapers.tracklists.facts import facts
from scrapers.tracklists.names import row_of_entry
from scrapers.tracklists.tracklist import NoTracklist, NotUnderstood, Row, Tracklist

# More steps no library of 200,000 tracks takes.
_MOST_STEPS = 100_000_000
# All columns: their number grew with the program.
_TABLES = ("Track", "Playlist", "PlaylistEntity")
_FIFTHS = 12

Record = Mapping[str, object]


def parse(content: bytes) -> tuple[Tracklist, ...]:
    """
    Read the playlists, or all tracks where there are none.

    Raises:
        NotUnderstood: it is another program's database, or damaged.
        NoTracklist: there are no tracks in it.
    """
    try:
        with closing(sqlite3.connect(":memory:")) as database:
            database.row_factory = sqlite3.Row
            database.deserialize(content)
            database.execute("PRAGMA trusted_schema = OFF")
            database.set_progress_handler(lambda: 1, _MOST_STEPS)
            tracks, lists, entries = (
                [dict(row) for row in database.execute(f"SELECT * FROM {name}")]  # noqa: S608 (a constant)
                for name in _TABLES
            )
    except (sqlite3.Error, ValueError, OverflowError) as error:
        raise NotUnderstood(
            f"it looks like an SQLite database, and no library of Engine DJ: {error}"
        ) from error
    known, bounds = {track.get("id"): track for track in tracks}, Bounds()
    found = [
        Tracklist("engine_dj", tuple(bounds.counted(_rows(told))), title=title)
        for title, told in _lists(known, lists, entries)
    ] or [Tracklist("engine_dj", tuple(bounds.counted(_rows(tracks))))]
    if not found[0].rows:
        raise NoTracklist("it looks like a library of Engine DJ without tracks")
    return tuple(found)


def _lists(
    known: Mapping[object, Record], lists: Sequence[Record], entries: Sequence[Record]
) -> Iterator[tuple[str | None, list[Record]]]:
    """Yield the tracks of each list; an entry names the one behind it."""
    by_list: dict[object, dict[object, Record]] = {}
    for entry in entries:
        by_list.setdefault(entry.get("listId"), {})[entry.get("id")] = entry
    for one in lists:
        waiting = by_list.get(one.get("id"), {})
        behind = {entry.get("nextEntityId") for entry in waiting.values()}
        tracks: list[Record] = []
        # several beginnings only where the chain is broken
        for first in [*(i for i in waiting if i not in behind), *waiting]:
            place: object = first
            while place in waiting:
                entry = waiting.pop(place)
                tracks += filter(None, [known.get(entry.get("trackId"))])
                place = entry.get("nextEntityId")
        if tracks:
            yield text_of(one.get("title")) or None, tracks


def _rows(tracks: Iterable[Record]) -> Iterator[Row]:
    for position, track in enumerate(tracks, start=1):
        path = text_of(track.get("path")) or text_of(track.get("filename"))
        yield row_of_entry(
            position,
            text_of(track.get("artist")),
            text_of(track.get("title")),
            path=path,
            label=text_of(track.get("label")) or None,
            facts=facts(
                seconds=track.get("length"),
                bpm=track.get("bpmAnalyzed") or track.get("bpm"),
                key=_key(track.get("key")),
                album=track.get("album"),
                released=track.get("year"),
                location=path,
            ),
        )


def _key(number: object) -> str | None:
    """Return the Camelot code of a number: C, A minor, G, E minor, … by fifths."""
    if not isinstance(number, int) or not 0 <= number < 2 * _FIFTHS:
        return None
    return f"{(number // 2 + 7) % _FIFTHS + 1}{'BA'[number % 2]}"
