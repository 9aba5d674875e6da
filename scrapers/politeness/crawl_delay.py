"""Stands between every web request and the wire: allowed host, its turn, no block."""

import asyncio
import logging
import re
from collections.abc import Awaitable, Callable
from datetime import UTC, datetime
from email.utils import parsedate_to_datetime
from http import HTTPStatus
from typing import Self
from urllib.parse import urlsplit

from scrapy import Request, signals
from scrapy.core.downloader.handlers.http11 import HTTP11DownloadHandler
from scrapy.crawler import Crawler
from scrapy.exceptions import IgnoreRequest
from scrapy.http import Response
from scrapy.robotstxt import RobotParser

from scrapers.politeness.host_locks import HostBlocked, HostLocks, turns
from scrapers.report import Page
from scrapers.spiders.tracklist_spider import REFUSALS, NotAsked, spider_of

log = logging.getLogger(__name__)

LEAST_BLOCKED_SECONDS = 1.0
# Who asks for longer is taken at this word: nobody runs a crawl for a year.
MOST_BLOCKED_SECONDS = 365 * 86_400.0
# What a date says that no calendar holds: later than any cap.
LAST_DATE = datetime(9999, 12, 31, tzinfo=UTC).timestamp()
_DIGITS = re.compile(r"[0-9]+(\.[0-9]*)?", re.ASCII)
_FAR_YEAR = re.compile(r"[A-Za-z]{3}[ -][0-9]{5,}\b", re.ASCII)


class CrawlDelay:
    """
    Keeps the delay that is set or published, whichever is larger, and stops at a block.

    Args:
        delays: seconds by host; `default_delay` for the others.
        longest_delay: the spider closes where robots.txt asks for more.
        block_seconds: how long nobody asks a host that refused without saying when.
    """

    def __init__(
        self,
        crawler: Crawler,
        *,
        shared: HostLocks,
        delays: dict[str, float],
        default_delay: float,
        longest_delay: float,
        block_seconds: float,
    ) -> None:
        self._crawler = crawler
        self._turns = shared
        self._delays = delays
        self._default_delay = default_delay
        self._longest_delay = longest_delay
        self._block_seconds = block_seconds
        self._stopped = ""
        self._stop = asyncio.Event()

    @classmethod
    def from_crawler(cls, crawler: Crawler) -> Self:
        """Read the settings and listen for robots.txt."""
        settings = crawler.settings
        delay = cls(
            crawler,
            # a request may be redirected into a slow host once more
            shared=turns(
                settings["REDIS_DSN"],
                hold_seconds=settings.getfloat("DOWNLOAD_TIMEOUT") + 5,
            ),
            delays=settings.getdict("CRAWL_DELAYS"),
            default_delay=settings.getfloat("DOWNLOAD_DELAY"),
            longest_delay=settings.getfloat("LONGEST_CRAWL_DELAY_SECONDS"),
            block_seconds=settings.getfloat("BLOCK_SECONDS"),
        )
        crawler.signals.connect(delay.robots_parsed, signal=signals.robots_parsed)
        crawler.signals.connect(delay.spider_closed, signal=signals.spider_closed)
        return delay

    async def robots_parsed(self, robotparser: RobotParser, request: Request) -> None:
        """Take over the published delay before the first page is asked for."""
        host = urlsplit(request.url).netloc
        agent = self._crawler.settings["ROBOTSTXT_USER_AGENT"]
        published = robotparser.crawl_delay(agent) or 0.0
        # "nan" is no delay that could be kept
        if not 0 <= published <= self._longest_delay:
            log.error("%s asks for %g s between requests", host, published)
            self.stop("crawl_delay_too_long")
            return
        await self._turns.publish(host, published)

    async def spider_closed(self) -> None:
        """Close the connection."""
        await self._turns.close()

    async def fetch(
        self, request: Request, send: Callable[[Request], Awaitable[Response]]
    ) -> Response:
        """
        Send a request when it is its turn; redirected ones come here too.

        Raises:
            IgnoreRequest: the host is not the spider's, or the crawl has stopped.
        """
        host = urlsplit(request.url).netloc
        if host not in spider_of(self._crawler).hosts:
            raise IgnoreRequest(f"{host} is not a host of this spider")
        try:
            await self._our_turn(host)
        except HostBlocked as error:
            log.error("%s", error)  # noqa: TRY400 (a sentence, no traceback)
            self.stop("blocked")
            raise NotAsked(str(error)) from error
        try:
            return await self._sent(request, send)
        finally:
            await self._turns.give_back(host)

    async def blocked(
        self, url: str, reason: str, seconds: float | None = None
    ) -> None:
        """Stop the crawl, and keep all others from asking this host for a while."""
        log.error("%s: %s; the crawl stops", url, reason)
        spider_of(self._crawler).tally.page(Page.BLOCKED)
        wait = self._block_seconds if seconds is None else seconds
        await self._turns.block(urlsplit(url).netloc, wait)
        self.stop("blocked")

    def stop(self, reason: str) -> None:
        """Let no further request out and close the spider."""
        if not self._stopped:
            self.let_none_out(reason)
            spider_of(self._crawler).stop(reason)

    def let_none_out(self, reason: str) -> None:
        """Send no further request; who waits for a turn waits no longer."""
        self._stopped = self._stopped or reason
        self._stop.set()

    async def _our_turn(self, host: str) -> None:
        """Wait for it, but not beyond the end of the crawl."""
        if self._stopped:
            raise NotAsked(f"the crawl has stopped: {self._stopped}")
        delay = self._delays.get(host, self._default_delay)
        turn = asyncio.ensure_future(self._turns.take(host, delay))
        stop = asyncio.ensure_future(self._stop.wait())
        await asyncio.wait({turn, stop}, return_when=asyncio.FIRST_COMPLETED)
        stop.cancel()
        if turn.done():
            turn.result()
        else:
            turn.cancel()
            raise NotAsked(f"the crawl has stopped: {self._stopped}")

    async def _sent(
        self, request: Request, send: Callable[[Request], Awaitable[Response]]
    ) -> Response:
        if self._stopped:
            raise NotAsked(f"the crawl has stopped: {self._stopped}")
        try:
            response = await send(request)
        except Exception:
            if _is_robots(request):
                self.stop("robots_unavailable")
            raise
        await self._look_for_a_block(request, response)
        return response

    async def _look_for_a_block(self, request: Request, response: Response) -> None:
        if response.status in REFUSALS:
            header = response.headers.get(b"Retry-After") or b""
            seconds = retry_after_seconds(header.decode("latin-1"), datetime.now(UTC))
            await self.blocked(request.url, f"answered {response.status}", seconds)
        elif (
            _is_robots(request) and response.status >= HTTPStatus.INTERNAL_SERVER_ERROR
        ):
            # RFC 9309, 2.3.1.4: no answer is no permission
            self.stop("robots_unavailable")


