"""Deezer: what it gives, under which terms, how often it may be asked."""

from datetime import date, timedelta
from typing import Annotated

from pydantic import Field

from enrichment.providers.allowance import Limits, Window
from enrichment.providers.deezer.pages import DEEZER
from enrichment.providers.deezer.provider import BASE_URL, Deezer, details
from enrichment.providers.pages import LANGUAGE, Pages
from enrichment.providers.spec import (
    CODES,
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


class DeezerSettings(ProviderSettings):
    """
    What an operator may set of Deezer.

    Args:
        window_calls: calls of the whole cluster in five seconds; Deezer refuses the
            51st.
    """

    base_url: WebAddress = BASE_URL
    window_calls: Annotated[int, Field(ge=1, le=50)] = 45
    cache_ttl_days: Annotated[float, Field(ge=1, le=30)] = 30


_WINDOW_SECONDS = 5.0


def _limits(settings: DeezerSettings, late: float) -> Limits:
    """
    Return the allowance: a rolling window, for the whole cluster.

    https://developers.deezer.com/termsofuse: "50 requests / 5 seconds"
    """
    return Limits((Window(settings.window_calls, _WINDOW_SECONDS + late),))


def _make(settings: DeezerSettings, allowed: Allowed) -> Deezer:
    del allowed
    return Deezer(settings.base_url)


SPEC = ProviderSpec(
    name=DEEZER,
    title="Deezer",
    terms=Terms(
        licence=_BOUND,
        url="https://developers.deezer.com/termsofuse",
        read_on=date(2026, 8, 12),
        notice="Deezer's values: not for commercial use; name Deezer as their source"
        " and show its logo (developers.deezer.com/termsofuse).",
        longest_cache_days=30,
    ),
    fields={
        "isrc": Gives(
            0.85, _BOUND, why="one recording has several, one for each edition"
        ),
        "deezer_id": Gives(
            0.99,
            _BOUND,
            read="id",
            why="nobody knows an id better than who gives it out",
        ),
        "duration_ms": Gives(0.80, _BOUND, why="in whole seconds"),
        "release_date": Gives(0.60, _BOUND, why="of the edition at hand"),
        "album": Gives(0.70, _BOUND, why="of the edition at hand"),
        "label": Gives(0.80, _BOUND, why="of the album, as labels deliver it"),
        "barcode": Gives(
            0.80, _BOUND, read=CODES, why="of the album, as labels deliver it"
        ),
        "genres": Gives(0.40, _BOUND, why="broad, and of the album"),
        "artwork_url": Gives(0.70, _BOUND, why="large, and of the album"),
        "bpm": Gives(
            0.70,
            _BOUND,
            read="sound.bpm",
            why="measured by Deezer; three of ten are unknown, octave errors are usual",
        ),
    },
    operations=(
        Operation("isrc", identifier="isrc"),
        Operation("search"),
        Operation("track", completes=True),
        Operation("album", completes=True),
    ),
    settings=DeezerSettings,
    limits=_limits,
    make=_make,
    details=details,
    call_seconds=0.15,
    stale=timedelta(days=7),
    kept_answers=300_000,
    stale_after=timedelta(days=33),
    stale_reason="editions change rarely; cached 30 d",
    id_column="deezer_id",
    pages=Pages(
        "www.deezer.com",
        LANGUAGE + r"/track/([0-9]{1,15})",
        "https://www.deezer.com/track/{}",
        ids=(r"deezer:(?:track:)?([0-9]{1,15})",),
    ),
    knows_recordings=True,
    dates_albums=True,
)
