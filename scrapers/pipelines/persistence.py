"""300: a tracklist, its rows and its new tracks into Postgres, in one transaction."""

import asyncio
import logging
import time
from collections.abc import Awaitable, Callable, Iterable
from dataclasses import dataclass, replace
from functools import partial
from typing import Any, Self, TypeVar

import asyncpg
from scrapy import signals
from scrapy.crawler import Crawler
from scrapy.exceptions import CloseSpider, DropItem

from enrichment.contract.identity.identity import IDENTITY_VERSION
from enrichment.contract.messages import EnrichmentRequest, Lane, now, priority_of
from enrichment.contract.servers.postgres_faults import (
    is_away,
    is_refusal,
    is_row_fault,
)
from enrichment.contract.tracklist_rows import (
    DELETE_ROWS,
    INSERT_ROWS,
    INSERT_TRACKS,
    NOTE_SAME_SETS,
    fill_from_files,
    told_of,
)
from scrapers.items import TracklistItem
from scrapers.pipelines.tracklist_writing import write_tracklist
from scrapers.pipelines.unread_pages import note_page
from scrapers.report import RowOutcome, Tally
from scrapers.rows.columns import rows_json, tracks_json
from scrapers.spiders.tracklist_spider import spider_of

log = logging.getLogger(__name__)

# A worker may have finished the track before its confirm reached us.
MARK_PUBLISHED = """
UPDATE tracks SET status = 'in_progress', published_at = now()
WHERE track_id = ANY ($1::uuid[]) AND status = 'pending'
"""

# A database of another encoding refuses every list with a name that it cannot hold.
LOOK = """
SELECT current_setting('server_encoding') AS encoding,
       to_regclass('unread_files') IS NOT NULL AS has_schema
"""
LONGEST_PAUSE_SECONDS = 5.0

Answer = TypeVar("Answer")


@dataclass(frozen=True, slots=True)
class _Stored:
    """A tracklist that was written, and what is to be asked for."""

    tracklist_id: int
    requests: tuple[EnrichmentRequest, ...]


