"""Calls, refusals, saved calls and money of this worker, and the month's guard."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from enum import StrEnum
from types import MappingProxyType

from enrichment import logs
from enrichment.contract.messages import Lane
from enrichment.model import ProviderName

log = logs.get("lookup")

# Shares of the month's budget: a person is told; backlog waits; nobody spends.
WARN_SHARE, SLOW_SHARE, STOP_SHARE = 0.8, 0.9, 1.0
# Backlog that waits for money is looked at again after this.
SLOW_WAIT = timedelta(hours=6)


class Level(StrEnum):
    """How near the month's spending is to its budget."""

    WITHIN = "within"
    WARN = "warn"
    SLOW = "slow"
    STOP = "stop"


@dataclass(slots=True)
class Spent:
    """What one provider was asked and cost since it was last written down."""

    calls: int = 0
    refusals: int = 0
    saved_calls: int = 0
    usd: float = 0.0


class Spending:
    """
    Counts what is spent; says when a provider that costs money must wait.

    Args:
        usd_per_call: providers missing here cost nothing and never wait.
        monthly_budget_usd: for all providers together; None or 0 for no guard.
    """

    def __init__(
        self,
        usd_per_call: Mapping[ProviderName, float] = MappingProxyType({}),
        monthly_budget_usd: float | None = None,
        now: Callable[[], datetime] = lambda: datetime.now(UTC),
    ) -> None:
        self._usd_per_call = usd_per_call
        self._budget = monthly_budget_usd
        self._now = now
        self._open: dict[ProviderName, Spent] = {}
        # of the month as it was last learnt, and ours since then
        self._month_usd = 0.0
        self._since_usd = 0.0
        self.level = Level.WITHIN

    def called(self, provider: ProviderName, *, refused: bool) -> None:
        """Count one try; a refusal is none that counts at the provider."""
        spent = self._open.setdefault(provider, Spent())
        if refused:
            spent.refusals += 1
            return
        spent.calls += 1
        usd = self._usd_per_call.get(provider, 0.0)
        spent.usd += usd
        self._since_usd += usd
        self._judge()

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
        """Hear what the whole cluster has spent since the month began."""
        self._month_usd = month_usd
        self._since_usd = sum(spent.usd for spent in self._open.values())
        self._judge()

    def _judge(self) -> None:
        """Find the level; while the month cannot be learnt, ours alone is added."""
        month_usd = self._month_usd + self._since_usd
        level = level_of(month_usd, self._budget)
        if level is not self.level and level is not Level.WITHIN:
            log.warning(
                "Monthly budget is nearly spent"
                if level is not Level.STOP
                else "Monthly budget is spent: providers that cost money wait",
                event_name="enrichment.lookup.monthly_budget",
                level=level,
                spent_usd=round(month_usd, 2),
                budget_usd=self._budget,
            )
        self.level = level

    def wait_seconds(self, provider: ProviderName, lane: Lane) -> float:
        """Return how long the provider must not be paid for work of this lane."""
        if not self._usd_per_call.get(provider) or self.level is Level.WITHIN:
            return 0.0
        if self.level is Level.STOP:
            return (_next_month(self._now()) - self._now()).total_seconds()
        if self.level is Level.SLOW and lane is not Lane.MAIN:
            return SLOW_WAIT.total_seconds()
        return 0.0


def level_of(spent_usd: float, budget_usd: float | None) -> Level:
    """Return how near spending is to a budget."""
    if not budget_usd:
        return Level.WITHIN
    share = spent_usd / budget_usd
    if share >= STOP_SHARE:
        return Level.STOP
    if share >= SLOW_SHARE:
        return Level.SLOW
    return Level.WARN if share >= WARN_SHARE else Level.WITHIN


def _next_month(now: datetime) -> datetime:
    first = now.replace(day=1, hour=0, minute=0, second=0, microsecond=0)
    return (first + timedelta(days=32)).replace(day=1)
