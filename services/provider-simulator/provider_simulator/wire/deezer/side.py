"""Deezer, as it is simulated."""

from dataclasses import dataclass

from provider_simulator.limiters import Refusal, RollingWindows
from provider_simulator.odd_answers import Odd
from provider_simulator.settings import ProviderSettings, Settings
from provider_simulator.side import Limiter, Side
from provider_simulator.wire import Asked, Query
from provider_simulator.wire.deezer.wire import DeezerWire
from provider_simulator.wire.deezer.writing import HOSTILE, write


@dataclass(frozen=True, slots=True)
class DeezerSettings(ProviderSettings):
    """
    What may be set of Deezer.

    Args:
        window_calls: calls allowed per rolling `window_seconds`, for each address;
            refused ones do not count.
    """

    latency_seconds: float = 0.12
    window_calls: int = 50
    window_seconds: float = 5.0


def _limiter(settings: Settings) -> Limiter:
    own = settings.of(DeezerSettings)
    windows = RollingWindows(own.window_calls, own.window_seconds)

    def take(_: Asked, query: Query, now: float) -> Refusal | None:
        return windows.take(query.peer, now)

    return take


SIDE = Side(
    settings=DeezerSettings(),
    wire=DeezerWire,
    limiter=_limiter,
    shares={
        "full": {"known": 1.0},
        "festival": {"known": 0.93},
        "charts": {"known": 0.99},
    },
    write=write,
    hostile=HOSTILE,
    odd=Odd(rows=("data",)),
)
