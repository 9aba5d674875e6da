"""What a request passes, in order: name, limiter, script, load, latency, answer."""

import random
from collections import Counter
from collections.abc import Callable

from provider_simulator import odd_answers
from provider_simulator.clock import Clock
from provider_simulator.faults import Fault, FaultKind, FaultScript
from provider_simulator.ledger import Call, Ledger, Outcome
from provider_simulator.limiters import (
    LastfmLimiter,
    MusicBrainzLimiter,
    Refusal,
    SpotifyLimiter,
)
from provider_simulator.settings import Settings
from provider_simulator.wire import Asked, Query, Reply, Waits, Wire, truncated
from provider_simulator.wire.lastfm import LastfmWire
from provider_simulator.wire.musicbrainz import MusicBrainzWire
from provider_simulator.wire.spotify import SpotifyWire
from provider_simulator.world.catalogue import World

# Latencies vary by this share in both directions.
_JITTER = 0.25


class ConnectionLost(Exception):  # noqa: N818 - an event of the script, not an error
    """No answer: the connection is to be reset, or closed in silence."""

    def __init__(self, *, reset: bool) -> None:
        super().__init__("reset" if reset else "closed")
        self.reset = reset


class Simulator:
    """All providers, their limiters, the script and the ledger, on one clock."""

    def __init__(
        self,
        world: World,
        clock: Clock,
        settings: Settings,
        ledger: Ledger | None = None,
    ) -> None:
        self.world = world
        self.clock = clock
        self.settings = settings
        self.ledger = ledger or Ledger()
        self.script = FaultScript(settings.seed)
        self._wires = _wires(world, settings, clock)
        self._running: Counter[str] = Counter()
        self._random = random.Random(settings.seed)  # noqa: S311 - no secret
        self.reset_limits()

    def reset_limits(self) -> None:
        """Let all callers be rested."""
        settings = self.settings
        self._spotify = SpotifyLimiter(
            settings.spotify_window_calls,
            settings.spotify_window_seconds,
            settings.spotify_day_calls,
        )
        self._musicbrainz = MusicBrainzLimiter()
        self._lastfm = LastfmLimiter(
            settings.lastfm_calls_per_second, settings.lastfm_window_seconds
        )

    def prepare(self, world: World, settings: Settings) -> Callable[[], None]:
        """
        Build another world or other settings; calling the result puts them in place.

        Building takes seconds and touches nothing that runs, so a thread may do it.
        """
        wires = _wires(world, settings, self.clock)

        def put_in_place() -> None:
            limits_changed = settings != self.settings
            self.world, self.settings, self._wires = world, settings, wires
            if limits_changed:
                self.reset_limits()

        return put_in_place

    async def handle(self, provider: str, query: Query) -> Reply:
        """Answer one request and write it down. Raises `ConnectionLost`."""
        wire = self._wires[provider]
        asked = wire.asked(query)
        call = self.ledger.open(
            Call(
                real_at=self.clock.wall(),
                simulated_at=self.clock.now(),
                provider=provider,
                operation=asked.operation,
                asked=asked.text[:500],
                members=asked.members,
                user_agent=query.headers.get("user-agent", ""),
                peer=query.peer,
            )
        )
        runs_as = f"{provider} {query.peer}"
        self._running[runs_as] += 1
        try:
            reply, outcome = await self._pass(wire, query, asked, call)
        except ConnectionLost:
            self.ledger.complete(call, None, Outcome.FAULT, self.clock.now())
            raise
        finally:
            self._running[runs_as] -= 1
        self.ledger.complete(call, reply.status, outcome, self.clock.now())
        return reply

    async def _pass(
        self, wire: Wire, query: Query, asked: Asked, call: Call
    ) -> tuple[Reply, Outcome]:
        if away := wire.turned_away(query):
            return away, Outcome.REJECTED
        if refusal := self._limited(wire.name, asked, query):
            return wire.refuse(refusal), Outcome.REFUSED
        now = self.clock.now()
        # Drawn before any waiting, so that the script does not depend on latencies.
        fault = self.script.strike(wire.name, asked.operation, now)
        shed = None if fault else self._shed(wire, asked)
        await self.clock.sleep(self._latency(wire.name, query.peer))
        if fault is not None:
            call.fault = fault.kind
            return await self._failed(wire, query, fault, now), Outcome.FAULT
        if shed is not None:
            return shed, Outcome.SHED
        reply = wire.answer(query)
        return reply, Outcome.REJECTED if reply.rejected else Outcome.ANSWERED

    def _limited(self, provider: str, asked: Asked, query: Query) -> Refusal | None:
        now = self.clock.now()
        if asked.operation == "token":
            return None
        if provider == "spotify":
            return self._spotify.take(asked.operation, now)
        if provider == "musicbrainz":
            agent = query.headers.get("user-agent", "")
            return self._musicbrainz.take(query.peer, agent, now)
        return self._lastfm.take(query.get("api_key"), now)

    def _shed(self, wire: Wire, asked: Asked) -> Reply | None:
        if not isinstance(wire, MusicBrainzWire):
            return None
        search = asked.operation == "search"
        shares = self.settings
        if search and self._random.random() < shares.musicbrainz_search_shed_share:
            return wire.shed(search=True)
        if self._random.random() < shares.musicbrainz_shed_share:
            return wire.shed(search=False)
        return None

    def _latency(self, provider: str, peer: str) -> float:
        settings = self.settings
        base = {
            "spotify": settings.spotify_latency_seconds,
            "musicbrainz": settings.musicbrainz_latency_seconds,
            "lastfm": settings.lastfm_latency_seconds,
        }[provider]
        seconds = base * self._random.uniform(1 - _JITTER, 1 + _JITTER)
        if provider == "musicbrainz" and self._running[f"{provider} {peer}"] > 1:
            seconds += self._random.uniform(*settings.musicbrainz_overlap_seconds)
        return seconds * settings.latency

    async def _failed(
        self, wire: Wire, query: Query, fault: Fault, now: float
    ) -> Reply:
        if fault.kind is FaultKind.RESET:
            raise ConnectionLost(reset=True)
        if fault.kind is FaultKind.TIMEOUT:
            await self.clock.sleep(fault.seconds)
            raise ConnectionLost(reset=False)
        if fault.kind is FaultKind.SLOW:
            await self.clock.sleep(fault.seconds)
            return wire.answer(query)
        if fault.kind is FaultKind.TRUNCATED:
            return truncated(wire.answer(query))
        if fault.kind is FaultKind.EMPTY:
            return wire.emptied(wire.answer(query))
        if fault.kind is FaultKind.EMPTY_BODY:
            return Reply(200, b"", wire.answer(query).headers)
        return self._odd(wire, query, fault, now) or wire.fail(fault, now)

    def _odd(self, wire: Wire, query: Query, fault: Fault, now: float) -> Reply | None:
        waits = Waits(self.clock.scale, self.settings.fractional_retry_after)
        return odd_answers.refusal(fault, now, waits) or odd_answers.changed(
            fault, wire.answer(query)
        )


def _wires(world: World, settings: Settings, clock: Clock) -> dict[str, Wire]:
    wires: tuple[Wire, ...] = (
        SpotifyWire(world, settings, clock),
        MusicBrainzWire(world, settings, clock),
        LastfmWire(world, settings, clock),
    )
    return {wire.name: wire for wire in wires}
