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
_ENDS_OF_TIMES = ")]0123456789"
_TIME_SUFFIX = re.compile(rf"\s*[\[(]{_CLOCK}[\])]$|\s+{_CLOCK}$")
_NUMBERED_LABEL = re.compile(r" [-‐-―−] .*\d")
_LABEL = re.compile(r"\s*\[([^\[\]]*)\]$")
# Says what a file or a video holds, not which recording.
_OF_THE_FILE = re.compile(
    r"(?<=\S)\s*[\[(](?:(?:official|music|lyrics?|performance|full|not the|hd|4k)\s+)*"
    r"(?:video|audio|album|visuali[sz]er|clip|lyrics|official|hd|hq|4k|m/?v)[\])]$"
    r"|(?<=\S)\s*\.(?:mp[34]|mov|wav|flac|m4a|aiff?|avi|mkv)$",
    re.IGNORECASE,
)
# Sides of a record: "A1. ", "AA2) ", and "B2 - " where artist and title follow.
_SIDE = re.compile(r"[A-H]{1,2}\d{1,2}(?:[.)]\s?-?\s*|\s?-\s+(?=.*\s-\s))(?=\S)")
# the version stands behind the artist: Artist (Joon Remix) - Title
_VERSION_BEHIND_ARTIST = re.compile(r"([^()]*[^\s()])\s*\(([^()]+)\)")
_QUOTED = re.compile(
    r"(.*\S)\s*[\"“](.+)[\"”]\s*(?:M/V|MV|dance practice|live)?", re.IGNORECASE
)
_QUOTED_BY = re.compile(r"[\"“](.+)[\"”] by (.+)", re.IGNORECASE)
_ONLY_NUMBER = re.compile(r"[A-Z]{2,8}[ -]?\d{2,5}[A-Z]{0,2}")
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
    text, cue = _suffixes(text, cue)
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
    while found := (_PREFIX.match(text) or _SIDE.match(text)):
        if found.end() == len(text):
            break
        named = found.groupdict()
        printed = named.get("cue") or named.get("bare")
        if printed and cue is None:
            cue = _seconds(printed)
        played_with = played_with or bool(named.get("with"))
        text = text[found.end() :]
    return text, cue, played_with


def _suffixes(text: str, cue: int | None) -> tuple[str, int | None]:
    """Take a time and what a file's name holds besides off the end."""
    # most lines end otherwise, and are not searched
    while text[-1:] in _ENDS_OF_TIMES and (found := _TIME_SUFFIX.search(text)):
        cue = _seconds(found[0].strip(" []()")) if cue is None else cue
        text = text[: found.start()]
    while (text[-1:] in ")]" or "." in text[-5:]) and (
        found := _OF_THE_FILE.search(text)
    ):
        text = text[: found.start()]
    return text, cue


def _seconds(printed: str) -> int:
    """Read a cue; a whole number is minutes."""
    parts = [int(float(part)) for part in printed.split(":")]
    if len(parts) == 1:
        return parts[0] * 60
    return sum(part * 60**n for n, part in enumerate(reversed(parts)))


def _artist_and_title(text: str) -> tuple[str, str]:
    found = _DASH.search(text) or _LOOSE_DASH.search(text)
    if not found:
        return _quoted(text)
    artist = text[: found.start()]
    if segment := _SEGMENT.match(artist):
        artist = artist[segment.end() :]
    artist, title = artist.strip(), text[found.end() :].strip()
    if title[:1] == "(" and title[-1:] == ")" and is_version(title[1:-1]):
        # "Title - (Joon Remix)" names no artist
        return "", f"{artist} {title}"
    if (moved := _VERSION_BEHIND_ARTIST.fullmatch(artist)) and is_version(moved[2]):
        return moved[1], f"{title} ({moved[2]})"
    return artist, title


def _quoted(text: str) -> tuple[str, str]:
    """Part `Artist "Title"` and `"Title" by Artist`; else the text is all title."""
    if found := _QUOTED_BY.fullmatch(text):
        return found[2], found[1]
    if found := _QUOTED.fullmatch(text):
        return found[1], found[2]
    return "", text


def _label(title: str) -> tuple[str, str | None, str | None]:
    """Take label and catalogue number off the end of a title."""
    if "]" in title:
        title = _AFTER_LABEL.sub("", title)
    if title[-1:] == "]" and (found := _LABEL.search(title)):
        inner = found[1].strip()
        rest = title[: found.start()].rstrip()
        if not rest or _is_bracketed_version(inner):
            return title, None, None
        label, _, number = inner.rpartition(" - ")
        if not label:
            label, number = inner, ""
        if not number and _ONLY_NUMBER.fullmatch(label):
            return rest, None, label
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
