"""
Named penalties and the score they leave.

Values made in every comparison are named tuples here and in the modules beside: as
unchangeable as frozen dataclasses, and made in a third of the time.
"""

from typing import NamedTuple

from rapidfuzz.distance import Indel

from enrichment.matching.weights import WEIGHTS


class Penalty(NamedTuple):
    """
    One disagreement.

    Args:
        name: as in `weights.WEIGHTS`.
        amount: what it takes from the score, excuses already applied.
        reason: what was wanted and what was got, for people.
    """

    name: str
    amount: float
    reason: str


class Comparison(NamedTuple):
    """A score of 0..1 with all that was taken from it."""

    score: float
    penalties: tuple[Penalty, ...]
    # evidence that made penalties smaller: keys of `weights.EXCUSES`
    excuses: tuple[str, ...] = ()

    @property
    def reasons(self) -> tuple[str, ...]:
        """The penalties, the largest first, then what excused them."""
        ordered = sorted(self.penalties, key=lambda p: (-p.amount, p.name))
        told = [f"{p.reason} (-{p.amount:.2f})" for p in ordered]
        return (*told, *(f"{excuse}: agrees" for excuse in self.excuses))


def penalty(name: str, reason: str, share: float = 1.0) -> Penalty:
    """Return the penalty of the table, or a share of it."""
    return Penalty(name, WEIGHTS[name].cost * share, reason)


# The share of letters two texts have in common, 0..1: asked for every pair of readings.
alike = Indel.normalized_similarity
