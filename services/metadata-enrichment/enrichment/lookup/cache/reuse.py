"""How old answers are when they are used again: what advice on lifetimes rests on."""

import asyncio
from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass
from datetime import timedelta

from redis.asyncio import Redis

from enrichment.contract.keys import PREFIX
from enrichment.errors import ServerAway
from enrichment.lookup.redis_link import RedisLink, RedisRefuses
from enrichment.model import ProviderName
from enrichment.providers.registry import NAMES

FLUSH_SECONDS = 10.0
# Ages are counted in days up to this one; older ones together.
OLDEST_DAYS = 365
# A lifetime is long enough when this share of all use is younger.
ENOUGH_SHARE = 0.98
# Fewer observations than this are no ground for advice.
LEAST_OBSERVATIONS = 200

# How Redis begins when a key holds something else than a command is for.
_OTHER_TYPE = "WRONGTYPE"
_UNCHANGED, _CHANGED = "refetched:same", "refetched:other"


@dataclass(frozen=True, slots=True)
class Use:
    """
    What is known of one provider's answers.

    Args:
        by_age_days: how often an answer of that age was used instead of a call.
        unchanged, changed: what answers came to that were asked for again.
    """

    provider: ProviderName
    by_age_days: Mapping[int, int]
    unchanged: int
    changed: int


class Reuse:
    """Counts in memory and adds to Redis now and then; without Redis it is lost."""

    def __init__(self, link: RedisLink) -> None:
        self._link = link
        self._counts: Counter[tuple[ProviderName, str]] = Counter()

    def used(self, provider: ProviderName, age: timedelta) -> None:
        """Note that an answer of this age saved a call."""
        days = min(max(age.days, 0), OLDEST_DAYS)
        self._counts[provider, f"age:{days}"] += 1

    def refetched(self, provider: ProviderName, *, same: bool) -> None:
        """Note what an answer came to that was asked for again."""
        self._counts[provider, _UNCHANGED if same else _CHANGED] += 1

    async def run(self) -> None:
        """Flush forever; cancelled when the worker stops."""
        while True:
            await asyncio.sleep(FLUSH_SECONDS)
            await self.flush()

    async def flush(self) -> None:
        """Add what was counted to what all workers know."""
        counts, self._counts = self._counts, Counter()
        if not counts:
            return

        async def add(redis: Redis) -> None:
            async with redis.pipeline(transaction=False) as pipeline:
                for (provider, name), count in counts.items():
                    pipeline.hincrby(_key(provider), name, count)
                await pipeline.execute()

        try:
            await self._link.ask("reuse", add)
        except RedisRefuses as error:
            if _OTHER_TYPE not in str(error):
                self._counts.update(counts)
                return
            # what is there is not ours to add to: counting begins again
            await self._forget({provider for provider, _ in counts})
        except ServerAway:
            self._counts.update(counts)

    async def _forget(self, providers: Iterable[ProviderName]) -> None:
        keys = [_key(provider) for provider in providers]
        with suppress(ServerAway):
            await self._link.ask("reuse", lambda redis: redis.delete(*keys))

    async def read(self) -> Sequence[Use]:
        """Return what all workers know. Raises ServerAway."""
        uses = []
        for provider in NAMES:
            fields = await self._counted(provider)
            counts = {
                name.decode() if isinstance(name, bytes) else name: int(count)
                for name, count in fields.items()
            }
            ages = {
                int(name.removeprefix("age:")): count
                for name, count in counts.items()
                if name.startswith("age:")
            }
            unchanged, changed = counts.get(_UNCHANGED, 0), counts.get(_CHANGED, 0)
            uses.append(Use(provider, ages, unchanged, changed))
        return uses

    async def _counted(
        self, provider: ProviderName
    ) -> Mapping[bytes | str, bytes | str]:
        async def read(redis: Redis) -> Mapping[bytes | str, bytes | str]:
            return await redis.hgetall(_key(provider))

        return await self._link.ask("reuse", read)


def advice(use: Use, lifetime: timedelta, longest: timedelta) -> str:
    """
    Return whether a lifetime fits its use.

    Args:
        longest: what the provider's terms allow at most.
    """
    total = sum(use.by_age_days.values())
    if total < LEAST_OBSERVATIONS:
        return f"too little use to tell: {total:,} of {LEAST_OBSERVATIONS:,} seen"
    asked = use.unchanged + use.changed
    steady = use.unchanged / asked if asked >= LEAST_OBSERVATIONS else None
    days = lifetime.days
    at_end = sum(n for age, n in use.by_age_days.items() if age >= days * 0.8)
    if at_end / total > 1 - ENOUGH_SHARE and (steady is None or steady > 0.9):
        longer = min(2 * days, longest.days)
        if longer > days:
            kept = "" if steady is None else f", {steady:.0%} came back unchanged"
            return (
                f"{at_end / total:.1%} of use is in the last fifth of {days} d{kept}:"
                f" {longer} d would save calls"
            )
        return f"{days} d is what the terms allow; more use than that is there"
    seen = 0
    for age in sorted(use.by_age_days):
        seen += use.by_age_days[age]
        if seen / total >= ENOUGH_SHARE:
            shorter = max(age + 1, 1)
            if shorter < days / 2:
                return f"98 % of use is within {shorter} d: memory is kept {days} d"
            break
    return f"{days} d fits"


def _key(provider: ProviderName) -> str:
    return f"{PREFIX}:reuse:{provider}"
