"""Which rows an export is of: tracks, a query, a playlist, or rows of tracklists."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from enum import StrEnum
from types import MappingProxyType
from uuid import UUID

from enrichment.errors import InputInvalid


@dataclass(frozen=True, slots=True)
class Everything:
    """Every track, by its id."""


@dataclass(frozen=True, slots=True)
class Tracks:
    """A playlist: track ids in their order, repeated ones too."""

    track_ids: Sequence[UUID]


@dataclass(frozen=True, slots=True)
class Query:
    """A SELECT whose first column names tracks, in the order in which it gives them."""

    sql: str


@dataclass(frozen=True, slots=True)
class Tracklists:
    """The rows of tracklists in their places; None: of all."""

    tracklist_ids: Sequence[int] | None = None


Subject = Everything | Tracks | Query | Tracklists


class Reason(StrEnum):
    """Why a row is not exported, for people and programs."""

    UNIDENTIFIED = "unidentified"
    NO_SUCH_TRACK = "no_such_track"
    PENDING = "pending"
    NO_MATCH = "no_match"
    AMBIGUOUS = "ambiguous"
    FAILED = "failed"
    NOT_IN_LIBRARY = "not_in_library"
    NEVER_PLAYED = "never_played"
    NOT_REPORTABLE = "not_reportable"


SENTENCES: Mapping[Reason, str] = MappingProxyType(
    {
        Reason.UNIDENTIFIED: "the tracklist names no track",
        Reason.NO_SUCH_TRACK: "no such track",
        Reason.PENDING: "no provider has answered yet",
        Reason.NO_MATCH: "no provider knows it",
        Reason.AMBIGUOUS: "several recordings fit, none is sure",
        Reason.FAILED: "it could not be enriched",
        Reason.NOT_IN_LIBRARY: "not in your library",
        Reason.NEVER_PLAYED: "no tracklist names it",
        Reason.NOT_REPORTABLE: "neither an ISRC nor album and label are known",
    }
)


@dataclass(frozen=True, slots=True)
class Wish:
    """
    What is to be exported, and what is left out of it.

    Args:
        commercial: leave out values for non-commercial use alone.
        keep_unresolved: export tracks that no provider knows, with what the tracklist
            says.
        library: where the user's audio lies, by track id; None: no file is needed.
        report: one row for each track, with its plays.
    """

    subject: Subject = field(default_factory=Everything)
    commercial: bool = False
    keep_unresolved: bool = False
    library: Mapping[str, str] | None = None
    report: bool = False


def playlist_of(lines: Sequence[str], source: str) -> Tracks:
    """
    Read a playlist of ids: one in each line; what begins with # is a remark.

    Raises:
        InputInvalid: a line is no id, or there is none.
    """
    track_ids = []
    for number, line in enumerate(lines, 1):
        text = line.strip()
        if not text or text.startswith("#"):
            continue
        try:
            track_ids.append(UUID(text))
        except ValueError as error:
            raise InputInvalid(f"{source}:{number}: no track id: {text!r}") from error
    if not track_ids:
        raise InputInvalid(f"{source}: it holds no track id")
    return Tracks(track_ids)
