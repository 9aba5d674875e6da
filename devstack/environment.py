"""What a private run leaves out of its environment: servers and settings of others.

An operator's shell names the real servers and accounts. A demo, a test or a benchmark
on private servers must neither use them nor hand them on to its processes.
"""

import os
import re
from collections.abc import Mapping, MutableMapping

# Every variable of .env.example but LOG_LEVEL, and what client libraries read by
# themselves: libpq's PGHOST and its like, redis-cli's REDISCLI_AUTH.
_NAMED = re.compile(
    r"""
    (ENRICHMENT|DATABASE|POSTGRES|REDIS|RABBITMQ|PROMETHEUS|ALERTMANAGER|GRAFANA)_.*
    | (ANALYST|SERVICE|WORKER|QUEUE_INIT)_(DB|DATABASE|REDIS|RABBITMQ)_.*
    | (SPOTIFY|MUSICBRAINZ|LASTFM|DEEZER|RECCOBEATS|LISTENBRAINZ|DISCOGS)_.*
    | (PROVIDER|API|CACHE_TTL)_.*
    | (SCRAPER|CRAWL|MIXESDB|TRACKLISTS1001)_.*
    | (QUEUE_NAME|PREFETCH_COUNT|ENABLE_ENRICHMENT_QUEUE|METADATA_ENRICHMENT_PORT
       |TLS_CA_FILE|BIND_ADDRESS|TRACKLISTS_FOLDER)(_FILE)?
    | PG[A-Z]+ | REDISCLI_AUTH
    """,
    re.VERBOSE | re.IGNORECASE,
)
# Whom a private run asks unless it says otherwise: its rows and calls are compared.
COMPARED_PROVIDERS = "spotify,musicbrainz,lastfm"
_LOOPBACK = ("127.0.0.1", "localhost")


def private_environment(environ: Mapping[str, str]) -> dict[str, str]:
    """Return an environment without named servers, accounts and settings of ours.

    All else stays. Where proxies are named, the loopback is reached without them.
    """
    kept = {name: text for name, text in environ.items() if not _NAMED.fullmatch(name)}
    # a file beside us names servers and accounts, too
    kept["ENRICHMENT_ENV_FILE"] = ""
    kept["ENRICHMENT_PROVIDERS"] = COMPARED_PROVIDERS
    if any(name.lower().endswith("_proxy") for name in kept):
        spared = kept.get("no_proxy") or kept.get("NO_PROXY", "")
        hosts = [*filter(None, spared.split(",")), *_LOOPBACK]
        kept["no_proxy"] = kept["NO_PROXY"] = ",".join(dict.fromkeys(hosts))
    return kept


def forget_named_servers(environ: MutableMapping[str, str] = os.environ) -> None:
    """Make this process's environment private, and so that of all its children."""
    kept = private_environment(environ)
    for name in [name for name in environ if name not in kept]:
        del environ[name]
    environ.update(kept)
