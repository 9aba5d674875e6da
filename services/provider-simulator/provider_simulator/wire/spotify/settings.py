"""How strict Spotify is."""

from dataclasses import dataclass

from provider_simulator.settings import ProviderSettings


@dataclass(frozen=True, slots=True)
class SpotifySettings(ProviderSettings):
    """
    What may be set of Spotify.

    Args:
        extended: the app has extended quota: batches, 50 a search, all fields.
        window_calls: calls allowed per rolling `window_seconds`.
        day_calls: calls per rolling day and endpoint group.
        plain_text_share: share of refusals that are plain text, not JSON.
        no_retry_after_share: share of refusals by the 30-second window that come
            without Retry-After.
        query_chars: a longer `q` is refused with 400.
        padding: fill a short page of a search by names with near names.
    """

    latency_seconds: float = 0.08
    extended: bool = False
    window_calls: int = 90
    window_seconds: float = 30.0
    day_calls: int = 2_000
    plain_text_share: float = 0.0
    no_retry_after_share: float = 0.0
    query_chars: int = 250
    padding: bool = False
