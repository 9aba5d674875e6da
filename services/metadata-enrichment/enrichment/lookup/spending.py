"""Calls, refusals, saved calls and money of this worker, until they are stored."""

from collections.abc import Mapping
from dataclasses import dataclass

from enrichment.lookup.bench.blocked import MonthlyBudget
from enrichment.model import ProviderName


@dataclass(slots=True)
class Spent:
    """What one provider was asked and cost since it was last written down."""

    calls: int = 0
    refusals: int = 0
    saved_calls: int = 0
    usd: float = 0.0


class Spending:
    """
    Counts what is spent.

    Args:
        budget: told of each call, and of what the month has cost.
    """

    def __init__(self, budget: MonthlyBudget | None = None) -> None:
        self.budget = budget or MonthlyBudget()
        self._open: dict[ProviderName, Spent] = {}

    def called(self, provider: ProviderName, *, refused: bool) -> None:
        """Count one try; a refusal is none that counts at the provider."""
        spent = self._open.setdefault(provider, Spent())
        if refused:
            spent.refusals += 1
            return
        spent.calls += 1
        spent.usd += self.budget.called(provider)

    def saved(self, provider: ProviderName, answers: int = 1) -> None:
        """Count answers that cost no call."""
        self._open.setdefault(provider, Spent()).saved_calls += answers

    def take(self) -> dict[ProviderName, Spent]:
        """Return what is not written down yet, and begin at zero."""
        taken, self._open = self._open, {}
        return taken

    def give_back(self, taken: Mapping[ProviderName, Spent]) -> None:
        """Keep what could not be written down."""
        for provider, spent in taken.items():
            ours = self._open.setdefault(provider, Spent())
            ours.calls += spent.calls
            ours.refusals += spent.refusals
            ours.saved_calls += spent.saved_calls
            ours.usd += spent.usd

    def learn(self, month_usd: float) -> None:
        """Learn what all workers have spent since the month began."""
        self.budget.learn(month_usd, sum(spent.usd for spent in self._open.values()))
