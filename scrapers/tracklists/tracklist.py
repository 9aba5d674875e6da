"""What a parser gives: tracklists, every row in its place, or the reason why not."""

from dataclasses import dataclass, field
from typing import NamedTuple

from scrapers.tracklists.facts import NO_FACTS, Facts


class TracklistError(Exception):
    """The input gives no tracklist; the message says why, for a person."""


class NoTracklist(TracklistError):  # noqa: N818 (an answer about the world, named so)
    """Understood, and there is no tracklist in it: a fact about the page."""


class NotUnderstood(TracklistError):  # noqa: N818
    """There may be one, but this parser could not read it whole: a fact about us."""


class Blocked(TracklistError):  # noqa: N818
    """The page is an interstitial, a captcha or a challenge, not the content."""


class Row(NamedTuple):
    """
    One line of a tracklist, unknown tracks included.

    A named tuple, as a library has tens of thousands of them, made in several steps.

    Args:
        position: place in the list, from 1; parts of a mashup have their own.
        raw: the line as the source has it.
        cue_seconds: start in the mix; None where the source gives none.
        artist: the credit as printed ("Above & Beyond feat. Zoë Johnston" is artist
            "Above & Beyond", featured "Zoë Johnston").
        title: base title, without version, featured artists and label.
        full_title: the title with its version, as printed, without the label.
        identified: artist and title are both known.
        played_with_previous: layered over the row before ("w/", mashup parts).
        track_id: UUID of the track's identity; None when not identified.
        facts: what the source says of the track besides its names.
    """

    position: int
    raw: str
    cue_seconds: int | None = None
    artist: str | None = None
    title: str | None = None
    full_title: str | None = None
    artists: tuple[str, ...] = ()
    featured: tuple[str, ...] = ()
    remixers: tuple[str, ...] = ()
    version: str | None = None
    label: str | None = None
    catalog_number: str | None = None
    identified: bool = False
    played_with_previous: bool = False
    track_id: str | None = None
    facts: Facts = NO_FACTS


@dataclass(frozen=True, slots=True)
class LeftOut:
    """
    A line that became no row.

    Args:
        raw: the line as the source has it.
        reason: why, for a person.
        within: rows are above and below it, and it may have been one.
    """

    raw: str
    reason: str
    within: bool = False


@dataclass(frozen=True, slots=True)
class Tracklist:
    """
    One played set or playlist: its rows in order and what the source says of it.

    Args:
        format: name of the parser that read it ("text", "cue", "tracklists1001", …).
        source_key: the source's own stable key (page key, playlist id), if it has one.
        revision: the source's revision of that key.
        recorded_on: ISO date or part of one ("2014", "2014-06-21").
        declared_rows: how many rows the source itself says there are.
        gaps_after: positions after which the source marks a gap ("..."); 0 is before
            the first row.
        left_out: what a text has besides its rows.
    """

    format: str
    rows: tuple[Row, ...]
    title: str | None = None
    artist: str | None = None
    url: str | None = None
    source_key: str | None = None
    revision: str | None = None
    recorded_on: str | None = None
    licence: str | None = None
    declared_rows: int | None = None
    gaps_after: tuple[int, ...] = field(default=())
    left_out: tuple[LeftOut, ...] = field(default=())
