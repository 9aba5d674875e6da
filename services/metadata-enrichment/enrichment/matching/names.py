"""What disagrees in two readings of names: titles, numbers, mix names, credits."""

import re
from collections.abc import Iterable, Iterator

from enrichment.matching import weights
from enrichment.matching.evidence import Evidence
from enrichment.matching.mixes import Mix, compare_mixes
from enrichment.matching.penalties import Penalty, alike, penalty
from enrichment.matching.spellings import Spelling
from enrichment.matching.weights import WEIGHTS

# Titles that go on with these go on with a mix name, printed without brackets.
_VERSION_ENDINGS = frozenset(
    {
        *("mix", "remix", "rmx", "dub", "edit", "vip", "version", "bootleg", "rework"),
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
_YEAR = re.compile(r"(?:19|20)\d\d")
# A name that is another's plus one of these imitates them.
_IMITATES = frozenset({"karaoke", "tribute", "cover", "covers"})


def is_swapped(ours: Spelling, theirs: Spelling) -> bool:
    """Say whether artist and title stand in each other's place."""
    return (
        ours.letters == theirs.credit
        and theirs.letters == ours.credit
        and ours.letters != ours.credit
    )


def differences(
    ours: Spelling, theirs: Spelling, like: float, asked: Evidence, found: Evidence
) -> list[Penalty]:
    """Give penalties for what disagrees in two readings of names."""
    if not ours.letters or not theirs.letters:
        return [penalty("title", "title: not known on both sides")]
    if like < weights.LIKE_TITLE and not is_cut(ours, theirs):
        told = "swapped: artist and title stand in each other's place"
        return [penalty("swapped", told), *mix_penalty(ours.mix, theirs.mix)]
    penalties: list[Penalty] = []
    if ours.whole != theirs.whole:
        penalties += _title_and_mix(ours, theirs, like)
    penalties += people_penalty(ours, theirs)
    for side, own, other, credit in (
        (ours, asked, found, theirs.credit),
        (theirs, found, asked, ours.credit),
    ):
        if side.leftover:
            penalties.append(_leftover(side.leftover, (own.album, other.album, credit)))
    return penalties


def _title_and_mix(ours: Spelling, theirs: Spelling, like: float) -> Iterator[Penalty]:
    if like < 1:
        yield title_penalty(ours, theirs, like)
        yield from _mix_in_title(ours, theirs)
    if ours.numbers != theirs.numbers:
        yield _number(ours, theirs)
    yield from mix_penalty(ours.mix, theirs.mix)


def least_cost(like: float) -> float:
    """Give what `differences` come to at least when titles are so much alike: cheap."""
    if like == 1:
        return 0.0
    title = WEIGHTS["title"].cost * (1 - like)
    return min(title, WEIGHTS["title cut"].cost, WEIGHTS["swapped"].cost)


def title_penalty(ours: Spelling, theirs: Spelling, like: float) -> Penalty:
    """Give what two titles that differ cost; less when one is cut short."""
    told = f"title: wanted {ours.letters!r}, got {theirs.letters!r}"
    cost = WEIGHTS["title"].cost * (1 - like)
    if cost > WEIGHTS["title cut"].cost and is_cut(ours, theirs):
        return penalty("title cut", told)
    return Penalty("title", cost, told)


def is_cut(ours: Spelling, theirs: Spelling) -> bool:
    """Say whether one title is the other's beginning."""
    short, long = ours, theirs
    if len(short.letters) > len(long.letters):
        short, long = long, short
    # a remark in brackets may be a mix name: that it is left out is no cut
    return (
        not long.bracketed
        and len(short.letters) >= weights.CUT_AFTER_LETTERS
        and long.letters.startswith(short.letters)
        and len(short.words) >= weights.CUT_AFTER_WORDS
    )


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
    if ("1",) in (ours.numbers, theirs.numbers) and () in (
        ours.numbers,
        theirs.numbers,
    ):
        return penalty("first number", told)
    if not ours.numbers or not theirs.numbers:
        return penalty("number missing", told)
    return penalty("number", told)


def mix_penalty(ours: Mix, theirs: Mix) -> Iterator[Penalty]:
    """Compare the mix names."""
    if ours is not theirs and (name := compare_mixes(ours, theirs)):
        told = f"version: wanted {_told(ours)}, got {_told(theirs)}"
        yield penalty(name, told)


def _told(mix: Mix) -> str:
    return f"'{mix.text}'" if mix.text else "none"


def _leftover(leftover: str, known: Iterable[str]) -> Penalty:
    if _YEAR.fullmatch(leftover):
        return penalty("leftover known", f"remark: {leftover} is a year")
    for text in known:
        if text and (alike(text, leftover) >= weights.LIKE_ALBUM or leftover in text):
            return penalty("leftover known", f"remark: {leftover!r} is no part of it")
    return penalty("leftover", f"remark: {leftover!r} on one side only")


def people_penalty(ours: Spelling, theirs: Spelling) -> Iterator[Penalty]:
    """Compare credits as sets: order and roles are printed in every way."""
    if ours.people == theirs.people and ours.people:
        return
    told = f"artist: wanted {ours.credit!r}, got {theirs.credit!r}"
    if not ours.people or not theirs.people:
        yield penalty("artist unknown", told)
        return
    if (ours.credit_words ^ theirs.credit_words) & _IMITATES:
        yield penalty("artist", told)
        return
    missing = [n for n in range(len(ours.people)) if not _is_in(ours, n, theirs)]
    extra = [n for n in range(len(theirs.people)) if not _is_in(theirs, n, ours)]
    if not missing and not extra:
        return
    if len(missing) == len(ours.people) and len(extra) == len(theirs.people):
        like = alike(ours.credit, theirs.credit)
        if ours.makers & set(theirs.people) or theirs.makers & set(ours.people):
            yield penalty("remixer as artist", told)
        elif like >= weights.LIKE_CREDIT:
            yield penalty("artist spelling", told, 1 - like)
        else:
            yield penalty("artist", told)
    elif missing and extra:
        yield penalty("artists differ", told)
    else:
        yield penalty("artist missing", told)


def _is_in(side: Spelling, place: int, other: Spelling) -> bool:
    """Say whether a person of one side is found in the other's credit."""
    person, words = side.people[place], side.people_words[place]
    if person in other.people:
        return True
    if len(person) >= 3 and words and words <= other.credit_words:
        return True
    if len(person) < 4:
        return False
    return any(
        (theirs <= words and len("".join(theirs)) >= 4)
        or alike(person, name) >= weights.LIKE_PERSON
        for name, theirs in zip(other.people, other.people_words, strict=True)
    )
