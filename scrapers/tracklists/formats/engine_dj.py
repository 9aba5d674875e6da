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
_MOST_STEPS = 50_000_000
_TABLES = ("Track", "Playlist", "PlaylistEntity")
# What is read of their columns, whose number grew with the program.
_COLUMNS = frozenset({
    *("id", "artist", "title", "path", "filename", "label", "length", "bpmAnalyzed"),
    *("bpm", "key", "album", "year", "listId", "trackId", "nextEntityId"),
})  # fmt: skip
_FIFTHS = 12
# A view computes what it gives, without end where it wants to.
_IS_TABLE = """
SELECT 1 FROM sqlite_master
WHERE name = ? COLLATE NOCASE AND substr(sql, 1, 13) = 'CREATE TABLE ' COLLATE NOCASE
"""
# So does a column that is not stored.
_STORED = "SELECT name FROM pragma_table_xinfo(?) WHERE hidden = 0"

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
                list(_records(database, name, len(content))) for name in _TABLES
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


def _records(database: sqlite3.Connection, name: str, room: int) -> Iterator[Record]:
    """
    Yield the rows of a table, of a damaged one no more than the file can hold.

    Raises:
        NotUnderstood: it is a view, or its rows are longer than the file.
    """
    if not database.execute(_IS_TABLE, (name,)).fetchone():
        raise NotUnderstood(f"it is an SQLite database without a table {name}")
    columns = [column for (column,) in database.execute(_STORED, (name,))]
    wanted = ", ".join(column for column in columns if column in _COLUMNS) or "NULL"
    for row in database.execute(f"SELECT {wanted} FROM {name}"):  # noqa: S608 (our names)
        record = dict(row)
        room -= 1 + sum(len(v) for v in record.values() if isinstance(v, str | bytes))
        if room < 0:
            raise NotUnderstood("its rows are longer than the file")
        yield record


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
