"""
Questions that wait for company, of all workers together, in Redis.

Every worker gathers its own questions; so eight of them would send eight calls that are
not full where one sends one that is. What would not fill a call is therefore offered
here, and whoever finds enough of it for a call takes it, whosever it is. Whose question
it was, sees that it is leased, and waits for the answer as for any other.
"""

from collections.abc import Collection, Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass
from datetime import UTC, datetime
from importlib import resources
from typing import Any

import orjson
from redis.asyncio import Redis

from enrichment.contract.cache_keys import (
    ahead_key,
    digest,
    guests_keys,
    lease_prefix,
)
from enrichment.contract.messages import Lane
from enrichment.errors import ServerAway
from enrichment.lookup.redis_link import RedisLink
from enrichment.lookup.turn_script import lane_letter, micros
from enrichment.tracks import ProviderName, Question

# Whoever offered and died is asked for by those who get the message next.
KEEP_SECONDS = 600
# What a worker told of what lies ahead is true for so long, seconds.
BELIEVED_SECONDS = 5.0


@dataclass(frozen=True, slots=True)
class Company:
    """
    How long a call that is not full waits for more questions, seconds.

    Args:
        quiet: nobody has offered any for so long, so none are about to come.
        linger: at most so long, however many come one by one.
        enough: while the next provider of the chain has so many questions waiting, the
            answers would be of no use yet, and the call waits on …
        pace: … but no longer than those take, at so many seconds each …
        longest: … and never for longer than this.
    """

    quiet: float = 0.2
    linger: float = 1.0
    enough: int = 32
    pace: float = 0.0
    longest: float = 60.0


@dataclass(frozen=True, slots=True)
class Host:
    """Who asks for company: leases are taken in its name."""

    owner: str
    lane: Lane
    lease_seconds: float


@dataclass(frozen=True, slots=True)
class Look:
    """
    What a look at those who wait came to.

    Args:
        gone: ours that somebody else has taken into a call.
        taken: leased for a call of ours; the answer to each has to be newer than that.
    """

    gone: frozenset[Question]
    taken: Mapping[Question, datetime]


class Guests:
    """What all workers have waiting for company; without Redis, nobody."""

    def __init__(self, link: RedisLink) -> None:
        self._link = link
        scripts = resources.files(__package__)
        self._look_script = scripts.joinpath("guests_look.lua").read_text()
        self._offer_script = scripts.joinpath("guests_offer.lua").read_text()
        self._tell_script = scripts.joinpath("guests_tell.lua").read_text()

    async def offer(self, waiting: Mapping[Question, datetime], lane: Lane) -> None:
        """
        Let any worker ask these; all of one provider and operation.

        Args:
            waiting: what was fetched until when is no answer to it.
        """
        if not waiting:
            return
        entries = [p for q, at in waiting.items() for p in (_digest(q), _encode(q, at))]
        arguments = [KEEP_SECONDS * 1000, *entries]
        keys = _keys(next(iter(waiting)), lane)
        with suppress(ServerAway):
            await self._run("offer", self._offer_script, keys, arguments)

    async def withdraw(
        self, ours: Collection[Question], lane: Lane
    ) -> frozenset[Question]:
        """Take ours back, to ask them ourselves; gives those that somebody asks."""
        if not ours:
            return frozenset()
        asked = list(ours)
        hash_key, since_key = _keys(asked[0], lane)

        async def remove(redis: Redis) -> list[int]:
            async with redis.pipeline() as pipeline:
                for question in asked:
                    pipeline.zrem(since_key, _digest(question))
                pipeline.hdel(hash_key, *map(_digest, asked))
                removed: list[int] = await pipeline.execute()
            return removed[:-1]

        try:
            flags = await self._link.ask("withdraw", remove)
        except ServerAway:
            return frozenset()
        return frozenset(q for q, was in zip(asked, flags, strict=True) if not was)

    async def look(
        self, ours: Sequence[Question], host: Host, size: int, company: Company
    ) -> Look:
        """
        Take a call's questions, if they are enough for one or no more are to come.

        Args:
            ours: what we have offered of one operation; at least one.
            size: questions that fill a call.

        Raises:
            ServerAway: nobody can be asked along.
        """
        provider, operation = ours[0].provider, ours[0].operation
        letter = lane_letter(host.lane)
        keys = [*_keys(ours[0], host.lane), ahead_key(provider, letter)]
        if host.lane is Lane.MAIN:
            # fresh work has the first places; backlog may have those that are left
            keys += _keys(ours[0], Lane.BACKLOG)
        by_digest = {_digest(question): question for question in ours}
        asked = {
            "ours": list(by_digest),
            "size": size,
            "owner": host.owner,
            "lease": round(host.lease_seconds * 1000),
            "lease_prefix": lease_prefix(provider, operation),
            "enough": company.enough,
            "quiet": micros(company.quiet),
            "linger": micros(company.linger),
            "pace": micros(company.pace),
            "longest": micros(company.longest),
            "believed": micros(BELIEVED_SECONDS),
        }
        gone, taken = await self._run(
            "look", self._look_script, keys, [orjson.dumps(asked)]
        )
        return Look(
            frozenset(by_digest[digest.decode()] for digest in gone),
            dict(_decode(provider, operation, entry) for entry in taken),
        )

    async def tell_ahead(
        self, provider: ProviderName, host: Host, questions: int
    ) -> None:
        """Say how many questions wait at the provider that is asked next."""
        keys = [ahead_key(provider, lane_letter(host.lane))]
        arguments = [host.owner, questions, round(BELIEVED_SECONDS * 2000)]
        with suppress(ServerAway):
            await self._run("tell", self._tell_script, keys, arguments)

    async def _run(
        self,
        operation: str,
        script: str,
        keys: Sequence[str],
        arguments: Sequence[Any],
    ) -> Any:  # noqa: ANN401 (what the script gives)
        return await self._link.ask(
            operation,
            lambda redis: redis.register_script(script)(list(keys), list(arguments)),
        )


def _keys(question: Question, lane: Lane) -> tuple[str, str]:
    return guests_keys(question.provider, question.operation, lane_letter(lane))


def _digest(question: Question) -> str:
    return digest(question.provider, question.operation, question.key)


def _encode(question: Question, newer_than: datetime) -> bytes:
    return orjson.dumps(
        [
            question.key,
            question.artist,
            question.title,
            question.version,
            question.isrc,
            newer_than.timestamp(),
        ]
    )


def _decode(
    provider: ProviderName, operation: str, entry: bytes
) -> tuple[Question, datetime]:
    key, artist, title, version, isrc, newer_than = orjson.loads(entry)
    question = Question(provider, operation, key, artist, title, version, isrc)
    return question, datetime.fromtimestamp(newer_than, UTC)
