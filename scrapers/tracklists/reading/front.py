"""What is in front of the names: bullets, numbers, sides, times, "played with"."""

import re
import unicodedata
from typing import NamedTuple

from scrapers.tracklists.reading.dress import ALONE, Dress
from scrapers.tracklists.reading.names import parted, parted_alone
from scrapers.tracklists.reading.stamps import stamp_of, without_speaker
from scrapers.tracklists.reading.times import SPAN, Time, read_time

_CIRCLED = "①-⑳⑴-⒇⒈-⒛⓪❶-❿➀-➉➊-➓㉑-㉟㊱-㊿🔟"
# Pictures need no space behind them; signs that names begin with do.
_PICTURES = "♩♪♫♬\U0001f000-\U0001faff⌚⌛⏩-⏳⏸-⏺▶✅"
_BULLET = (
    r"[^\w\s\[\](){}<\"'“„«‹‘#@&!?$+…]{1,3}(?=\s)|o(?=\s)|\[[xX✓✔ ]?\](?=\s)|\[\*\]"
    r"|[-=_*~#]{4,40}(?=\s)"
)
# Join a time to a name that begins so: "19:26 & MRAK".
_NAME_GOES_ON = r"(?!\s(?:[&+]|x|vs\.?|and|feat\.?|ft\.?)\s)"
_CLOCK_FOLLOWS = r"@?\d{1,3}[:h'’′]\d"
# Behind a number: "1.", "1)", "1 .", "1.-", "1º"; "1," and "1/" before a space.
_COUNTED = (
    rf"(?:(?:\s?|-)[.)\]:、]-?(?=\s|\D|{_CLOCK_FOLLOWS})"
    r"|[º°ª•·;*=>](?=\s)|[,/](?=\s)|\s*\||_(?=\S))"
)
# What is counted, in the languages of those who count.
_COUNTS = (
    "no|nr|pos|track|trk|song|tune|titre|morceau|t[íi]tulo|canci[óo]n|pista|tema|faixa"
    "|m[úu]sica|brano|titel|lied|nummer|l[åa]t|utw[óo]r|skladba|par[çc]a|трек|песня"
)
_TOKEN = re.compile(
    rf"""(?:
      [\[(<{{«‹"'“‘|]{{1,2}}\s?(?P<boxed>{SPAN})\s?[\])>}}»›"'”’|]{{1,2}}
    | (?:@|at\s|from\s|start(?:s(?:\sat)?)?:?\s|t\s?[+=]|~|min(?:ut[eo])?\.?\s)?\s?
      (?P<bare>{SPAN}){_NAME_GOES_ON}(?=[\s:|,;~\-–—→/>=)\].»•·_]|$)
    | (?P<unsure>[\[(]\s?(?:[\d?]*\?[\d?:]*|[\d?]+:[\d?:]*)\s?[\])]) | \[\s?\]
    | \[(?P<minutes>\d{{1,3}})(?:\s?(?:m|min|['’′]))?[\])]
    | [\[(](?P<boxed_of>\d{{1,3}})/\d{{1,3}}[\])](?=\s)
    | \((?P<counted>\d{{1,2}})\)(?=\s\D|\s{_CLOCK_FOLLOWS}|\s\d{{1,3}}\.\s)
    | [<{{](?P<boxed_number>\d{{1,3}})[>}}](?=\s) | [\[(]\#(?P<inner>\d{{1,3}})[\])]
    | (?P<spoken>\d{{1,3}}\s?m(?:in)?)(?=\s)
    | (?P<of>\d{{1,3}})(?:/|\sof\s)\d{{1,3}}[.):]?(?=\s)
    | (?P<number>\d{{1,3}}){_COUNTED}
    | \#\s?(?P<hashed>\d{{1,3}})(?:[.):](?=\s|\D)|(?=\s))
    | (?:№|n[°º]|(?:track|trk)(?=\d)|(?:{_COUNTS})\b\.?)
      \s?\#?(?P<worded>\d{{1,3}})(?:\s?[.):|]|(?=\s))
    | (?P<circled>[{_CIRCLED}])[.)]?
    | (?P<keycaps>(?:\d\u20e3)+)[.)]?
    | (?P<with>w/|\(w/\)|\[w/\]|\+(?=\s)|with:(?=\s)) | \#(?=\s)
    | [\[(][A-H]{{1,2}}\d{{1,2}}[\])](?=\s) | [a-z]\)(?=\s)
    # who asks or tells below a recording: "@somebody at 3:12"
    | @[\w.-]{{1,40}}\s(?=at\s\d{{1,3}}:\d)
    | [{_PICTURES}]+ | (?P<bullet>{_BULLET})
    )\s*(?P<behind>(?:[-–—:|,;~→/>=)\].»•·]{{1,3}}\s+|_(?=[^\W_]|\s))?)""",
    re.VERBOSE | re.IGNORECASE,
)
# A time may be glued to the dash behind it.
_GLUED = re.compile(r"[-–—:|~→/>]{1,2}(?=[^\W\d_]|[\"“])")
# Sides of a record: "A1. ", "AA2) ", and "B2 - " where artist and title follow.
_SIDE = re.compile(r"[A-H]{1,2}\d{1,2}(?:[.):]\s?-?\s*|(?P<dash>\s?-\s+))(?=\S)")
_BARE_SIDE = re.compile(r"(?:[A-H]{1,2}|M-?)\d{1,2}\s+(?:[-–—]\s+)?(?=\S)")
_BARE_NUMBER = re.compile(
    r"(\d{1,3})(?:\s+[-–—]\s+|[-–—]\s+|\s+|[-–—](?=[^\W\d_]))(?=\S)"
)
_DOTTED = re.compile(
    r"(\d{1,2}\.[0-5]\d(?:\.[0-5]\d)?|\d{2}-[0-5]\d-[0-5]\d)\s+(?:[-–—]\s+)?(?=\S)"
)
_ROMAN = re.compile(r"([ivx]{1,5})[.)]\s+(?=\S)", re.IGNORECASE)
_ROMAN_DIGITS = {"i": 1, "v": 5, "x": 10}
# By itself sure enough where artist and title follow: "01 Artist - Title".
_LED_BY_ZERO = re.compile(r"(0\d{1,2})\s+(?:[-–—]\s+)?(?=\S)")
_SIGNED_NUMBER = re.compile(r"(\d{1,2})(?:\s+[-–—~»→·•]|[-–—»])\s+(?=\S)")
_BEFORE_TIME = re.compile(
    rf"(\d{{1,3}})\s?[-–—]?\s(?=[\[(<{{@]?{SPAN}[\])>}}]?[\s:,|~/→–—-])"
)
_NUMBERS = (
    *("of", "boxed_of", "number", "hashed", "worded", "counted"),
    *("boxed_number", "inner"),
)
# Number, time, side, bullet, "with", a picture or two: no line has more.
_MOST_TOKENS = 6
# Of the words that may be before a number or a time.
_FIRST_OF_WORDS = frozenset("NnTtSsWwAaFfPpCcMmBbLlUuТтПп№")


