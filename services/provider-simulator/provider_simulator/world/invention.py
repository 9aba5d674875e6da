"""From true recordings to each provider's own entries: spellings, gaps, duplicates."""

from collections.abc import Sequence
from typing import Any

from provider_simulator.chance import Chance
from provider_simulator.registry import SIDES
from provider_simulator.world.catalogue import Given, World, unique
from provider_simulator.world.ground import Coverage, Ground
from provider_simulator.world.truth import Truth, truths

# Who links to pages of others is written after them.
_IN_ORDER = sorted(SIDES.items(), key=lambda side: side[1].links)


def invent(given: Sequence[Given], coverage: Coverage, seed: int) -> World:
    """Make a world; the same tracks, coverage and seed make the same world."""
    world = _Invention(coverage, seed)
    wanted = unique(given)
    for truth in truths(wanted, seed, coverage.distractors):
        world.write_down(truth)
    return World(
        {name: tuple(entries) for name, entries in world.entries.items()},
        given=len(wanted),
        covered=world.covered,
    )


class _Invention:
    """The entries written so far."""

    def __init__(self, coverage: Coverage, seed: int) -> None:
        self._coverage = coverage
        self._seed = seed
        self.entries: dict[str, list[Any]] = {name: [] for name in SIDES}
        self.covered = dict.fromkeys(SIDES, 0)

    def write_down(self, truth: Truth) -> None:
        """Enter a recording with every provider that has it."""
        pages: dict[str, tuple[str, str]] = {}
        for name, side in _IN_ORDER:
            shares = self._coverage.shares[name]
            if not self._has(truth, name, shares["known"]):
                continue
            self.covered[name] += not truth.distractor
            entries = list(side.write(truth, Ground(self._seed, shares, pages)))
            self.entries[name] += entries
            if side.page and entries:
                pages[name] = side.page(entries[0])

    def _has(self, truth: Truth, name: str, share: float) -> bool:
        if truth.providers is not None:
            return name in truth.providers
        return Chance(self._seed, truth.key).share(name) < share
