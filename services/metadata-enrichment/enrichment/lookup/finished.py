"""Finished tracks in Redis, where a crawl finds their ids before it publishes."""

from collections.abc import Sequence
from contextlib import suppress

from redis.asyncio import Redis

from enrichment.contract import finished_tracks
from enrichment.contract.finished_tracks import KnownId
from enrichment.errors import ServerAway
from enrichment.lookup.redis_link import RedisLink
from enrichment.tracks import EnrichedTrack

# As long as the longest lifetime of an id; each id's own is looked at when it is read.
KEEP_SECONDS = 30 * 86_400
# One command for all of a batch: a pipeline's replies cost more than the writing.
_KEEP = f"""
for n, key in ipairs(KEYS) do
    redis.call('SET', key, ARGV[n], 'EX', {KEEP_SECONDS})
end
"""


class FinishedTracks:
    """Writes the ids of what was just written to rows; without Redis, nothing."""

    def __init__(self, link: RedisLink) -> None:
        self._link = link

    async def keep(self, tracks: Sequence[EnrichedTrack]) -> None:
        """Keep the ids of tracks that have any, all in one round trip."""
        entries = {
            finished_tracks.key(track.wanted.track_id): finished_tracks.encode(ids)
            for track in tracks
            if (ids := _ids(track))
        }
        if not entries:
            return

        async def write(redis: Redis) -> None:
            await redis.eval(_KEEP, len(entries), *entries, *entries.values())

        with suppress(ServerAway):
            await self._link.ask("finished", write)


def _ids(track: EnrichedTrack) -> dict[str, KnownId]:
    return {
        name: KnownId(
            str(value.value), value.provider.value, value.fetched_at.timestamp()
        )
        for name in finished_tracks.FIELDS
        if (value := track.values.get(name)) is not None
    }
