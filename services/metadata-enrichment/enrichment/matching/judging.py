"""One wanted track against one candidate: named penalties and a score. Pure."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from functools import lru_cache
from math import prod
from operator import itemgetter

from rapidfuzz.fuzz import partial_ratio

from enrichment.matching import weights
from enrichment.matching.evidence import (
    Evidence,
    disagreements,
    duration_cost,
    evidence_of,
    evidence_of_wanted,
    excuses,
)
from enrichment.matching.names import (
    differences,
    is_cut,
    is_swapped,
    least_cost,
    mix_penalty,
    people_penalty,
    title_penalty,
)
from enrichment.matching.penalties import Comparison, Penalty, alike
from enrichment.matching.spellings import (
    Spelling,
    other_readings,
    readings,
    spelt,
)
from enrichment.matching.weights import EXCUSES, WEIGHTS
from enrichment.tracks import Candidate, Wanted

# What another song scores at most: its title is not near, or cut short.
_ANOTHER_SONG = 1 - min(
    WEIGHTS["title cut"].cost, WEIGHTS["title"].cost * (1 - weights.LIKE_TITLE)
)


# How alike two titles are, the wanted reading, the candidate's.
Pair = tuple[float, Spelling, Spelling]


@dataclass(frozen=True, slots=True)
class Side:
    """One of the two recordings compared: readings of its names, and evidence."""

    readings: tuple[Spelling, ...]
    evidence: Evidence


def compare(wanted: Wanted, candidate: Candidate) -> Comparison:
    """Say how far a candidate is from what is wanted, and why."""
    return compare_side(side_of_wanted(wanted), candidate)


def compare_side(wanted: Side, candidate: Candidate) -> Comparison:
    """Compare the best pair of readings, with what else is known of both."""
    return compare_above(wanted, candidate, -1.0) or Comparison(0.0, ())


def compare_above(
    wanted: Side, candidate: Candidate, beaten: float, enough: float = 1.0
) -> Comparison | None:
    """
    Compare as `compare_side` does, as far as it matters.

    Reading names is what costs, and most candidates are other songs: when a sure one is
    known, most are refused by their length, or by their titles alone.

    Args:
        beaten: for a candidate that scores no more than this, the answer is None.
        enough: readings that would raise a score from here on are not looked at.
    """
    asked, hopeless = wanted.evidence, _too_much(beaten)
    if beaten >= _ANOTHER_SONG and hopeless <= duration_cost(
        asked.duration_ms, candidate.duration_ms
    ):
        return None
    pairs = _pairs(wanted, candidate)
    near = [p for p in pairs if p[0] >= weights.LIKE_TITLE or is_swapped(p[1], p[2])]
    if not near:
        return None if beaten >= _ANOTHER_SONG else _another_song(pairs)
    found = evidence_of(candidate)
    beside = tuple(disagreements(asked, found))
    agreeing = excuses(asked, found)
    factor = prod([EXCUSES[excuse] for excuse in agreeing])
    cost = _sum(beside)
    enough, best = min(enough, _left(cost)), None
    for like, ours, theirs in near:
        if beaten >= enough:
            break
        if hopeless <= cost + least_cost(like) * factor:
            continue
        names = _excused(differences(ours, theirs, like, asked, found), factor)
        penalties = (*beside, *names)
        score = _left(_sum(penalties))
        if score > beaten:
            best = Comparison(score, penalties, agreeing)
            beaten, hopeless = score, _too_much(score)
    return best


def _pairs(wanted: Side, candidate: Candidate) -> list[Pair]:
    """Pair the readings of both that may be of one name, with how alike titles are."""
    name, plain, may_be_read_otherwise = spelt(candidate.artist, candidate.title)
    first = wanted.readings[0]
    if _is_same(first, plain):
        # no other reading is nearer
        return [(1.0, first, plain)]
    got: tuple[Spelling, ...] = (plain,)
    if may_be_read_otherwise and _may_hold(plain.letters, wanted):
        got = (plain, *other_readings(name))
    return [
        (_like(ours, theirs), ours, theirs)
        for ours in wanted.readings
        for theirs in got
    ]


def _another_song(pairs: Sequence[Pair]) -> Comparison:
    """Tell the nearest titles, which is enough, unless one is cut short."""
    like, ours, theirs = max(pairs, key=itemgetter(0))
    told = [title_penalty(ours, theirs, like)]
    if is_cut(ours, theirs):
        told += [*mix_penalty(ours.mix, theirs.mix), *people_penalty(ours, theirs)]
    return Comparison(_left(_sum(told)), tuple(told))


def _is_same(ours: Spelling, theirs: Spelling) -> bool:
    return (
        ours.whole == theirs.whole
        and ours.people == theirs.people
        and bool(ours.letters and theirs.letters and ours.people)
    )


def _like(ours: Spelling, theirs: Spelling) -> float:
    # a mix name may stand without brackets, or in them
    if ours.whole == theirs.whole:
        return 1.0
    return alike(ours.letters, theirs.letters)


def _may_hold(title: str, wanted: Side) -> bool:
    """Say whether the wanted title may be in a candidate's at all."""
    within = 100 * weights.LIKE_TITLE
    for ours in wanted.readings:
        if partial_ratio(ours.letters, title, score_cutoff=within):
            return True
    return False


def side_of(candidate: Candidate) -> Side:
    """Read a candidate's names and evidence."""
    name, _, _ = spelt(candidate.artist, candidate.title)
    return Side(readings(name), evidence_of(candidate))


@lru_cache(4096)
def side_of_wanted(wanted: Wanted) -> Side:
    """Read the names and evidence of what is wanted."""
    return Side(readings(wanted.name), evidence_of_wanted(wanted))


def _excused(penalties: list[Penalty], factor: float) -> list[Penalty]:
    """Make smaller what agreeing evidence excuses."""
    if factor == 1:
        return penalties
    return [
        Penalty(p.name, p.amount * factor, p.reason) if WEIGHTS[p.name].excusable else p
        for p in penalties
    ]


def _sum(penalties: Iterable[Penalty]) -> float:
    return sum([p.amount for p in penalties])


def _left(cost: float) -> float:
    """Give the score that is left after all costs."""
    return round(max(0.0, 1.0 - cost), 4)


def _too_much(beaten: float) -> float:
    """Give a cost that surely leaves no more than a score, however it is rounded."""
    return 1.0001 - beaten
