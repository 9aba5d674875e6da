"""Names made comparable: letters, numbers, people; several readings of a title."""

import re
from functools import lru_cache
from typing import NamedTuple

from anyascii import anyascii

from enrichment.contract.credits import single_artists
from enrichment.contract.identity import folded
from enrichment.contract.titles import TrackName, parse_name
from enrichment.matching.mixes import Mix, mix_of

# Names of any real collection repeat; bounded, since a worker runs for months.
_REMEMBERED = 2048
_ARTICLES = frozenset({"the", "a", "an"})
# Spelt in many ways for the same thing; "and" is as often "&" and "n".
_SPELT_OUT = {
    "pt": "part",
    "vol": "volume",
    "nr": "number",
    "u": "you",
    "ii": "2",
    "iii": "3",
    "iv": "4",
    "vi": "6",
    "vii": "7",
    "viii": "8",
    "ix": "9",
}
# "Push 2 Start It"; a number at the end, or after what is counted, stays one.
_SPOKEN_NUMBERS = {"2": "to", "4": "for"}
_COUNTED = frozenset({"part", "volume", "number", "chapter", "act", "no", "track"})
_JOINING = frozenset({"and", "n", "und", "et", "y"})
_NOT_AS_PRINTED = _ARTICLES.union(_SPELT_OUT, _SPOKEN_NUMBERS, _JOINING)
_NUMBER = re.compile(r"\d+")
_UNKNOWN = frozenset(
    {
        "",
        "unknown",
        "unknown artist",
        "various artists",
        "various",
        "id",
        "va",
        "unk",
        "null",
        "none",
        "n a",
        "na",
        "no artist",
    }
)
# "007-Title", "0A3-Title": the place on an album, printed before the title.
_TRACK_NUMBER = re.compile(
    r"^(?:0[0-9A-Z]{1,3}|\d{1,3})\s?[-._]\s?(?=\S)|^0\d\d(?=[^\W\d])"
)
_DASH = re.compile(r"\s+[-‐-―−]+\s*|(?<![-‐-―−])[-‐-―−]+\s+")
_TRAILING = re.compile(r"\s*[(\[]\s*([^()\[\]]+(?:\([^()]*\)[^()\[\]]*)?)\s*[)\]]?$")
# "Artist_-_Title", "Artist---Title": names of files
_FILE_DASH = re.compile(r"(?<!_)_+-_+|--+")
_FILE_SPACE = re.compile(r"_|(?<! )-(?! )")
_MAKES_READINGS = re.compile(r"[)\]]$|\s[-‐-―−]|[-‐-―−]\s|^\d|[_]|--")
# Says that a remark names a version, though the grammar does not know the word.
_MIX_WORD = re.compile(
    r"(?:mix\d*|rmx\d*|edit|dub|bootleg|vip|mixed)\b"
    r"|\b(?:live|unplugged|acoustic|demo|session|rehearsal|orchestral|symphonic|cover"
    r"|karaoke|tribute|backing track|style of|made famous|originally performed"
    r"|nightcore|slowed|sped up|speed up|8d|reverb|a cappella|instrumental)\b",
    re.IGNORECASE,
)
# "Record Of The Week: Above & Beyond": a show's remark before the credit.
_REMARK = re.compile(r"^[^:]{3,60}:\s+(?=\S)")


class Spelling(NamedTuple):
    """
    One reading of a printed name.

    Args:
        letters: base title without case, accents, spaces, articles.
        words: its words.
        numbers: numbers of the title, in order.
        people: every credited artist, guests included, letters only.
        credit: letters of the whole credit.
        credit_words: its words, for names that were not parted.
        makers: who made the version.
        whole: letters of title and mix name, for mix names without brackets.
        leftover: letters of what this reading leaves out of the title.
        bracketed: the title ends with a remark that this reading leaves in it.
    """

    letters: str
    words: tuple[str, ...]
    numbers: tuple[str, ...]
    people: tuple[str, ...]
    people_words: tuple[frozenset[str], ...]
    credit: str
    credit_words: frozenset[str]
    makers: frozenset[str]
    mix: Mix
    whole: str
    leftover: str = ""
    bracketed: bool = False


@lru_cache(_REMEMBERED)
def spelt(artist: str, title: str) -> tuple[TrackName, Spelling, bool]:
    """Give printed names parsed, their plain reading, and whether there are others."""
    name = _with_whole_version(parse_name(artist, title))
    others = ":" in artist or _MAKES_READINGS.search(name.full_title) is not None
    return name, _spelling(name, name.artist, name.featured), others


def plain_reading(name: TrackName) -> tuple[TrackName, Spelling]:
    """Give a parsed name as it is compared, and its plainest reading."""
    name = _with_whole_version(name)
    return name, _spelling(name, name.artist, name.featured)


def _with_whole_version(name: TrackName) -> TrackName:
    """Take "(Sped Up)" for a version too: fine for choosing, too vague for identity."""
    if not name.title.endswith((")", "]")):
        return name
    bracket = _TRAILING.search(name.title)
    if not bracket or not _MIX_WORD.search(bracket[1]):
        return name
    version = f"{bracket[1]}, {name.version}" if name.version else bracket[1]
    return name._replace(title=name.title[: bracket.start()], version=version)


