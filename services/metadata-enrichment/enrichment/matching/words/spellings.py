"""Names made comparable: one reading of a credit and a title."""

import re
from functools import lru_cache
from typing import NamedTuple

from enrichment.contract.identity.credits import single_artists
from enrichment.contract.identity.identity import folded
from enrichment.contract.identity.titles import TrackName, parse_name
from enrichment.matching.words.lettering import (
    MOST_CHARACTERS,
    REMEMBERED,
    SPELT_NUMBERS,
    letters,
    numbers_in,
    person_of,
    words_of,
)
from enrichment.matching.words.mixes import Mix, mix_of
from enrichment.matching.words.remarks import Remark, remark_of

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
# "Chemical Brothers, The" is parted at its comma.
_NOBODY = frozenset({"the", "a", "an"})
_VERSUS = re.compile(r"\s(?:vs\.?|versus)\s", re.IGNORECASE)
# Signs that a printed title was cut short.
_ELLIPSIS = re.compile(r"(?:\.{2,3}|…|\b\w{2,5}\.)$")
_DASHES = re.compile("[-‐-―−]+")
TRAILING = re.compile(r"\s*[(\[]\s*([^()\[\]]+(?:\([^()]*\)[^()\[\]]*)?)\s*[)\]]?$")
_NUMBER_WORDS = frozenset(SPELT_NUMBERS)
NUMBER_WORD = re.compile(rf"\b(?:{'|'.join(SPELT_NUMBERS)})\b", re.IGNORECASE)
_MAKES_READINGS = re.compile(
    r"^[(\[]|[)\]]$|\s[-‐-―−]|[-‐-―−]\s|^\d|[_]|--|\sw/|\sversion$", re.IGNORECASE
)
_OPENING = frozenset("([")
_CLOSING, _ENDING, _NOBODYS = frozenset(")]"), frozenset(".…"), frozenset[str]()
_PLAIN, _DRESSED = mix_of(""), mix_of("", is_dressed=True)
# Remarks behind each other; more of them are no remarks.
_MOST_REMARKS = 3


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
        guests: those of `people` that are printed as guests.
        versus: the credit joins two works ("A vs. B").
        makers: who made the version.
        whole: letters of title and mix name, for mix names without brackets.
        leftover: the remark that this reading leaves out of the title, as printed.
        remark: what `leftover` says.
        bracketed: the title ends with a remark that this reading leaves in it.
        cut: the printed title shows that it continues.
        joined: the printed title joins two by a slash.
        censored: letters of the printed title are replaced by signs.
    """

    letters: str
    words: tuple[str, ...]
    numbers: tuple[str, ...]
    people: tuple[str, ...]
    people_words: tuple[frozenset[str], ...]
    credit: str
    credit_words: frozenset[str]
    guests: frozenset[str]
    versus: bool
    makers: frozenset[str]
    mix: Mix
    whole: str
    leftover: str = ""
    remark: Remark | None = None
    bracketed: bool = False
    cut: bool = False
    joined: bool = False
    censored: bool = False


@lru_cache(REMEMBERED)
def spelt(artist: str, title: str) -> tuple[TrackName, Spelling]:
    """Return printed names parsed, and their plain reading."""
    artist, title = artist[:MOST_CHARACTERS], title[:MOST_CHARACTERS]
    return plain_reading(parse_name(artist, title))


def has_other_readings(name: TrackName) -> bool:
    """Return whether a name may be read in another way than the plain one."""
    title = name.full_title
    return ":" in name.artist or _makes_readings(title) or holds_number_word(title)


def _makes_readings(title: str) -> bool:
    """Return whether signs of a title make readings of it."""
    if not title.isascii():
        return _MAKES_READINGS.search(title) is not None
    # the same for ASCII, most titles, in a third of the time
    return (
        title[-1:] in _CLOSING
        or " -" in title
        or "- " in title
        or title[:1] in _OPENING
        or title[:1].isdecimal()
        or "_" in title
        or "--" in title
        or " w/" in (flat := title.lower())
        or flat.endswith(" version")
    )


def holds_number_word(title: str) -> bool:
    """Return whether a title holds a number in letters, as a word."""
    return not _NUMBER_WORDS.isdisjoint(folded(title).split())


def plain_reading(name: TrackName) -> tuple[TrackName, Spelling]:
    """Return a parsed name as it is compared, and its plainest reading."""
    if len(name.full_title) > MOST_CHARACTERS or len(name.artist) > MOST_CHARACTERS:
        name = parse_name(
            name.artist[:MOST_CHARACTERS], name.full_title[:MOST_CHARACTERS]
        )
    name, is_dressed = _with_all_remarks(name)
    return name, spelling(name, name.artist, name.featured, is_dressed=is_dressed)


def _with_all_remarks(name: TrackName) -> tuple[TrackName, bool]:
    """
    Take "(Sped Up)" and "- En Vivo" for versions, and leave dress out.

    It is fine for choosing, and too vague for identity.
    """
    is_dressed = False
    for _ in range(_MOST_REMARKS):
        found = _last_remark(name.title)
        if found is None:
            break
        rest, remark = found
        said = remark_of(remark)
        if said is Remark.VERSION:
            version = f"{remark}, {name.version}" if name.version else remark
            name = name._replace(title=rest, version=version)
        elif said is Remark.DRESS:
            name, is_dressed = name._replace(title=rest), True
        else:
            break
    return name, is_dressed


def trailing_bracket(title: str) -> re.Match[str] | None:
    """Find the bracket that ends a title, left open or not."""
    if "(" not in title and "[" not in title:
        return None
    return TRAILING.search(title)


def _last_remark(title: str) -> tuple[str, str] | None:
    """Part a title at its last bracket or dash."""
    if title[-1:] in _CLOSING:
        bracket = trailing_bracket(title)
        if bracket and bracket.start():
            return title[: bracket.start()], bracket[1]
    for start, end in dashes_of(title)[-1:]:
        if start and title[end:]:
            return title[:start], title[end:]
    return None


def is_unknown(credit: str) -> bool:
    """Return whether a credit names nobody."""
    flat = folded(credit)
    # "!!!" is a band, "?" is nobody
    return flat in _UNKNOWN or not flat.strip("?-–—._* ")


class Credit(NamedTuple):
    """The artists of a credit, made comparable."""

    people: tuple[str, ...]
    people_words: tuple[frozenset[str], ...]
    letters: str
    words: frozenset[str]
    guests: frozenset[str]
    versus: bool


@lru_cache(REMEMBERED)
def credit_of(credit: str, guests: tuple[str, ...]) -> Credit:
    """Return the artists of a printed credit, and guests from elsewhere."""
    people: dict[str, frozenset[str]] = {}
    if not is_unknown(credit):
        for artist in (*single_artists(credit), *guests):
            person, words = person_of(artist)
            people[person] = words
    if len(people) > 1 and not _NOBODY.isdisjoint(people):
        people = {who: words for who, words in people.items() if who not in _NOBODY}
    return Credit(
        people=tuple(people),
        people_words=tuple(people.values()),
        letters="".join(sorted(people)),
        words=frozenset().union(*people.values()),
        guests=frozenset(person_of(guest)[0] for guest in guests),
        versus=_VERSUS.search(credit) is not None,
    )


def spelling(
    name: TrackName,
    credit: str,
    guests: tuple[str, ...],
    leftover: str = "",
    *,
    is_dressed: bool = False,
) -> Spelling:
    """Make one reading comparable; a leftover that is a version is one."""
    who = credit_of(credit, guests)
    printed, remixers = name.title, name.remixers
    words = words_of(printed)
    title = "".join(words)
    version, remark = name.version or "", remark_of(leftover) if leftover else None
    if remark is Remark.VERSION:
        version, leftover, remark = f"{version} {leftover}".strip(), "", None
    is_dressed = is_dressed or remark is Remark.DRESS
    if version:
        mix = mix_of(version, is_dressed=is_dressed)
    else:
        mix = _DRESSED if is_dressed else _PLAIN
    last = printed[-1:]
    # in the order of its fields: naming them takes a third of the time again
    return Spelling(
        title,
        words,
        () if title.isalpha() else numbers_in(title),
        who.people,
        who.people_words,
        who.letters,
        who.words,
        who.guests,
        who.versus,
        _makers(remixers) if remixers else _NOBODYS,
        mix,
        f"{title}{letters(mix.text)}" if mix.text else title,
        "" if remark is Remark.DRESS else leftover,
        remark,
        last in _CLOSING or bool(dashes_of(printed)),
        last in _ENDING and bool(_ELLIPSIS.search(printed)),
        " / " in printed,
        "*" in printed,
    )


def dashes_of(title: str) -> tuple[tuple[int, int], ...]:
    """Return where the dashes of a title begin and end, with the spaces around."""
    # asked first because it is cheap: most titles hold none
    if title.isascii() and " -" not in title and "- " not in title:
        return ()
    return _dashes_of(title)


@lru_cache(256)
def _dashes_of(title: str) -> tuple[tuple[int, int], ...]:
    found: list[tuple[int, int]] = []
    last = 0
    for dash in _DASHES.finditer(title):
        start, end = dash.span()
        start = max(last, len(title[:start].rstrip()))
        end = len(title) - len(title[end:].lstrip())
        # a hyphen has no space on either side
        if (start, end) != dash.span():
            found.append((start, end))
            last = end
    return tuple(found)


def _makers(remixers: tuple[str, ...]) -> frozenset[str]:
    return frozenset(person_of(maker)[0] for maker in remixers)
