"""Spotify's limits: a short rolling window, and a day for each group of endpoints."""

from provider_simulator.limiters import Refusal, RefusalKind, RollingWindow


class SpotifyLimiter:
    """A rolling 30 s for the account, a rolling day for each group of endpoints."""

    _DAY_SECONDS = 86_400.0

    def __init__(
        self, window_calls: int, window_seconds: float, day_calls: int
    ) -> None:
        self._window = RollingWindow(window_calls, window_seconds)
        self._day_calls = day_calls
        self._days: dict[str, RollingWindow] = {}

    def take(self, group: str, now: float) -> Refusal | None:
        """Count one call of an endpoint group."""
        day = self._days.setdefault(
            group, RollingWindow(self._day_calls, self._DAY_SECONDS)
        )
        quota_wait = day.wait(now)
        if quota_wait > 0:
            return Refusal(RefusalKind.QUOTA, quota_wait, group, day.limit)
        rate_wait = self._window.wait(now)
        if rate_wait > 0:
            return Refusal(RefusalKind.RATE, rate_wait, "window", self._window.limit)
        day.count(now)
        self._window.count(now)
        return None
