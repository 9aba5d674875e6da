"""What disagrees in two credits: compared as sets, since order and roles vary."""

from collections.abc import Iterator
from enum import IntEnum

from enrichment.matching import weights
from enrichment.matching.lettering import without_umlauts
from enrichment.matching.misprints import misprinted_name
from enrichment.matching.penalties import Penalty, alike, penalty
from enrichment.matching.spellings import Spelling
from enrichment.matching.weights import WEIGHTS

# A name that is another's plus one of these imitates them.
_IMITATES = frozenset({"karaoke", "tribute", "cover", "covers"})
# The same mix by this name excuses a credit that is near: shorter names are words.
_LEAST_MIX_NAME = 4


class _Found(IntEnum):
    """How surely a person of one credit is in the other."""

    NOT = 0
    NEAR = 1
    MISPRINTED = 2
    SURELY = 3


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
    wanted, got = _found_all(ours, theirs), _found_all(theirs, ours)
    missing = [n for n, found in enumerate(wanted) if found < _Found.MISPRINTED]
    extra = [n for n, found in enumerate(got) if found < _Found.MISPRINTED]
    if len(missing) == len(wanted) and len(extra) == len(got):
        yield _nobody_shared(ours, theirs, max(*wanted, *got), told)
        return
    if _Found.MISPRINTED in wanted or _Found.MISPRINTED in got:
        yield penalty("artist misprint", told)
    if missing or extra:
        left_out = {ours.people[n] for n in missing}
        added = {theirs.people[n] for n in extra}
        yield penalty(_partners(ours, theirs, left_out, added), told)


def _partners(
    ours: Spelling, theirs: Spelling, left_out: set[str], added: set[str]
) -> str:
    """Name the penalty for partners on one side only."""
    joined = (ours.versus and left_out) or (theirs.versus and added)
    if joined and not (left_out | added) <= ours.makers | theirs.makers:
        return "versus"
    return "artists differ" if left_out and added else "artist missing"


def _nobody_shared(
    ours: Spelling, theirs: Spelling, found: _Found, told: str
) -> Penalty:
    is_same_mix = len(ours.mix.called) >= _LEAST_MIX_NAME and ours.mix == theirs.mix
    if ours.makers & set(theirs.people) or theirs.makers & set(ours.people):
        return penalty("remixer of it" if is_same_mix else "remixer as artist", told)
    like = alike(ours.credit, theirs.credit)
    if found is _Found.NOT and like < weights.LIKE_CREDIT:
        return penalty("artist", told)
    apart = WEIGHTS["artist spelling"].cost * (1 - like)
    least = WEIGHTS["artist near"].cost
    if is_same_mix:
        least *= _SAME_MIX_LEAVES
    if found is _Found.NEAR or apart <= least:
        return Penalty("artist near", least, told)
    return Penalty("artist spelling", apart, told)


# As far as the length of a recording excuses: two works share no mix's name.
_SAME_MIX_LEAVES = weights.EXCUSES["duration"]


def _found_all(side: Spelling, other: Spelling) -> list[_Found]:
    return [_found(side, place, other) for place in range(len(side.people))]


def _found(side: Spelling, place: int, other: Spelling) -> _Found:
    """Say how surely a person of one side is in the other's credit."""
    person, words = side.people[place], side.people_words[place]
    if person in other.people or _is_parted(person, words, other):
        return _Found.SURELY
    found = _Found.NOT
    for name, theirs in zip(other.people, other.people_words, strict=True):
        if without_umlauts(person) == without_umlauts(name) or _is_parted(
            name, theirs, side, with_=words
        ):
            return _Found.SURELY
        found = max(found, _near(person, words, name, theirs))
    return found


def _is_parted(
    person: str,
    words: frozenset[str],
    other: Spelling,
    *,
    with_: frozenset[str] | None = None,
) -> bool:
    """
    Say whether one credit prints as one name what the other prints as several.

    "Tyler, The Creator" is "Tyler the Creator": all words of the name are the whole
    names of persons. A name that is only part of another ("Drake", "Nick Drake") is
    somebody else's.
    """
    if len(words) < 2 or (with_ is not None and not with_ <= words):
        return False
    parts = [theirs for theirs in other.people_words if theirs <= words]
    return len(parts) > 1 and frozenset().union(*parts) == words and bool(person)


def _near(
    person: str, words: frozenset[str], name: str, theirs: frozenset[str]
) -> _Found:
    if words < theirs or theirs < words:
        return _Found.NEAR
    ours_alone, theirs_alone = words - theirs, theirs - words
    if words == theirs:
        # "Utada Hikaru", "Hikaru Utada"
        return _Found.SURELY
    if len(ours_alone) == len(theirs_alone) == 1:
        (mine,), (yours,) = ours_alone, theirs_alone
        if misprinted_name(mine, yours):
            return _Found.MISPRINTED
    elif len(words) != len(theirs) and misprinted_name(person, name):
        return _Found.MISPRINTED
    is_near = len(person) >= 3 and alike(person, name) >= weights.LIKE_PERSON
    return _Found.NEAR if is_near else _Found.NOT
