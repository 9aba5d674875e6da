"""Why this worker leaves a provider alone, by what it knows without asking anybody."""

import math
from collections import deque
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from enum import StrEnum
from time import monotonic
from types import MappingProxyType

from enrichment import logs
from enrichment.contract import metrics
from enrichment.contract.messages import Lane
from enrichment.lookup.bench.states import ALL_OPERATIONS, PAUSE, BenchState
from enrichment.model import ProviderName

log = logs.get("lookup")

# What waits for a provider that gives no sign of life, by the closed list of reasons.
UNREACHABLE = "unreachable"
# Calls in a row without an answer in time. Fewer could be a lost connection each; more
# are long in coming where a call asks for 25 tracks.
SILENT_CALLS = 3
# How long it is left alone, then longer each time one call has failed; seconds.
FIRST_PAUSE_SECONDS = 60.0
LONGEST_PAUSE_SECONDS = 900.0
# A call is waited for so long, seconds: the others have work in hand for as long …
FIRST_SECONDS = 8.0
# … and so long, once a call went without an answer and until another has one …
AFTER_SILENCE_SECONDS = 2.0
# … but as many times as long as the slowest of the latest answers took, since a
# provider under pressure answers late and not never.
TIMES_SLOWEST = 2.0
REMEMBERED = 8
# Shares of the month's budget: a person is told; backlog waits; nobody spends.
WARN_SHARE, SLOW_SHARE, STOP_SHARE = 0.8, 0.9, 1.0
# Backlog that waits for money is looked at again after this.
SLOW_WAIT = timedelta(hours=6)

# What was learnt is true for so long: a form that is closed is tried again within a
# day, since what closed it may have been a bad day of the provider's.
LIFETIME_SECONDS = 7 * 86_400.0
CLOSED_SECONDS = 86_400.0


@dataclass(frozen=True, slots=True)
class Learnt:
    """One capability: whether it is open to us, and since when we know, epoch."""

    is_open: bool
    at: float

    def is_over(self, now: float) -> bool:
        """Return whether it has to be found out again."""
        return now - self.at > (LIFETIME_SECONDS if self.is_open else CLOSED_SECONDS)


class KnownBenches:
    """
    The benches of all workers, as this worker heard of them last.

    Args:
        clock: Unix seconds, corrected by what `set_time` tells of Redis' clock.
    """

    def __init__(self, clock: Callable[[], float]) -> None:
        self._clock = clock
        # seconds that Redis' clock is before ours
        self._ahead = 0.0
        self.states: dict[tuple[ProviderName, str], BenchState] = {}

    def set_time(self, now: float) -> None:
        """Learn the time of Redis' clock, Unix seconds."""
        self._ahead = now - self._clock()

    def now(self) -> float:
        """Return the time of Redis' clock, Unix seconds."""
        return self._clock() + self._ahead

    def remember(self, states: Iterable[BenchState]) -> None:
        """Keep states in place of older ones."""
        for state in states:
            self.states[state.provider, state.operation] = state
            if state.operation == ALL_OPERATIONS:
                until = 0.0 if state.ended else state.until
                metrics.BENCHED_UNTIL.labels(state.provider).set(until)

    def on(self, provider: ProviderName, operation: str) -> list[BenchState]:
        """Return the states that concern an operation of a provider."""
        names = {PAUSE, ALL_OPERATIONS, operation}
        states = (self.states.get((provider, name)) for name in names)
        return [state for state in states if state is not None]

    def wait_seconds(self, provider: ProviderName, operation: str) -> float:
        """Return how long not to ask; 0 when nothing is known."""
        now = self.now()
        waits = [
            state.until - now if state.operation != PAUSE else math.inf
            for state in self.on(provider, operation)
            if state.is_in_force(now)
        ]
        return max(waits, default=0.0)


class KnownCapabilities:
    """
    What the accounts of this worker may call, as far as it has learnt.

    Args:
        now: seconds of the epoch.
    """

    def __init__(self, now: Callable[[], float]) -> None:
        self._now = now
        self.learnt: dict[tuple[ProviderName, str], Learnt] = {}

    def known(self, provider: ProviderName, capability: str) -> bool | None:
        """Return whether it is open; None when nobody knows (any more)."""
        learnt = self.learnt.get((provider, capability))
        if learnt is None or learnt.is_over(self._now()):
            return None
        return learnt.is_open


class Patience:
    """What the latest answers of one provider say of how long to wait for the next."""

    def __init__(self) -> None:
        self._took: deque[float] = deque(maxlen=REMEMBERED)

    def answered(self, seconds: float) -> None:
        """Remember how long an answer took."""
        self._took.append(seconds)

    def seconds(self, *, silent: bool) -> float:
        """
        Return how long to wait for an answer.

        Args:
            silent: the latest call went without one.
        """
        least = AFTER_SILENCE_SECONDS if silent else FIRST_SECONDS
        return max(least, TIMES_SLOWEST * max(self._took, default=0.0))


