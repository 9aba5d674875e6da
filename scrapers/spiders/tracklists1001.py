"""1001Tracklists: named detail pages only; stops at a challenge, never evades it."""

from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any
from urllib.parse import urljoin, urlsplit

from scrapy import Request
from scrapy.http import Response

from scrapers.items import TracklistItem
from scrapers.spiders.web_spider import WebSpider

DETAIL_PATH = "/tracklist/"


class Tracklists1001Spider(WebSpider):
    """
    Reads the detail pages it is given.

    Args:
        urls: addresses or paths of pages, separated by commas.
        urls_file: a file with one of them per line.
    """

    name = "tracklists1001"
    base_url_setting = "TRACKLISTS1001_BASE_URL"

    def __init__(self, urls: str = "", urls_file: str = "", **arguments: str) -> None:
        super().__init__(**arguments)
        lines = urls.split(",")
        if urls_file:
            lines += Path(urls_file).read_text(encoding="utf-8").splitlines()
        self.urls = [line.strip() for line in lines if line.strip()]
        if not self.urls:
            raise ValueError(
                "tracklists1001 needs -a urls=URL,URL or -a urls_file=FILE"
            )

    async def start(self) -> AsyncIterator[Any]:
        """Ask for the pages that are this site's detail pages."""
        for line in self.urls:
            url = urljoin(f"{self.base_url}/", line)
            address = urlsplit(url)
            if address.netloc not in self.hosts or not address.path.startswith(
                DETAIL_PATH
            ):
                self.logger.warning("%s is no detail page of %s", url, self.base_url)
                continue
            yield Request(url, callback=self.page, errback=self.unavailable)

    async def page(self, response: Response) -> AsyncIterator[TracklistItem]:
        """Yield the tracklist of one page."""
        async for item in self.items(response.body, key=response.url, url=response.url):
            yield item
