"""Settings turned into parts: providers, allowances, lifetimes."""

import ssl
from collections.abc import Mapping, Sequence
from dataclasses import replace
from datetime import timedelta
from functools import partial
from hashlib import sha256

from enrichment.app.settings import Settings
from enrichment.contract import metrics
from enrichment.errors import ConfigurationError
from enrichment.lookup.bench.states import LADDER_SECONDS
from enrichment.lookup.cache.freshness import LIFETIMES, Lifetime
from enrichment.lookup.capabilities import Capabilities
from enrichment.lookup.ratelimit.limits import Limits, default_limits
from enrichment.lookup.redis_link import RedisLink
from enrichment.lookup.spending import Spending
from enrichment.lookup.token_store import RedisTokenStore
from enrichment.model import ProviderName
from enrichment.providers import Provider
from enrichment.providers.calls import CallObserver, CallReport
from enrichment.providers.http.sender import HttpSender, trusted_authorities
from enrichment.providers.lastfm.provider import LastFm
from enrichment.providers.musicbrainz.provider import MusicBrainz
from enrichment.providers.spotify.provider import Spotify
from enrichment.providers.spotify.token import SpotifyAuthorizer

# A call may be so late after its turn (network, a busy worker), seconds.
LATE_SECONDS = 0.25


def require_credentials(settings: Settings) -> None:
    """
    Check what can be checked before consuming.

    Raises:
        ConfigurationError: naming each variable that is not set, and the way around.
    """
    missing = settings.missing_credentials()
    if missing:
        raise ConfigurationError(
            f"not set: {', '.join(missing)}. Set them (or <NAME>_FILE), or leave the"
            " provider out: ENRICHMENT_PROVIDERS=musicbrainz,…"
        )


class CallMetrics(CallObserver):
    """
    Counts every try of a provider call.

    Args:
        usd_per_call: of every enabled provider. Their series begin here, at zero: a
            success that has never happened must be seen as none, not as nothing.
    """

    def __init__(
        self, usd_per_call: Mapping[ProviderName, float], spending: Spending
    ) -> None:
        self._usd_per_call = usd_per_call
        self._spending = spending
        for name in usd_per_call:
            for status in ("success", "rate_limited", "error"):
                metrics.API_CALLS.labels(name, status)
            metrics.API_SECONDS.labels(name)
            metrics.API_COST_USD.labels(name)
            metrics.CACHE_HITS.labels(name)
            metrics.CACHE_MISSES.labels(name)
            metrics.COALESCED.labels(name)
            metrics.TURNS_MISSED.labels(name)
            metrics.QUESTIONS_PER_CALL.labels(name)
            for verdict in ("accept", "ambiguous", "none"):
                metrics.MATCHES.labels(name, verdict)
            metrics.BENCHED_UNTIL.labels(name)

    def called(self, report: CallReport) -> None:
        """Count one try; a token, and what was not sent, cost nothing."""
        if report.sent and report.operation != "token":
            refused = report.status == "rate_limited"
            self._spending.called(report.provider, refused=refused)
        if report.sent:
            metrics.API_COST_USD.labels(report.provider).inc(
                self._usd_per_call.get(report.provider, 0.0)
            )
        metrics.API_CALLS.labels(report.provider, report.status).inc()
        metrics.API_SECONDS.labels(report.provider).observe(report.seconds)
        if report.error_type is not None:
            metrics.API_ERRORS.labels(
                report.provider, report.error_type, str(report.http_status or "none")
            ).inc()


def providers(
    settings: Settings, capabilities: Capabilities | None = None
) -> dict[ProviderName, Provider]:
    """
    Make the enabled providers; their credentials have been checked.

    Args:
        capabilities: what our accounts may call, for those who are to be asked.
    """
    allowed = capabilities.known if capabilities is not None else _nobody_knows
    made: dict[ProviderName, Provider] = {}
    for name in settings.enrichment_providers:
        if name is ProviderName.SPOTIFY:
            made[name] = Spotify(
                settings.spotify_base_url, allowed=partial(allowed, name)
            )
        elif name is ProviderName.MUSICBRAINZ:
            made[name] = MusicBrainz(
                settings.musicbrainz_user_agent or "",
                settings.musicbrainz_base_url,
                search_batch=settings.musicbrainz_search_batch,
                isrc_batch=settings.musicbrainz_isrc_batch,
            )
        else:
            key = settings.lastfm_api_key
            made[name] = LastFm(
                key.get_secret_value() if key else "", settings.lastfm_base_url
            )
    return made