class Reach:
    """
    One provider as this worker's network reaches it.

    A bench is for all workers and comes from what a provider says. This is for one
    worker alone, since the fault may be its own network's: the others go on.

    Args:
        time_scale: of the providers' clock, as their benches have it.
    """

    def __init__(
        self,
        provider: ProviderName,
        time_scale: float = 1.0,
        *,
        clock: Callable[[], float] = monotonic,
    ) -> None:
        self._provider = provider
        self._first = FIRST_PAUSE_SECONDS / time_scale
        self._longest = LONGEST_PAUSE_SECONDS / time_scale
        self._clock = clock
        self._patience = Patience()
        self._silent = 0
        self._pause = 0.0
        self._until = 0.0
        self._tries = False
        self._gauge = metrics.PROVIDER_REACHABLE.labels(provider)
        self._gauge.set(1)

    @property
    def call_seconds(self) -> float:
        """How long a call may go without its answer before it counts as silent."""
        return self._patience.seconds(silent=self._silent > 0)

    @property
    def again_seconds(self) -> float:
        """How long after its silence a call's answer is looked for again."""
        return max(self._first, self.pause_seconds)

    @property
    def pause_seconds(self) -> float:
        """How long it is left alone from now on; 0 where it may be asked."""
        return max(0.0, self._until - self._clock()) if self._pause else 0.0

    def wait_seconds(self) -> float:
        """Return how long not to ask; 0 lets one call through after each pause."""
        if not self._pause:
            return 0.0
        left = self._until - self._clock()
        if left > 0:
            return left
        # who asks now finds out for all others, who come back soon to hear of it
        self._tries = True
        self._until = self._clock() + self._first
        return 0.0

    def answered(self, seconds: float = 0.0) -> None:
        """Learn that something came back, whatever it was, after so many seconds."""
        self._patience.answered(seconds)
        self._silent = 0
        if not self._pause:
            return
        self._pause = 0.0
        self._tries = False
        self._gauge.set(1)
        log.info(
            "Provider is reached again",
            event_name="enrichment.lookup.reached",
            provider=self._provider,
        )

    def was_silent(self) -> None:
        """Learn that a call got nothing back in time, not even a connection."""
        self._silent += 1
        if self._pause and not self._tries:
            return  # it was under way when the pause began
        if not self._pause and self._silent < SILENT_CALLS:
            return
        self._tries = False
        self._pause = min(2 * self._pause or self._first, self._longest)
        self._until = self._clock() + self._pause
        self._gauge.set(0)
        log.warning(
            "Provider is not reached: it is left alone, the others go on",
            event_name="enrichment.lookup.unreachable",
            provider=self._provider,
            silent_calls=self._silent,
            seconds=self._pause,
        )


class Level(StrEnum):
    """How near the month's spending is to its budget."""

    WITHIN = "within"
    WARN = "warn"
    SLOW = "slow"
    STOP = "stop"


class MonthlyBudget:
    """
    Says when a provider that costs money must wait.

    Args:
        usd_per_call: providers missing here cost nothing and never wait.
        usd: for all providers together; None or 0 for no guard.
    """

    def __init__(
        self,
        usd_per_call: Mapping[ProviderName, float] = MappingProxyType({}),
        usd: float | None = None,
        now: Callable[[], datetime] = lambda: datetime.now(UTC),
    ) -> None:
        self._usd_per_call = usd_per_call
        self._usd = usd
        self._now = now
        # of the month as it was last learnt, and ours since then
        self._month_usd = 0.0
        self._since_usd = 0.0
        self.level = Level.WITHIN

    def called(self, provider: ProviderName) -> float:
        """Count one call; return what it cost."""
        usd = self._usd_per_call.get(provider, 0.0)
        self._since_usd += usd
        self._judge()
        return usd

    def learn(self, month_usd: float, since_usd: float) -> None:
        """Learn what all workers have spent this month, and we since then."""
        self._month_usd, self._since_usd = month_usd, since_usd
        self._judge()

    def wait_seconds(self, provider: ProviderName, lane: Lane) -> float:
        """Return how long the provider must not be paid for work of this lane."""
        if not self._usd_per_call.get(provider) or self.level is Level.WITHIN:
            return 0.0
        if self.level is Level.STOP:
            return (_next_month(self._now()) - self._now()).total_seconds()
        if self.level is Level.SLOW and lane is not Lane.MAIN:
            return SLOW_WAIT.total_seconds()
        return 0.0

    def _judge(self) -> None:
        """Find the level; while the month cannot be learnt, ours alone is added."""
        month_usd = self._month_usd + self._since_usd
        level = level_of(month_usd, self._usd)
        if level is not self.level and level is not Level.WITHIN:
            log.warning(
                "Monthly budget is nearly spent"
                if level is not Level.STOP
                else "Monthly budget is spent: providers that cost money wait",
                event_name="enrichment.lookup.monthly_budget",
                level=level,
                spent_usd=round(month_usd, 2),
                budget_usd=self._usd,
            )
        self.level = level


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