class Front(NamedTuple):
    """
    The front of a line, taken off; a named tuple, as a line is taken apart often.

    Args:
        number: the place in the list that is printed.
        bracketed: a whole number in square brackets, minutes or a place.
        time: the time that is printed, whole numbers excepted.
        stamped: a time is there of which digits are not known.
        marked: something stood there, a bullet included.
        rest: the line behind it.
    """

    rest: str
    number: int | None = None
    bracketed: int | None = None
    time: Time | None = None
    stamped: bool = False
    played_with: bool = False
    marked: bool = False
    sided: bool = False
    dotted: bool = False
    bare: bool = False

    def cue(self, dress: Dress) -> Time | None:
        """Return the time, or the whole number that stands for minutes."""
        if self.time is not None or self.bracketed is None or dress.brackets_count:
            return self.time
        return Time((self.bracketed,))


def read_front(text: str, dress: Dress = ALONE) -> Front:
    """Take off what is in front; a line that is nothing else stays as it is."""
    stamp = stamp_of(text)
    if stamp is None:
        return read_on(Front(text), dress)
    return read_on(Front(stamp.rest, time=stamp.time, marked=True), dress)


def read_on(front: Front, dress: Dress) -> Front:
    """Take off more of a line's front, where the dress lets it be of the front."""
    if front.rest[:1].isalpha() and not _may_be_marked(front.rest, dress):
        return front
    for _ in range(_MOST_TOKENS):
        taken = _next(front, dress)
        if taken is None or not taken.rest:
            break
        front = taken
    return front


def _may_be_marked(text: str, dress: Dress) -> bool:
    """Return whether a line that begins with a letter can begin with a mark."""
    if text[1:2].isdigit() or text[1:2] in {")", "/"}:
        return True
    if text[0] in _FIRST_OF_WORDS and any(map(_is_sign, text[1:9])):
        return True
    if text[:2] == "o ":
        return True
    return (dress.sides or dress.numbers) and _is_bare(text)


