"""Shows at a terminal how far a crawl is, below its log; nobody else sees it."""

import asyncio
import logging
import shutil
import sys
from time import monotonic
from typing import Self, TextIO

from scrapy import signals
from scrapy.crawler import Crawler
from scrapy.exceptions import NotConfigured
from scrapy.statscollectors import StatsCollector

from scrapers.report import Page
from scrapers.spiders.tracklist_spider import spider_of

_LOOK_SECONDS = 0.5
_BAR = 24
_CLEAR = "\r\x1b[K"


class Progress:
    """Writes one line and takes it back before each line of the log."""

    def __init__(self, stream: TextIO, crawler: Crawler) -> None:
        self._stream = stream
        self._crawler = crawler
        self._showing: asyncio.Task[None] | None = None

    @classmethod
    def from_crawler(cls, crawler: Crawler) -> Self:
        """
        Join a crawl at a terminal.

        Raises:
            NotConfigured: standard error is none.
        """
        if not sys.stderr.isatty():
            raise NotConfigured
        progress = cls(sys.stderr, crawler)
        crawler.signals.connect(progress.open, signal=signals.spider_opened)
        crawler.signals.connect(progress.close, signal=signals.spider_closed)
        return progress

    def open(self) -> None:
        """Begin."""
        for handler in logging.getLogger().handlers:
            handler.addFilter(self._make_room)
        self._showing = asyncio.ensure_future(self._show())

    def close(self) -> None:
        """End; the line goes."""
        if self._showing is not None:
            self._showing.cancel()
        self._stream.write(_CLEAR)

    def _make_room(self, record: logging.LogRecord) -> bool:  # noqa: ARG002 (logging's)
        self._stream.write(_CLEAR)
        return True

    async def _show(self) -> None:
        began, stats = monotonic(), self._crawler.stats
        assert stats is not None  # noqa: S101 (a crawl that runs has them)
        spider = spider_of(self._crawler)
        total = await asyncio.to_thread(spider.pages_expected)
        while True:
            # the last column is left free: some terminals go to the next line there
            width = shutil.get_terminal_size().columns - 1
            seconds = monotonic() - began
            line = progress_line(_pages(stats), total, seconds=seconds, width=width)
            self._stream.write(f"{_CLEAR}{line}")
            self._stream.flush()
            await asyncio.sleep(_LOOK_SECONDS)


def _pages(stats: StatsCollector) -> int:
    return sum(int(stats.get_value(f"crawl/pages/{page}", 0)) for page in Page)


def progress_line(done: int, total: int | None, *, seconds: float, width: int) -> str:
    """Return a bar and the time that is left, or the time passed without a total."""
    if total is None:
        return f"{done:,} pages, {_clock(seconds)}"[:width]
    told = f"{done:,}/{total:,} files"
    if 0 < done < total:
        told += f", {_clock(seconds / done * (total - done))} left"
    filled = min(_BAR, _BAR * done // total) if total else _BAR
    return f"[{'#' * filled}{'.' * (_BAR - filled)}] {told}"[:width]


def _clock(seconds: float) -> str:
    minutes, rest = divmod(round(seconds), 60)
    hours, minutes = divmod(minutes, 60)
    return f"{hours}:{minutes:02}:{rest:02}" if hours else f"{minutes}:{rest:02}"
