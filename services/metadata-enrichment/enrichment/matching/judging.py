"""One wanted track against one candidate: named penalties and a score. Pure."""

from collections.abc import Iterable
from dataclasses import dataclass
from functools import lru_cache

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
    name, plain, may_be_read_otherwise = spelt(candidate.artist, candidate.title)
    first = wanted.readings[0]
    if _is_same(first, plain):
        # no other reading is nearer
        pairs = [(1.0, first, plain)]
    else:
        got: tuple[Spelling, ...] = (plain,)
        if may_be_read_otherwise and _may_hold(plain.letters, wanted):
            got = (plain, *other_readings(name))
        pairs = [
            (_like(ours, theirs), ours, theirs)
            for ours in wanted.readings
            for theirs in got
        ]
    near = [p for p in pairs if p[0] >= weights.LIKE_TITLE or is_swapped(p[1], p[2])]
    if not near:
        # most candidates are of other songs: the nearest titles tell enough
        like, ours, theirs = max(pairs, key=lambda pair: pair[0])
        told = [title_penalty(ours, theirs, like)]
        if is_cut(ours, theirs):
            told += [*mix_penalty(ours.mix, theirs.mix), *people_penalty(ours, theirs)]
        return _sum(told, (), ())
    asked, found = wanted.evidence, evidence_of(candidate)
    beside = tuple(disagreements(asked, found))
    agreeing = excuses(asked, found)
    best: Comparison | None = None
    for like, ours, theirs in near:
        names = differences(ours, theirs, like, asked, found)
        comparison = _sum(names, beside, agreeing)
        if best is None or comparison.score > best.score:
            best = comparison
        if not names:
            break
    return best or Comparison(0.0, ())


def most_by_length(wanted: Side, candidate: Candidate) -> float:
    """Give the most that a candidate can score, told by its length alone: cheap."""
    cost = duration_cost(wanted.evidence.duration_ms, candidate.duration_ms)
    return max(_score([cost]), _ANOTHER_SONG)


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
    return any(
        partial_ratio(ours.letters, title, score_cutoff=within)
        for ours in wanted.readings
    )


def side_of(candidate: Candidate) -> Side:
    """Read a candidate's names and evidence."""
    name, _, _ = spelt(candidate.artist, candidate.title)
    return Side(readings(name), evidence_of(candidate))


@lru_cache(4096)
def side_of_wanted(wanted: Wanted) -> Side:
    """Read the names and evidence of what is wanted."""
    return Side(readings(wanted.name), evidence_of_wanted(wanted))


def _sum(
    names: Iterable[Penalty], beside: tuple[Penalty, ...], excuses: tuple[str, ...]
) -> Comparison:
    factor = 1.0
    for excuse in excuses:
        factor *= EXCUSES[excuse]
    penalties = list(beside)
    for p in names:
        excused = factor < 1 and WEIGHTS[p.name].excusable
        penalties.append(Penalty(p.name, p.amount * factor, p.reason) if excused else p)
    score = _score([p.amount for p in penalties])
    return Comparison(score, tuple(penalties), excuses)


def _score(amounts: Iterable[float]) -> float:
    return round(max(0.0, 1.0 - sum(amounts)), 4)
