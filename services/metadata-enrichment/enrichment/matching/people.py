"""What disagrees in two credits: compared as sets, since order and roles vary."""

from collections.abc import Mapping, Sequence
from enum import IntEnum
from types import MappingProxyType

from enrichment.matching import weights
from enrichment.matching.penalties import Penalty, alike, penalty
from enrichment.matching.weights import WEIGHTS
from enrichment.matching.words.lettering import without_umlauts
from enrichment.matching.words.misprints import misprinted_name
from enrichment.matching.words.spellings import Spelling

# A name that is another's plus one of these imitates them.
_IMITATES = frozenset({"karaoke", "tribute", "cover", "covers"})
# "A x B", "A y B": letters of a word that joins two names.
_MOST_JOINING = 2
# The same mix by this name excuses a credit that is near: shorter names are words.
_LEAST_MIX_NAME = 4
# Names of fewer letters are near to too many.
_LEAST_NEAR = 3
# Two names differ in one word.
_ONE_EACH = 2


class _Found(IntEnum):
    """How surely a person of one credit is in the other."""

    NOT = 0
    # their name in the plural: who plays their songs
    PLURAL = 1
    # their name continues: "Drake" and "Nick Drake", "The Band" and "The Band Perry"
    LONGER = 2
    # another letter in a word too short to be misprinted: "Led" and "Lez"
    WORD = 3
    # another letter in place of one: "Röyksapp"
    REPLACED = 4
    NEAR = 5
    MISPRINTED = 6
    SURELY = 7


_GOES_ON = frozenset({_Found.PLURAL, _Found.LONGER})
_NEARLY = _GOES_ON | {_Found.WORD, _Found.REPLACED, _Found.NEAR}
# Names that the same mix beside them excuses.
_LIKELIER_BY_MIX = frozenset({_Found.LONGER, _Found.NEAR})


def people_penalty(
    ours: Spelling,
    theirs: Spelling,
    aliases: Mapping[str, frozenset[str]] = MappingProxyType({}),
) -> list[Penalty]:
    """
    Compare credits as sets: order and roles are printed in every way.

    Args:
        aliases: what their persons are called elsewhere.
    """
    if ours.people == theirs.people and ours.people:
        return []
    if aliases:
        named = _called_otherwise(ours, theirs, aliases)
        if named is not theirs:
            told = f"artist: {theirs.credit!r} is also called {named.credit!r}"
            return [penalty("artist alias", told), *people_penalty(ours, named)]
    return _of_two_credits(ours, theirs)


def _of_two_credits(ours: Spelling, theirs: Spelling) -> list[Penalty]:
    told = f"artist: wanted {ours.credit!r}, got {theirs.credit!r}"
    if not ours.people or not theirs.people:
        return [penalty("artist unknown", told)]
    if (ours.credit_words ^ theirs.credit_words) & _IMITATES:
        return [penalty("artist", told)]
    wanted, got = _found_all(ours, theirs), _found_all(theirs, ours)
    missing = [n for n, found in enumerate(wanted) if found < _Found.MISPRINTED]
    extra = [n for n, found in enumerate(got) if found < _Found.MISPRINTED]
    if len(missing) == len(wanted) and len(extra) == len(got):
        return [_nobody_shared(ours, theirs, max(*wanted, *got), told)]
    penalties: list[Penalty] = []
    if _Found.MISPRINTED in (*wanted, *got):
        penalties.append(penalty("artist misprint", told))
    elif not (missing or extra) and set(ours.people) != set(theirs.people):
        penalties.append(penalty("artist written", told))
    if missing or extra:
        sides = (wanted, missing), (got, extra)
        penalties.append(_of_partners(ours, theirs, *sides, told))
    return penalties


_Side = tuple[Sequence[_Found], Sequence[int]]


def _of_partners(
    ours: Spelling, theirs: Spelling, wanted: _Side, got: _Side, told: str
) -> Penalty:
    """Return what partners on one side only cost, where some are in both credits."""
    (found, missing), (other, extra) = wanted, got
    left_out = {ours.people[n] for n in missing}
    added = {theirs.people[n] for n in extra}
    if _is_longer(found, other):
        return penalty("artist near", told)
    if _share_guests_only(ours, theirs, left_out, added):
        near = max(found[n] for n in missing) in _NEARLY
        return penalty("artist near" if near else "artist", told)
    return penalty(_partners(ours, theirs, left_out, added), told)


