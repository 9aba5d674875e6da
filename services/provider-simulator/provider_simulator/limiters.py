"""
The shapes of limits; each provider's limiter is in its folder and made of these.

Pure state machines on simulated time: `take` counts one call and says whether it is
refused. Two shapes with the same average refuse different calls, so no shape here
replaces another.
"""

import math
from collections import deque
from dataclasses import dataclass
from enum import StrEnum


class RefusalKind(StrEnum):
    """Why a provider will not answer now."""

    RATE = "rate"
    QUOTA = "quota"


@dataclass(frozen=True, slots=True)
class Refusal:
    """
    A call refused.

    Args:
        retry_after: simulated seconds until one call passes, as the provider says it.
        zone: which of its limits was met (MusicBrainz prints it).
        limit: the number that limit allows.
    """

    kind: RefusalKind
    retry_after: float
    zone: str = ""
    limit: int = 0


class WeightedAverage:
    """
    An exponentially weighted average per key (metabrainz/ratelimit-server).

    One call counts 1. Strict: a refused call counts too, so who hammers stays refused.
    """

    def __init__(self, limit: float, period: float, *, strict: bool) -> None:
        self.limit = limit
        self._period = period
        self._strict = strict
        self._state: dict[str, tuple[float, float]] = {}

    def take(self, key: str, now: float) -> bool:
        """Count one call of the key; true when it is over the limit."""
        if key not in self._state:
            self._state[key] = (now, 0.0)
            return False
        last, before = self._state[key]
        rate = self._averaged(now - last, before)
        over = rate >= self.limit
        if self._strict or not over:
            self._state[key] = (now, rate)
        return over

    def rate(self, key: str) -> float:
        """Return the average after the key's last counted call, per period."""
        return self._state.get(key, (0.0, 0.0))[1]

    def _averaged(self, elapsed: float, before: float) -> float:
        # As elapsed goes to 0, (1 - exp(-i)) / i goes to 1: a call at once counts 1.
        i = max(elapsed, 1e-9) / self._period
        decay = math.exp(-i)
        return -math.expm1(-i) / i + decay * before


class RollingWindow:
    """At most `limit` calls in any `seconds`; refused calls do not count."""

    def __init__(self, limit: int, seconds: float) -> None:
        self.limit = limit
        self._seconds = seconds
        self._counted: deque[float] = deque()

    def wait(self, now: float) -> float:
        """Return how many seconds until one call fits; 0 if it fits now."""
        while self._counted and self._counted[0] <= now - self._seconds:
            self._counted.popleft()
        if len(self._counted) < self.limit:
            return 0.0
        if not self.limit:
            return self._seconds
        leaves_first = self._counted[len(self._counted) - self.limit]
        return leaves_first + self._seconds - now

    def count(self, now: float) -> None:
        """Count one call."""
        self._counted.append(now)


class RollingWindows:
    """A rolling window for each key, an address for example."""

    def __init__(self, limit: int, seconds: float) -> None:
        self._limit = limit
        self._seconds = seconds
        self._windows: dict[str, RollingWindow] = {}

    def take(self, key: str, now: float) -> Refusal | None:
        """Count one call, unless it is refused."""
        window = self._windows.setdefault(
            key, RollingWindow(self._limit, self._seconds)
        )
        wait = window.wait(now)
        if wait > 0:
            return Refusal(RefusalKind.RATE, wait, key, self._limit)
        window.count(now)
        return None


class LeakyBucket:
    """Fills by 1 a call, leaks `per_second`, overflows at `capacity`."""

    def __init__(self, per_second: float, capacity: float) -> None:
        self._per_second = per_second
        self._capacity = capacity
        self._level = 0.0
        self._last = 0.0

    def take(self, now: float) -> float:
        """Count one call; give 0, or the seconds until one would fit."""
        leaked = (now - self._last) * self._per_second
        self._level = max(0.0, self._level - leaked)
        self._last = now
        if self._level + 1 > self._capacity:
            return (self._level + 1 - self._capacity) / self._per_second
        self._level += 1
        return 0.0
