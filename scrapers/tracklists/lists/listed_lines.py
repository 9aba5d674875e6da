"""A line of a text, which may be of a list: its marks, and whether it names a track."""

import re
from typing import NamedTuple

from scrapers.tracklists.reading.dress import ALONE, UNDRESSED, Dress
from scrapers.tracklists.reading.front import Front, read_on
from scrapers.tracklists.reading.lines import MOST_CHARACTERS as _MOST_READ
from scrapers.tracklists.reading.lines import Body, body_behind, read_body
from scrapers.tracklists.reading.names import parted
from scrapers.tracklists.reading.stamps import is_stamp
from scrapers.tracklists.reading.times import SPAN, Time
from scrapers.tracklists.tables.columns import ARTISTS, TITLES, column_name

_GAP = re.compile(r"(?:\.{3,}|…+)$")
_ADDRESS = re.compile(
    r"https?://|www\.|^@\S+$|\b[a-z0-9-]{1,63}\.(?:com|net|org|fm|de|co|uk|tv|me|it|es|ly|to"
    r"|ru|io|link)(?:/|\b)|\w@\w+\.\w",
    re.IGNORECASE,
)
_ADDRESS_IN_TITLE = re.compile(r"https?://|www\.|/\S|^@\S+$")
# Other lists that have dashes: dates of a tour, credits, addresses.
_MONTH = (
    r"(?:jan(?:uary)?|feb(?:ruary)?|mar(?:ch)?|apr(?:il)?|may|june?|july?|aug(?:ust)?"
    r"|sept?(?:ember)?|oct(?:ober)?|nov(?:ember)?|dec(?:ember)?)\b\.?"
)
_DAY = r"(?:mon|tues?|wed(?:nes)?|thu(?:rs?)?|fri|sat(?:ur)?|sun)(?:day)?\b\.?"
_DATE = re.compile(
    rf"(?:{_DAY},?\s*)?(?:"
    rf"\d{{1,4}}[./-]\d{{1,2}}(?:[./-](?:\d{{2,4}})?)?"
    rf"|\d{{1,2}}(?:st|nd|rd|th)?\.?\s+(?:of\s+)?{_MONTH}(?:,?\s+\d{{2,4}})?"
    rf"|{_MONTH}\s+\d{{1,2}}(?:st|nd|rd|th)?(?:,?\s+\d{{2,4}})?|{_DAY})",
    re.IGNORECASE,
)
_NOT_ARTISTS = frozenset(
    {
        *("instagram", "facebook", "soundcloud", "twitter", "spotify", "beatport"),
        *("youtube", "bandcamp", "website", "booking", "bookings", "contact", "email"),
        *("artwork", "mastering", "mastered by", "mixed by", "produced by", "label"),
        *("written by", "recorded at", "recorded", "photo", "photos", "genre", "date"),
        *("format", "release", "release date", "catalogue", "catalog", "venue"),
        *("location", "duration", "length", "tempo", "doors", "tickets"),
    }
)
_TIME = re.compile(SPAN)
_TOTAL = re.compile(
    rf"\W*(?:total|overall|full|running|playing|play)?\s*(?:time|length|duration|total)\b"
    rf"[^\w]{{0,4}}\s*(?:{SPAN}|\d{{1,4}}\s?(?:min|h)\w*).{{0,20}}",
    re.IGNORECASE,
)
# "9:04 PM" ends so, and "9:04 p.m." does.
_ENDS_OF_CLOCKS = frozenset("mM.")
_PATH = re.compile(r"\.(?:mp3|wav|flac|m4a|aiff?|ogg|cue)$", re.IGNORECASE)
_SENTENCE_END = re.compile(r"[!?…]$")
_BRACKETS = re.compile(r"[(\[][^()\[\]]*[)\]]")
_UNKNOWN = frozenset({"", "id", "id - id", "unknown", "unreleased id", "untitled id"})
_RULE = re.compile(r"[\W_]*")
# Longer lines with as many words are prose, dashes or not.
MOST_CHARACTERS = 240
_MOST_WORDS = 32
_PROSE_WORDS = 14
_SENTENCE_WORDS = 8
_MOST_OF_A_HEADING = 40

HEADING = re.compile(
    r"(?:track\s?list(?:ing|e|a|en)?|set\s?list|play\s?list|tracks(?:\s+played)?"
    r"|music\splayed|titelliste|lista\s(?:de|das|delle)\s(?:canciones|temas|faixas|tracce)"
    r"|liste\sdes\s(?:titres|morceaux)|треклист|плейлист|トラックリスト|セットリスト)"
    r"\W*(?:\([^()]{0,40}\)\W*)?$",
    re.IGNORECASE,
)


