"""ReccoBeats: what it gives, under which terms, how often it may be asked."""

from datetime import date, timedelta
from typing import Annotated

from pydantic import Field

from enrichment.providers.allowance import Limits, Window
from enrichment.providers.reccobeats.provider import (
    BASE_URL,
    BATCH,
    ReccoBeats,
    details,
)
from enrichment.providers.reccobeats.rows import RECCOBEATS
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

_BOUND = LicenceClass.TERMS_BOUND


class ReccoBeatsSettings(ProviderSettings):
    """
    What an operator may set of ReccoBeats.

    Args:
        spacing_seconds: between two calls of the whole cluster.
    """

    base_url: WebAddress = BASE_URL
    spacing_seconds: Annotated[float, Field(gt=0)] = 1.0
    cache_ttl_days: Annotated[float, Field(ge=1, le=365)] = 90


def _limits(settings: ReccoBeatsSettings, late: float) -> Limits:
    """
    Return the allowance: a spacing, for the whole cluster; it publishes no limits.

    https://reccobeats.com/docs/documentation/rate-limiting
    """
    del late  # a spacing that is late is only longer
    return Limits((Window(1, settings.spacing_seconds),))


def _make(settings: ReccoBeatsSettings, allowed: Allowed) -> ReccoBeats:
    del allowed
    return ReccoBeats(settings.base_url)


SPEC = ProviderSpec(
    name=RECCOBEATS,
    title="ReccoBeats",
    terms=Terms(
        licence=_BOUND,
        url="https://reccobeats.com/docs",
        read_on=date(2026, 10, 8),
        notice="ReccoBeats' values: name ReccoBeats (reccobeats.com) as their source.",
        longest_cache_days=365,
    ),
    fields={
        "isrc": Gives(
            0.60, _BOUND, why="it was asked by one, or by an id that leads to one"
        ),
        "spotify_id": Gives(
            0.80, _BOUND, read=CODES, why="at the end of its address of the track"
        ),
        "duration_ms": Gives(0.60, _BOUND, why="as others have measured"),
        "barcode": Gives(0.50, _BOUND, read=CODES, why="of a release at hand"),
        "bpm": Gives(
            0.80,
            _BOUND,
            read="sound.bpm",
            why="equal to what Spotify gave until 2024, where both were compared",
        ),
        "musical_key": Gives(
            0.75, _BOUND, read="sound.musical_key", why="as the tempo"
        ),
        "camelot_key": Gives(
            0.75, _BOUND, read="sound.musical_key", why="made of the key"
        ),
        "energy": Gives(0.75, _BOUND, read="sound.energy", why="as the tempo"),
        "danceability": Gives(
            0.75, _BOUND, read="sound.danceability", why="as the tempo"
        ),
        "valence": Gives(0.75, _BOUND, read="sound.valence", why="as the tempo"),
        "loudness": Gives(0.75, _BOUND, read="sound.loudness", why="as the tempo"),
    },
    operations=(
        Operation("isrc", BATCH, identifier="isrc"),
        Operation("spotify", BATCH, identifier="spotify_id"),
        Operation("features", BATCH, completes=True),
    ),
    settings=ReccoBeatsSettings,
    limits=_limits,
    make=_make,
    details=details,
    call_seconds=0.4,
    # it may vanish: what it said stays of use
    stale=timedelta(days=60),
    kept_answers=500_000,
    stale_after=timedelta(days=94),
    stale_reason="how a recording sounds does not change; cached 90 d",
    evidence="written facts alone: no answer of it was recorded",
)
