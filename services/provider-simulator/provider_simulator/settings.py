"""How strict, how slow and how ill-tempered the providers are: numbers with units."""

from collections.abc import Mapping
from dataclasses import dataclass, fields, replace
from typing import Any, ClassVar, Protocol, TypeVar


class _Dataclass(Protocol):
    __dataclass_fields__: ClassVar[dict[str, Any]]


T = TypeVar("T", bound=_Dataclass)


@dataclass(frozen=True, slots=True)
class Settings:
    """
    Everything about the providers' behaviour that is not their world of tracks.

    Args:
        seed: of every random choice at run time (jitter, shedding, faults).
        latency: factor on all latencies; 0 answers at once.
        spotify_extended: the app has extended quota: batches, 50 a search, all fields.
        spotify_window_calls: calls allowed per rolling `spotify_window_seconds`.
        spotify_day_calls: calls per rolling day and endpoint group.
        spotify_plain_text_share: share of refusals that are plain text, not JSON.
        spotify_no_retry_after_share: share of refusals by the 30-second window that
            come without Retry-After.
        spotify_query_chars: a longer `q` is refused with 400.
        spotify_padding: fill a short page of a search by names with near names.
        musicbrainz_shed_share: share of allowed calls shed with "busy".
        musicbrainz_search_shed_share: the same for searches (zone search-global).
        musicbrainz_overlap_seconds: extra latency, between these two, of a call made
            while another of the same address runs; (0, 0) is none, measured is (6, 14).
        musicbrainz_url_chars: a longer request line is refused with 414.
        lastfm_calls_per_second, lastfm_window_seconds: a leaky bucket of their product.
        fractional_retry_after: send Retry-After with decimals. Off, it is what HTTP
            allows: whole real seconds, rounded up, at least 1 (so a scaled clock makes
            short waits longer than asked, never shorter).
    """

    seed: int = 7
    latency: float = 1.0
    spotify_latency_seconds: float = 0.08
    musicbrainz_latency_seconds: float = 0.15
    lastfm_latency_seconds: float = 0.12
    spotify_extended: bool = False
    spotify_window_calls: int = 90
    spotify_window_seconds: float = 30.0
    spotify_day_calls: int = 2_000
    spotify_plain_text_share: float = 0.0
    spotify_no_retry_after_share: float = 0.0
    spotify_query_chars: int = 250
    spotify_padding: bool = False
    musicbrainz_shed_share: float = 0.0
    musicbrainz_search_shed_share: float = 0.0
    musicbrainz_overlap_seconds: tuple[float, float] = (0.0, 0.0)
    musicbrainz_url_chars: int = 6_500
    lastfm_calls_per_second: float = 5.0
    lastfm_window_seconds: float = 300.0
    fractional_retry_after: bool = False


def changed(settings: T, values: Mapping[str, object]) -> T:
    """Change some settings by name; raises `ValueError` with the reason."""
    defaults = {field.name: field.default for field in fields(settings)}
    checked: dict[str, Any] = {}
    for name, value in values.items():
        if name not in defaults:
            raise ValueError(f"no setting is called {name}")
        wanted = type(defaults[name])
        # JSON has no tuples and writes whole numbers without a point.
        given = tuple(value) if isinstance(value, list) else value
        if wanted is float and isinstance(given, int) and not isinstance(given, bool):
            given = float(given)
        if type(given) is not wanted:
            raise ValueError(f"{name} must be of type {wanted.__name__}")
        checked[name] = given
    return replace(settings, **checked)
