"""100: drops only what cannot be a track and counts why; every row keeps its place."""

from typing import Self

from scrapy.crawler import Crawler
from scrapy.exceptions import DropItem

from scrapers.items import TracklistItem
from scrapers.report import RowOutcome, Tally
from scrapers.rows.validating import has_places, validated
from scrapers.spiders.tracklist_spider import spider_of


class Validation:
    """Turns rows into tracks, once each."""

    def __init__(self, tally: Tally) -> None:
        self._tally = tally

    @classmethod
    def from_crawler(cls, crawler: Crawler) -> Self:
        """Count for this crawl."""
        return cls(spider_of(crawler).tally)

    def process_item(self, item: TracklistItem) -> TracklistItem:
        """
        Return the item with its tracks.

        Raises:
            DropItem: there is no row, or rows share a place.
        """
        if not has_places(item):
            self._tally.rows(RowOutcome.DROPPED, len(item.tracklist.rows), "positions")
            raise DropItem(f"{item.source_key}: no rows, or two rows in one place")
        unidentified = sum(not row.identified for row in item.tracklist.rows)
        self._tally.rows(RowOutcome.UNIDENTIFIED, unidentified)
        checked, reasons = validated(item)
        for reason, count in reasons.items():
            self._tally.rows(RowOutcome.DROPPED, count, reason)
        return checked
