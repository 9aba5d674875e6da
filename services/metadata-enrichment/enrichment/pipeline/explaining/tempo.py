"""Beats a minute as a DJ reads them: at one octave, and told where sources differ."""

from collections.abc import Collection
from enum import StrEnum
from itertools import combinations

# What is played lies between these; slower is counted double, faster half.
SLOWEST, FASTEST = 70.0, 180.0
# Two measurements of one tempo are this near to each other.
_NEAR = 0.02


class TempoDoubt(StrEnum):
    """How two sources' tempos differ."""

    OCTAVE = "octave"
    DIFFERS = "differs"


def folded(bpm: float) -> float:
    """Return a tempo at the octave in which it is played."""
    while bpm < SLOWEST:
        bpm *= 2
    while bpm > FASTEST:
        bpm /= 2
    return round(bpm, 2)


def doubt_of(readings: Collection[float]) -> TempoDoubt | None:
    """Return the worst difference between any two sources' tempos."""
    doubts = {_between(*pair) for pair in combinations(readings, 2)}
    if TempoDoubt.DIFFERS in doubts:
        return TempoDoubt.DIFFERS
    return TempoDoubt.OCTAVE if TempoDoubt.OCTAVE in doubts else None


def _between(one: float, other: float) -> TempoDoubt | None:
    slow, fast = sorted((one, other))
    if _are_near(slow, fast):
        return None
    octaves = (2, 4)
    is_octave = any(_are_near(slow * times, fast) for times in octaves)
    return TempoDoubt.OCTAVE if is_octave else TempoDoubt.DIFFERS


def _are_near(one: float, other: float) -> bool:
    return abs(one - other) <= _NEAR * max(one, other)
