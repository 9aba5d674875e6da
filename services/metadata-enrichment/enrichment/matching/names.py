"""What disagrees in two readings of names: titles, numbers, mix names, remarks."""

import re
from collections.abc import Iterator

from enrichment.matching import weights
from enrichment.matching.evidence import Evidence, album_letters
from enrichment.matching.penalties import Penalty, alike, penalty
from enrichment.matching.people import people_penalty
from enrichment.matching.weights import WEIGHTS
from enrichment.matching.words.lettering import letters
from enrichment.matching.words.misprints import is_hidden, misprinted_words
from enrichment.matching.words.mixes import Mix, compare_mixes
from enrichment.matching.words.remarks import Remark, is_translation
from enrichment.matching.words.spellings import Spelling, credit_of

# Titles that go on with these go on with a mix name, printed without brackets.
_VERSION_ENDINGS = frozenset(
    {
        *("mix", "remix", "rmx", "dub", "edit", "vip", "bootleg", "rework"),
        *("live", "acoustic", "instrumental", "acapella", "karaoke", "cover", "demo"),
        *(
            "reprise",
            "interlude",
            "mixed",
            "unplugged",
            "slowed",
            "reverb",
            "nightcore",
        ),
    }
)
_SIDE = re.compile(r"[a-z]\d")
_YEAR = re.compile(r"(?:19|20)\d\d")
# A sentence that was cut short continues with one of these.
_GOES_ON = frozenset(
    {"of", "for", "from", "to", "in", "on", "at", "that", "with", "when", "where"}
)
_GOES_ON_WORDS = 3


def is_swapped(ours: Spelling, theirs: Spelling) -> bool:
    """Return whether artist and title are in each other's place."""
    return (
        ours.letters == theirs.credit
        and theirs.letters == ours.credit
        and ours.letters != ours.credit
    )


def differences(
    ours: Spelling, theirs: Spelling, like: float, asked: Evidence, found: Evidence
) -> list[Penalty]:
    """Return penalties for what disagrees in two readings of names."""
    if not ours.letters or not theirs.letters:
        return [penalty("title", "title: not known on both sides")]
    if like < weights.LIKE_TITLE and not is_cut(ours, theirs):
        return [_swapped(ours), *mix_penalty(ours.mix, theirs.mix)]
    penalties: list[Penalty] = []
    if ours.whole != theirs.whole or ours.mix.dressed != theirs.mix.dressed:
        penalties += _title_and_mix(ours, theirs, like)
    penalties += people_penalty(ours, theirs, found.aliases)
    if ours.leftover or theirs.leftover:
        penalties += _leftovers(ours, theirs, asked, found)
    return penalties


def _swapped(ours: Spelling) -> Penalty:
    told = "swapped: artist and title stand in each other's place"
    is_short = len(ours.words) == 1 and len(ours.credit_words) == 1
    return penalty("swapped words" if is_short else "swapped", told)


def _title_and_mix(ours: Spelling, theirs: Spelling, like: float) -> Iterator[Penalty]:
    if like < 1:
        yield title_penalty(ours, theirs, like)
        yield from _mix_in_title(ours, theirs)
        if _differ_in_a_sign(ours.words, theirs.words):
            told = f"number: wanted {ours.words[-1]!r}, got {theirs.words[-1]!r}"
            yield penalty("number", told)
    if ours.numbers != theirs.numbers:
        yield _number(ours, theirs)
    yield from mix_penalty(ours.mix, theirs.mix)


def least_cost(ours: Spelling, theirs: Spelling, like: float) -> float:
    """Return what `differences` come to at least for titles so much alike: cheap."""
    if like < weights.LIKE_TITLE:
        return WEIGHTS["swapped"].cost
    on_one_side = bool(ours.leftover) != bool(theirs.leftover)
    least = WEIGHTS["leftover known"].cost if on_one_side else 0.0
    if like == 1:
        return least
    if ours.censored or theirs.censored:
        return least + WEIGHTS["censored"].cost
    title = WEIGHTS["title"].cost * (1 - like)
    return least + min(title, WEIGHTS["title cut"].cost)


def title_penalty(ours: Spelling, theirs: Spelling, like: float) -> Penalty:
    """Return what two titles that differ cost; less when one is cut short."""
    told = f"title: wanted {ours.letters!r}, got {theirs.letters!r}"
    if (ours.censored or theirs.censored) and is_hidden(ours.words, theirs.words):
        return penalty("censored", told)
    cost = WEIGHTS["title"].cost * (1 - like)
    if cost > WEIGHTS["title cut"].cost and is_cut(ours, theirs):
        return penalty("title cut", told)
    least = WEIGHTS["title word"].cost
    if ours.numbers != theirs.numbers:
        # told by itself
        return Penalty("title", cost, told)
    if cost < least and not misprinted_words(ours.words, theirs.words):
        return Penalty("title word", least, told)
    return Penalty("title", cost, told)


