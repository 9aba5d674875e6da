"""MusicBrainz' limits, as its gateway counts them (metabrainz/ratelimit-server)."""

from provider_simulator.limiters import Refusal, RefusalKind, WeightedAverage


class MusicBrainzLimiter:
    """Per User-Agent family, then per address, then all: the first one over refuses."""

    # User-Agents that name nobody share one allowance (facts: ratelimit-server).
    _GENERIC = ("java/", "python-urllib/", "jakarta commons-httpclient/")

    def __init__(self, address_calls: float = 22.0, all_calls: float = 2_500.0) -> None:
        self._generic = WeightedAverage(100, 10.0, strict=False)
        self._address = WeightedAverage(address_calls, 20.0, strict=True)
        self._global = WeightedAverage(all_calls, 10.0, strict=False)

    def take(self, address: str, user_agent: str, now: float) -> Refusal | None:
        """Count one call."""
        if self._is_generic(user_agent) and self._generic.take("generic-bad", now):
            return Refusal(RefusalKind.RATE, 1.0, "ws ua=generic-bad", 100)
        if self._address.take(address, now):
            return Refusal(
                RefusalKind.RATE, 1.0, f"ws ip={address}", int(self._address.limit)
            )
        if self._global.take("all", now):
            return Refusal(RefusalKind.RATE, 1.0, "ws global", int(self._global.limit))
        return None

    def _is_generic(self, user_agent: str) -> bool:
        blank = not user_agent.strip(" -")
        return blank or user_agent.lower().startswith(self._GENERIC)
