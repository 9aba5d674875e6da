"""What a crawl came to: counted once for the end report and for the metrics."""

from collections.abc import Mapping
from dataclasses import asdict, dataclass
from enum import StrEnum
from typing import Any

from scrapy.statscollectors import StatsCollector

from enrichment.contract import metrics
from enrichment.contract.queues import QUEUES


class Page(StrEnum):
    """
    What a page or file came to.

    Only `no_tracklist` is a fact about the world; `not_understood` is one about us,
    `blocked` and `unavailable` are about this attempt.
    """

    PARSED = "parsed"
    NO_TRACKLIST = "no_tracklist"
    NOT_UNDERSTOOD = "not_understood"
    BLOCKED = "blocked"
    UNAVAILABLE = "unavailable"


class RowOutcome(StrEnum):
    """What became of a tracklist's row; a dropped one keeps its place, unidentified."""

    STORED = "stored"
    UNCHANGED = "unchanged"
    UNIDENTIFIED = "unidentified"
    DROPPED = "dropped"


class Published(StrEnum):
    """What the broker said of a message; `failed` is its silence."""

    CONFIRMED = "confirmed"
    REFUSED = "refused"
    UNROUTABLE = "unroutable"
    FAILED = "failed"


class Tally:
    """Counts into Scrapy's stats, which the report reads, and into the metrics."""

    def __init__(self, stats: StatsCollector, source: str) -> None:
        self._stats = stats
        self._source = source
        begin_at_zero(source)

    def page(self, outcome: Page) -> None:
        """Count a page or file."""
        self._stats.inc_value(f"crawl/pages/{outcome}")
        metrics.TRACKLISTS.labels(self._source, outcome).inc()

    def tracklist(self, outcome: RowOutcome, rows: int, reason: str = "") -> None:
        """Count a tracklist and its identified rows: stored, unchanged or dropped."""
        self._stats.inc_value(f"crawl/tracklists/{outcome}")
        self.rows(outcome, rows, reason)

    def rows(self, outcome: RowOutcome, count: int, reason: str = "") -> None:
        """Count rows; a reason says why they were dropped."""
        if not count:
            return
        self._stats.inc_value(f"crawl/rows/{outcome}", count)
        metrics.ROWS.labels(self._source, outcome).inc(count)
        if reason:
            self._stats.inc_value(f"crawl/dropped/{reason}", count)

    def tracks(self, *, new: int, known: int) -> None:
        """Count tracks that persistence has just met."""
        self._stats.inc_value("crawl/tracks/new", new)
        self._stats.inc_value("crawl/tracks/known", known)

    def published(self, queue: str, outcome: Published, count: int = 1) -> None:
        """Count what became of messages."""
        if not count:
            return
        self._stats.inc_value(f"crawl/published/{outcome}", count)
        self._stats.inc_value(f"crawl/queues/{queue}/{outcome}", count)
        metrics.PUBLISHES.labels(queue, outcome).inc(count)

    def note(self, name: str, value: object) -> None:
        """Keep a fact for the report."""
        self._stats.set_value(f"crawl/notes/{name}", value)


def begin_at_zero(source: str) -> None:
    """Let the counters begin: one that first appears with an event hides that event."""
    for page in Page:
        metrics.TRACKLISTS.labels(source, page)
    for row in RowOutcome:
        metrics.ROWS.labels(source, row)
    metrics.begin_publisher(queue.name for queue in QUEUES.values())


@dataclass(frozen=True, slots=True)
class CrawlReport:
    """
    The end of a crawl, for people and for machines.

    Args:
        pages: by outcome, and `forbidden` by robots.txt.
        rows: seen, stored, unidentified, dropped.
        dropped: rows by reason.
        tracklists: stored, unchanged since the last crawl, or dropped.
        published: confirmed; failed (attempts without an answer in time, refused or
            unroutable); pending (new tracks left to the sweep).
        queues: messages by queue and what the broker said.
    """

    spider: str
    pages: Mapping[str, int]
    rows: Mapping[str, int]
    dropped: Mapping[str, int]
    tracklists: Mapping[str, int]
    tracks: Mapping[str, int]
    published: Mapping[str, int]
    queues: Mapping[str, Mapping[str, int]]
    seconds: float
    finish_reason: str
    notes: Mapping[str, object]

    @property
    def achieved(self) -> bool:
        """Whether the crawl found a tracklist, and Postgres took one of those found."""
        kept = sum(
            self.tracklists[o] for o in (RowOutcome.STORED, RowOutcome.UNCHANGED)
        )
        return self.pages[Page.PARSED] > 0 and (
            kept > 0 or not self.tracklists[RowOutcome.DROPPED]
        )

    def as_dict(self) -> dict[str, Any]:
        """Return plain values for JSON."""
        return asdict(self)


def crawl_report(spider: str, stats: Mapping[str, Any]) -> CrawlReport:
    """Read the report out of a finished crawl's stats."""
    pages = {str(o): _count(stats, f"crawl/pages/{o}") for o in Page}
    pages["forbidden"] = _count(stats, "robotstxt/forbidden")
    rows = {str(o): _count(stats, f"crawl/rows/{o}") for o in RowOutcome}
    outcomes = {o: _count(stats, f"crawl/published/{o}") for o in Published}
    new = _count(stats, "crawl/tracks/new")
    confirmed = outcomes[Published.CONFIRMED]
    return CrawlReport(
        spider=spider,
        pages=pages,
        rows={"seen": sum(rows.values()), **rows},
        dropped=_below(stats, "crawl/dropped/"),
        tracklists={
            str(o): _count(stats, f"crawl/tracklists/{o}")
            for o in (RowOutcome.STORED, RowOutcome.UNCHANGED, RowOutcome.DROPPED)
        },
        tracks={"new": new, "known": _count(stats, "crawl/tracks/known")},
        published={
            "confirmed": confirmed,
            "failed": sum(outcomes.values()) - confirmed,
            "pending": max(0, new - confirmed),
        },
        queues=_by_queue(stats),
        seconds=round(float(stats.get("elapsed_time_seconds") or 0), 3),
        finish_reason=str(stats.get("finish_reason") or "not_started"),
        notes=_below(stats, "crawl/notes/"),
    )


def _by_queue(stats: Mapping[str, Any]) -> dict[str, dict[str, int]]:
    queues: dict[str, dict[str, int]] = {}
    for key, count in _below(stats, "crawl/queues/").items():
        queue, outcome = key.rsplit("/", 1)
        queues.setdefault(queue, {})[outcome] = int(count)
    return queues


def _count(stats: Mapping[str, Any], key: str) -> int:
    return int(stats.get(key) or 0)


def _below(stats: Mapping[str, Any], prefix: str) -> dict[str, Any]:
    return {
        key.removeprefix(prefix): value
        for key, value in sorted(stats.items())
        if key.startswith(prefix)
    }
