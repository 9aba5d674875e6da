"""Rows that a small file multiplies: a library names a track in many playlists."""

from collections.abc import Iterable, Iterator

from scrapers.tracklists.tracklist import NotUnderstood, Row

# The largest library seen names 60,000 tracks in all its playlists, in 3.5 MB of text.
MAX_ROWS = 200_000
MAX_ROW_CHARACTERS = 16 * 1024 * 1024


class Bounds:
    """What one file may still give."""

    def __init__(
        self, rows: int = MAX_ROWS, characters: int = MAX_ROW_CHARACTERS
    ) -> None:
        self._rows = rows
        self._characters = characters

    def counted(self, rows: Iterable[Row]) -> Iterator[Row]:
        """
        Pass rows on while they are made.

        Raises:
            NotUnderstood: they are more, or longer in all, than of any library.
        """
        for row in rows:
            self._rows -= 1
            self._characters -= len(row.raw)
            if self._rows < 0 or self._characters < 0:
                raise NotUnderstood("the file's playlists are longer than any library")
            yield row
