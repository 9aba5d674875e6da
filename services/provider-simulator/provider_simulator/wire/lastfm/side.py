"""Last.fm, as it is simulated."""

from provider_simulator.limiters import Refusal
from provider_simulator.settings import Settings
from provider_simulator.side import Limiter, Side
from provider_simulator.wire import Asked, Query
from provider_simulator.wire.lastfm.hostile import HOSTILE
from provider_simulator.wire.lastfm.limiter import LastfmLimiter
from provider_simulator.wire.lastfm.odd import ODD
from provider_simulator.wire.lastfm.settings import LastfmSettings
from provider_simulator.wire.lastfm.wire import LastfmWire
from provider_simulator.wire.lastfm.writing import write


def _limiter(settings: Settings) -> Limiter:
    own = settings.of(LastfmSettings)
    limiter = LastfmLimiter(own.calls_per_second, own.window_seconds)

    def take(_: Asked, query: Query, now: float) -> Refusal | None:
        return limiter.take(query.get("api_key"), now)

    return take


SIDE = Side(
    settings=LastfmSettings(),
    wire=LastfmWire,
    limiter=_limiter,
    shares={
        "full": {"known": 1.0},
        "festival": {"known": 0.80},
        "charts": {"known": 0.97},
    },
    write=write,
    hostile=HOSTILE,
    odd=ODD,
)