class Persistence:
    """
    Owns the crawl's connections to Postgres.

    Args:
        stop: ends the crawl with a reason.
        lane: where new tracks go; the backlog from `backlog_after_rows` rows on.
        patience_seconds: how long to wait for a server that is away.
    """

    def __init__(
        self,
        tally: Tally,
        *,
        stop: Callable[[str], None],
        dsn: str,
        lane: Lane,
        backlog_after_rows: int,
        patience_seconds: float,
    ) -> None:
        self._tally = tally
        self._stop = stop
        self._dsn = dsn
        self._lane = lane
        self._backlog_after_rows = backlog_after_rows
        self._patience_seconds = patience_seconds
        self._rows_seen = 0
        self._pool: asyncpg.Pool[Any] | None = None

    @classmethod
    def from_crawler(cls, crawler: Crawler) -> Self:
        """Read what the settings and the crawl's arguments say."""
        spider = spider_of(crawler)
        persistence = cls(
            spider.tally,
            stop=spider.stop,
            dsn=crawler.settings["DATABASE_DSN"],
            lane=spider.lane,
            backlog_after_rows=crawler.settings.getint("BACKLOG_THRESHOLD_ROWS"),
            patience_seconds=crawler.settings.getfloat("DATABASE_PATIENCE_SECONDS"),
        )
        spider.note_page = partial(persistence.note_page, spider.source)
        # Pipelines close side by side; the publisher still marks rows while it closes.
        crawler.signals.connect(persistence.close, signal=signals.spider_closed)
        return persistence

    async def open_spider(self) -> None:
        """
        Wait for the server and look for the schema, before any page is fetched.

        Raises:
            CloseSpider: neither can be had.
        """
        try:
            found = await self._with_patience(self._open)
        except Exception as error:
            if not _is_postgres(error):
                raise
            log.error("Postgres cannot be used: %s", error)  # noqa: TRY400 (one line)
            raise CloseSpider("database_unavailable") from error
        if found["encoding"] != "UTF8":
            log.error("The database's encoding is %s, not UTF8", found["encoding"])
            raise CloseSpider("database_not_utf8")
        if not found["has_schema"]:
            log.error("Postgres lacks our schema: run `enrichment migrate up` first")
            raise CloseSpider("database_without_schema")

    async def close(self) -> None:
        """Close the connections."""
        if self._pool is not None:
            await self._pool.close()

    async def process_item(self, item: TracklistItem) -> TracklistItem:
        """
        Commit the item; its new tracks leave as requests.

        Raises:
            DropItem: Postgres refused it, or stayed away too long.
        """
        self._rows_seen += len(item.tracklist.rows)
        lane = (
            self._lane if self._rows_seen <= self._backlog_after_rows else Lane.BACKLOG
        )
        identified = sum(row.identified for row in item.tracklist.rows)
        try:
            stored = await self._with_patience(lambda: self._store(item, lane))
        except Exception as error:
            if not _is_postgres(error):
                raise
            if is_away(error):
                self._stop("database_unavailable")
                counted, reason = "database_away", f"Postgres is away: {error}"
            else:
                log.exception("Postgres refused %s", item.source_key)
                counted, reason = "database_refused", str(error)
            self._tally.tracklist(RowOutcome.DROPPED, identified, counted)
            raise DropItem(f"{item.source_key}: {reason}") from error
        if stored is None:
            self._tally.tracklist(RowOutcome.UNCHANGED, identified)
            return item
        await self._note_same_sets(stored.tracklist_id, item.source_key)
        requests = stored.requests
        self._tally.tracklist(RowOutcome.STORED, identified)
        self._tally.tracks(new=len(requests), known=len(item.tracks) - len(requests))
        return replace(item, requests=requests)

    async def mark_published(self, track_ids: Iterable[str]) -> None:
        """Note that the broker has these; whoever is further already stays there."""
        ids = sorted(track_ids)
        await self._with_patience(
            lambda: self._connections.execute(MARK_PUBLISHED, ids)
        )

    async def note_page(
        self, source: str, key: str, content: bytes, why: str | None
    ) -> None:
        """Keep a page that was not understood; without it the crawl continues."""
        try:
            await self._with_patience(
                lambda: note_page(self._connections, source, key, content, why)
            )
        except Exception as error:
            if not _is_postgres(error):
                raise
            log.warning("%s: what became of it is not kept: %r", key, error)

    async def _open(self) -> dict[str, Any]:
        if self._pool is None:
            # no statement cache: a pooler between us and Postgres may swap connections
            self._pool = await asyncpg.create_pool(
                self._dsn,
                min_size=1,
                max_size=4,
                statement_cache_size=0,
                command_timeout=30,
                timeout=10,
                server_settings={"application_name": "songnodes-crawl"},
            )
        return dict(await self._pool.fetchrow(LOOK) or {})

    @property
    def _connections(self) -> "asyncpg.Pool[Any]":
        if self._pool is None:
            raise CloseSpider("database_unavailable")
        return self._pool

    async def _store(self, item: TracklistItem, lane: Lane) -> _Stored | None:
        """Commit; None where the tracklist has not changed."""
        queued_at = now()
        priority = priority_of(item.source, lane, new=True)
        async with self._connections.acquire() as connection, connection.transaction():
            tracklist_id = await write_tracklist(connection, item)
            if tracklist_id is None:
                return None
            inserted = await connection.fetch(
                INSERT_TRACKS,
                tracks_json(item.tracks),
                IDENTITY_VERSION,
                lane.value,
                priority,
                item.source,
                queued_at,
            )
            told = await told_of(connection, [tracklist_id])
            await connection.execute(DELETE_ROWS, tracklist_id)
            await connection.execute(INSERT_ROWS, tracklist_id, rows_json(item))
            told |= await told_of(connection, [tracklist_id])
            await fill_from_files(connection, told)
        new = {row["track_id"] for row in inserted}
        requests = (
            EnrichmentRequest(
                track_id=track.track_id,
                artist=track.artist,
                title=track.title,
                priority=priority,
                source=item.source,
                lane=lane,
                queued_at=queued_at,
                first_queued_at=queued_at,
                isrc=track.isrc,
                spotify_id=track.spotify_id,
                musicbrainz_id=track.musicbrainz_id,
            )
            for track in item.tracks
            if track.track_id in new
        )
        return _Stored(tracklist_id, tuple(requests))

    async def _note_same_sets(self, tracklist_id: int, key: str) -> None:
        """Find the same sets; what is stored stays and is asked for without them."""
        try:
            await self._with_patience(
                lambda: self._connections.execute(NOTE_SAME_SETS, tracklist_id)
            )
        except Exception as error:
            if not _is_postgres(error):
                raise
            log.warning(
                "The same sets as %s are not found: `enrichment tracklists reparse %d`"
                " looks again: %r", key, tracklist_id, error,
            )  # fmt: skip

    async def _with_patience(self, attempt: Callable[[], Awaitable[Answer]]) -> Answer:
        """Try until it works or our patience ends; pauses grow."""
        deadline = time.monotonic() + self._patience_seconds
        pause = 0.2
        while True:
            try:
                return await attempt()
            except Exception as error:
                late = time.monotonic() + pause > deadline
                if late or not is_away(error) or is_refusal(error):
                    raise
                log.warning("Postgres does not answer, trying again: %r", error)
            await asyncio.sleep(pause)
            pause = min(2 * pause, LONGEST_PAUSE_SECONDS)


def _is_postgres(error: Exception) -> bool:
    return is_away(error) or is_row_fault(error)
