"""Other ways to read a printed name: dashes, brackets, file names, places in lists."""

import re
from collections.abc import Iterator, Sequence
from functools import lru_cache
from typing import Any

from enrichment.contract.identity.titles import TrackName, parse_name
from enrichment.matching.words.lettering import REMEMBERED, SPELT_NUMBERS, letters
from enrichment.matching.words.remarks import Remark, is_translation, remark_of
from enrichment.matching.words.spellings import (
    NUMBER_WORD,
    Spelling,
    credit_of,
    dashes_of,
    has_other_readings,
    holds_number_word,
    is_unknown,
    plain_reading,
    spelling,
    trailing_bracket,
)

# "007-Title", "0A3-Title": the place on an album, printed before the title.
_TRACK_NUMBER = re.compile(
    r"^(?:0[0-9A-Z]{1,3}|\d{1,3})\s?[-._]\s?(?=\S)|^0\d\d(?=[^\W\d])"
)
_LEADING = re.compile(r"[(\[]([^()\[\]]+)[)\]]\s+(?=\S)")
# "Artist_-_Title", "Artist---Title": names of files
_FILE_DASH = re.compile(r"(?<!_)_{1,5}-_{1,5}|-{2,}")
_FILE_SPACE = re.compile(r"_+|(?<! )-(?! )")
_SPACES = re.compile(r"\s{2,}")
# "Record Of The Week: Above & Beyond": a show's remark before the credit.
_REMARK = re.compile(r"^[^:]{3,60}:\s+(?=\S)")
# "Harbour Version": the word alone says nothing.
_VERSION = re.compile(r"\s+version$", re.IGNORECASE)
# "Rife w/ Teal": a guest behind a title, printed without brackets.
_WITH = re.compile(r"\sw/\s*(?=\S)")


@lru_cache(REMEMBERED)
def other_readings(name: TrackName) -> tuple[Spelling, ...]:
    """Return the readings of a parsed name beside the plain one."""
    if not has_other_readings(name):
        return ()
    found: list[Spelling] = []
    for title, leftover in _titles(name):
        if not leftover:
            found.append(plain_reading(parse_name(name.artist, title))[1])
            continue
        found.append(_read(name, name.artist, title, leftover))
        if remark_of(leftover) is Remark.VERSION:
            # what reads as a version may be the name of the album
            _, again = plain_reading(parse_name(name.artist, title))
            found.append(found[-1]._replace(**_as_remark(again, leftover)))
    found += _artist_repeated(name)
    if remixed := _remixed_by_bracket(name):
        found.append(remixed)
    if ":" in name.artist and (remark := _REMARK.match(name.artist)):
        credit = name.artist[remark.end() :]
        found.append(spelling(name, credit, name.featured))
    return tuple(found)


def _as_remark(plain: Spelling, leftover: str) -> dict[str, Any]:
    kept = {"mix": plain.mix, "whole": plain.whole}
    return {**kept, "leftover": leftover, "remark": Remark.VERSION}


def _read(name: TrackName, artist: str, title: str, leftover: str = "") -> Spelling:
    again = parse_name(artist, title)
    guests = tuple(dict.fromkeys((*name.featured, *again.featured)))
    return spelling(again, again.artist, guests, leftover)


def _plain_text(title: str) -> str:
    """Return a title without what file names and lists put before and between."""
    if " " not in title and ("_" in title or "--" in title):
        title = _FILE_SPACE.sub(" ", _FILE_DASH.sub(" - ", title))
        title = _SPACES.sub(" ", title).strip()
    if title.count(")") > title.count("("):
        title = title.removesuffix(")")
    if number := _TRACK_NUMBER.match(title):
        title = title[number.end() :]
    return title


def _titles(name: TrackName) -> Iterator[tuple[str, str]]:
    """Yield other readings of the title alone: (title, what it leaves out)."""
    title = _plain_text(name.full_title)
    if title != name.full_title:
        yield title, ""
    bare = _VERSION.search(title)
    if bare and not dashes_of(title):
        yield title[: bare.start()], bare[0].strip()
    if holds_number_word(title):
        yield NUMBER_WORD.sub(lambda word: SPELT_NUMBERS[word[0].lower()], title), ""
    if "/" in title and (guest := _WITH.search(title)):
        yield f"{title[: guest.start()]} (feat. {title[guest.end() :]})", ""
    yield from _around_dashes(title)
    if leading := _LEADING.match(title):
        yield title[leading.end() :], leading[1]
    # what the grammar took for a version may be an album's name; what it did not
    # may be a subtitle
    if bracket := trailing_bracket(title):
        rest = title[: bracket.start()]
        if rest and not (name.version and bracket[1].strip() in name.version):
            yield rest, bracket[1]
            if is_translation(rest) and not is_translation(bracket[1]):
                # "강남스타일 (Gangnam Style)": others print what is in the bracket
                yield bracket[1], rest


def _around_dashes(title: str) -> Iterator[tuple[str, str]]:
    """Part a title at its first and its last dash."""
    dashes = dashes_of(title)
    for start, end in dashes[:1] + dashes[1:][-1:]:
        left, right = title[:start], title[end:]
        if left and right:
            yield left, right


def _artist_repeated(name: TrackName) -> Iterator[Spelling]:
    """
    Read "Artist - Title" in a title that names the printed artist once more.

    Where no artist is printed, the title alone names him. A printed artist always
    counts: whom else the title names is nobody's credit.
    """
    title = _plain_text(name.full_title)
    if not dashes_of(title):
        return
    printed, nobody = credit_of(name.artist, name.featured), is_unknown(name.artist)
    for left, right in _around_dashes(title):
        if nobody or _names_one_of(left, printed.people):
            yield _read(name, left, right)


def _names_one_of(text: str, people: Sequence[str]) -> bool:
    """Return whether a text, read as a credit, names one of some persons."""
    flat = letters(text)
    # asked first because it is cheap: most texts name none
    if not any(person in flat for person in people):
        return False
    return not set(credit_of(text, ()).people).isdisjoint(people)


def _remixed_by_bracket(name: TrackName) -> Spelling | None:
    """Read "Harbour (Wren)" as Wren's remix: many lists leave the word out."""
    bracket = None if name.version else trailing_bracket(name.title)
    if not bracket or not bracket.start() or remark_of(bracket[1]) is Remark.SIGN:
        return None
    named = name._replace(title=name.title[: bracket.start()], version=bracket[1])
    return spelling(named, name.artist, name.featured)
