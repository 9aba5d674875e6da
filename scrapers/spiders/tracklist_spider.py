"""What all spiders share: arguments, outcomes of pages, parsed pages as items."""

import asyncio
from collections import Counter
from collections.abc import AsyncIterator, Awaitable, Callable
from dataclasses import replace
from datetime import UTC, datetime
from functools import cached_property
from http import HTTPStatus
from typing import ClassVar

import scrapy
from scrapy import Request
from scrapy.crawler import Crawler
from scrapy.exceptions import IgnoreRequest
from scrapy.spidermiddlewares.httperror import HttpError
from twisted.python.failure import Failure

from enrichment.contract.messages import Lane
from scrapers.items import (
    KeptText,
    TracklistItem,
    kept_text,
    parts_of,
    tracklist_item,
)
from scrapers.parsing.parent import ParseFailed, Parser
from scrapers.report import Page, RowOutcome, Tally
from scrapers.tracklists.tracklist import Blocked, NoTracklist, NotUnderstood, Tracklist

# A page's key, its content, and why it was not understood; None: it was.
NotePage = Callable[[str, bytes, str | None], Awaitable[None]]
# answers that end a crawl
REFUSALS = frozenset({HTTPStatus.FORBIDDEN, HTTPStatus.TOO_MANY_REQUESTS})


