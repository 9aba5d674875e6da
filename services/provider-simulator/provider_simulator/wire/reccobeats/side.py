"""ReccoBeats, as it is simulated: of written facts, no answer of it was recorded."""

from dataclasses import dataclass

from provider_simulator.limiters import Refusal, RollingWindows
from provider_simulator.odd_answers import Odd
from provider_simulator.settings import ProviderSettings, Settings
from provider_simulator.side import Limiter, Side
from provider_simulator.wire import Asked, Query
from provider_simulator.wire.reccobeats.wire import ReccoBeatsWire
from provider_simulator.wire.reccobeats.writing import HOSTILE, write


@dataclass(frozen=True, slots=True)
class ReccoBeatsSettings(ProviderSettings):
    """
    What may be set of ReccoBeats; it publishes no limit, others ask 1 or 2 a second.

    Args:
        window_calls: calls allowed per rolling `window_seconds`, for each address.
    """

    latency_seconds: float = 0.3
    window_calls: int = 20
    window_seconds: float = 10.0


def _limiter(settings: Settings) -> Limiter:
    own = settings.of(ReccoBeatsSettings)
    windows = RollingWindows(own.window_calls, own.window_seconds)

    def take(_: Asked, query: Query, now: float) -> Refusal | None:
        return windows.take(query.peer, now)

    return take


SIDE = Side(
    settings=ReccoBeatsSettings(),
    wire=ReccoBeatsWire,
    limiter=_limiter,
    shares={
        "full": {"known": 1.0},
        "festival": {"known": 0.75},
        "charts": {"known": 0.90},
    },
    write=write,
    # its address of a track is Spotify's
    links=True,
    hostile=HOSTILE,
    odd=Odd(rows=("content",)),
)
