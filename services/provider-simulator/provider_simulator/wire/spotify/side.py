"""Spotify, as it is simulated."""

from provider_simulator.limiters import Refusal
from provider_simulator.settings import Settings
from provider_simulator.side import Limiter, Side
from provider_simulator.wire import Asked, Query
from provider_simulator.wire.spotify.entries import SpotifyTrack
from provider_simulator.wire.spotify.hostile import HOSTILE
from provider_simulator.wire.spotify.limiter import SpotifyLimiter
from provider_simulator.wire.spotify.odd import ODD
from provider_simulator.wire.spotify.settings import SpotifySettings
from provider_simulator.wire.spotify.wire import SpotifyWire
from provider_simulator.wire.spotify.writing import write


def _limiter(settings: Settings) -> Limiter:
    own = settings.of(SpotifySettings)
    limiter = SpotifyLimiter(own.window_calls, own.window_seconds, own.day_calls)

    def take(asked: Asked, _: Query, now: float) -> Refusal | None:
        is_token = asked.operation == "token"
        return None if is_token else limiter.take(asked.operation, now)

    return take


def _page(track: SpotifyTrack) -> tuple[str, str]:
    return "free streaming", f"https://open.spotify.com/track/{track.id}"


SIDE = Side(
    settings=SpotifySettings(),
    wire=SpotifyWire,
    limiter=_limiter,
    # isrcs: tracks that tell theirs
    shares={
        "full": {"known": 1.0, "isrcs": 1.0},
        "festival": {"known": 0.95, "isrcs": 0.995},
        "charts": {"known": 0.99, "isrcs": 0.995},
    },
    write=write,
    page=_page,
    hostile=HOSTILE,
    odd=ODD,
)
