"""The message: one track to enrich; frozen, versioned; encode, decode or why not."""

import json
from datetime import UTC, datetime
from enum import StrEnum
from typing import Annotated
from uuid import NAMESPACE_URL, uuid5

from pydantic import BaseModel, ConfigDict, Field, ValidationError, field_validator

from enrichment.contract import sources

# Raised when an old worker could misread a new message; `decode` refuses newer ones.
SCHEMA_VERSION = 1
# A body larger than this is nobody's track.
MAX_BODY_BYTES = 64 * 1024


class Lane(StrEnum):
    """Which queue a track goes through: fresh work, bulk work, refreshing."""

    MAIN = "main"
    BACKLOG = "backlog"
    REENRICHMENT = "reenrichment"


class MessageInvalid(Exception):  # noqa: N818 (named as the field names it)
    """
    A message body that cannot be what it should be.

    Args:
        reason: short class of the fault ("not_json", "schema", "newer_version").
        detail: what exactly, for a person.
    """

    def __init__(self, reason: str, detail: str) -> None:
        super().__init__(f"{reason}: {detail}")
        self.reason = reason
        self.detail = detail


Name = Annotated[str, Field(min_length=1, max_length=2000)]


class EnrichmentRequest(BaseModel):
    """
    One track to be enriched, with what a worker needs without reading a row.

    A body with `track_id`, `artist`, `title` and `priority` alone is valid: people
    publish such messages by hand, with ids that are in no table.
    """

    model_config = ConfigDict(frozen=True, extra="ignore", str_strip_whitespace=True)

    track_id: Name
    artist: Name
    # full title as printed, version included, label not
    title: Name
    priority: Annotated[int, Field(ge=0, le=10)] = 5
    schema_version: Annotated[int, Field(ge=1)] = SCHEMA_VERSION
    # travels as a 32-bit header
    retry_count: Annotated[int, Field(ge=0, lt=2**31)] = 0
    source: str = sources.UNNAMED
    lane: Lane = Lane.MAIN
    queued_at: datetime | None = None
    first_queued_at: datetime | None = None
    correlation_id: str | None = None
    isrc: str | None = None
    spotify_id: str | None = None
    musicbrainz_id: str | None = None
    # ask providers again for what is due, even where a remembered answer is fresh
    force_refresh: bool = False

    @field_validator("*")
    @classmethod
    def _no_null_characters(cls, value: object) -> object:
        # Postgres text cannot hold U+0000; one such row would break a whole statement
        if isinstance(value, str) and "\x00" in value:
            raise ValueError("contains a null character")
        return value

    @property
    def idempotency_key(self) -> str:
        """The same work, however often it is published or delivered."""
        return f"{self.track_id}:{self.lane}:{self.retry_count}"

    @property
    def message_id(self) -> str:
        """Stable over republishing: made of the idempotency key."""
        return str(uuid5(NAMESPACE_URL, f"enrichment:{self.idempotency_key}"))


def as_one(first: EnrichmentRequest, second: EnrichmentRequest) -> EnrichmentRequest:
    """Return two requests for one track as one that wants and knows what both do."""
    times = [at for at in (first.queued_at, second.queued_at) if at is not None]
    return first.model_copy(
        update={
            "force_refresh": first.force_refresh or second.force_refresh,
            "isrc": first.isrc or second.isrc,
            "spotify_id": first.spotify_id or second.spotify_id,
            "musicbrainz_id": first.musicbrainz_id or second.musicbrainz_id,
            # an answer that came before the later wish is none to it
            "queued_at": max(times, default=None),
        }
    )


def encode(request: EnrichmentRequest) -> bytes:
    """Return the JSON body."""
    return request.model_dump_json(exclude_none=True).encode()


def decode(body: bytes, size: int | None = None) -> EnrichmentRequest:
    """
    Read a body.

    Args:
        size: of all of it, where no more of it was kept than shows that it is too
            large.

    Raises:
        MessageInvalid: not JSON, not our schema, too large, or of a newer version.
    """
    size = len(body) if size is None else size
    if size > MAX_BODY_BYTES:
        raise MessageInvalid("too_large", f"{size} bytes, {MAX_BODY_BYTES} allowed")
    try:
        request = EnrichmentRequest.model_validate_json(body)
    except ValidationError as error:
        raise _newer(_version_in(body)) or _invalid(error) from error
    if newer := _newer(request.schema_version):
        raise newer
    return request


def _newer(version: int) -> MessageInvalid | None:
    if version <= SCHEMA_VERSION:
        return None
    return MessageInvalid(
        "newer_version",
        f"schema version {version}, this worker reads up to {SCHEMA_VERSION}: upgrade"
        " the workers, then replay the dead letters",
    )


def _version_in(body: bytes) -> int:
    """Return the version of a body that is not ours to read; 0 when it says none."""
    try:
        version = json.loads(body)["schema_version"]
    except (ValueError, TypeError, LookupError, RecursionError):
        return 0
    return version if isinstance(version, int) else 0


def _invalid(error: ValidationError) -> MessageInvalid:
    faults = error.errors(include_url=False, include_input=False)
    if any(fault["type"] == "json_invalid" for fault in faults):
        return MessageInvalid("not_json", faults[0]["msg"])
    return MessageInvalid(
        "schema",
        "; ".join(
            f"{'.'.join(map(str, fault['loc'])) or 'body'}: {fault['msg']}"
            for fault in faults
        ),
    )


# Priorities as users know them: charts 10, new 7, default 5, backlog 3, refreshing 0.
PRIORITY_CHART = 10
PRIORITY_NEW = 7
PRIORITY_DEFAULT = 5
PRIORITY_BACKLOG = 3
PRIORITY_REENRICHMENT = 0


def priority_of(source: str | None, lane: Lane, *, new: bool) -> int:
    """Return the priority of a track by where it comes from and whether it is new."""
    if lane is Lane.REENRICHMENT:
        return PRIORITY_REENRICHMENT
    if lane is Lane.BACKLOG:
        return PRIORITY_BACKLOG
    if source in sources.CHARTS:
        return PRIORITY_CHART
    return PRIORITY_NEW if new else PRIORITY_DEFAULT


def now() -> datetime:
    """Return the time for `queued_at`: aware, UTC."""
    return datetime.now(UTC)
