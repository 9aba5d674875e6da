"""Spotify: what it gives, under which terms, how often it may be asked."""

from datetime import date, timedelta
from typing import Annotated

from pydantic import Field, SecretStr

from enrichment.providers.allowance import Limits, Quota, Window
from enrichment.providers.calls import Authorizer
from enrichment.providers.pages import LANGUAGE, Pages
from enrichment.providers.spec import (
    Allowed,
    Gives,
    LicenceClass,
    Operation,
    ProviderSettings,
    ProviderSpec,
    Terms,
    WebAddress,
)
from enrichment.providers.spotify.provider import BASE_URL, Capability, Spotify
from enrichment.providers.spotify.read import SPOTIFY
from enrichment.providers.spotify.token import SpotifyAuthorizer
from enrichment.providers.tokens import TokenStore

_BOUND = LicenceClass.TERMS_BOUND


class SpotifySettings(ProviderSettings):
    """
    What an operator may set of Spotify.

    Args:
        calls_per_30_seconds, calls_per_day: the allowance of all workers.
    """

    client_id: SecretStr | None = None
    client_secret: SecretStr | None = None
    base_url: WebAddress = BASE_URL
    token_url: WebAddress = "https://accounts.spotify.com/api/token"  # noqa: S105 (an address)
    calls_per_30_seconds: Annotated[int, Field(ge=1)] = 60
    calls_per_day: Annotated[int, Field(ge=1)] = 2000
    cache_ttl_days: Annotated[float, Field(ge=1, le=90)] = 7


def _limits(settings: SpotifySettings, late: float) -> Limits:
    """
    Return the allowance: a rolling window and a rolling day, both unpublished.

    https://developer.spotify.com/documentation/web-api/concepts/rate-limits
    """
    window = Window(settings.calls_per_30_seconds, 30.0 + late)
    return Limits((window,), Quota(settings.calls_per_day))


def _make(settings: SpotifySettings, allowed: Allowed) -> Spotify:
    return Spotify(settings.base_url, allowed=allowed)


def _account(settings: SpotifySettings) -> str | None:
    return settings.client_id.get_secret_value() if settings.client_id else None


def _authorizer(
    settings: SpotifySettings, tokens: TokenStore, time_scale: float
) -> Authorizer | None:
    if settings.client_id is None or settings.client_secret is None:
        return None
    return SpotifyAuthorizer(
        settings.client_id.get_secret_value(),
        settings.client_secret.get_secret_value(),
        tokens,
        token_url=settings.token_url,
        time_scale=time_scale,
    )


SPEC = ProviderSpec(
    name=SPOTIFY,
    title="Spotify",
    terms=Terms(
        licence=_BOUND,
        url="https://developer.spotify.com/terms",
        read_on=date(2026, 10, 1),
        notice="Spotify's values: name Spotify as their source, link to the track"
        " on open.spotify.com, keep no copy beyond its terms"
        " (developer.spotify.com/terms).",
        longest_cache_days=30,
    ),
    fields={
        "isrc": Gives(0.95, _BOUND, why="labels deliver it to Spotify"),
        "spotify_id": Gives(
            0.99,
            _BOUND,
            read="id",
            why="nobody knows an id better than who gives it out",
        ),
        "duration_ms": Gives(0.95, _BOUND, why="measured"),
        "release_date": Gives(
            0.88, _BOUND, why="of the album at hand, which may be a later one"
        ),
        "album": Gives(0.85, _BOUND, why="of the entry at hand, often the single"),
        "popularity": Gives(
            0.95, _BOUND, why="Spotify's own; extended quota only, since February 2026"
        ),
        "artwork_url": Gives(0.90, _BOUND, why="large, and of the album"),
    },
    operations=(
        # one call takes several only with extended quota, so that no price rests on it
        Operation("track", identifier="spotify_id", is_priced=False),
        Operation("isrc", identifier="isrc"),
        Operation("search"),
    ),
    settings=SpotifySettings,
    needs=("client_id", "client_secret"),
    limits=_limits,
    make=_make,
    authorizer=_authorizer,
    account=_account,
    capabilities=tuple(Capability),
    call_seconds=0.3,
    # values may outlast a bench of a day, no more
    stale=timedelta(days=1),
    kept_answers=500_000,
    stale_after=timedelta(days=8),
    stale_reason="terms: keep up to date, do not store indefinitely; cached 7 d",
    id_column="spotify_id",
    pages=Pages(
        "open.spotify.com",
        LANGUAGE + r"/track/([0-9A-Za-z]{22})",
        "https://open.spotify.com/track/{}",
        ids=(r"(?:spotify:track:)?([0-9A-Za-z]{22})",),
    ),
    artist_id_column="spotify_id",
    knows_recordings=True,
    dates_albums=True,
    is_expected=True,
)
