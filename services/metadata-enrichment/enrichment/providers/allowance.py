"""What a provider allows, as data: windows of seconds, windows of a day, a reserve."""

import math
from dataclasses import dataclass, replace

# What fresh work is kept free of backlog: Stripe's share for critical traffic.
RESERVE_SHARE = 0.2
# A day is counted in quarters of an hour: 1 % of it is the most that is lost.
DAY_BUCKETS = 96


@dataclass(frozen=True, slots=True)
class Window:
    """
    At most `calls` in any `seconds`, exactly; 1 call in 1.05 s is a spacing.

    Not a token bucket: that would let twice as many into one window.
    """

    calls: int
    seconds: float


@dataclass(frozen=True, slots=True)
class Quota:
    """At most `calls` in any `seconds`, counted in buckets: for a day or longer."""

    calls: int
    seconds: float = 86_400.0
    buckets: int = DAY_BUCKETS


@dataclass(frozen=True, slots=True)
class Limits:
    """
    All that one provider allows; every window and the quota hold at once.

    Args:
        reserve: share that backlog leaves to fresh work while there is any.
    """

    windows: tuple[Window, ...]
    quota: Quota | None = None
    reserve: float = RESERVE_SHARE

    def __post_init__(self) -> None:
        if not self.windows or any(
            shape.calls < 1 or shape.seconds <= 0 for shape in self.shapes
        ):
            raise ValueError("limits need a window, and each shape calls and seconds")
        if not 0 <= self.reserve < 1:
            raise ValueError("the reserve is a share below 1")

    def scaled(self, factor: float) -> "Limits":
        """Return the same for a clock that runs `factor` times as fast."""
        quota = self.quota
        return replace(
            self,
            windows=tuple(replace(w, seconds=w.seconds / factor) for w in self.windows),
            quota=quota and replace(quota, seconds=quota.seconds / factor),
        )

    @property
    def shapes(self) -> tuple[Window | Quota, ...]:
        """Return every window, and the quota where there is one."""
        return (*self.windows, self.quota) if self.quota else self.windows

    @property
    def longest_window(self) -> float:
        """Seconds after which no call in the past matters to any window."""
        return max(window.seconds for window in self.windows)

    def slowest_window_pace(self) -> float:
        """Seconds from call to call at the pace of the tightest window."""
        return max(window.seconds / window.calls for window in self.windows)

    def slowest_pace(self) -> float:
        """Seconds from call to call when every window and the quota are used up."""
        return max(shape.seconds / shape.calls for shape in self.shapes)


@dataclass(frozen=True, slots=True)
class BacklogWindow:
    """
    How much of a window backlog may use: `calls - min(reserve, fresh used)`.

    A spacing is looked at as many windows at once, or its share would be no call.
    """

    calls: int
    seconds: float
    reserve: int


def backlog_window(window: Window, share: float) -> BacklogWindow:
    """Return what backlog must leave of a window."""
    if share == 0:
        return BacklogWindow(window.calls, window.seconds, 0)
    times = math.ceil(1 / (window.calls * share)) if window.calls * share < 1 else 1
    calls = window.calls * times
    return BacklogWindow(calls, window.seconds * times, math.floor(calls * share))