@lru_cache(_REMEMBERED)
def other_readings(name: TrackName) -> tuple[Spelling, ...]:
    """Give the readings of a parsed name beside the plain one."""
    found: list[Spelling] = []
    if _MAKES_READINGS.search(name.full_title):
        for artist, title, leftover in _other_readings(name):
            again = parse_name(artist, title)
            guests = (*name.featured, *again.featured)
            found.append(_spelling(again, again.artist, guests, leftover))
        if remixed := _remixed_by_bracket(name):
            found.append(remixed)
    if ":" in name.artist and (remark := _REMARK.match(name.artist)):
        credit = name.artist[remark.end() :]
        found.append(_spelling(name, credit, name.featured))
    return tuple(found)


def _remixed_by_bracket(name: TrackName) -> Spelling | None:
    """Read "Harbour (Wren)" as Wren's remix: many lists leave the word out."""
    bracket = None if name.version else _TRAILING.search(name.title)
    if not bracket or not bracket.start():
        return None
    named = name._replace(title=name.title[: bracket.start()], version=bracket[1])
    return _spelling(named, name.artist, name.featured)


def _other_readings(name: TrackName) -> list[tuple[str, str, str]]:
    """Give (artist, title, leftover) of other ways to read a full title."""
    title, found = name.full_title, list[tuple[str, str, str]]()
    if " " not in title and ("_" in title or "--" in title):
        title = _FILE_SPACE.sub(" ", _FILE_DASH.sub(" - ", title))
    if title.count(")") > title.count("("):
        title = title.removesuffix(")")
    if number := _TRACK_NUMBER.match(title):
        title = title[number.end() :]
    if title != name.full_title:
        found.append((name.artist, title, ""))
    dashes = list(_DASH.finditer(title))
    for dash in dashes[:1] + dashes[1:][-1:]:
        left, right = title[: dash.start()], title[dash.end() :]
        if left and right:
            found += [(left, right, ""), (name.artist, left, right)]
    # what the grammar took for a version may be an album's name; what it did not
    # may be a subtitle
    if bracket := _TRAILING.search(title):
        rest = title[: bracket.start()]
        if rest and not (name.version and bracket[1].strip() in name.version):
            found.append((name.artist, rest, bracket[1]))
    return found


def is_unknown(credit: str) -> bool:
    """Say whether a credit names nobody."""
    flat = folded(credit)
    # "!!!" is a band, "?" is nobody
    return flat in _UNKNOWN or not flat.strip("?-–—._* ")


@lru_cache(_REMEMBERED)
def letters(text: str) -> str:
    """Give the letters of a text in any script, spelling apart, spaces left out."""
    return "".join(_words(text))


@lru_cache(_REMEMBERED)
def _words(text: str) -> tuple[str, ...]:
    flat = folded(text)
    if not flat.isascii():
        flat = folded(anyascii(flat)) or flat
    said = flat.split()
    if _NOT_AS_PRINTED.isdisjoint(said):
        return tuple(said)
    words = [
        _SPELT_OUT.get(word, word) for word in said if word not in _JOINING
    ] or said
    if "2" in words or "4" in words:
        words = _spoken(words)
    return tuple(w for w in words if w not in _ARTICLES) or tuple(words)


def _spoken(words: list[str]) -> list[str]:
    return [
        _SPOKEN_NUMBERS.get(word, word)
        if 0 < n < len(words) - 1
        and words[n - 1] not in _COUNTED
        and words[n + 1].isalpha()
        else word
        for n, word in enumerate(words)
    ]


def _person(name: str) -> tuple[str, frozenset[str]]:
    words = _words(name)
    if len(words) > 1 and words[0] in {"dj", "mc"}:
        words = words[1:]
    return "".join(words), frozenset(words)


class _Credit(NamedTuple):
    people: tuple[str, ...]
    people_words: tuple[frozenset[str], ...]
    letters: str
    words: frozenset[str]


@lru_cache(_REMEMBERED)
def _credit(credit: str, guests: tuple[str, ...]) -> _Credit:
    people: dict[str, frozenset[str]] = {}
    if not is_unknown(credit):
        for artist in (*single_artists(credit), *guests):
            person, words = _person(artist)
            people[person] = words
    return _Credit(
        people=tuple(people),
        people_words=tuple(people.values()),
        letters="".join(sorted(people)),
        words=frozenset().union(*people.values()),
    )


def _spelling(
    name: TrackName, credit: str, guests: tuple[str, ...], leftover: str = ""
) -> Spelling:
    who = _credit(credit, guests)
    words = _words(name.title)
    title = "".join(words)
    mix = mix_of(name.version or "")
    if leftover and (_MIX_WORD.search(leftover) or mix_of(leftover).is_original):
        # a mix name of unknown words, or nothing but "Bonus Track"
        mix, leftover = mix_of(f"{name.version or ''} {leftover}"), ""
    return Spelling(
        letters=title,
        words=words,
        numbers=() if title.isalpha() else _numbers(title),
        people=who.people,
        people_words=who.people_words,
        credit=who.letters,
        credit_words=who.words,
        makers=_makers(name.remixers) if name.remixers else frozenset(),
        mix=mix,
        whole=f"{title}{letters(mix.text)}" if mix.text else title,
        bracketed=name.title.endswith((")", "]")),
        leftover=letters(leftover) if leftover else "",
    )


def _numbers(title: str) -> tuple[str, ...]:
    return tuple(number.lstrip("0") or "0" for number in _NUMBER.findall(title))


def _makers(remixers: tuple[str, ...]) -> frozenset[str]:
    return frozenset(_person(maker)[0] for maker in remixers)
