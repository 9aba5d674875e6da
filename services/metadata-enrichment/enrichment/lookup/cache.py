"""Remembered answers, many at once: memory, then Redis; no Redis is a miss, counted."""

import random
import time
from collections.abc import Callable, Iterable, Mapping, Sequence
from datetime import UTC, datetime
from functools import lru_cache
from typing import Protocol

from cachetools import TTLCache
from redis.asyncio import Redis

from enrichment.contract.cache_keys import answer_key
from enrichment.errors import ServerAway
from enrichment.lookup import cache_entries
from enrichment.lookup.freshness import LIFETIMES, Lifetime, Remembered, remember
from enrichment.lookup.redis_link import RedisLink
from enrichment.tracks import Absent, Found, ProviderName, Question

# Compressed answers kept in this process, bytes: of about 8,000 tracks.
MEMORY_BYTES = 20 * 1024 * 1024
# What an entry costs beside its value: its key, and the places that hold both.
ENTRY_BYTES = 600
# What another process drops or renews is seen here at the latest after this, seconds.
MEMORY_SECONDS = 600.0


class Chance(Protocol):
    """A source of chance, as module `random` is."""

    def random(self) -> float:
        """Give a number in 0..1."""
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
        self._memory: TTLCache[str, bytes] = TTLCache(
            memory_bytes, memory_seconds, timer=clock, getsizeof=_size
        )

    async def get_many(
        self, questions: Sequence[Question]
    ) -> dict[Question, Remembered]:
        """Give what is remembered, stale answers included: ask `is_fresh`."""
        now = self._now()
        keys = {question: _key(question) for question in questions}
        known = {key: self._in_memory(key) for key in keys.values()}
        asked = [key for key, entry in known.items() if not _is_fresh(entry, now)]
        for key, value in (await self._read(asked)).items():
            entry = _decoded(value)
            if entry is not None:
                known[key] = entry
                self._keep(key, value)
        return {
            question: entry
            for question, key in keys.items()
            if (entry := known[key]) is not None and entry.is_usable(now)
        }

    async def put_many(
        self, answers: Mapping[Question, Found | Absent], now: datetime | None = None
    ) -> None:
        """
        Remember answers, all in one round trip.

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
            value = cache_entries.encode(question.key, entry)
            values[_key(question)] = value, max(lasts_ms, 1)
        for key, (value, _) in values.items():
            self._keep(key, value)
        await self._write(values)

    async def forget(self, questions: Iterable[Question]) -> int:
        """Drop answers here and in Redis; other processes' memory ends by itself."""
        keys = [_key(question) for question in questions]
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

    def _in_memory(self, key: str) -> Remembered | None:
        value = self._memory.get(key)
        return None if value is None else _decoded(value)

    def _keep(self, key: str, value: bytes) -> None:
        # one answer larger than the whole memory is not an error
        if _size(value) <= self._memory.maxsize:
            self._memory[key] = value

    async def _absences(self, absent: Sequence[Question]) -> dict[Question, int]:
        """Count earlier absences: who asked has just read them, so they are near."""
        known = {question: self._in_memory(_key(question)) for question in absent}
        far = [question for question, entry in known.items() if entry is None]
        read = await self._read([_key(question) for question in far])
        known |= {q: _decoded(value) for q in far if (value := read.get(_key(q)))}
        return {q: entry.absences for q, entry in known.items() if entry is not None}

    async def _read(self, keys: Sequence[str]) -> dict[str, bytes]:
        if not keys:
            return {}
        try:
            values = await self._link.ask("get", lambda redis: redis.mget(keys))
        except ServerAway:
            return {}
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

        if not values:
            return
        try:
            await self._link.ask("put", write)
        except ServerAway:
            return


def _size(value: bytes) -> int:
    return len(value) + ENTRY_BYTES


def _key(question: Question) -> str:
    return answer_key(question.provider, question.operation, question.key)


# One look-up reads an entry more than once: to choose the question, then to answer it.
@lru_cache(maxsize=2048)
def _decoded(value: bytes) -> Remembered | None:
    entry = cache_entries.decode(value)
    return None if entry is None else entry[1]


def _is_fresh(entry: Remembered | None, now: datetime) -> bool:
    return entry is not None and entry.is_fresh(now)