def _is_sign(sign: str) -> bool:
    return sign.isdigit() or sign == ":"


def _is_bare(text: str) -> bool:
    return text[2:3].isdigit() or _ROMAN.match(text) is not None


def _next(front: Front, dress: Dress) -> Front | None:
    """Take one token off."""
    text = front.rest
    if found := _TOKEN.match(text):
        taken = _token(front, found, dress)
        if taken is not None:
            return taken
    return _bare(front, text, dress)


def _token(front: Front, found: re.Match[str], dress: Dress) -> Front | None:
    rest = found.string[found.end() :]
    if not rest or (found["bare"] and dress.no_times):
        return None
    if found["bullet"] and not parted(rest, dress) and parted(found.string, dress):
        # "▲ - Night" is by ▲
        return None
    if printed := found["boxed"] or found["bare"]:
        return _timed(front, found, printed, rest)
    if minutes := found["spoken"]:
        # "10m - Night" is by 10m
        named = parted_alone(rest, dress) is not None and not found["behind"]
        return _timed(front, found, minutes, rest) if named else None
    number = _number(found)
    if number is not None:
        sure = not (found["worded"] or found["of"]) or parted_alone(rest, dress)
        return _counted(front, rest, number) if sure else None
    return front._replace(
        rest=rest.strip(),
        marked=True,
        bracketed=int(found["minutes"]) if found["minutes"] else front.bracketed,
        stamped=front.stamped or bool(found["unsure"]),
        played_with=front.played_with or bool(found["with"]),
    )


def _timed(front: Front, found: re.Match[str], printed: str, rest: str) -> Front:
    glued = None if found["behind"] else _GLUED.match(rest)
    rest = rest[glued.end() :] if glued else rest
    # a place in the mix says more than when it was told
    known = front.time if front.time and not front.time.dated else None
    rest = without_speaker(rest) if rest[:1] == "<" else rest
    return front._replace(
        rest=rest.strip(), marked=True, time=known or read_time(printed)
    )


def _number(found: re.Match[str]) -> int | None:
    if found["circled"]:
        return int(unicodedata.numeric(found["circled"], 10))
    if found["keycaps"]:
        return int(found["keycaps"].replace("\u20e3", ""))
    return next((int(found[name]) for name in _NUMBERS if found[name]), None)


def _counted(
    front: Front, rest: str, number: int, *, bare: bool = False
) -> Front | None:
    """Take a number off; a second one is of the name."""
    if front.number is not None:
        return None
    return front._replace(rest=rest.strip(), marked=True, number=number, bare=bare)


def _bare(front: Front, text: str, dress: Dress) -> Front | None:
    """Take off what is a mark only in a list of such marks."""
    found = _SIDE.match(text)
    if found and found["dash"] and not parted(text[found.end() :], dress):
        found = None
    if found is None and dress.sides and not front.sided:
        found = _BARE_SIDE.match(text)
    if found:
        return front._replace(rest=text[found.end() :], marked=True, sided=True)
    if dress.dotted and front.time is None and (found := _DOTTED.match(text)):
        time = read_time(found[1].replace(".", ":").replace("-", ":"))
        rest = text[found.end() :]
        return front._replace(rest=rest, marked=True, time=time, dotted=True)
    if text[:1].isdigit():
        return _bare_number(front, text, dress)
    found = _ROMAN.match(text) if dress.numbers else None
    return found and _counted(
        front, text[found.end() :], _of_roman(found[1].lower()), bare=True
    )


def _bare_number(front: Front, text: str, dress: Dress) -> Front | None:
    found = _LED_BY_ZERO.match(text) or _SIGNED_NUMBER.match(text)
    if found is None or parted_alone(text[found.end() :], dress) is None:
        found = _BEFORE_TIME.match(text)
    if found:
        return _counted(front, text[found.end() :], int(found[1]))
    found = _BARE_NUMBER.match(text) if dress.numbers else None
    return found and _counted(front, text[found.end() :], int(found[1]), bare=True)


def _of_roman(digits: str) -> int:
    values = [_ROMAN_DIGITS[digit] for digit in digits]
    behind = [*values[1:], 0]
    return sum(
        -value if value < following else value
        for value, following in zip(values, behind, strict=True)
    )
