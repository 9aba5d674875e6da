"""Remembered answers, many at once: memory, then Redis."""

import random
import time
from collections.abc import Callable, Iterable, Mapping, Sequence
from contextlib import suppress
from datetime import UTC, datetime
from types import MappingProxyType
from typing import Protocol

from cachetools import TTLCache
from redis.asyncio import Redis

from enrichment.contract import keys
from enrichment.errors import ServerAway
from enrichment.lookup.cache import entries
from enrichment.lookup.cache.freshness import LIFETIMES, Lifetime, Remembered, remember
from enrichment.lookup.redis_link import RedisLink
from enrichment.model import Absent, Found, ProviderName, Question
from enrichment.providers.registry import SPECS

# Compressed answers kept in this process, bytes: of about 3,000 tracks.
MEMORY_BYTES = 8 * 1024 * 1024
# What another process drops or renews is seen here at the latest after this, seconds.
MEMORY_SECONDS = 600.0
# What an entry costs beside its value: its key, and the places that hold both.
ENTRY_BYTES = 600


class Chance(Protocol):
    """A source of chance, as module `random` is."""

    def random(self) -> float:
        """Return a number in 0..1."""
        ...


class AnswerCache:
    """
    Found and absent answers by question; failures cannot be put in.

    Args:
        lifetimes: by provider; those missing have the defaults.
        clock: Unix seconds.
    """

    def __init__(
        self,
        link: RedisLink,
        lifetimes: Mapping[ProviderName, Lifetime] = LIFETIMES,
        *,
        clock: Callable[[], float] = time.time,
        rand: Chance = random,
        memory_bytes: int = MEMORY_BYTES,
        memory_seconds: float = MEMORY_SECONDS,
    ) -> None:
        self._link = link
        self._lifetimes = {**LIFETIMES, **lifetimes}
        self._clock = clock
        self._rand = rand
        # what was used longest ago goes first, and whatever is too old
        self._memory = TTLCache[str, bytes](
            memory_bytes, memory_seconds, timer=clock, getsizeof=_size
        )

    async def get_many(
        self,
        questions: Sequence[Question],
        newer_than: Mapping[Question, datetime] = MappingProxyType({}),
    ) -> dict[Question, Remembered]:
        """
        Return what is remembered, stale answers included: ask `is_fresh`.

        Args:
            newer_than: what this process remembers from before may have been asked
                again by another one, and is read from Redis.

        Raises:
            ServerAway: nobody knows what is remembered.
        """
        now = self._now()
        known: dict[Question, Remembered] = {}
        far: dict[str, Question] = {}
        for question in questions:
            key = answer_key(question)
            entry = _decoded(question, self._memory.get(key))
            if entry is not None:
                known[question] = entry
            if (
                entry is None
                or not entry.is_fresh(now)
                or (newer_than and entry.fetched_at <= newer_than[question])
            ):
                far[key] = question
        for key, value in (await self._read([*far])).items():
            entry = _decoded(far[key], value)
            if entry is not None:
                known[far[key]] = entry
                self._keep_near(key, value)
        return {
            question: entry for question, entry in known.items() if entry.is_usable(now)
        }

    async def put_many(
        self, answers: Mapping[Question, Found | Absent], now: datetime | None = None
    ) -> None:
        """
        Remember answers, all in one round trip; without Redis, in this process alone.

        Raises:
            TypeError: an answer is neither found nor absent; nothing was stored.
        """
        for answer in answers.values():
            if not isinstance(answer, Found | Absent):
                raise TypeError(f"{type(answer).__name__} is no fact about the world")
        now = now or self._now()
        counts = await self._absences([q for q, a in answers.items() if a == Absent()])
        values: dict[str, tuple[bytes, int]] = {}
        for question, answer in answers.items():
            entry = remember(
                answer,
                self._lifetimes[question.provider],
                now,
                absences_before=counts.get(question, 0),
                draw=self._rand.random(),
            )
            lasts_ms = int((entry.stale_until - now).total_seconds() * 1000)
            value = entries.encode(question.key, entry)
            values[answer_key(question)] = value, max(lasts_ms, 1)
        for key, (value, _) in values.items():
            self._keep_near(key, value)
        await self._write(values)

    async def forget(self, questions: Iterable[Question]) -> int:
        """Drop answers here and in Redis; other processes' memory ends by itself."""
        keys = [answer_key(question) for question in questions]
        for key in keys:
            self._memory.pop(key, None)
        if not keys:
            return 0
        try:
            dropped = await self._link.ask("forget", lambda redis: redis.delete(*keys))
        except ServerAway:
            return 0
        return int(dropped)

    def _now(self) -> datetime:
        return datetime.fromtimestamp(self._clock(), UTC)

    def _keep_near(self, key: str, value: bytes) -> None:
        # one that alone is larger than all may be together is not kept
        with suppress(ValueError):
            self._memory[key] = value

    async def _absences(self, absent: Sequence[Question]) -> dict[Question, int]:
        """Count earlier absences: who asked has just read them, so they are near."""
        known = {
            question: _decoded(question, self._memory.get(answer_key(question)))
            for question in absent
        }
        far = [question for question, entry in known.items() if entry is None]
        read: dict[str, bytes] = {}
        with suppress(ServerAway):
            read = await self._read([answer_key(question) for question in far])
        known |= {
            q: _decoded(q, value) for q in far if (value := read.get(answer_key(q)))
        }
        return {q: entry.absences for q, entry in known.items() if entry is not None}

    async def _read(self, keys: Sequence[str]) -> dict[str, bytes]:
        if not keys:
            return {}
        values = await self._link.ask("get", lambda redis: redis.mget(keys))
        return {
            key: value
            for key, value in zip(keys, values, strict=True)
            if isinstance(value, bytes)
        }

    async def _write(self, values: Mapping[str, tuple[bytes, int]]) -> None:
        async def write(redis: Redis) -> None:
            async with redis.pipeline(transaction=False) as pipeline:
                for key, (value, lasts_ms) in values.items():
                    pipeline.set(key, value, px=lasts_ms)
                await pipeline.execute()

        if values:
            with suppress(ServerAway):
                await self._link.ask("put", write)


def _size(value: bytes) -> int:
    return len(value) + ENTRY_BYTES


def answer_key(question: Question) -> str:
    """Return the key of its answer, by today's requests and readings."""
    projection = SPECS[question.provider].projection
    return keys.answer_key(
        question.provider, question.operation, question.key, projection
    )


def _decoded(question: Question, value: bytes | None) -> Remembered | None:
    """Read an entry; none that is damaged, or says something of another question."""
    entry = entries.decode(value) if value is not None else None
    if entry is None:
        return None
    key, remembered = entry
    candidates = (
        remembered.answer.candidates if isinstance(remembered.answer, Found) else ()
    )
    if key != question.key or any(c.provider != question.provider for c in candidates):
        return None
    return remembered
