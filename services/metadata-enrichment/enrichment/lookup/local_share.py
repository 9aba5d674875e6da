"""What one worker may ask while Redis is away: a small share of the allowance; pure."""

import math

from enrichment.lookup.limits import Limits

# Workers that do not hear of each other may all ask at a window's both ends: with less
# than the whole allowance among them, no window is over it even then.
CAUTION = 0.8


class LocalShare:
    """
    One provider's allowance divided by the workers there may be at most; pure.

    Times are seconds on any clock that only goes forward.

    Args:
        draw: 0..1, from a source of chance: workers begin apart from each other.
    """

    def __init__(self, limits: Limits, max_workers: int, draw: float) -> None:
        self._pace = limits.slowest_pace() * max_workers / CAUTION
        self._longest_window = limits.longest_window
        self._max_workers = max_workers
        self._draw = draw
        self._next_at = 0.0
        self._left: int | None = None
        self._since: float | None = None
        self._seen_away_at = 0.0

    def away(self, now: float, remaining: int | None) -> None:
        """
        Note that Redis did not answer; the first time begins the share.

        What others took a moment ago must leave the windows before the first turn.

        Args:
            remaining: calls of the quota that the cluster had left when last seen.
        """
        self._seen_away_at = now
        if self._since is not None:
            return
        self._since = now
        first_at = now + self._longest_window + self._draw * self._pace
        self._next_at = max(first_at, self._next_at)
        self._left = None if remaining is None else remaining // self._max_workers

    def back(self) -> None:
        """Note that the shared budget is in use again."""
        self._since = None

    @property
    def last_turn_of_any(self) -> float | None:
        """
        When some worker may have had its last local turn; None if none can have.

        Ours is not all: others find Redis back a little later, and tell later.
        """
        if (
            self._since is None
            or self._seen_away_at < self._since + self._longest_window
        ):
            return None
        return self._seen_away_at

    def wait(self, now: float) -> float:
        """Say in how many seconds the next turn is; infinite when none is left."""
        if self._left is not None and self._left < 1:
            return math.inf
        return max(0.0, self._next_at - now)

    def use(self, now: float) -> None:
        """Have the turn that is due."""
        self._next_at = now + self._pace
        if self._left is not None:
            self._left -= 1