def retry_after_seconds(header: str, at: datetime) -> float | None:
    """
    Return what a Retry-After header asks for, 1 s to a year; None: it says nothing.

    A number of any length is a number, and a date of any year a date: a host that asks
    for longer than a year is left alone for a year.
    """
    said = header.strip()
    if _DIGITS.fullmatch(said):
        # a number of 400 digits is no float, and of 5,000 no int
        digits = said.split(".")[0].lstrip("0")
        beyond = len(digits) > len(str(MOST_BLOCKED_SECONDS))
        seconds = float(MOST_BLOCKED_SECONDS if beyond else digits or 0)
    elif (asked := _date_of(said)) is not None:
        seconds = asked - at.timestamp()
    else:
        return None
    return min(max(seconds, LEAST_BLOCKED_SECONDS), MOST_BLOCKED_SECONDS)


def _date_of(text: str) -> float | None:
    """Return the Unix time of an HTTP date; a year beyond all calendars is the last."""
    try:
        until = parsedate_to_datetime(text)
    except (ValueError, TypeError, OverflowError):
        return LAST_DATE if _FAR_YEAR.search(text) else None
    return until.timestamp() if until.tzinfo else None


def _is_robots(request: Request) -> bool:
    return urlsplit(request.url).path == "/robots.txt"


class PoliteDownloadHandler(HTTP11DownloadHandler):
    """Scrapy's own, but every request asks CrawlDelay first, robots.txt included."""

    async def download_request(self, request: Request) -> Response:
        """Send the request when it may be sent."""
        delay = self.crawler.get_extension(CrawlDelay)
        if delay is None:
            raise IgnoreRequest("the extension CrawlDelay is off: no web requests")
        return await delay.fetch(request, super().download_request)
