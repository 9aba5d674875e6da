"""Printed words made comparable: scripts, articles, numbers, persons' names."""

import re
import unicodedata
from functools import lru_cache

from anyascii import anyascii

from enrichment.contract.identity.identity import folded

# Names of any real collection repeat; bounded, since a worker runs for months.
REMEMBERED = 2048
# Longer names are compared by their beginning: no credit and no title is as long.
MOST_CHARACTERS = 500
_ARTICLES = frozenset({"the", "a", "an"})
# Spelt in many ways for the same thing; "and" is as often "&" and "n".
_SPELT_OUT = {
    "pt": "part",
    "vol": "volume",
    "nr": "number",
    "u": "you",
    "alt": "alternate",
    "ii": "2",
    "iii": "3",
    "iv": "4",
    "vi": "6",
    "vii": "7",
    "viii": "8",
    "ix": "9",
}
# Written out after what is counted ("Part Two"); elsewhere a second way to read.
SPELT_NUMBERS = {
    "one": "1",
    "two": "2",
    "three": "3",
    "four": "4",
    "five": "5",
    "six": "6",
    "seven": "7",
    "eight": "8",
    "nine": "9",
    "ten": "10",
}
# Numbers only where one is expected: "You and I" and "X" are titles.
_ROMAN_LETTERS = {"i": "1", "v": "5", "x": "10"}
# "Push 2 Start It"; a number at the end, or after what is counted, stays one.
_SPOKEN_NUMBERS = {"2": "to", "4": "for"}
_COUNTED = frozenset(
    {"part", "volume", "number", "chapter", "act", "no", "track", "movement"}
)
_JOINING = frozenset({"and", "n", "und", "et", "y"})
_NOT_AS_PRINTED = _ARTICLES.union(
    _SPELT_OUT, _SPOKEN_NUMBERS, _JOINING, _COUNTED, _ROMAN_LETTERS
)
_MAY_NUMBER = frozenset({*SPELT_NUMBERS, *_ROMAN_LETTERS, *_SPOKEN_NUMBERS})
_NUMBERING = _MAY_NUMBER | _COUNTED
_NUMBER = re.compile(r"\d+")
# A movement of a symphony is numbered behind a colon, by Roman letters and a dot.
_MOVEMENT = re.compile(r"(?<=[:–-]\s)([IVX])\.(?=\s)")
# What signs hide is left out, so that the letters beside them stay one word.
_CENSORED = re.compile(r"(?<=\w)\*+(?=\w)")
# "2K23" and "2k8" are years.
_YEAR_WITH_K = re.compile(r"\b2k(\d{1,2})\b")
# "P!nk": a sign for a letter, within a word only.
_SIGN_FOR_I = re.compile(r"(?<=\w)!(?=\w)")
# Tells artists of one name apart at shops: "Dave (UK)", "Fisher (2)".
_NAMESAKE = re.compile(r"\s*\((?:[A-Z]{2,3}|\d{1,2})\)$")
_BEFORE_PERSONS = frozenset({"dj", "mc"})
# "deadmau5" is "Deadmaus".
_FIGURES_FOR_LETTERS = str.maketrans("0134578", "oieastb")
_UMLAUTS = re.compile(r"(?<=[aou])e")


@lru_cache(REMEMBERED)
def letters(text: str) -> str:
    """Return the letters of a text in any script, spelling apart, without spaces."""
    return "".join(words_of(text))


@lru_cache(REMEMBERED)
def words_of(text: str) -> tuple[str, ...]:
    """Return the words of a text in any script, spelling apart."""
    if "*" in text:
        text = _CENSORED.sub("", text)
    if "." in text:
        text = _MOVEMENT.sub(lambda found: _ROMAN_LETTERS[found[1].lower()], text)
    flat = folded(text)
    if not flat.isascii():
        flat = folded(anyascii(flat)) or flat
    if "2k" in flat:
        flat = _YEAR_WITH_K.sub(lambda found: f"20{found[1]:0>2}", flat)
    said = flat.split()
    if _NOT_AS_PRINTED.isdisjoint(said):
        return tuple(said)
    end = len(said) - 1
    words = [
        _SPELT_OUT.get(word, word)
        for n, word in enumerate(said)
        if n == end or word not in _JOINING
    ]
    if len(words) > 1 and not _NUMBERING.isdisjoint(words):
        words = _numbered(words)
    last = len(words) - 1
    # the last word is none: "Untitled (A)" is not "Untitled (B)"
    kept = [w for n, w in enumerate(words) if n == last or w not in _ARTICLES]
    return tuple(words if _ARTICLES.issuperset(kept) else kept)


def _numbered(words: list[str]) -> list[str]:
    """Read numbers of every kind, and leave out what is counted: "Part 4" is "4"."""
    read: list[str] = []
    for n, word in enumerate(words):
        is_counted = n > 0 and words[n - 1] in _COUNTED
        said = _number_word(words, n) if word in _MAY_NUMBER else word
        if len(read) > 1 and is_counted and said.isdecimal():
            read.pop()
        read.append(said)
    return read


def _number_word(words: list[str], n: int) -> str:
    """Read one word that may be a number: after what is counted, or at the end."""
    word, last = words[n], len(words) - 1
    if n > 0 and words[n - 1] in _COUNTED:
        return SPELT_NUMBERS.get(word) or _ROMAN_LETTERS.get(word, word)
    if n == last and word != "x":
        return _ROMAN_LETTERS.get(word, word)
    if 0 < n < last and words[n + 1].isalpha():
        return _SPOKEN_NUMBERS.get(word, word)
    return word


def numbers_in(title: str) -> tuple[str, ...]:
    """Return the numbers of a title, in order, without leading zeros."""
    return tuple(number.lstrip("0") or "0" for number in _NUMBER.findall(title))


@lru_cache(REMEMBERED)
def person_of(name: str) -> tuple[str, frozenset[str]]:
    """Return the letters and the words of one artist's name."""
    name = without_namesake(name)
    if "!" in name:
        name = _SIGN_FOR_I.sub("i", name)
    words = words_of(name)
    if words and words[0] in _BEFORE_PERSONS:
        words = words[1:] or (*words, *_symbols(name))
    return "".join(words), frozenset(words)


def without_namesake(name: str) -> str:
    """Return a name without the land or number that tells namesakes apart."""
    return _NAMESAKE.sub("", name) if name.endswith(")") else name


def _symbols(name: str) -> tuple[str, ...]:
    """Return the signs of a name that has no other letters: "DJ 🌴"."""
    if name.isascii():
        return ()
    return tuple(sign for sign in name if unicodedata.category(sign) == "So")


@lru_cache(REMEMBERED)
def without_umlauts(person: str) -> str:
    """Return a name with "oe" as "o", and figures within words as their letters."""
    if not (person.isalpha() or person.isdecimal()):
        person = person.translate(_FIGURES_FOR_LETTERS)
    return _UMLAUTS.sub("", person)
