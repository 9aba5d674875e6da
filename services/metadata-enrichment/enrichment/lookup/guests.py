"""Questions that wait in one worker and go along in a call of another.

Every worker gathers its own questions; so eight of them would send eight calls that are
not full where one sends one that is. What waits for company is therefore offered in
Redis, and whoever takes the next turn invites it into the places that are left. Whose
question it is, sees that it is leased, and waits for the answer as for any other.
"""

from collections.abc import Collection, Mapping
from contextlib import suppress
from datetime import UTC, datetime
from importlib import resources

import orjson
from redis.asyncio import Redis

from enrichment.contract.cache_keys import guests_key
from enrichment.errors import ServerAway
from enrichment.lookup.redis_link import RedisLink
from enrichment.tracks import ProviderName, Question

# Whoever offered and died is asked for by those who get the message next.
KEEP_SECONDS = 60


class Guests:
    """What all workers have waiting for company; without Redis, nobody."""

    def __init__(self, link: RedisLink) -> None:
        self._link = link
        scripts = resources.files(__package__)
        self._invite_script = scripts.joinpath("guests_invite.lua").read_text()

    async def offer(self, waiting: Mapping[Question, datetime]) -> None:
        """
        Let others ask these along; all of one provider and operation.

        Args:
            waiting: since when, so that an answer is known to be new enough.
        """
        if not waiting:
            return
        first = next(iter(waiting))
        key = guests_key(first.provider, first.operation)
        entries = [
            part for q, since in waiting.items() for part in (q.key, _encode(q, since))
        ]

        async def write(redis: Redis) -> None:
            async with redis.pipeline(transaction=False) as pipeline:
                pipeline.hset(key, items=entries)
                pipeline.expire(key, KEEP_SECONDS)
                await pipeline.execute()

        with suppress(ServerAway):
            await self._link.ask("offer", write)

    async def invite(
        self,
        provider: ProviderName,
        operation: str,
        most: int,
        ours: Collection[Question] = (),
    ) -> dict[Question, datetime]:
        """
        Take others' questions, as many as there is room for; each is given once.

        Args:
            ours: no longer to be invited: we ask them ourselves.
        """
        keys = [guests_key(provider, operation)]
        arguments = [str(most), *(question.key for question in ours)]
        try:
            entries = await self._link.ask(
                "invite",
                lambda redis: redis.register_script(self._invite_script)(
                    keys, arguments
                ),
            )
        except ServerAway:
            return {}
        return dict(_decode(provider, operation, entry) for entry in entries)


def _encode(question: Question, since: datetime) -> bytes:
    return orjson.dumps(
        [
            question.key,
            question.artist,
            question.title,
            question.version,
            question.isrc,
            since.timestamp(),
        ]
    )


def _decode(
    provider: ProviderName, operation: str, entry: bytes
) -> tuple[Question, datetime]:
    key, artist, title, version, isrc, since = orjson.loads(entry)
    question = Question(provider, operation, key, artist, title, version, isrc)
    return question, datetime.fromtimestamp(since, UTC)
