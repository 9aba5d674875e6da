"""Local files and folders, in any format that `scrapers.tracklists.parse` reads."""

import os
from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any
from urllib.parse import quote

from scrapy import Request, signals
from scrapy.http import Response

from scrapers import files
from scrapers.extensions.local_files import PATH
from scrapers.items import TracklistItem
from scrapers.report import Page
from scrapers.spiders.tracklist_spider import TracklistSpider
from scrapers.tracklists.tracklist import Tracklist


class TracklistFilesSpider(TracklistSpider):
    """
    Reads a file, or a folder with all below it.

    Args:
        path: file or folder.
    """

    name = "tracklist_files"

    def __init__(self, path: str = "", **arguments: str) -> None:
        super().__init__(**arguments)
        if not path:
            raise ValueError("tracklist_files needs -a path=FILE_OR_FOLDER")
        self.path = Path(path).expanduser().resolve()
        if not self.path.exists():
            raise ValueError(f"path={path}: there is no such file or folder")

    def pages_expected(self) -> int | None:
        """Return how many files there are."""
        return sum(1 for _ in files.below(self.path))

    async def start(self) -> AsyncIterator[Any]:
        """Ask for the files one after the other, as fast as they are worked off."""
        for path in files.below(self.path):
            if self.crawler.engine.needs_backout():
                await self.crawler.signals.wait_for(signals.scheduler_empty)
            if isinstance(path, files.CannotRead):
                self.logger.warning("%s", path)
                self.tally.page(Page.UNAVAILABLE)
                continue
            yield Request(
                path.as_uri(),
                callback=self.read,
                errback=self.unavailable,
                cb_kwargs={"path": path},
                meta={PATH: path},
                dont_filter=True,
            )

    async def read(
        self, response: Response, path: Path
    ) -> AsyncIterator[TracklistItem]:
        """Yield the tracklists of one file."""
        async for item in self.items(response.body, key=key_of(path)):
            yield item

    def source_key(self, tracklist: Tracklist, key: str, number: int, part: str) -> str:
        """Return the file's place: what a playlist calls itself is not unique."""
        return f"{key}#{part}" if tracklist.source_key or number > 1 else key


def key_of(path: Path) -> str:
    """
    Return a file's place as text; no two files have the same.

    A name that reads as another file's, or as a page within one ("x.json#2" beside
    "x.json"), is written as its bytes.
    """
    place = files.shown(path)
    is_anothers = place != path.as_posix() and os.path.lexists(place)
    if is_anothers or _reads_as_page(path):
        return f"bytes:{quote(os.fsencode(path), safe='/ ')}"
    return place


def _reads_as_page(path: Path) -> bool:
    # a playlist may be named "a/b", so a folder "x.json#a" may read as its file's
    text = os.fspath(path)
    ends = (place for place, sign in enumerate(text) if sign == "#")
    return any(Path(text[:end]).is_file() for end in ends)
