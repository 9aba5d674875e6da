"""Where artist and title part: dashes outside of brackets, then other signs, quotes."""

import re
from functools import lru_cache

from enrichment.contract.identity.versions import is_version
from scrapers.tracklists.reading.dress import ALONE, Dress
from scrapers.tracklists.reading.plain import unquoted, unquoted_start

_DASHES = "-‐-―−ー─━"
_DASH = re.compile(rf"\s[{_DASHES}]{{1,3}}>?\s")
_LOOSE_DASH = re.compile(r"(?<=\S)[-‐-―−]\s|\s[-‐-―−](?=\S)")
_LONG_DASH = re.compile(r"(?<=[^\s\d])—(?=\S)|(?<=\d)—(?=[^\s\d])")
# Sure enough in a line by itself.
_SIGNS = tuple(
    map(
        re.compile,
        (r"\s//+\s", r"\s[|¦]{1,2}\s", r"\s~\s", r"\s::\s", r"\s(?:=>|[→»►▸⟶])\s"),
    )
)
_OPENING = "([{"
_CLOSING = ")]}"
# Only where no other sign parts the line: "Artist: Title", a few words before it.
_COLON = re.compile(
    r"([^\W_][^\s:]*(?:\s[^\s:]+){0,11}):\s+(?=[^\W_a-zß-öø-ÿ]|[\"“„«(])"
)
_CALLED = re.compile(r"(?:title|track|song)\s?:\s(?=\S)", re.IGNORECASE)
_SEGMENT = re.compile(r"[^\W_][^\[\]]{2,60}?(?<!\s):\s+(?=\S)")
# the version is behind the artist: Artist (Joon Remix) - Title
_VERSION_BEHIND_ARTIST = re.compile(r"([^()]*[^\s()])\s*\(([^()]+)\)")
_QUOTES = {
    '"': '"',
    "”": "“„",
    "“": "„",
    "»": "«",
    "」": "「",
    "』": "『",
    "’": "‘",
    "'": "'",
}
_DOUBLE_QUOTES = frozenset('"“„«”')
_GLUED_QUOTES = '「『"“«'
# What a video's title says of the video.
_BEHIND_QUOTES = re.compile(
    r"(?:(?:official|music|lyrics?|dance)\s?){0,2}"
    r"(?:M/?V|video|audio|live|performance|practice)?$",
    re.IGNORECASE,
)
_BY = " by "
# Said by name: "Artist: Nora, Title: Night".
_PERFORMER = r"(?:artist|performer|interpret|artiste|artista)s?\s?:\s"
_WORK = r"(?:title|track|song|titel|titre|título|titolo)\s?:\s"
_NEXT_FIELD = r"(?:\s?[,;|/]|\s[-–—])\s"
_FIELDS = tuple(
    re.compile(rf"{first}(.{{1,300}}?){_NEXT_FIELD}{second}(.+)", re.IGNORECASE)
    for first, second in ((_PERFORMER, _WORK), (_WORK, _PERFORMER))
)
# A line is asked for its parts several times while it is read.
_LINES_IN_HAND = 64


def parted(text: str, dress: Dress = ALONE) -> tuple[str, str] | None:
    """Return artist and title of a line without marks, or None: it names no artist."""
    return _parted(text, dress.separator)


@lru_cache(maxsize=_LINES_IN_HAND)
def _parted(text: str, sign: re.Pattern[str] | None) -> tuple[str, str] | None:
    if text.count(": ") > 1 and (named := _by_fields(text)):
        return named
    for separator in (sign, _DASH, _LOOSE_DASH) if sign else (_DASH, _LOOSE_DASH):
        if found := _outside(separator, text):
            return _trimmed(text, found)
    if "—" in text and (found := _outside(_LONG_DASH, text)):
        return _trimmed(text, found)
    if "«" in text and (parts := _quoted(text)):
        # before "»" alone, which parts names, too
        return parts
    for other in _SIGNS:
        if found := _outside(other, text):
            return _trimmed(text, found)
    return _quoted(text)


def _by_fields(text: str) -> tuple[str, str] | None:
    if found := _FIELDS[0].fullmatch(text):
        return found[1].strip(), found[2].strip()
    found = _FIELDS[1].fullmatch(text)
    return found and (found[2].strip(), found[1].strip())


def parted_alone(text: str, dress: Dress = ALONE) -> tuple[str, str] | None:
    """Part a line of which it is known that it is a track: a colon may do it, too."""
    if (parts := parted(text, dress)) or ": " not in text:
        return parts
    found = _COLON.match(text)
    return found and (found[1], text[found.end() :].strip())


