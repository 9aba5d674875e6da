"""Which provider nobody asks, until when: for all workers, over restarts, one probe."""

import contextlib
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from importlib import resources
from typing import Protocol

from redis.asyncio import Redis

from enrichment import logs
from enrichment.contract.keys import bench_key, probe_key
from enrichment.errors import ServerAway
from enrichment.lookup.bench.blocked import KnownBenches
from enrichment.lookup.bench.states import (
    ALL_OPERATIONS,
    LADDER_SECONDS,
    PAUSE,
    BenchReason,
    BenchState,
    Refusal,
    after_refusal,
    after_success,
    decode,
    latest,
)
from enrichment.lookup.redis_link import RedisLink
from enrichment.model import ProviderName

__all__ = ["Bench", "BenchReason", "BenchState", "BenchStore", "ProbedCall"]

log = logs.get("lookup")

# What becomes of a bench at a time; None leaves none.
Change = Callable[[BenchState | None, float], BenchState | None]
# A bench changes a few times an hour; this many in one moment is a fault of ours.
_TRIES = 20
_FOR_A_PERSON = frozenset({BenchReason.AUTH, BenchReason.CAPABILITY, BenchReason.BAN})


class BenchStore(Protocol):
    """Keeps benches where they outlive Redis."""

    async def save(self, state: BenchState) -> None:
        """Keep the state of one provider's operation in place of an older one."""
        ...

    async def load_all(self) -> Sequence[BenchState]:
        """Return every state that is kept."""
        ...


class ProbedCall(Protocol):
    """What a bench wants to know of a granted call; a `Reservation` is one."""

    @property
    def provider(self) -> ProviderName:
        """Who was asked."""
        ...

    @property
    def operation(self) -> str:
        """What was asked for."""
        ...

    @property
    def probe(self) -> bool:
        """Whether this was the one call after a bench."""
        ...

    @property
    def step(self) -> int:
        """Rungs the provider stood on when the call was granted."""
        ...


@dataclass(frozen=True, slots=True)
class ProviderState:
    """
    What metrics, doctor and `enrichment providers` show of a provider.

    Args:
        benches: in force or waiting for a probe, the pause left out.
    """

    provider: ProviderName
    paused: bool
    benches: tuple[BenchState, ...]


