"""A provider that gives no sign of life again and again; the others keep their pace."""

import time
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from types import MappingProxyType

from benchmarks.budget_cases.network import SAYS, reachable, subjects_found_wrong
from benchmarks.budget_cases.rig import PROVIDERS, Rig, Servers, invented, open_rig
from enrichment.model import ProviderName
from rehearsal.processes import free_ports

# What becomes of the network: nothing arrives, or requests arrive and are not answered.
KINDS: Mapping[str, Mapping[str, object]] = MappingProxyType(
    {
        "no connection": {"blackhole": True},
        "connections without an answer": {"first_byte_delay_seconds": 3600.0},
    }
)
_WELL = {"blackhole": False, "first_byte_delay_seconds": 0.0}
# Enough that the worker has come to hold what it will hold.
SETTLED = 125
# MusicBrainz answers in calls of 25: few in a phase, which say little of a pace.
_ONE_BY_ONE = (ProviderName("spotify"), ProviderName("lastfm"))
# Three windows of Spotify, whose 60 calls may all come at once.
PHASE_SECONDS = 3 * 30.25
# Nobody may run out of work: the fastest of the others answers so many in a second.
_TRACKS_A_SECOND = 3.5
# What asks a provider seldom, learns of its silence late.
_TOLD_SECONDS = 240.0


@dataclass(frozen=True, slots=True)
class Phase:
    """Answers of each provider in a minute of the providers' clock."""

    hole: bool
    paces: Mapping[str, float]


@dataclass(frozen=True, slots=True)
class BlackHole:
    """
    One run in which a provider vanishes and comes back by turns.

    Args:
        allowed: answers in a minute that the slowest allowance of the others lets
            through: the pace of a worker that does not use the provider at all.
        says: lines of the worker's log about it.
        reachable: the worker's own metric of it, in the last hole.
        doctor: what the command finds wrong then.
    """

    provider: str
    kind: str
    phases: Sequence[Phase]
    allowed: float
    refusals: int
    says: int
    reachable: float
    doctor: Sequence[str]

    @property
    def share(self) -> float:
        """Return the share of their pace beside the provider that the others keep."""
        return self._slowest(hole=True) / self._slowest(hole=False)

    @property
    def share_of_allowed(self) -> float:
        """Return the share of what the others' allowances let through."""
        return self._slowest(hole=True) / self.allowed

    def _slowest(self, *, hole: bool) -> float:
        """Return the pace of the others' slowest, which is that of their tracks."""
        others = [name for name in _ONE_BY_ONE if name != self.provider]
        return min(self.pace(name, hole=hole) for name in others)

    def pace(self, provider: str, *, hole: bool) -> float:
        """Return the answers a minute, of all phases of a kind."""
        paces = [p.paces[provider] for p in self.phases if p.hole is hole]
        return sum(paces) / len(paces)


def run(
    servers: Servers,
    *,
    provider: str,
    kind: str,
    rounds: int = 2,
    seconds: float = PHASE_SECONDS,
    scale: float = 1,
) -> BlackHole:
    """
    Let a provider vanish and come back while one worker has work for all.

    Args:
        seconds: of each phase, by the providers' clock.
    """
    world = invented(int(SETTLED + _TRACKS_A_SECOND * seconds * (2 * rounds + 1)))
    options = ("--network", "near")
    with open_rig(servers, world, scale=scale, options=options) as rig:
        rig.publish(world)
        [port] = free_ports(1)
        [worker] = rig.start(1, ENRICHMENT_METRICS_PORT=str(port))
        rig.drain(SETTLED)
        phases = []
        for _ in range(rounds):
            phases.append(_phase(rig, seconds, hole=False))
            rig.ask("network", {"provider": provider, **KINDS[kind]})
            phases.append(_phase(rig, seconds, hole=True))
            # it shows with the calls of the next batch
            rig.until(lambda: reachable(port, provider) == 0, _TOLD_SECONDS)
            told = worker.said().count(SAYS), reachable(port, provider)
            wrong = subjects_found_wrong(rig)
            rig.ask("network", {"provider": provider, **_WELL})
        allowed = _allowed(rig, provider)
        return BlackHole(provider, kind, phases, allowed, rig.refusals(), *told, wrong)


def _phase(rig: Rig, seconds: float, *, hole: bool) -> Phase:
    began = rig.now()
    time.sleep(seconds / rig.scale)
    ended = rig.now()
    paces = {
        name: 60 * _answers(rig, name, began, ended) / (ended - began)
        for name in PROVIDERS
    }
    return Phase(hole, paces)


def _answers(rig: Rig, provider: str, began: float, ended: float) -> int:
    calls = rig.calls(provider, began)
    return sum(int(c["members"]) for c in calls if c["simulated_at"] <= ended)


def _allowed(rig: Rig, provider: str) -> float:
    """Return the pace of the slower of those that answer one by one."""
    seconds = [
        limits.slowest_window_pace() * rig.scale
        for name, limits in rig.limits().items()
        if name in _ONE_BY_ONE and name != provider
    ]
    return 60 / max(seconds)
