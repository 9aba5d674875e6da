"""One tracklist line: cue, number, played with, artists, title, label."""

import re

from enrichment.contract.identity import track_key
from enrichment.contract.spelling import tidied
from enrichment.contract.titles import parse_name
from enrichment.contract.versions import is_version
from scrapers.tracklists.tracklist import Row

# A printed line is far shorter; no rule below is asked about more.
_MOST_CHARACTERS = 2000
_CLOCK = r"\d{1,3}:\d{2}(?::\d{2})?(?:\.\d{1,3})?"
_PREFIX = re.compile(
    rf"""(?:
      [\[(](?P<cue>{_CLOCK}|\d{{1,3}}(?=\]))[\])]
    | (?P<bare>{_CLOCK})(?=\s)
    | \[[\d?]*[?][\d?:]*\] | \[[\d?]+:[\d?:]*\] | \[\s*\]
    | (?P<number>\#?\d{{1,3}}(?:[.)]|\s*\|)(?=\s|\D))
    | (?P<with>w/|\+(?=\s)) | \#(?=\s)
    | [-*•·►▶–—](?=\s)
    )\s*(?:[-–—:|]\s+)?""",
    re.VERBOSE,
)
_SEGMENT = re.compile(r"[^\W_][^\[\]]{2,60}?(?<!\s):\s+(?=\S)")
_DASH = re.compile(r"\s+[-‐-―−]{1,2}\s+")
_LOOSE_DASH = re.compile(r"(?<=\S)[-‐-―−]\s+|\s+[-‐-―−](?=\S)")
_TIME_SUFFIX = re.compile(rf"\s*[\[(]{_CLOCK}[\])]$|\s+{_CLOCK}$")
_NUMBERED_LABEL = re.compile(r" [-‐-―−] .*\d")
_LABEL = re.compile(r"\s*\[([^\[\]]*)\]$")
_AFTER_LABEL = re.compile(r"(?<=\])\s*(?:\((?:\d{1,4})\)|(?:19|20)\d\d|\))$")
_LABEL_NAME = re.compile(r"\b(?:records?|recordings|recs?\.?)$", re.IGNORECASE)
_NO_LABEL = frozenset(
    {"", "?", "unreleased", "free", "free download", "promo", "unknown", "forthcoming"}
)


def parse_line(line: str, *, position: int = 1) -> Row:
    """Read a whole printed line; what it does not say stays None."""
    text = tidied(line)
    if len(text) > _MOST_CHARACTERS:
        return Row(position=position, raw=line)
    text, cue, played_with = _prefixes(text)
    while found := _TIME_SUFFIX.search(text):
        cue = _seconds(found[0].strip(" []()")) if cue is None else cue
        text = text[: found.start()]
    artist, title = _artist_and_title(text)
    return row_from_fields(
        position,
        line,
        artist,
        title,
        cue_seconds=cue,
        played_with_previous=played_with,
    )


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
    if len(artist) + len(title) > _MOST_CHARACTERS:
        return Row(position=position, raw=raw, cue_seconds=cue_seconds)
    title, printed_label, printed_number = _label(tidied(title))
    name = parse_name(artist, title)
    key = track_key(name)
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
        label=label or printed_label,
        catalog_number=catalog_number or printed_number,
        identified=key is not None,
        played_with_previous=played_with_previous,
        track_id=key.track_id if key else None,
    )


def _prefixes(text: str) -> tuple[str, int | None, bool]:
    """Take cue, number, bullets and "w/" off the front."""
    cue: int | None = None
    played_with = False
    while found := _PREFIX.match(text):
        if found.end() == len(text):
            break
        printed = found["cue"] or found["bare"]
        if printed and cue is None:
            cue = _seconds(printed)
        played_with = played_with or bool(found["with"])
        text = text[found.end() :]
    return text, cue, played_with


def _seconds(printed: str) -> int:
    """Read a cue; a whole number is minutes."""
    parts = [int(float(part)) for part in printed.split(":")]
    if len(parts) == 1:
        return parts[0] * 60
    return sum(part * 60**n for n, part in enumerate(reversed(parts)))


def _artist_and_title(text: str) -> tuple[str, str]:
    found = _DASH.search(text) or _LOOSE_DASH.search(text)
    if not found:
        return "", text
    artist = text[: found.start()]
    if segment := _SEGMENT.match(artist):
        artist = artist[segment.end() :]
    return artist.strip(), text[found.end() :].strip()


def _label(title: str) -> tuple[str, str | None, str | None]:
    """Take label and catalogue number off the end of a title."""
    title = _AFTER_LABEL.sub("", title)
    if found := _LABEL.search(title):
        inner = found[1].strip()
        rest = title[: found.start()].rstrip()
        if not rest or _is_bracketed_version(inner):
            return title, None, None
        label, _, number = inner.rpartition(" - ")
        if not label:
            label, number = inner, ""
        if label.casefold() in _NO_LABEL:
            return rest, None, number or None
        return rest, label, number or None
    name, dash, label = title.rpartition(" - ")
    if dash and name and _LABEL_NAME.search(label):
        return name, label, None
    return title, None, None


def _is_bracketed_version(inner: str) -> bool:
    """Say whether a square bracket holds a version, not a label ("Special Edits")."""
    return is_version(inner, last=True) and not _NUMBERED_LABEL.search(inner)