class Bench:
    """
    Benches in Redis, in a store, and in memory for when both are away.

    Args:
        ladder: seconds by rung, for refusals that do not say how long.
        clock: Unix seconds, used only while Redis cannot be asked for the time.
    """

    def __init__(
        self,
        link: RedisLink,
        store: BenchStore | None = None,
        *,
        ladder: Sequence[float] = LADDER_SECONDS,
        clock: Callable[[], float] = time.time,
    ) -> None:
        self._shared = _SharedBenches(link)
        self._store = store
        self._ladder = ladder
        self.known = KnownBenches(clock)
        # a new process, a Redis that lost its memory, a bench that Redis did not hear
        self.must_restore = True

    async def bench(
        self,
        provider: ProviderName,
        reason: BenchReason,
        *,
        retry_after: float | None = None,
        operation: str = ALL_OPERATIONS,
    ) -> datetime:
        """Keep every worker away; gives the time until which."""
        return await self.refuse(Refusal(provider, reason, retry_after, operation))

    async def refuse(self, refusal: Refusal) -> datetime:
        """Keep every worker away as a refusal says; gives the time until which."""
        state = await self._change(
            refusal.provider,
            refusal.operation,
            lambda state, now: after_refusal(state, refusal, now, self._ladder),
        )
        if state is None:
            raise AssertionError("a refusal leaves a bench")
        log.warning(
            "Provider benched",
            event_name="enrichment.lookup.benched",
            provider=refusal.provider,
            operation=refusal.operation,
            reason=refusal.reason,
            retry_after=refusal.retry_after,
            until=state.until,
        )
        return datetime.fromtimestamp(state.until, UTC)

    async def succeeded(self, call: ProbedCall) -> None:
        """End the bench if the call was its probe, and step down; else do nothing."""
        if not call.probe and call.step == 0:
            return

        def change(state: BenchState | None, now: float) -> BenchState | None:
            if state is None:
                return None
            return after_success(state, now, probe=call.probe, ladder=self._ladder)

        for operation in {ALL_OPERATIONS, call.operation}:
            await self._change(call.provider, operation, change)

    async def failed(self, call: ProbedCall) -> None:
        """Climb a rung if the call was a probe and brought no answer."""
        if not call.probe:
            return

        def change(state: BenchState | None, now: float) -> BenchState | None:
            if state is None or state.ended or state.until > now:
                return state
            again = Refusal(state.provider, state.reason, None, state.operation)
            return after_refusal(state, again, now, self._ladder)

        for operation in {ALL_OPERATIONS, call.operation}:
            await self._change(call.provider, operation, change)

    async def pause(self, provider: ProviderName) -> None:
        """Keep every worker away until somebody resumes."""

        def change(_: BenchState | None, now: float) -> BenchState:
            return BenchState(
                provider, PAUSE, BenchReason.PAUSED, 0.0, 0, ended=False, changed_at=now
            )

        await self._change(provider, PAUSE, change)

    async def resume(self, provider: ProviderName) -> None:
        """End a pause; what waits for a person to act may be probed at once."""

        def end(state: BenchState | None, now: float) -> BenchState | None:
            return state and replace(state, ended=True, changed_at=now)

        def due(state: BenchState | None, now: float) -> BenchState | None:
            if state is None or state.ended or state.reason not in _FOR_A_PERSON:
                return state
            return replace(state, until=min(state.until, now), changed_at=now)

        await self._change(provider, PAUSE, end)
        for bench in (await self.state(provider)).benches:
            await self._change(provider, bench.operation, due)

    async def lift(self, provider: ProviderName) -> None:
        """End every bench of a provider: an operator knows that it was wrong."""

        def end(state: BenchState | None, now: float) -> BenchState | None:
            return state and replace(state, ended=True, step=0, changed_at=now)

        for bench in (await self.state(provider)).benches:
            await self._change(provider, bench.operation, end)

    async def in_force(self, provider: ProviderName) -> tuple[BenchState, ...]:
        """Return the benches that still keep all workers away."""
        benches = (await self.state(provider)).benches
        return tuple(bench for bench in benches if bench.is_in_force(self.known.now()))

    async def state(self, provider: ProviderName) -> ProviderState:
        """Return why the provider is blocked."""
        with contextlib.suppress(ServerAway):
            await self._look(provider)
        states = [s for s in self.known.states.values() if s.provider == provider]
        standing = sorted((s for s in states if not s.ended), key=lambda s: s.operation)
        return ProviderState(
            provider,
            paused=any(s.operation == PAUSE for s in standing),
            benches=tuple(s for s in standing if s.operation != PAUSE),
        )

    async def restore(self) -> None:
        """
        Bring together what Redis, the store and this process know; the latest wins.

        Raises:
            ServerAway: Redis is; to be tried again before a call is reserved.
        """
        stored = await self._load()
        known = latest([*stored, *self.known.states.values()])
        for (provider, operation), state in known.items():

            def newer(
                current: BenchState | None, _: float, ours: BenchState = state
            ) -> BenchState:
                if current is None or current.changed_at < ours.changed_at:
                    return ours
                return current

            await self._shared.change(provider, operation, newer)
        self.must_restore = False

    async def came_before(self, call: ProbedCall) -> bool:
        """
        Whether the call, granted earlier, may not be made any more.

        Raises:
            ServerAway: nobody knows.
        """
        await self._look(call.provider)
        now = self.known.now()
        return any(
            state.is_in_force(now) or not (state.ended or call.probe)
            for state in self.known.on(call.provider, call.operation)
        )

    async def _look(self, provider: ProviderName) -> None:
        """Learn what all workers know of a provider. Raises ServerAway."""
        read, now = await self._shared.read(provider)
        self.known.set_time(now)
        self.known.remember(read)

    async def _change(
        self, provider: ProviderName, operation: str, change: Change
    ) -> BenchState | None:
        try:
            before, state = await self._shared.change(provider, operation, change)
        except ServerAway:
            before = self.known.states.get((provider, operation))
            state = change(before, self.known.now())
            self.must_restore = True
        if state is None:
            return None
        self.known.remember([state])
        if state != before:
            await self._save(state)
        return state

    async def _load(self) -> Sequence[BenchState]:
        if self._store is None:
            return ()
        try:
            return await self._store.load_all()
        except Exception as error:  # noqa: BLE001 (whatever the store is made of)
            self._store_failed(error)
            return ()

    async def _save(self, state: BenchState) -> None:
        if self._store is None:
            return
        try:
            await self._store.save(state)
        except Exception as error:  # noqa: BLE001 (whatever the store is made of)
            self._store_failed(error)

    def _store_failed(self, error: Exception) -> None:
        log.warning(
            "Benches are not kept beyond Redis now",
            event_name="enrichment.lookup.bench_store_away",
            error_type=type(error).__name__,
            error=str(error),
        )


class _SharedBenches:
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
