"""Last.fm's limit, for each key of its API."""

from provider_simulator.limiters import LeakyBucket, Refusal, RefusalKind


class LastfmLimiter:
    """Five a second, averaged over five minutes, per API key."""

    def __init__(self, per_second: float, window_seconds: float) -> None:
        self._per_second = per_second
        self._capacity = per_second * window_seconds
        self._buckets: dict[str, LeakyBucket] = {}

    def take(self, api_key: str, now: float) -> Refusal | None:
        """Count one call of an API key."""
        bucket = self._buckets.setdefault(
            api_key, LeakyBucket(self._per_second, self._capacity)
        )
        wait = bucket.take(now)
        if wait > 0:
            return Refusal(RefusalKind.RATE, wait, "key", int(self._capacity))
        return None
