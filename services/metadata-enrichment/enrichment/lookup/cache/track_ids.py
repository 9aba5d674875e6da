"""The ids of written tracks in Redis: a crawl reads them before it publishes."""

from collections.abc import Iterable
from contextlib import suppress

from redis.asyncio import Redis

from enrichment.contract import finished_tracks
from enrichment.contract.finished_tracks import KnownId
from enrichment.errors import ServerAway
from enrichment.lookup.redis_link import RedisLink
from enrichment.model import EnrichedTrack

# As long as the longest lifetime of an id; each id's own is looked at when it is read.
KEEP_SECONDS = 30 * 86_400
# One command for all of a batch: a pipeline's replies cost more than the writing.
_KEEP = """
for n, key in ipairs(KEYS) do
    redis.call('SET', key, ARGV[n + 1], 'EX', ARGV[1])
end
"""


class TrackIds:
    """Keeps the ids of tracks whose rows were committed."""

    def __init__(self, link: RedisLink) -> None:
        self._link = link

    async def keep(self, written: Iterable[EnrichedTrack]) -> None:
        """Keep the ids in one round trip; without Redis a crawl does without them."""
        bodies = {
            finished_tracks.key(track.wanted.track_id): finished_tracks.encode(ids)
            for track in written
            if (ids := _ids_of(track))
        }
        if not bodies:
            return

        async def write(redis: Redis) -> None:
            await redis.eval(
                _KEEP, len(bodies), *bodies, KEEP_SECONDS, *bodies.values()
            )

        with suppress(ServerAway):
            await self._link.ask("finished", write)


def _ids_of(track: EnrichedTrack) -> dict[str, KnownId]:
    """Return the ids of a track, each with who said so."""
    return {
        name: KnownId(str(value.value), value.provider, value.fetched_at.timestamp())
        for name in finished_tracks.FIELDS
        if (value := track.values.get(name)) is not None
    }