def _differ_in_a_sign(ours: tuple[str, ...], theirs: tuple[str, ...]) -> bool:
    """Return whether titles end with two different single letters: sides, movements."""
    return (
        len(ours) == len(theirs) > 1
        and ours[-1] != theirs[-1]
        and len(ours[-1]) == len(theirs[-1]) == 1
        and ours[-1].isalpha()
        and theirs[-1].isalpha()
    )


def is_cut(ours: Spelling, theirs: Spelling) -> bool:
    """
    Return whether one title is the other's beginning, and shows that it was cut.

    What only continues may be another version or another song.
    """
    short, long = ours, theirs
    if len(short.letters) > len(long.letters):
        short, long = long, short
    if (
        # a remark may be a mix name: that it is left out is no cut
        long.bracketed
        or len(short.letters) < weights.CUT_AFTER_LETTERS
        or not long.letters.startswith(short.letters)
        or len(short.words) < weights.CUT_AFTER_WORDS
    ):
        return False
    rest = long.words[len(short.words) :]
    if ours.joined and long is ours:
        # what is printed behind a slash is the next of a list as often
        return True
    return short.cut or (len(rest) >= _GOES_ON_WORDS and rest[0] in _GOES_ON)


def _mix_in_title(ours: Spelling, theirs: Spelling) -> Iterator[Penalty]:
    """Find a mix name printed without brackets: "Harbour" and "Harbour VIP"."""
    short, long = ours, theirs
    if len(short.words) > len(long.words):
        short, long = long, short
    rest = long.words[len(short.words) :]
    if rest and rest[-1] in _VERSION_ENDINGS and long.letters.startswith(short.letters):
        told = f"version: {' '.join(rest)!r} goes on in one title only"
        yield penalty("version", told)


def _number(ours: Spelling, theirs: Spelling) -> Penalty:
    told = (
        f"number: wanted {' '.join(ours.numbers) or 'none'},"
        f" got {' '.join(theirs.numbers) or 'none'}"
    )
    if _is_first_of_many(ours, theirs) or _is_first_of_many(theirs, ours):
        return penalty("first number", told)
    if not ours.numbers or not theirs.numbers:
        return penalty("number missing", told)
    return penalty("number", told)


def _is_first_of_many(ours: Spelling, theirs: Spelling) -> bool:
    """Return whether one title counts itself as the first; "B1" is a side."""
    if ours.numbers != ("1",) or theirs.numbers:
        return False
    return _SIDE.fullmatch(ours.words[-1]) is None


def mix_penalty(ours: Mix, theirs: Mix) -> Iterator[Penalty]:
    """Compare the mix names."""
    if ours is not theirs and (name := compare_mixes(ours, theirs)):
        told = f"version: wanted {_told(ours)}, got {_told(theirs)}"
        yield penalty(name, told)


def _told(mix: Mix) -> str:
    return f"'{mix.text}'" if mix.text else "none"


def _leftovers(
    ours: Spelling, theirs: Spelling, asked: Evidence, found: Evidence
) -> Iterator[Penalty]:
    if ours.leftover and theirs.leftover:
        if letters(ours.leftover) != letters(theirs.leftover):
            told = f"remark: wanted {ours.leftover!r}, got {theirs.leftover!r}"
            yield penalty("remark differs", told)
        return
    if ours.leftover and ours.remark is Remark.SHOW:
        told = f"remark: {ours.leftover!r} names the show that played it"
        yield penalty("leftover known", told)
    elif ours.leftover:
        yield _leftover(ours, theirs, asked.album, found.album)
    else:
        yield _leftover(theirs, ours, found.album, asked.album)


def _leftover(side: Spelling, other: Spelling, own: str, theirs: str) -> Penalty:
    """Return what a remark on one side only costs."""
    if _YEAR.fullmatch(side.leftover):
        return penalty("leftover known", f"remark: {side.leftover} is a year")
    plain = album_letters(side.leftover)
    is_album = alike(theirs, plain) >= weights.LIKE_ALBUM
    if side.remark is Remark.VERSION and not is_album:
        return penalty("version", f"version: {side.leftover!r} on one side only")
    is_album = is_album or (
        alike(own, plain) >= weights.LIKE_REMARK or (bool(plain) and plain in theirs)
    )
    if is_album or _names_the_artist(side.leftover, other):
        told = f"remark: {side.leftover!r} is no part of it"
        return penalty("leftover known", told)
    told = f"remark: {side.leftover!r} on one side only"
    if side.remark is Remark.SUBTITLE or is_translation(side.leftover):
        return penalty("subtitle", told)
    return penalty("leftover", told)


def _names_the_artist(leftover: str, other: Spelling) -> bool:
    return credit_of(leftover, ()).letters == other.credit