def _called_otherwise(
    ours: Spelling, theirs: Spelling, aliases: Mapping[str, frozenset[str]]
) -> Spelling:
    """Return their credit by the names that are wanted, where they go by them."""
    asked = dict(zip(ours.people, ours.people_words, strict=True))
    people = dict(zip(theirs.people, theirs.people_words, strict=True))
    named: dict[str, frozenset[str]] = {}
    for person, words in people.items():
        called = aliases.get(person, frozenset()).intersection(asked) - set(people)
        alias = min(called) if person not in asked and called else None
        named[alias or person] = asked[alias] if alias else words
    if named == people:
        return theirs
    return theirs._replace(
        people=tuple(named),
        people_words=tuple(named.values()),
        credit="".join(sorted(named)),
        credit_words=frozenset().union(*named.values()),
    )


def _is_longer(wanted: Sequence[_Found], got: Sequence[_Found]) -> bool:
    """Return whether a name of one credit continues in the other: somebody else's."""
    return not (_GOES_ON.isdisjoint(wanted) or _GOES_ON.isdisjoint(got))


def _share_guests_only(
    ours: Spelling, theirs: Spelling, left_out: set[str], added: set[str]
) -> bool:
    """Return whether both credits share guests alone: two songs with one guest."""
    if not (left_out and added):
        return False
    return (
        set(ours.people) - left_out <= ours.guests
        and set(theirs.people) - added <= theirs.guests
    )


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
    if _is_the_remixers(ours, theirs) or _is_the_remixers(theirs, ours):
        return penalty("remixer of it" if is_same_mix else "remixer as artist", told)
    like = alike(ours.credit, theirs.credit)
    if found is _Found.NOT and like < weights.LIKE_CREDIT:
        return penalty("artist", told)
    apart = WEIGHTS["artist spelling"].cost * (1 - like)
    name = "artist word" if found is _Found.WORD else "artist near"
    least = WEIGHTS[name].cost
    if is_same_mix and found in _LIKELIER_BY_MIX:
        least *= _SAME_MIX_LEAVES
    if found in _NEARLY or apart <= least:
        return Penalty(name, least, told)
    return Penalty("artist spelling", apart, told)


# As far as the length of a recording excuses.
_SAME_MIX_LEAVES = weights.EXCUSES["duration"]


def _is_the_remixers(song: Spelling, credited: Spelling) -> bool:
    """Return whether a credit names who remixed a song, and nobody who is not of it."""
    remixers = song.makers & set(credited.people)
    return bool(remixers) and set(credited.people) <= remixers | set(song.people)


def _found_all(side: Spelling, other: Spelling) -> list[_Found]:
    return [_found(side, place, other) for place in range(len(side.people))]


def _found(side: Spelling, place: int, other: Spelling) -> _Found:
    """Return how surely a person of one side is in the other's credit."""
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
    Return whether one credit prints as one name what the other prints as several.

    "Tyler, The Creator" is "Tyler the Creator": all words of the name are the whole
    names of persons. A name that is only part of another ("Drake", "Nick Drake") is
    somebody else's.
    """
    if len(words) < 2 or (with_ is not None and not with_ <= words):
        return False
    parts = [theirs for theirs in other.people_words if theirs <= words]
    left = words.difference(*parts) if parts else words
    joining = not left or (len(left) == 1 and len(min(left)) <= _MOST_JOINING)
    return len(parts) > 1 and joining and bool(person)


def _near(
    person: str, words: frozenset[str], name: str, theirs: frozenset[str]
) -> _Found:
    if f"{person}s" == name or person == f"{name}s":
        return _Found.PLURAL
    if words < theirs or theirs < words:
        return _Found.LONGER
    if words == theirs:
        # "Utada Hikaru", "Hikaru Utada"
        return _Found.SURELY
    if _is_misprinted(person, name, words, theirs):
        return _Found.MISPRINTED
    if len(person) < _LEAST_NEAR or alike(person, name) < weights.LIKE_PERSON:
        return _Found.NOT
    return _of_another_letter(person, name, words ^ theirs)


def _is_misprinted(
    person: str, name: str, words: frozenset[str], theirs: frozenset[str]
) -> bool:
    """Return whether two names are one with a word misprinted, or parted otherwise."""
    if len(words) != len(theirs):
        return misprinted_name(person, name)
    alone = words ^ theirs
    return len(alone) == _ONE_EACH and misprinted_name(*alone)


def _of_another_letter(person: str, name: str, alone: frozenset[str]) -> _Found:
    """Return of what kind two near names are, by the words of one of them alone."""
    if len(person) != len(name):
        return _Found.NEAR
    is_word = len(alone) == _ONE_EACH and len(min(alone, key=len)) < weights.MISPRINTED
    return _Found.WORD if is_word else _Found.REPLACED