class Line(NamedTuple):
    """
    One line of a text; a named tuple, as a text has many.

    Args:
        raw: as the source has it.
        text: without markup.
        name: what is left of it without marks and times.
        body: what it says by itself, before its list is asked.
        number: what it begins with, if it may be a place in a list.
        is_bare: its number has no sign that says so: the list decides.
        named: it parts into artist and title.
        is_doubtful: it does, but looks like a credit or a date of a tour.
        counts: its list says that its number is its place.
    """

    raw: str
    text: str
    name: str = ""
    body: Body | None = None
    number: int | None = None
    is_bare: bool = False
    bracketed: int | None = None
    has_time: bool = False
    is_marked: bool = False
    loose: Front | None = None
    named: bool = False
    is_doubtful: bool = False
    played_with: bool = False
    is_gap: bool = False
    is_address: bool = False
    is_total: bool = False
    counts: bool = False

    @property
    def is_blank(self) -> bool:
        """Nothing can be read on it, a rule of signs included."""
        return not self.text

    @property
    def is_unknown(self) -> bool:
        """It says that the track is not known."""
        return bool(self.text) and is_unknown(self.name)


def is_unknown(name: str) -> bool:
    """Return whether a name says that the track is not known."""
    return name.strip(" ?[]().").casefold() in _UNKNOWN


def read_line(raw: str, text: str, dress: Dress = ALONE) -> Line:
    """Take a line apart; `text` is `raw` without markup."""
    if len(text) > _MOST_READ:
        return Line(raw, text, name=text)
    if not text or _is_rule(text):
        return Line(raw, "")
    if _GAP.match(text):
        return Line(raw, text, is_gap=True)
    if ":" in text and _says_who(text):
        return Line(raw, text, name=text)
    body = read_body(text, dress)
    front = read_on(body.front, UNDRESSED)
    loose = body if front is body.front else body_behind(front, dress)
    return _line(raw, text, body, loose, dress)


def _line(raw: str, text: str, body: Body, loose: Body, dress: Dress) -> Line:
    is_address = _is_address(body.text)
    # a bare number before a title alone: "1 Night", where all is below a heading
    front = loose.front
    named = not is_address and _is_named(body.text, dress)
    doubtful = named and _is_doubtful(body.text, dress)
    if front.bare and named and _is_number_alone(body.text, dress):
        # "1 - Night": of a list of titles, or of one separated by other signs
        doubtful = not _is_named(loose.text, dress)
    named = named and not doubtful and not _is_heading_of_columns(body.text)
    total = not named and bool(_TOTAL.fullmatch(text))
    timed = not total and (front.stamped or _is_time(body.time or loose.time, named))
    return Line(
        raw=raw,
        text=text,
        name=body.text,
        body=body,
        number=None if total else front.number,
        is_bare=front.number is not None and body.front.number is None,
        bracketed=body.front.bracketed,
        has_time=timed,
        is_marked=front.number is not None or timed,
        loose=front,
        named=named,
        is_doubtful=doubtful,
        played_with=body.front.played_with or text.casefold().startswith("vs. "),
        is_address=is_address,
        is_total=total,
    )


def _is_time(time: Time | None, named: bool) -> bool:  # noqa: FBT001 (of the line)
    """Return whether a time is of a track: in a chat all that is said has one."""
    return time is not None and (named or not time.dated)


def _is_address(text: str) -> bool:
    if "." not in text and "@" not in text and "://" not in text:
        return False
    return bool(_ADDRESS.search(text)) and not _is_credit(text)


def _is_rule(text: str) -> bool:
    """Return whether a line is drawn, as "-----" is; "?" and "..." say something."""
    return bool(_RULE.fullmatch(text)) and not set(text) & set("?….")


def _is_credit(text: str) -> bool:
    """Return whether an address is but an artist's handle or a name with a dot."""
    parts = parted(text)
    return parts is not None and not _ADDRESS_IN_TITLE.search(parts[1])


def _is_named(text: str, dress: Dress) -> bool:
    if len(text) > MOST_CHARACTERS or ("." in text[-5:] and _PATH.search(text)):
        return False
    if len(text.split()) > _MOST_WORDS or parted(text, dress) is None:
        return False
    words = len(_BRACKETS.sub("", text).split())
    if text.endswith(".") and not text.endswith(".."):
        return words <= _SENTENCE_WORDS
    return words <= _PROSE_WORDS or not _SENTENCE_END.search(text)


def _says_who(text: str) -> bool:
    """Return whether a line says but who said what is below, and when."""
    if not (text[-1].isdigit() or text[-1] in _ENDS_OF_CLOCKS):
        return False
    parts = parted(text)
    return parts is not None and is_stamp(parts[1])


def _is_doubtful(text: str, dress: Dress) -> bool:
    artist, title = parted(text, dress) or ("", "")
    return (
        artist.casefold().strip(" :") in _NOT_ARTISTS
        or _DATE.fullmatch(artist) is not None
        or _TIME.fullmatch(title) is not None
    )


def _is_number_alone(text: str, dress: Dress) -> bool:
    artist, _ = parted(text, dress) or ("", "")
    return artist.isdecimal()


def _is_heading_of_columns(text: str) -> bool:
    parts = parted(text) if len(text) <= _MOST_OF_A_HEADING else None
    if parts is None:
        return False
    first, second = map(column_name, parts)
    return (first in ARTISTS and second in TITLES) or (
        first in TITLES and second in ARTISTS
    )