class TracklistSpider(scrapy.Spider):
    """
    A spider that yields tracklists and says of every page what became of it.

    Args:
        lane: "main", or "backlog" for imports in bulk.
        source: is in the rows instead of the spider's name ("beatport").
    """

    # hosts it may ask, exactly, each with its port where that is not the usual one
    hosts: frozenset[str] = frozenset()
    # the licence of a source that prints none on its pages
    licence: ClassVar[str | None] = None

    def __init__(
        self, *, lane: str = "main", source: str | None = None, **arguments: str
    ) -> None:
        if arguments:
            raise ValueError(f"{self.name} has no argument {', '.join(arguments)}")
        super().__init__()
        if lane not in {Lane.MAIN, Lane.BACKLOG}:
            raise ValueError(f"lane={lane}: it is either main or backlog")
        self.lane = Lane(lane)
        self.source = source or self.name
        # told of each page that was read, and of each that was not understood
        self.note_page: NotePage = _note_nowhere
        self._stopping: asyncio.Future[None] | None = None

    @cached_property
    def tally(self) -> Tally:
        """Counts for this crawl; there from its start on."""
        return Tally(self.crawler.stats, self.source)

    @cached_property
    def parser(self) -> Parser:
        """Parses pages and files in a process of its own."""
        return Parser()

    def pages_expected(self) -> int | None:
        """Return how many pages there are; None where nobody knows before the end."""
        return None

    def closed(self, reason: str) -> None:  # noqa: ARG002 (Scrapy's signature)
        """End what runs beside the crawl."""
        self.parser.close()

    def stop(self, reason: str) -> None:
        """End the crawl; what has been fetched goes its way to the end."""
        engine = self.crawler.engine
        if engine is not None and self._stopping is None:
            self._stopping = asyncio.ensure_future(
                engine.close_spider_async(reason=reason)
            )

    @property
    def is_stopping(self) -> bool:
        """Whether `stop` was called."""
        return self._stopping is not None

    async def items(
        self, content: bytes, *, key: str, url: str | None = None
    ) -> AsyncIterator[TracklistItem]:
        """
        Yield the tracklists of one page or file.

        Args:
            content: as fetched, in any format.
            key: the source's key of the page, where the page itself says none.
            url: where people find it.
        """
        retrieved_at = datetime.now(UTC)
        tracklists = await self._parsed(content, key)
        text = await self._kept(content) if tracklists else None
        named = zip(tracklists, parts_of(tracklists), strict=True)
        for number, (tracklist, part) in enumerate(named, 1):
            self._count_left_out(tracklist, key)
            item = tracklist_item(
                tracklist,
                source=self.source,
                source_key=self.source_key(tracklist, key, number, part),
                retrieved_at=retrieved_at,
                url=url,
                licence=self.licence,
            )
            yield replace(item, text=text, part=part)

    async def _kept(self, content: bytes) -> KeptText | None:
        """Pack the content beside the event loop, for `tracklists reparse`."""
        most = self.crawler.settings.getint("KEPT_TEXT_BYTES")
        return await asyncio.to_thread(kept_text, content, most)

    def _count_left_out(self, tracklist: Tracklist, key: str) -> None:
        """Log and count the lines among the rows that became no row."""
        lines = [line for line in tracklist.left_out if line.within]
        for reason, count in Counter(line.reason for line in lines).items():
            self.logger.info("%s: %d lines left out: %s", key, count, reason)
            slug = reason.replace(" ", "_")
            self.tally.rows(RowOutcome.DROPPED, count, f"left_out_{slug}")

    def source_key(
        self,
        tracklist: Tracklist,
        key: str,
        number: int,
        part: str,  # noqa: ARG002 (of files)
    ) -> str:
        """Return the key under which the tracklist is found again."""
        own = tracklist.source_key or key
        return own if number == 1 else f"{own}#{number}"

    async def page_blocked(self, key: str, reason: str) -> None:
        """Log that a page was a challenge; spiders of the web stop."""
        self.logger.warning("%s: blocked: %s", key, reason)
        self.tally.page(Page.BLOCKED)

    async def unavailable(self, failure: Failure) -> None:
        """Count a page that could not be had, or was given up on the way."""
        reason = failure.value
        if isinstance(reason, HttpError):
            # robots' bans, blocks and what is not asked after them are counted there
            counted = reason.response.status in REFUSALS
        else:
            counted = isinstance(reason, NotAsked) or _is_forbidden(reason)
        if not counted:
            # Scrapy sets it on what it hands to an errback
            request: Request = failure.request  # type: ignore[attr-defined]
            self.given_up(request, failure.getErrorMessage())

    def dropped(self, request: Request) -> None:
        """Count a page that leads to itself; one that is named twice is read once."""
        if request.meta.get("redirect_times"):
            self.given_up(request, "it leads to what was asked already")

    def given_up(self, request: Request, why: str) -> None:
        """Count a page that could not be had."""
        self.logger.warning("%s: unavailable: %s", request.url, why)
        self.tally.page(Page.UNAVAILABLE)

    async def _parsed(self, content: bytes, key: str) -> tuple[Tracklist, ...]:
        """Parse beside the event loop, and count the outcome."""
        try:
            tracklists = await self.parser.parse(content)
        except NoTracklist as reason:
            self.logger.info("%s: no tracklist: %s", key, reason)
            self.tally.page(Page.NO_TRACKLIST)
        except NotUnderstood as reason:
            self.logger.warning("%s: not understood: %s", key, reason)
            await self._not_understood(content, key, str(reason))
        except Blocked as reason:
            await self.page_blocked(key, str(reason))
        except ParseFailed as reason:
            # a fault of a parser costs one page, never the crawl
            self.logger.error("%s: the parser failed: %s", key, reason)  # noqa: TRY400
            await self._not_understood(content, key, "the parser failed")
        else:
            if any(tracklist.rows for tracklist in tracklists):
                self.tally.page(Page.PARSED)
                await self.note_page(key, content, None)
                return tracklists
            self.logger.warning("%s: not understood: no rows came of it", key)
            await self._not_understood(content, key, "no rows came of it")
        return ()

    async def _not_understood(self, content: bytes, key: str, why: str) -> None:
        """Count a page that was not read, and let a person know of it."""
        self.tally.page(Page.NOT_UNDERSTOOD)
        await self.note_page(key, content, why)


async def _note_nowhere(key: str, content: bytes, why: str | None) -> None:
    """Where no pipeline keeps pages, none is told."""


class NotAsked(IgnoreRequest):
    """A request that does not leave: the crawl has stopped, or its host is blocked."""


def _is_forbidden(reason: BaseException | None) -> bool:
    # Scrapy's middleware of robots.txt says it in words alone
    return isinstance(reason, IgnoreRequest) and "robots.txt" in str(reason)


def spider_of(crawler: Crawler) -> TracklistSpider:
    """Return the crawl's spider: pipelines and extensions read its source and count."""
    if not isinstance(crawler.spider, TracklistSpider):
        raise TypeError(f"{crawler.spider!r} is no TracklistSpider")
    return crawler.spider
