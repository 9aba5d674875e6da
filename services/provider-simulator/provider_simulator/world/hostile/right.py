"""What a provider's folder says of the hostile world, and what it is told there."""

from collections.abc import Callable, Hashable, Iterable, Mapping
from dataclasses import dataclass, field
from typing import Any

from provider_simulator.world.hostile.companions import Names
from provider_simulator.world.hostile.playlist import Played
from provider_simulator.world.truth import Truth

RIGHT = "right"


@dataclass(frozen=True, slots=True)
class Right:
    """
    A played recording, for what is beside it.

    Args:
        is_there: the provider has the recording itself.
    """

    truth: Truth
    played: Played
    names: Names
    seed: int
    is_there: bool


def _nothing(_: Right) -> Iterable[tuple[str, Any]]:
    return ()


def _no_isrcs(_: Any) -> tuple[str, ...]:  # noqa: ANN401 (an entry of any folder)
    return ()


@dataclass(frozen=True, slots=True, kw_only=True)
class HostileWriting:
    """
    How a provider has recordings in the hostile world.

    Args:
        absent: share of the played recordings that it lacks.
        entries: yields the entries of a recording, by a seed.
        ids: of an entry; the first one is its own.
        beside: yields what only this provider has beside a played recording, with
            what it is: `RIGHT`, a kind of copy, or what sets it apart.
        same: what makes two entries one; the first of them stays.
        isrcs: of an entry whose ISRCs others are asked by.
        settings: of the provider, that this world changes.
    """

    absent: float
    entries: Callable[[Truth, int], Iterable[Any]]
    ids: Callable[[Any], tuple[str, ...]]
    beside: Callable[[Right], Iterable[tuple[str, Any]]] = _nothing
    same: Callable[[Any], Hashable] | None = None
    isrcs: Callable[[Any], tuple[str, ...]] = _no_isrcs
    settings: Mapping[str, object] = field(default_factory=dict)
