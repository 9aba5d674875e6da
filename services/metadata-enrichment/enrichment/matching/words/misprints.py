"""Whether two words, or two names, are one that was misprinted."""

import re
from functools import lru_cache

from rapidfuzz.distance import OSA

from enrichment.matching.weights import MISPRINTED, MISPRINTED_LONG

_LEAST_PLURAL = 4
# Words that a sentence may lose at its end: "Believe It". "Sr" and "EP" are none.
_LOST_WORDS = frozenset({"it", "me", "us", "up", "on", "in", "so", "no", "go", "to"})
_FIGURES = re.compile(r"\d+")


@lru_cache(2048)
def misprinted_word(ours: str, theirs: str) -> bool:
    """
    Return whether a word of a title may be the other one, misprinted.

    A letter too many or too few, or two letters in each other's place are misprints;
    another letter makes another word.
    """
    if ours == theirs:
        return True
    short, long = sorted((ours, theirs), key=len)
    if not (short.isalpha() and long.isalpha()) or short[0] != long[0]:
        return False
    if _is_slang(short, long) or (len(short) >= _LEAST_PLURAL and long == f"{short}s"):
        return True
    if len(short) < MISPRINTED:
        return False
    return OSA.distance(short, long, score_cutoff=1) <= 1 and (
        len(short) != len(long) or sorted(short) == sorted(long)
    )


def _is_slang(short: str, long: str) -> bool:
    """Return whether one is the other as it is spoken: "Fucka", "Rollin"."""
    return (long.endswith("er") and short == f"{long[:-2]}a") or (
        long.endswith("ing") and short == long[:-1]
    )


@lru_cache(2048)
def misprinted_name(ours: str, theirs: str) -> bool:
    """
    Return whether an artist's name may be the other one, misprinted.

    Names are chosen to be near others: one letter apart is another artist, unless a
    letter is doubled, a long word has one more, or has figures among its letters
    ("deadmau5"), which nobody else has. A further "s" is a tribute.
    """
    short, long = sorted((ours, theirs), key=len)
    if len(short) < MISPRINTED or short[0] != long[0] or long == f"{short}s":
        return False
    if _FIGURES.findall(ours) != _FIGURES.findall(theirs):
        return False
    if OSA.distance(short, long, score_cutoff=1) > 1:
        return False
    return (
        _is_doubled(short, long)
        or (len(short) >= MISPRINTED_LONG and _is_nobody_elses(short, long))
        or sorted(short) == sorted(long)
    )


def _is_nobody_elses(short: str, long: str) -> bool:
    """Return whether a long name has a letter more, or is written with figures too."""
    return len(short) != len(long) or not (short.isalpha() or short.isdecimal())


def _is_doubled(short: str, long: str) -> bool:
    """Return whether the longer one has one letter twice that the shorter has once."""
    if len(long) != len(short) + 1:
        return False
    place = next((n for n, letter in enumerate(short) if letter != long[n]), len(short))
    return place > 0 and long[place] == long[place - 1]


def misprinted_words(ours: tuple[str, ...], theirs: tuple[str, ...]) -> bool:
    """Return whether the words of two titles are the same, misprints apart."""
    if len(ours) == len(theirs):
        return all(map(misprinted_word, ours, theirs))
    short, long = sorted((ours, theirs), key=len)
    if long[:-1] == short:
        return len(short) == 1 and long[-1] in _LOST_WORDS
    # words may be parted otherwise: "Loveparade"
    return misprinted_word("".join(ours), "".join(theirs))


def is_hidden(ours: tuple[str, ...], theirs: tuple[str, ...]) -> bool:
    """Return whether words agree where signs stand for letters: "f**k" is read "fk"."""
    return len(ours) == len(theirs) and all(map(_may_hide, ours, theirs))


def _may_hide(ours: str, theirs: str) -> bool:
    short, long = sorted((ours, theirs), key=len)
    if ours == theirs:
        return True
    if short[0] != long[0] or short[-1] != long[-1]:
        return False
    letters = iter(long)
    return all(letter in letters for letter in short)
