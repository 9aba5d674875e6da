"""
Finished tracks in Redis: ids for crawls before they publish, rows for other workers.

A track that is known in the cluster, and of which a row knows nothing yet, is written
as it was: nothing to look up, to match or to merge. So it is after a restore, in a
second database, and where tracks are published by hand.
"""

import time
from collections import Counter
from collections.abc import Callable, Mapping, Sequence
from contextlib import suppress
from datetime import timedelta

from redis.asyncio import Redis

from enrichment.contract import finished_tracks, metrics
from enrichment.contract.keys import rows_key
from enrichment.contract.messages import EnrichmentRequest
from enrichment.errors import ServerAway
from enrichment.lookup.cache import finished_entries
from enrichment.lookup.cache.finished_entries import FinishedTrack
from enrichment.lookup.cache.freshness import LIFETIMES, Lifetime
from enrichment.lookup.cache.reuse import Reuse
from enrichment.lookup.redis_link import RedisLink
from enrichment.lookup.spending import Spending
from enrichment.model import EnrichedTrack, ProviderName, TrackRows

# As long as the longest lifetime of an id; each id's own is looked at when it is read.
# Rows are kept as long as they are fresh: their providers' terms allow no more.
KEEP_IDS_SECONDS = 30 * 86_400
# One command for all of a batch: a pipeline's replies cost more than the writing.
_KEEP = """
for n, key in ipairs(KEYS) do
    redis.call('SET', key, ARGV[2 * n - 1], 'EX', ARGV[2 * n])
end
"""


class FinishedTracks:
    """
    Keeps what was written to rows, and gives it back.

    Args:
        rules: the versions of the rules in force; what others made is passed over.
        providers: whose answers make a track complete.
        clock: Unix seconds.
    """

    def __init__(
        self,
        link: RedisLink,
        rules: str,
        providers: Sequence[ProviderName],
        *,
        lifetimes: Mapping[ProviderName, Lifetime] = LIFETIMES,
        reuse: Reuse | None = None,
        spending: Spending | None = None,
        clock: Callable[[], float] = time.time,
    ) -> None:
        self._link = link
        self._rules = rules
        self._providers = frozenset(name.value for name in providers)
        self._lifetimes = {**LIFETIMES, **lifetimes}
        self._reuse = reuse or Reuse(link)
        self._spending = spending or Spending()
        self._clock = clock

    async def recall(
        self, requests: Sequence[EnrichmentRequest]
    ) -> dict[str, FinishedTrack]:
        """
        Give, by track id, what is known of requests as they are printed; one read.

        Left out: what is old, of other rules or of fewer providers, what is asked for
        anew, and what the request knows better.

        Raises:
            ServerAway: nobody knows what is known.
        """
        asked = {r.track_id: r for r in requests}
        for request in requests:
            if request.force_refresh:
                asked.pop(request.track_id, None)
        if not asked:
            return {}
        keys = [rows_key(track_id) for track_id in asked]
        bodies = await self._link.ask("recall", lambda redis: redis.mget(keys))
        now = self._clock()
        return {
            track_id: track
            for (track_id, request), body in zip(asked.items(), bodies, strict=True)
            if isinstance(body, bytes)
            and (track := finished_entries.decode(body)) is not None
            and self._is_of_use(track, request, now)
        }

    async def forget(self, track_ids: Sequence[str]) -> None:
        """Drop what could not be written as it was: it is looked up next."""
        keys = [rows_key(track_id) for track_id in track_ids]
        with suppress(ServerAway):
            await self._link.ask("forget", lambda redis: redis.delete(*keys))

    def used(self, tracks: Sequence[FinishedTrack]) -> None:
        """Count what these have saved: an answer of each provider for each track."""
        metrics.RECALLED.inc(len(tracks))
        now = self._clock()
        hits: Counter[str] = Counter()
        for track in tracks:
            for provider, fetched_at in track.fetched_at.items():
                hits[provider] += 1
                age = timedelta(seconds=now - fetched_at)
                self._reuse.used(ProviderName(provider), age)
        for provider, count in hits.items():
            metrics.CACHE_HITS.labels(provider).inc(count)
            self._spending.saved(ProviderName(provider), count)

    async def keep(
        self,
        written: Sequence[tuple[EnrichedTrack, TrackRows | None, EnrichmentRequest]],
    ) -> None:
        """
        Keep what was just written, all in one round trip.

        Args:
            written: each with its rows (None where a person's pins stand in them) and
                the request that it was written for.
        """
        now = self._clock()
        entries: dict[str, tuple[bytes, int]] = {}
        for track, rows, request in written:
            track_id = track.wanted.track_id
            if ids := finished_entries.ids_of(track):
                body = finished_tracks.encode(ids)
                entries[finished_tracks.key(track_id)] = body, KEEP_IDS_SECONDS
            if rows is None:
                continue
            printed = (request.artist, request.title)
            whole = finished_entries.finished(
                track, rows, printed, self._rules, self._lifetimes
            )
            if whole is not None and (left := int(whole.fresh_until - now)) > 0:
                entries[rows_key(track_id)] = finished_entries.encode(whole), left
        if not entries:
            return
        values = [part for entry in entries.values() for part in entry]

        async def write(redis: Redis) -> None:
            await redis.eval(_KEEP, len(entries), *entries, *values)

        with suppress(ServerAway):
            await self._link.ask("finished", write)

    def _is_of_use(
        self, track: FinishedTrack, request: EnrichmentRequest, now: float
    ) -> bool:
        given = (request.isrc, request.spotify_id, request.musicbrainz_id)
        return (
            # its rows are written as they are: under this id and no other
            track.rows.track[:1] == (request.track_id,)
            and track.artist == request.artist
            and track.title == request.title
            and track.rules == self._rules
            and now < track.fresh_until
            and self._providers.issubset(track.fetched_at)
            and all(
                g in {None, known} for g, known in zip(given, track.ids, strict=True)
            )
        )
