"""Last.fm: what it gives, under which terms, how often it may be asked."""

from datetime import date, timedelta
from typing import Annotated

from pydantic import Field, SecretStr

from enrichment.providers.allowance import Limits, Window
from enrichment.providers.lastfm.provider import BASE_URL, METHODS, LastFm
from enrichment.providers.lastfm.read import LASTFM
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

_BOUND = LicenceClass.NON_COMMERCIAL


class LastFmSettings(ProviderSettings):
    """
    What an operator may set of Last.fm.

    Args:
        spacing_seconds: between two calls of all workers.
    """

    api_key: SecretStr | None = None
    base_url: WebAddress = BASE_URL
    spacing_seconds: Annotated[float, Field(gt=0)] = 0.3
    cache_ttl_days: Annotated[float, Field(ge=1, le=30)] = 7


def _limits(settings: LastFmSettings, late: float) -> Limits:
    """
    Return the allowance: a spacing, for all workers.

    https://www.last.fm/api/intro: "several calls per second" is too many
    """
    del late  # a spacing that is late is only longer
    return Limits((Window(1, settings.spacing_seconds),))


def _make(settings: LastFmSettings, allowed: Allowed) -> LastFm:
    del allowed
    key = settings.api_key
    return LastFm(key.get_secret_value() if key else "", settings.base_url)


SPEC = ProviderSpec(
    name=LASTFM,
    title="Last.fm",
    terms=Terms(
        licence=_BOUND,
        url="https://www.last.fm/api/tos",
        read_on=date(2026, 10, 1),
        notice="Last.fm's values: not for commercial use; name Last.fm as their"
        " source and link to it (www.last.fm/api/tos).",
        longest_cache_days=30,
    ),
    fields={
        "lastfm_url": Gives(
            0.99,
            _BOUND,
            read="url",
            why="nobody knows an address better than who gives it out",
        ),
        "duration_ms": Gives(0.50, _BOUND, why="many of them are 0"),
        "album": Gives(0.50, _BOUND, why="as users' files have it"),
        "genres": Gives(0.70, _BOUND, why="of the track, by many people"),
        "listeners": Gives(0.95, _BOUND, why="Last.fm's own"),
        "playcount": Gives(0.95, _BOUND, why="Last.fm's own"),
        "artwork_url": Gives(
            0.60, _BOUND, why="of the album, where it is no placeholder"
        ),
    },
    operations=tuple(map(Operation, METHODS)),
    settings=LastFmSettings,
    needs=("api_key",),
    limits=_limits,
    make=_make,
    call_seconds=0.3,
    # its own caching headers say a week
    stale=timedelta(days=7),
    # the terms allow 100 MB in all, at about 1 kB each
    kept_answers=90_000,
    stale_after=timedelta(days=8),
    stale_reason="listeners change daily; cached a week, as its own headers say",
    id_column="lastfm_url",
    pages=Pages(
        "www.last.fm",
        # an artist, an album or "_", a title; what begins with + is another page of it
        LANGUAGE + r"(/music(?:/(?!\+)[^/]+){3})",
        address=None,
        spelt="https://www.last.fm{}".format,
    ),
    corrects_names=True,
    is_expected=True,
)
