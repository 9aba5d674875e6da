"""MusicBrainz: what it gives, under which terms, how often it may be asked."""

from datetime import date, timedelta
from typing import Annotated

from pydantic import Field

from enrichment.providers.allowance import Limits, Window
from enrichment.providers.musicbrainz.provider import (
    BASE_URL,
    ISRC_BATCH,
    LARGEST_BATCH,
    SEARCH_BATCH,
    MusicBrainz,
)
from enrichment.providers.musicbrainz.read import MUSICBRAINZ
from enrichment.providers.pages import Pages
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

_CC0 = LicenceClass.CC0
_UUID = r"[0-9a-fA-F]{8}(?:-[0-9a-fA-F]{4}){3}-[0-9a-fA-F]{12}"


class MusicBrainzSettings(ProviderSettings):
    """
    What an operator may set of MusicBrainz.

    Args:
        spacing_seconds: between two calls of all workers.
        search_batch, isrc_batch: questions in one call; what overflows is halved.
    """

    user_agent: str | None = None
    base_url: WebAddress = BASE_URL
    spacing_seconds: Annotated[float, Field(gt=0)] = 1.05
    search_batch: Annotated[int, Field(ge=1, le=LARGEST_BATCH)] = SEARCH_BATCH
    isrc_batch: Annotated[int, Field(ge=1, le=LARGEST_BATCH)] = ISRC_BATCH
    cache_ttl_days: Annotated[float, Field(ge=7, le=365)] = 30


def _limits(settings: MusicBrainzSettings, late: float) -> Limits:
    """
    Return the allowance: a spacing, for all workers.

    https://musicbrainz.org/doc/MusicBrainz_API/Rate_Limiting
    """
    del late  # a spacing that is late is only longer
    return Limits((Window(1, settings.spacing_seconds),))


def _make(settings: MusicBrainzSettings, allowed: Allowed) -> MusicBrainz:
    del allowed
    return MusicBrainz(
        settings.user_agent or "",
        settings.base_url,
        search_batch=settings.search_batch,
        isrc_batch=settings.isrc_batch,
    )


SPEC = ProviderSpec(
    name=MUSICBRAINZ,
    title="MusicBrainz",
    terms=Terms(
        licence=_CC0,
        url="https://musicbrainz.org/doc/About/Data_License",
        read_on=date(2026, 10, 1),
        notice="Genres of MusicBrainz: CC BY-NC-SA 3.0, name MusicBrainz"
        " (musicbrainz.org) as their source.",
    ),
    fields={
        "isrc": Gives(0.90, _CC0, why="from people, many of them"),
        "musicbrainz_id": Gives(
            0.99, _CC0, read="id", why="nobody knows an id better than who gives it out"
        ),
        "duration_ms": Gives(0.85, _CC0, why="rounded to frames of CDs"),
        "release_date": Gives(0.90, _CC0, why="the first release of the recording"),
        "album": Gives(0.80, _CC0, why="of the release that was found"),
        "genres": Gives(
            0.65,
            LicenceClass.CC_BY_NC_SA,
            why="of the recording by few; supplementary data, which is not CC0",
        ),
    },
    operations=(
        Operation("isrc", ISRC_BATCH, identifier="isrc"),
        Operation("search", SEARCH_BATCH),
    ),
    settings=MusicBrainzSettings,
    needs=("user_agent",),
    limits=_limits,
    make=_make,
    call_seconds=1.0,
    stale=timedelta(days=30),
    kept_answers=2_000_000,
    stale_after=timedelta(days=34),
    stale_reason="CC0, edited rarely once entered; cached 30 d",
    id_column="musicbrainz_id",
    pages=Pages(
        "musicbrainz.org",
        rf"/recording/({_UUID})",
        "https://musicbrainz.org/recording/{}",
        ids=(rf"(?:musicbrainz:|mbid:)?({_UUID})",),
        spelt=str.lower,
    ),
    # what says that a recording is a video
    read_since=("video",),
    artist_id_column="musicbrainz_id",
    projection=2,
    knows_recordings=True,
    is_expected=True,
)
