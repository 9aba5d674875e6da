"""Local files and folders, in any format that `scrapers.tracklists.parse` reads."""

import os
from collections.abc import AsyncIterator, Iterator
from pathlib import Path
from typing import Any

from scrapy import Request, signals
from scrapy.http import Response

from scrapers.items import TracklistItem
from scrapers.report import Page
from scrapers.spiders.tracklist_spider import TracklistSpider
from scrapers.tracklists.tracklist import Tracklist

# The largest export of a DJ's whole library seen is a tenth of it.
MAX_FILE_BYTES = 256 * 1024 * 1024


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
        self.path = Path(path).expanduser().absolute()
        if not self.path.exists():
            raise ValueError(f"path={path}: there is no such file or folder")

    async def start(self) -> AsyncIterator[Any]:
        """Ask for the files one after the other, as fast as they are worked off."""
        for path in files_below(self.path):
            if self.crawler.engine.needs_backout():
                await self.crawler.signals.wait_for(signals.scheduler_empty)
            if path.stat().st_size > MAX_FILE_BYTES:
                self.logger.warning("%s: not understood: too large", path)
                self.tally.page(Page.NOT_UNDERSTOOD)
                continue
            yield Request(
                path.as_uri(),
                callback=self.read,
                errback=self.unavailable,
                cb_kwargs={"path": path},
                dont_filter=True,
            )

    async def read(
        self, response: Response, path: Path
    ) -> AsyncIterator[TracklistItem]:
        """Give the tracklists of one file."""
        async for item in self.items(response.body, key=path.as_posix()):
            yield item

    def source_key(self, tracklist: Tracklist, key: str, number: int) -> str:
        """Give the file's place: what a playlist calls itself is not unique."""
        inside = tracklist.source_key or (str(number) if number > 1 else "")
        return f"{key}#{inside}" if inside else key


def files_below(path: Path) -> Iterator[Path]:
    """Give a file itself, or every visible file below a folder, in order of names."""
    if path.is_file():
        yield path
        return
    # links to folders are not followed: they may lead in circles
    for folder, folders, files in os.walk(path):
        folders[:] = sorted(name for name in folders if not name.startswith("."))
        for name in sorted(files):
            file = Path(folder, name)
            if not name.startswith(".") and file.is_file():
                yield file
