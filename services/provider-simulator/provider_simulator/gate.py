"""What a request passes, in order: name, limiter, script, load, latency, answer."""

import random
from collections import Counter
from collections.abc import Callable

from provider_simulator import odd_answers
from provider_simulator.clock import Clock
from provider_simulator.faults import Fault, FaultKind, FaultScript
from provider_simulator.ledger import Call, Ledger, Outcome
from provider_simulator.registry import SIDES, wires
from provider_simulator.settings import Settings
from provider_simulator.side import Limiter
from provider_simulator.wire import Asked, Query, Reply, Waits, Wire, truncated
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
        self._wires = wires(world, settings, clock)
        self._running: Counter[str] = Counter()
        self._random = random.Random(settings.seed)  # noqa: S311 - no secret
        self.reset_limits()

    def reset_limits(self) -> None:
        """Let all callers be rested."""
        self._limiters: dict[str, Limiter] = {
            name: side.limiter(self.settings) for name, side in SIDES.items()
        }

    def prepare(self, world: World, settings: Settings) -> Callable[[], None]:
        """
        Build another world or other settings; calling the result puts them in place.

        Building takes seconds and touches nothing that runs, so a thread may do it.
        """
        made = wires(world, settings, self.clock)

        def put_in_place() -> None:
            limits_changed = settings != self.settings
            self.world, self.settings, self._wires = world, settings, made
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
        if refusal := self._limiters[wire.name](asked, query, self.clock.now()):
            return wire.refuse(refusal), Outcome.REFUSED
        now = self.clock.now()
        # Drawn before any waiting, so that the script does not depend on latencies.
        fault = self.script.strike(wire.name, asked.operation, now)
        shed = None if fault else wire.shed(asked, self._random.random)
        await self.clock.sleep(self._latency(wire.name, query.peer))
        if fault is not None:
            call.fault = fault.kind
            return await self._failed(wire, query, fault, now), Outcome.FAULT
        if shed is not None:
            return shed, Outcome.SHED
        reply = wire.answer(query)
        return reply, Outcome.REJECTED if reply.rejected else Outcome.ANSWERED

    def _latency(self, provider: str, peer: str) -> float:
        own = self.settings.providers[provider]
        jitter = self._random.uniform(1 - _JITTER, 1 + _JITTER)
        seconds = own.latency_seconds * jitter
        if self._running[f"{provider} {peer}"] > 1:
            seconds += self._random.uniform(*own.overlap_seconds)
        return seconds * self.settings.latency

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
        odd = SIDES[wire.name].odd
        return odd_answers.refusal(odd, fault, now, waits) or odd_answers.changed(
            odd, fault, wire.answer(query)
        )
