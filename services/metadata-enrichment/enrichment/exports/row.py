"""One row of an export, whatever the format: a track, its values, who gave each."""

from collections.abc import AsyncIterator, Mapping, Sequence
from datetime import datetime

from msgspec import Struct

Value = str | int | float | list[str]


class Origin(Struct, frozen=True, gc=False):
    """Who gave a value; `provider` is "person" where a person pinned it."""

    provider: str
    confidence: float | None = None
    fetched_at: datetime | None = None
    licence: str | None = None


class Entry(Struct, frozen=True, gc=False):
    """The row of a tracklist that an exported row stands for."""

    tracklist_id: int
    tracklist: str
    position: int
    cue_seconds: int | None
    raw: str
    catalog_number: str | None


class ExportRow(Struct, frozen=True, gc=False):
    """
    One row of an export.

    Args:
        values: what is known, by column of `tracks`; what is unknown is left out.
        origins: who gave it, by the same names.
        entry: None where tracks were chosen, not rows of tracklists.
        plays: rows of tracklists that name the track; reports of use alone count them.
        played_at: when, as far as the tracklists say: date, place in the set, or both.
        location: where the user's library has the audio.
    """

    track_id: str | None
    artist: str
    title: str
    version: str | None
    remixers: tuple[str, ...]
    featured: tuple[str, ...]
    status: str | None
    outcome: str | None
    enriched_at: datetime | None
    values: Mapping[str, Value]
    origins: Mapping[str, Origin]
    entry: Entry | None = None
    plays: int = 0
    played_at: tuple[str, ...] = ()
    location: str | None = None


class Head(Struct, frozen=True):
    """
    What a format needs to know before its first row.

    Args:
        title: of the playlist or the report.
        rows: how many will come.
        entries: the rows are in tracklists.
        notices: what the terms of providers ask to be shown.
        service: the station that a report of use is for.
    """

    title: str
    rows: int
    entries: bool = False
    notices: tuple[str, ...] = ()
    service: str = ""


# Rows as they come from Postgres, some at a time.
Rows = AsyncIterator[Sequence[ExportRow]]