def dashed_parts(text: str) -> list[str]:
    """Split at the dashes with spaces that stand outside of brackets."""
    parts: list[str] = []
    start = depth = place = 0
    for found in _DASH.finditer(text):
        for sign in text[place : found.start()]:
            depth += (sign in _OPENING) - (depth > 0 and sign in _CLOSING)
        place = found.start()
        if not depth:
            parts.append(text[start : found.start()])
            start = found.end()
    return [*parts, text[start:]]


def artist_and_title(text: str, dress: Dress = ALONE) -> tuple[str, str]:
    """Return artist and title; a text that names no artist is all title."""
    parts = parted_alone(text, dress)
    if parts is None:
        return "", unquoted(text)
    artist, title = parts
    if segment := _SEGMENT.match(artist):
        artist = artist[segment.end() :]
    artist, title = artist.strip(), unquoted_start(_uncalled(title))
    if artist[:1] in _DOUBLE_QUOTES and (inner := unquoted(artist)) != artist:
        # "Title" - Artist; but where both are quoted they stand as ever
        quoted_both = title != parts[1]
        artist, title = (inner, title) if quoted_both else (title, inner)
    if _is_version_alone(title):
        # "Title - (Joon Remix)" names no artist
        return "", f"{artist} {title}"
    if (moved := _VERSION_BEHIND_ARTIST.fullmatch(artist)) and is_version(moved[2]):
        return moved[1], f"{title} ({moved[2]})"
    return artist, title


def _uncalled(title: str) -> str:
    """Take off the word "Title:" in front."""
    found = _CALLED.match(title) if ":" in title[:8] else None
    return title[found.end() :] if found else title


def _is_version_alone(title: str) -> bool:
    if title[:1] != "(" or title.find(")") != len(title) - 1:
        return False
    return "(" not in title[1:] and is_version(title[1:-1])


def _trimmed(text: str, found: re.Match[str]) -> tuple[str, str] | None:
    artist, title = text[: found.start()].strip(), text[found.end() :].strip()
    return (artist, title) if artist and title else None


def _outside(separator: re.Pattern[str], text: str) -> re.Match[str] | None:
    """Find a separator outside of brackets; one that is left open holds nothing."""
    depth = place = 0
    inside = None
    for found in separator.finditer(text):
        start = found.start()
        before = text[place:start]
        # asked first because it is cheap: few names have brackets before the title
        if depth or any(map(before.__contains__, _OPENING)):
            for sign in before:
                depth += (sign in _OPENING) - (depth > 0 and sign in _CLOSING)
        place = start
        if not depth:
            return found
        inside = inside or found
    if inside is None or _closes(text, inside.end(), depth_at(text, inside.start())):
        return None
    return inside


def depth_at(text: str, place: int) -> int:
    """Return how many brackets are open at a place."""
    depth = 0
    for sign in text[:place]:
        depth += (sign in _OPENING) - (depth > 0 and sign in _CLOSING)
    return depth


def _closes(text: str, place: int, depth: int) -> bool:
    """Return whether the brackets that are open at a place are closed behind it."""
    for sign in text[place:]:
        depth += (sign in _OPENING) - (sign in _CLOSING)
        if depth <= 0:
            return True
    return False


def _quoted(text: str) -> tuple[str, str] | None:
    """Part `Artist "Title"`, `Artist「Title」` and `"Title" by Artist`."""
    if text[:1] in _DOUBLE_QUOTES:
        return _quoted_by(text)
    return next(filter(None, (_quoted_with(text, sign) for sign in _QUOTES)), None)


def _quoted_with(text: str, closing: str) -> tuple[str, str] | None:
    """Part a text whose title ends with one kind of quotation mark."""
    end = text.rfind(closing)
    if end <= 0:
        return None
    start = max(text.rfind(sign, 0, end) for sign in _QUOTES[closing])
    title, behind = text[start + 1 : end].strip(), text[end + 1 :].strip()
    if start <= 0 or not title:
        return None
    bracket = behind if behind[:1] and behind[0] in _OPENING else ""
    if not bracket and not _BEHIND_QUOTES.match(behind):
        return None
    if not text[start - 1].isspace() and text[start] not in _GLUED_QUOTES:
        return None
    artist = text[:start].rstrip().rstrip(":,").strip()
    return (artist, f"{title} {bracket}".strip()) if artist else None


def _quoted_by(text: str) -> tuple[str, str] | None:
    end = text.rfind(_BY)
    title = text[1 : end - 1]
    if end < 2 or text[end - 1] not in '"”“' or not title.strip():
        return None
    return text[end + len(_BY) :].strip(), title.strip()
