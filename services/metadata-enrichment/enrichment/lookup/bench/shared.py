"""Benches in Redis: read, decide here, write unless others were faster."""

from collections.abc import Callable
from importlib import resources

from redis.asyncio import Redis

from enrichment.contract.keys import bench_key, probe_key
from enrichment.errors import ServerAway
from enrichment.lookup.bench.states import BenchState, decode
from enrichment.lookup.redis_link import RedisLink
from enrichment.model import ProviderName

# What becomes of a bench at a time; None leaves none.
Change = Callable[[BenchState | None, float], BenchState | None]
# A bench changes a few times an hour; this many in one moment is a fault of ours.
_TRIES = 20


class SharedBenches:
    """The one truth of all workers, on Redis' own clock."""

    def __init__(self, link: RedisLink) -> None:
        self._link = link
        self._script = resources.files(__package__).joinpath("bench.lua").read_text()

    async def read(self, provider: ProviderName) -> tuple[list[BenchState], float]:
        """Return every state of a provider, and Redis' time. Raises ServerAway."""

        async def read(redis: Redis) -> tuple[list[bytes], float]:
            async with redis.pipeline(transaction=False) as pipeline:
                pipeline.hvals(bench_key(provider))
                pipeline.time()
                texts, (seconds, microseconds) = await pipeline.execute()
            return texts, seconds + microseconds / 1e6

        texts, now = await self._link.ask("bench", read)
        states = [state for text in texts if (state := _decoded(text)) is not None]
        return states, now

    async def change(
        self, provider: ProviderName, operation: str, change: Change
    ) -> tuple[BenchState | None, BenchState | None]:
        """Return the state before and after `change`. Raises ServerAway."""
        for _ in range(_TRIES):
            text, now = await self._read_one(provider, operation)
            before = _decoded(text)
            after = change(before, now)
            if after is None or after == before:
                return before, after
            if await self._write(after, text):
                return before, after
        raise ServerAway("a bench is changed by too many at once")

    async def _read_one(
        self, provider: ProviderName, operation: str
    ) -> tuple[bytes | None, float]:
        async def read(redis: Redis) -> tuple[bytes | None, float]:
            async with redis.pipeline(transaction=False) as pipeline:
                pipeline.hget(bench_key(provider), operation)
                pipeline.time()
                text, (seconds, microseconds) = await pipeline.execute()
            return text, seconds + microseconds / 1e6

        return await self._link.ask("bench", read)

    async def _write(self, state: BenchState, expected: bytes | None) -> bool:
        keys = [
            bench_key(state.provider),
            probe_key(state.provider, state.operation),
        ]

        async def write(redis: Redis) -> bool:
            script = redis.register_script(self._script)
            return bool(
                await script(keys, [state.operation, expected or b"", state.encode()])
            )

        return await self._link.ask("bench", write)


def _decoded(text: str | bytes | None) -> BenchState | None:
    """Read a state; what cannot be read is replaced by the next."""
    if not text:
        return None
    try:
        return decode(text)
    except (ValueError, KeyError, TypeError):
        return None