def addresses(settings: Settings, provider: ProviderName) -> tuple[str, ...]:
    """Return every address that a worker asks for a provider."""
    if provider is ProviderName.SPOTIFY:
        return settings.spotify_base_url, settings.spotify_token_url
    if provider is ProviderName.MUSICBRAINZ:
        return (settings.musicbrainz_base_url,)
    return (settings.lastfm_base_url,)


def _nobody_knows(provider: ProviderName, capability: str) -> None:
    """Answer for those who only plan or look into the cache."""


def accounts(settings: Settings) -> Mapping[ProviderName, str]:
    """Distinguish the accounts that calls are made with apart, without naming them."""
    client_id = settings.spotify_client_id
    if client_id is None:
        return {}
    account = sha256(client_id.get_secret_value().encode()).hexdigest()[:16]
    return {ProviderName.SPOTIFY: account}


def sender(settings: Settings, link: RedisLink, spending: Spending) -> HttpSender:
    """Return the one HTTP client, with Spotify's shared token."""
    authorizers = {}
    client_id, secret = settings.spotify_client_id, settings.spotify_client_secret
    if client_id is not None and secret is not None:
        account = accounts(settings)[ProviderName.SPOTIFY]
        authorizers[ProviderName.SPOTIFY] = SpotifyAuthorizer(
            client_id.get_secret_value(),
            secret.get_secret_value(),
            RedisTokenStore(link, account),
            token_url=settings.spotify_token_url,
            time_scale=settings.enrichment_time_scale,
        )
    return HttpSender(
        CallMetrics(usd_per_call(settings), spending),
        authorizers=authorizers,
        retries=settings.api_max_retries,
        trust=_trust(settings),
        waits=(
            settings.api_initial_delay / settings.enrichment_time_scale,
            settings.api_max_delay / settings.enrichment_time_scale,
        ),
    )


def _trust(settings: Settings) -> ssl.SSLContext:
    """Return whom to trust for a provider's name. Raises ConfigurationError."""
    try:
        return trusted_authorities(settings.enrichment_ca_file)
    except OSError as error:  # ssl's own errors are of this class too
        raise ConfigurationError(
            f"ENRICHMENT_CA_FILE: cannot read certificates in PEM from"
            f" {settings.enrichment_ca_file}: {error}"
        ) from error


def usd_per_call(settings: Settings) -> Mapping[ProviderName, float]:
    """Return what one call of each enabled provider costs."""
    per_thousand = {
        ProviderName.SPOTIFY: settings.spotify_usd_per_1000_calls,
        ProviderName.MUSICBRAINZ: settings.musicbrainz_usd_per_1000_calls,
        ProviderName.LASTFM: settings.lastfm_usd_per_1000_calls,
    }
    return {name: per_thousand[name] / 1000 for name in settings.enrichment_providers}


def limits(settings: Settings) -> Mapping[ProviderName, Limits]:
    """Return the allowances, as fast as the clock that the providers run on."""
    scale = settings.enrichment_time_scale
    real = default_limits(
        musicbrainz_spacing=settings.musicbrainz_spacing_seconds,
        spotify_per_30_seconds=settings.spotify_calls_per_30_seconds,
        spotify_per_day=settings.spotify_calls_per_day,
        lastfm_spacing=settings.lastfm_spacing_seconds,
        # lateness is our own and not scaled
        late=LATE_SECONDS * scale,
    )
    return {name: limit.scaled(scale) for name, limit in real.items()}


def ladder(settings: Settings) -> Sequence[float]:
    """Return the bench's rungs in seconds, scaled as the limits are."""
    return [s / settings.enrichment_time_scale for s in LADDER_SECONDS]


def cache_lifetimes(settings: Settings) -> Mapping[ProviderName, Lifetime]:
    """Return the lifetimes of remembered answers."""
    days = {
        ProviderName.SPOTIFY: settings.cache_ttl_spotify_days,
        ProviderName.MUSICBRAINZ: settings.cache_ttl_musicbrainz_days,
        ProviderName.LASTFM: settings.cache_ttl_lastfm_days,
    }
    return {
        name: replace(LIFETIMES[name], fresh=timedelta(days=fresh))
        for name, fresh in days.items()
    }
