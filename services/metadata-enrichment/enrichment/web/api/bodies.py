"""What the HTTP API takes and gives, beside explanations and queues."""

from datetime import datetime
from typing import Annotated, Any, Literal
from uuid import UUID

from pydantic import AfterValidator, BaseModel, ConfigDict, Field, field_validator

from enrichment.contract.messages import Lane


def _without_null_characters(value: str) -> str:
    # Postgres text cannot hold U+0000
    if "\x00" in value:
        raise ValueError("contains a null character")
    return value


# What a statement is given.
Storable = Annotated[str, AfterValidator(_without_null_characters)]
Name = Annotated[Storable, Field(min_length=1, max_length=500)]


class TrackRequest(BaseModel):
    """
    A track somebody wants to be known.

    `artist` and `title` as printed, version included. `refresh`: a known track is asked
    again of every provider that has answered, at the pace of re-enrichment.
    """

    model_config = ConfigDict(frozen=True, extra="forbid", str_strip_whitespace=True)

    artist: Name
    title: Name
    isrc: Annotated[
        str | None, Field(pattern=r"^[A-Z]{2}[A-Z0-9]{3}[0-9]{7}$", max_length=12)
    ] = None
    spotify_id: Annotated[str | None, Field(pattern=r"^[0-9A-Za-z]{22}$")] = None
    musicbrainz_id: UUID | None = None
    lane: Literal[Lane.MAIN, Lane.BACKLOG] = Lane.MAIN
    priority: Annotated[int | None, Field(ge=0, le=10, strict=True)] = None
    refresh: Annotated[bool, Field(strict=True)] = False

    @field_validator("isrc", mode="before")
    @classmethod
    def _isrc_as_printed(cls, value: object) -> object:
        # printed with dashes on covers, and in either case
        return value.replace("-", "").upper() if isinstance(value, str) else value


class Fault(BaseModel):
    """What is wrong with one field of a call; what was sent is not sent back."""

    field: str
    fault: str


class Faults(BaseModel):
    """Every fault of a call that cannot be taken."""

    detail: list[Fault]


class Refusal(BaseModel):
    """Why a call was not answered."""

    detail: str


class Receipt(BaseModel):
    """
    What became of a request.

    Args:
        known: the track had a row already.
        published: its message is confirmed by the broker; where it is not, and the
            status is pending, the scheduler publishes it.
        asked_again: how many providers' parts are due again (`refresh`).
    """

    track_id: UUID
    status: str
    known: bool
    published: bool
    asked_again: int


class DeadLetters(BaseModel):
    """
    Dead letters, oldest first.

    Args:
        total: how many match: of all where nothing is filtered, else of those that
            were looked at; `letters` holds no more than the limit.
        looked_at: how many letters the look has seen.
        complete: whether it has seen all that could match, up to the limit.
    """

    total: int
    looked_at: int
    complete: bool
    letters: list[dict[str, Any]]


class Statistics(BaseModel):
    """The view enrichment_coverage_stats."""

    model_config = ConfigDict(extra="allow")

    total_tracks: int
    enriched_tracks: int


class FieldCoverage(BaseModel):
    """A row of the view coverage_by_field."""

    field: str
    tracks: int
    filled: int
    coverage_pct: float | None


class SourceCoverage(BaseModel):
    """A row of the view coverage_by_source."""

    field: str
    provider: str
    tracks: int
    share_pct: float | None
    mean_confidence: float | None
    oldest: datetime | None
    newest: datetime | None
    pinned: int


class ProviderOutcome(BaseModel):
    """A row of the view provider_outcomes."""

    provider: str
    outcome: str
    tracks: int
    share_pct: float | None
    oldest: datetime | None
    waiting: int


class Coverage(BaseModel):
    """The views as they were at `counted_at`."""

    counted_at: datetime
    statistics: Statistics
    fields: list[FieldCoverage]
    sources: list[SourceCoverage]
    outcomes: list[ProviderOutcome]
