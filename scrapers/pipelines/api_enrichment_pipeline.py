"""200: ids that the shared cache knows, one read per tracklist; asks no provider."""

import logging
import time
from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import replace
from typing import Self
from urllib.parse import urlsplit

from redis.asyncio import Redis
from redis.exceptions import RedisError
from scrapy.crawler import Crawler

from enrichment.contract import finished_tracks, metrics
from enrichment.contract.finished_tracks import KnownId
from scrapers.items import TrackItem, TracklistItem

log = logging.getLogger(__name__)

DAY_SECONDS = 24 * 3600
# How long an id may be used, in seconds by the provider that gave it. Others are set by
# CACHE_TTL_SPOTIFY_DAYS (1-90), CACHE_TTL_MUSICBRAINZ_DAYS (7-365) and
# CACHE_TTL_LASTFM_DAYS (1-30).
CACHE_TTL: Mapping[str, float] = {
    "spotify": 7 * DAY_SECONDS,
    "musicbrainz": 30 * DAY_SECONDS,
    "lastfm": 7 * DAY_SECONDS,
}
# Whose ids can be known before a track was ever asked for: each is looked for.
ID_PROVIDERS = ("spotify", "musicbrainz")
# An exact question instead of a search, its retries and its candidates: an estimate of
# worker time; the providers themselves are free.
USD_PER_SAVED_SEARCH = 0.0001
REDIS_TIMEOUT_SECONDS = 2.0
# Without Redis the crawl continues at full speed and looks again after this.
PAUSE_SECONDS = 30.0


class ApiEnrichmentPipeline:
    """
    Fills items from the cache that workers keep; off where there is no Redis.

    Args:
        lifetimes: seconds by provider.
    """

    def __init__(self, redis_dsn: str, lifetimes: Mapping[str, float]) -> None:
        self._dsn = redis_dsn
        self._lifetimes = lifetimes
        self._redis: Redis | None = None
        self._not_before = 0.0
        self._looked_up: Counter[str] = Counter()

    @classmethod
    def from_crawler(cls, crawler: Crawler) -> Self:
        """Read the settings."""
        lifetimes = crawler.settings.getdict("CACHE_TTL_SECONDS")
        return cls(crawler.settings["REDIS_DSN"] or "", {**CACHE_TTL, **lifetimes})

    async def open_spider(self) -> None:
        """Connect; without Redis there is nothing to be filled, and nothing lost."""
        if not self._dsn:
            log.info("Redis cache is off: neither REDIS_URL nor REDIS_HOST is set")
            return
        self._redis = Redis.from_url(
            self._dsn,
            socket_timeout=REDIS_TIMEOUT_SECONDS,
            socket_connect_timeout=REDIS_TIMEOUT_SECONDS,
        )
        address = urlsplit(self._dsn)
        try:
            await self._redis.ping()
        except (RedisError, OSError, TimeoutError) as error:
            self._away("ping", error)
        else:
            log.info("✓ Redis cache connected: %s:%s", address.hostname, address.port)

    async def close_spider(self) -> None:
        """Log what the cache saved, and close the connection."""
        if self._redis is None:
            return
        looked_up = self._looked_up.total()
        hits = self._looked_up["hit"]
        if looked_up:
            log.info("Cache hit rate: %.1f%%", 100 * hits / looked_up)
            log.info("Estimated cost savings: $%.4f", hits * USD_PER_SAVED_SEARCH)
        await self._redis.aclose()

    async def process_item(self, item: TracklistItem) -> TracklistItem:
        """Return the item with the ids that are known of its tracks."""
        bodies = await self._read(item.tracks)
        if bodies is None:
            return item
        now = time.time()
        tracks = tuple(
            self._filled(track, known_ids(body, self._lifetimes, now))
            for track, body in zip(item.tracks, bodies, strict=True)
        )
        return replace(item, tracks=tracks)

    async def _read(self, tracks: Sequence[TrackItem]) -> list[bytes | None] | None:
        """Return one body per track, or None while there is no cache."""
        if self._redis is None or not tracks or time.monotonic() < self._not_before:
            return None
        keys = [finished_tracks.key(track.track_id) for track in tracks]
        try:
            bodies = await self._redis.mget(keys)
        except (RedisError, OSError, TimeoutError) as error:
            self._away("mget", error)
            return None
        return [body if isinstance(body, bytes) else None for body in bodies]

    def _away(self, operation: str, error: Exception) -> None:
        metrics.CACHE_ERRORS.labels(operation).inc()
        log.warning("Redis cache is away, going on without: %r", error)
        self._not_before = time.monotonic() + PAUSE_SECONDS

    def _filled(self, track: TrackItem, ids: Mapping[str, KnownId]) -> TrackItem:
        name = f"{track.artist} - {track.title}"
        self._looked_up["hit" if ids else "miss"] += 1
        givers = {known.provider for known in ids.values()}
        for provider in ID_PROVIDERS:
            if provider not in givers:
                metrics.CACHE_MISSES.labels(provider).inc()
        if not ids:
            log.debug("cache miss: track:%s", track.track_key)
            return track
        for provider in sorted(givers):
            metrics.CACHE_HITS.labels(provider).inc()
            log.info("✓ %s cache hit: %s", provider.capitalize(), name)
        log.debug("cache hit: track:%s", track.track_key)
        values = {field: known.value for field, known in ids.items()}
        return replace(
            track,
            isrc=values.get("isrc"),
            spotify_id=values.get("spotify_id"),
            musicbrainz_id=values.get("musicbrainz_id"),
        )


def known_ids(
    body: bytes | None, lifetimes: Mapping[str, float], now: float
) -> dict[str, KnownId]:
    """Return the ids of a cached track that are young enough for their provider."""
    if body is None:
        return {}
    return {
        field: known
        for field, known in finished_tracks.decode(body).items()
        if now - known.fetched_at < lifetimes.get(known.provider, 0)
    }
