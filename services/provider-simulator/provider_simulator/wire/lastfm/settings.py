"""How often Last.fm lets a key ask."""

from dataclasses import dataclass

from provider_simulator.settings import ProviderSettings


@dataclass(frozen=True, slots=True)
class LastfmSettings(ProviderSettings):
    """
    What may be set of Last.fm.

    Args:
        calls_per_second, window_seconds: a leaky bucket of their product.
    """

    latency_seconds: float = 0.12
    calls_per_second: float = 5.0
    window_seconds: float = 300.0
