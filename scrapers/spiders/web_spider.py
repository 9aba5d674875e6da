"""What spiders of the web share: one site's address, and the stop at a block."""

from typing import Any, ClassVar, Self
from urllib.parse import urlsplit

from scrapy import signals
from scrapy.crawler import Crawler
from scrapy.exceptions import CloseSpider

from scrapers.politeness.crawl_delay import CrawlDelay
from scrapers.spiders.tracklist_spider import TracklistSpider


class WebSpider(TracklistSpider):
    """
    A spider of one site; its requests leave through CrawlDelay alone.

    Args:
        base_url: where the site is, from the setting named `base_url_setting`.
    """

    base_url: str
    base_url_setting: ClassVar[str]
    # how the next page may be waited for: a site has one slot of the downloader
    custom_settings: ClassVar[dict[str, Any]] = {"CONCURRENT_REQUESTS": 1}  # type: ignore[misc]

    @classmethod
    def from_crawler(cls, crawler: Crawler, *args: object, **kwargs: object) -> Self:
        """
        Take the site's address from the settings.

        Raises:
            CloseSpider: nobody to write to is named in the User-Agent.
        """
        if not crawler.settings["CRAWL_CONTACT"]:
            raise CloseSpider("no_contact")
        spider = super().from_crawler(crawler, *args, **kwargs)
        crawler.signals.connect(spider.dropped, signal=signals.request_dropped)
        spider.base_url = crawler.settings[cls.base_url_setting].rstrip("/")
        spider.hosts = frozenset({urlsplit(spider.base_url).netloc})
        return spider

    async def page_blocked(self, key: str, reason: str) -> None:
        """Stop: nobody solves a challenge here."""
        delay = self.crawler.get_extension(CrawlDelay)
        if delay is None:
            raise CloseSpider("blocked")
        url = key if key.startswith("http") else f"{self.base_url}/{key}"
        await delay.blocked(url, reason)
