"""A database that computes what it gives is no library, however small its file is."""

import sqlite3
from contextlib import closing

import pytest

from scrapers.tracklists.formats import engine_dj
from scrapers.tracklists.tracklist import NotUnderstood

LISTS = (
    "CREATE TABLE Playlist (id, title);"
    "CREATE TABLE PlaylistEntity (id, listId, trackId, nextEntityId);"
)
COUNTED = (
    "WITH RECURSIVE n (id) AS (SELECT 1 UNION ALL SELECT id + 1 FROM n LIMIT 5000)"
    " SELECT id, 'Artist' AS artist, 'Title' AS title FROM n"
)


def database(tracks):
    with closing(sqlite3.connect(":memory:")) as made:
        made.executescript(LISTS + tracks)
        return made.serialize()


VIEW = f"CREATE VIEW Track AS {COUNTED};"
DEFAULT = (
    f"CREATE TABLE Track (id, artist, title); INSERT INTO Track {COUNTED};"
    f"ALTER TABLE Track ADD COLUMN label DEFAULT '{'x' * 1000}';"
)


@pytest.mark.parametrize("tracks", [VIEW, DEFAULT], ids=["a view", "a default"])
def test_more_than_the_file_holds_is_refused(tracks):
    with pytest.raises(NotUnderstood):
        engine_dj.parse(database(tracks))


def test_a_computed_column_is_not_read():
    tracks = (
        "CREATE TABLE Track (id, artist, title, label AS (printf('%.*c', 9, 'x')));"
        "INSERT INTO Track VALUES (1, 'Artist', 'Title');"
    )

    (found,) = engine_dj.parse(database(tracks))

    (row,) = found.rows
    assert (row.artist, row.title, row.label) == ("Artist", "Title", None)
