"""One tracklist line: marks, time, artist, title, version, label, in this order."""

from itertools import accumulate
from typing import NamedTuple

from enrichment.contract.identity.identity import track_key
from enrichment.contract.identity.spelling import tidied
from enrichment.contract.identity.titles import parse_name
from scrapers.tracklists.reading.back import without_remarks, without_time
from scrapers.tracklists.reading.brackets import without_label
from scrapers.tracklists.reading.dress import ALONE, Dress
from scrapers.tracklists.reading.encodings import repaired
from scrapers.tracklists.reading.front import Front, read_front
from scrapers.tracklists.reading.names import artist_and_title, parted
from scrapers.tracklists.reading.plain import plain, unquoted, without_ending
from scrapers.tracklists.reading.times import Time
from scrapers.tracklists.reading.unknown import are_unknown
from scrapers.tracklists.tracklist import Row

# A printed line is far shorter; no rule below is asked about more.
MOST_CHARACTERS = 1000


class Body(NamedTuple):
    """A line taken apart: what is in front, the names, the time of either end."""

    front: Front
    text: str
    time: Time | None


def parse_line(line: str, *, position: int = 1, dress: Dress = ALONE) -> Row:
    """
    Read a whole printed line; what it does not say stays None.

    Args:
        line: as the source has it.
        position: its place in the list.
        dress: what the list says of its lines, where it overrules the line.
    """
    text = printed(line)
    if len(text) > MOST_CHARACTERS:
        return Row(position=position, raw=line)
    body = read_body(text, dress)
    return row_of_body(
        position,
        line,
        body.text,
        dress=dress,
        cue_seconds=body.time.seconds if body.time and not body.time.dated else None,
        played_with_previous=body.front.played_with,
    )


def read_body(text: str, dress: Dress = ALONE) -> Body:
    """Part a line without markup into its front, its names and its time."""
    text = unquoted(without_ending(text))
    if text[:1] == "(" and text[-1:] == ")":
        text = _unbracketed(text, dress)
    return body_behind(read_front(text, dress), dress)


def _unbracketed(text: str, dress: Dress) -> str:
    """Take off the round brackets that hold a whole line, where it names a track."""
    inner = text[1:-1]
    depths = accumulate((sign == "(") - (sign == ")") for sign in inner)
    closed = min(depths, default=0) >= 0
    return inner if closed and parted(inner, dress) else text


def body_behind(front: Front, dress: Dress) -> Body:
    """Part what is behind a front into names and time."""
    rest, last = without_time(front.rest, dress)
    return Body(front, unquoted(rest), front.cue(dress) or last)


def row_of_body(
    position: int,
    raw: str,
    text: str,
    *,
    dress: Dress = ALONE,
    cue_seconds: int | None = None,
    played_with_previous: bool = False,
) -> Row:
    """Return the row of names without marks and times."""
    artist, title = artist_and_title(without_remarks(text), dress)
    return row_from_fields(
        position,
        raw,
        artist,
        title,
        cue_seconds=cue_seconds,
        played_with_previous=played_with_previous,
    )


def printed(line: str) -> str:
    """Return the line without markup; one that is too long only with single spaces."""
    if "\t" in line:
        line = _without_tabs(line.strip())
    text = tidied(line if line.isascii() else repaired(line))
    return text if len(text) > MOST_CHARACTERS else plain(text)


def _without_tabs(line: str) -> str:
    """Return a bar for the first tab; before a dash the tab parts artist and title."""
    before, _, behind = line.partition("\t")
    if " - " not in behind or not before[-1:].isalpha():
        return f"{before} | {behind}"
    return f"{before} - {behind}" if " - " not in before else f"{before} | {behind}"


def row_from_fields(
    position: int,
    raw: str,
    artist: str,
    title: str,
    *,
    label: str | None = None,
    catalog_number: str | None = None,
    cue_seconds: int | None = None,
    played_with_previous: bool = False,
) -> Row:
    """Make a row of artist and title that a format keeps apart."""
    if len(artist) + len(title) > MOST_CHARACTERS:
        return Row(position=position, raw=raw, cue_seconds=cue_seconds)
    named = without_label(tidied(title))
    name = parse_name(artist, named.title)
    # a version names who made it, but no row is known without artist and title
    known = name.artist and name.full_title and not are_unknown(name.artist, name.title)
    vouched = bool(label or named.label)
    key = track_key(name, vouched=vouched) if known else None
    return Row(
        position=position,
        raw=raw,
        cue_seconds=cue_seconds,
        artist=tidied(artist) or None,
        title=name.title or None,
        full_title=name.full_title or None,
        artists=name.artists,
        featured=name.featured,
        remixers=name.remixers,
        version=name.version,
        label=label or named.label,
        catalog_number=catalog_number or named.catalog_number,
        identified=key is not None,
        played_with_previous=played_with_previous,
        track_id=key.track_id if key else None,
    )
