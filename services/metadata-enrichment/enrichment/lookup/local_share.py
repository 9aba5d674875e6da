"""What one worker may ask while Redis is away: a small share of the allowance; pure."""

from enrichment.lookup.limits import Limits


class LocalShare:
    """
    One provider's allowance divided by the workers there may be at most; pure.

    Times are seconds on any clock that only goes forward.

    Args:
        draw: 0..1, from a source of chance: workers begin apart from each other.
    """

    def __init__(self, limits: Limits, max_workers: int, draw: float) -> None:
        self._pace = limits.slowest_pace() * max_workers
        self._longest_window = limits.longest_window
        self._max_workers = max_workers
        self._draw = draw
        self._next_at: float | None = None
        self._left: int | None = None
        self.last_turn: float | None = None

    def begin(self, now: float, remaining: int | None) -> None:
        """
        Start on the share: what others took a moment ago must leave the window first.

        Args:
            remaining: calls that the whole cluster had left when Redis was last seen.
        """
        first_at = now + self._longest_window + self._draw * self._pace
        self._next_at = max(first_at, self._next_at or first_at)
        self._left = None if remaining is None else remaining // self._max_workers

    def take(self, now: float, max_wait: float) -> tuple[bool, float]:
        """Say whether there is a turn within `max_wait`, and the seconds until it."""
        if self._next_at is None:
            raise ValueError("begin comes first")
        wait = max(0.0, self._next_at - now)
        if self._left is not None and self._left < 1:
            return False, max(wait, self._pace)
        if wait > max_wait:
            return False, wait
        self.last_turn = now + wait
        self._next_at = self.last_turn + self._pace
        if self._left is not None:
            self._left -= 1
        return True, wait
