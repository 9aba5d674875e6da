"""Settings turned into parts: providers, allowances, lifetimes."""

import ssl
from collections.abc import Mapping, Sequence
from datetime import timedelta
from functools import partial
from hashlib import sha256

from enrichment.app.settings import Settings
from enrichment.contract import metrics
from enrichment.errors import ConfigurationError
from enrichment.lookup.bench.states import LADDER_SECONDS
from enrichment.lookup.cache.freshness import Lifetime
from enrichment.lookup.capabilities import Capabilities
from enrichment.lookup.redis_link import RedisLink
from enrichment.lookup.spending import Spending
from enrichment.lookup.token_store import RedisTokenStore
from enrichment.model import ProviderName
from enrichment.providers import Provider
from enrichment.providers.allowance import Limits
from enrichment.providers.calls import CallObserver, CallReport
from enrichment.providers.http.sender import HttpSender, trusted_authorities
from enrichment.providers.registry import SPECS

# A call may be so late after its time (network, a busy worker), seconds.
LATE_SECONDS = 0.25


def require_credentials(settings: Settings) -> None:
    """
    Check what can be checked before consuming.

    Raises:
        ConfigurationError: naming each variable that is not set, and the way around.
    """
    missing = settings.missing_credentials()
    if missing:
        ready = (
            name
            for name in settings.enrichment_providers
            if not settings.missing_credentials(name)
        )
        raise ConfigurationError(
            f"not set: {', '.join(missing)}. Set them (or <NAME>_FILE), or leave the"
            f" provider out: ENRICHMENT_PROVIDERS={','.join(ready) or '…'}"
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
    return {
        name: SPECS[name].make(settings.providers[name], partial(allowed, name))
        for name in settings.enrichment_providers
    }


def addresses(settings: Settings, provider: ProviderName) -> tuple[str, ...]:
    """Return every address that a worker asks for a provider."""
    asked = settings.providers[provider]
    return tuple(getattr(asked, name) for name in SPECS[provider].address_settings)


def _nobody_knows(provider: ProviderName, capability: str) -> None:
    """Answer for those who only plan or look into the cache."""


def accounts(settings: Settings) -> Mapping[ProviderName, str]:
    """Return what distinguishes the accounts of our calls, without naming them."""
    accounts = {
        name: account
        for name, spec in SPECS.items()
        if (account := spec.account(settings.providers[name])) is not None
    }
    return {
        name: sha256(account.encode()).hexdigest()[:16]
        for name, account in accounts.items()
    }


def sender(settings: Settings, link: RedisLink, spending: Spending) -> HttpSender:
    """Return the one HTTP client, with the tokens that all workers share."""
    accounts_, authorizers = accounts(settings), {}
    for name in settings.enrichment_providers:
        make = SPECS[name].authorizer
        tokens = RedisTokenStore(link, name, accounts_.get(name, ""))
        scale = settings.enrichment_time_scale
        if make and (made := make(settings.providers[name], tokens, scale)):
            authorizers[name] = made
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
    return {
        name: settings.providers[name].usd_per_1000_calls / 1000
        for name in settings.enrichment_providers
    }


def limits(settings: Settings) -> Mapping[ProviderName, Limits]:
    """
    Return the allowances, as fast as the clock that the providers run on.

    What comes late after its time makes the next window fuller, so a window is longer
    by `LATE_SECONDS`. Lateness is our own and not scaled.
    """
    scale = settings.enrichment_time_scale
    return {
        name: spec.limits(settings.providers[name], LATE_SECONDS * scale).scaled(scale)
        for name, spec in SPECS.items()
    }


def ladder(settings: Settings) -> Sequence[float]:
    """Return the bench's rungs in seconds, scaled as the limits are."""
    return [s / settings.enrichment_time_scale for s in LADDER_SECONDS]


def cache_lifetimes(settings: Settings) -> Mapping[ProviderName, Lifetime]:
    """Return the lifetimes of remembered answers."""
    return {
        name: Lifetime(timedelta(days=given.cache_ttl_days), SPECS[name].stale)
        for name, given in settings.providers.items()
    }
