"""MixesDB by its REST pages, which its robots.txt allows; never by `?action=`."""

import json
from collections.abc import AsyncIterator, Iterator, Sequence
from typing import Any
from urllib.parse import quote, urlencode

from scrapy import Request
from scrapy.http import Response

from scrapers.items import TracklistItem
from scrapers.report import Page
from scrapers.spiders.web_spider import WebSpider

# https://www.mediawiki.org/wiki/API:REST_API/Reference#Search_pages
MOST_RESULTS = 100
# https://www.mediawiki.org/wiki/Page_title: 255 bytes
LONGEST_KEY = 255


class MixesDbSpider(WebSpider):
    """
    Searches for sets and reads their pages.

    Args:
        query: words to search for.
        limit: how many results to read, at most 100: the search has no next page.
        pages: keys of pages, separated by "|", instead of a search.
    """

    name = "mixesdb"
    base_url_setting = "MIXESDB_BASE_URL"
    licence = (
        "CC BY-SA 3.0 US (https://creativecommons.org/licenses/by-sa/3.0/us/),"
        " https://www.mixesdb.com/w/MixesDB:Legal_stuff"
    )

    def __init__(
        self, query: str = "", limit: str = "20", pages: str = "", **arguments: str
    ) -> None:
        super().__init__(**arguments)
        if not query and not pages:
            raise ValueError("mixesdb needs -a query=WORDS or -a pages='KEY|KEY'")
        self.query = query
        self.limit = min(int(limit), MOST_RESULTS)
        self.pages = [key.strip() for key in pages.split("|") if key.strip()]

    async def start(self) -> AsyncIterator[Any]:
        """Ask for the named pages, or search for some."""
        for request in self._pages(self.pages):
            yield request
        if self.query:
            asked = urlencode({"q": self.query, "limit": self.limit})
            yield Request(
                f"{self.base_url}/w/rest.php/v1/search/page?{asked}",
                callback=self.results,
                errback=self.unavailable,
            )

    async def results(self, response: Response) -> AsyncIterator[Request]:
        """Follow the results; none is an answer, too."""
        try:
            keys = [page["key"] for page in json.loads(response.body)["pages"]]
        except (ValueError, KeyError, TypeError, RecursionError):
            self.logger.warning("%s: not understood: no search answer", response.url)
            self.tally.page(Page.NOT_UNDERSTOOD)
            return
        self.logger.info("%d results for %r", len(keys), self.query)
        # what was asked for, however many the answer has
        for request in self._pages(keys[: self.limit]):
            yield request

    async def page(self, response: Response, key: str) -> AsyncIterator[TracklistItem]:
        """Yield the tracklist of one page."""
        url = f"{self.base_url}/w/{quote(key)}"
        async for item in self.items(response.body, key=key, url=url):
            yield item

    def _pages(self, keys: Sequence[object]) -> Iterator[Request]:
        for key in keys:
            if not isinstance(key, str) or not 0 < len(key) <= LONGEST_KEY:
                self.logger.warning("%.80r: no key of a page", key)
                self.tally.page(Page.UNAVAILABLE)
                continue
            if "/" in key:
                # the REST page of such a key answers 404, in either spelling
                self.logger.warning("%s: unavailable by REST", key)
                self.tally.page(Page.UNAVAILABLE)
                continue
            yield Request(
                f"{self.base_url}/w/rest.php/v1/page/{quote(key, safe='')}",
                callback=self.page,
                errback=self.unavailable,
                cb_kwargs={"key": key},
            )
