"""
What a provider's folder gives to the simulator: one `SIDE` in `wire/<name>/side.py`.

A folder is found by its name; to add a provider is to add a folder.
"""

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from provider_simulator.clock import Clock
from provider_simulator.limiters import Refusal
from provider_simulator.odd_answers import Odd
from provider_simulator.settings import ProviderSettings, Settings
from provider_simulator.wire import Asked, Query, Wire
from provider_simulator.world.catalogue import World
from provider_simulator.world.ground import Ground
from provider_simulator.world.hostile.right import HostileWriting
from provider_simulator.world.truth import Truth

# Counts one call at a simulated time, and says whether it is refused.
Limiter = Callable[[Asked, Query, float], Refusal | None]


def _tracks(entries: Sequence[Any]) -> Mapping[str, int]:
    return {"tracks": len(entries)}


@dataclass(frozen=True, slots=True, kw_only=True)
class Side:
    """
    One provider, as it is simulated.

    Args:
        settings: of this provider alone, with their defaults.
        wire: makes what reads requests and writes answers, over a world.
        limiter: makes a limiter in which all callers are rested.
        shares: by profile of coverage, shares of tracks: "known" is those that the
            provider has at all, the others are its folder's own.
        write: yields the entries of a recording that it has.
        page: the address of an entry with the type of its relation, where other
            providers link to it.
        links: it links to pages of others, so it is written after them.
        hostile: how it has a recording in the hostile world.
        odd: its refusals and right answers in forms that no documentation shows.
        counted: what `/_simulator/catalogue/summary` says of its entries.
    """

    settings: ProviderSettings
    wire: Callable[[World, Settings, Clock], Wire]
    limiter: Callable[[Settings], Limiter]
    shares: Mapping[str, Mapping[str, float]]
    write: Callable[[Truth, Ground], Iterable[Any]]
    hostile: HostileWriting
    page: Callable[[Any], tuple[str, str]] | None = None
    links: bool = False
    odd: Odd = field(default_factory=Odd)
    counted: Callable[[Sequence[Any]], Mapping[str, int]] = _tracks
