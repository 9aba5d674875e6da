"""One wanted track against one candidate: named penalties and a score. Pure."""

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from functools import cached_property, lru_cache
from math import prod
from operator import itemgetter
from typing import NamedTuple

from rapidfuzz.distance import LCSseq
from rapidfuzz.fuzz import partial_ratio

from enrichment.contract.identity.titles import TrackName
from enrichment.matching import weights
from enrichment.matching.evidence import (
    Evidence,
    disagreements,
    duration_cost,
    evidence_of,
    evidence_of_wanted,
    excuses,
    least_factor,
)
from enrichment.matching.names import (
    differences,
    is_cut,
    is_swapped,
    least_cost,
    mix_penalty,
    title_penalty,
)
from enrichment.matching.penalties import Comparison, Penalty, alike
from enrichment.matching.people import people_penalty
from enrichment.matching.weights import EXCUSES, WEIGHTS
from enrichment.matching.words.lettering import MOST_CHARACTERS, letters
from enrichment.matching.words.readings import other_readings
from enrichment.matching.words.spellings import (
    Spelling,
    has_other_readings,
    holds_number_word,
    plain_reading,
    spelt,
)
from enrichment.model import Candidate, Wanted

# What another song scores at most: its title is not near, or cut short.
_ANOTHER_SONG = 1 - min(
    WEIGHTS["title cut"].cost, WEIGHTS["title"].cost * (1 - weights.LIKE_TITLE)
)


# Below this likeness of titles, a part of a title says little of the whole.
_TELLING_LIKENESS = 0.7
# Letters by which a part of a title may be read otherwise than in the whole ("V" and
# "5", "pt" and "part").
_READ_OTHERWISE = 2
# Scores are rounded to four places; a little less than half of the last one.
_HALF_A_STEP = 0.00004
_LIKENESS = itemgetter(0)
# How alike two titles are, the wanted reading, the candidate's.
Pair = tuple[float, Spelling, Spelling]


@dataclass(frozen=True)
class Side:
    """One of the two recordings compared: its names, their plain reading, evidence."""

    name: TrackName
    plain: Spelling
    evidence: Evidence

    @cached_property
    def readings(self) -> tuple[Spelling, ...]:
        """All readings of its names, the plainest first."""
        return (self.plain, *other_readings(self.name))


def compare(wanted: Wanted, candidate: Candidate) -> Comparison:
    """Return how far a candidate is from what is wanted, and why."""
    return compare_side(side_of_wanted(wanted), candidate)


def score_by_names(wanted: Wanted, candidate: Candidate) -> float:
    """Return what the names alone score: nothing else excuses or costs."""
    return compare(Wanted(wanted.track_id, wanted.name), candidate).score


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
    # surely leaves no more than that, however it is rounded
    hopeless = 1.0001 - beaten
    if beaten >= _ANOTHER_SONG and hopeless <= duration_cost(
        wanted.evidence.duration_ms, candidate.duration_ms
    ):
        return None
    if beaten > 0 and _is_far(wanted, candidate, hopeless):
        return None
    far, known, best = list[Pair](), None, None
    for like, ours, theirs in _pairs(wanted, candidate):
        if like < weights.LIKE_TITLE and not is_swapped(ours, theirs):
            far.append((like, ours, theirs))
            continue
        if not known:
            known = _beside(wanted.evidence, candidate)
            enough = min(enough, _left(known.cost))
        if hopeless <= known.cost + least_cost(ours, theirs, like) * known.factor:
            continue
        names = differences(ours, theirs, like, wanted.evidence, known.found)
        penalties = (*known.penalties, *_excused(names, known.factor))
        score = _left(_sum(penalties))
        if score > beaten:
            best = Comparison(score, penalties, known.excuses)
            # a score that is better is better by a whole step of rounding
            beaten, hopeless = score, 1.0 - score - _HALF_A_STEP
            if score >= enough:
                break
    if not known and beaten < _ANOTHER_SONG:
        told = _another_song(far)
        return told if told.score > beaten else None
    return best


def _is_far(wanted: Side, candidate: Candidate, hopeless: float) -> bool:
    """
    Return whether no reading of a candidate's title is near enough.

    A reading is a part of the printed title. Titles that are alike to the share `like`
    have so many letters in common, in one order, that the whole printed one has at
    least the share `like / (2 - like)` of the wanted one, and some part of one, as long
    as the other, at least the share `(3 like - 2) / like`.
    """
    title = WEIGHTS["title"].cost * least_factor(wanted.evidence, candidate)
    like = 1 - hopeless / title
    if like < _TELLING_LIKENESS or "*" in candidate.title:
        return False
    theirs = letters(candidate.title[:MOST_CHARACTERS])
    credit = wanted.plain.credit
    if (credit and credit in theirs) or holds_number_word(candidate.title):
        return False
    share, part = like / (2 - like), 100 * (3 * like - 2) / like
    for ours in wanted.readings:
        if not ours.letters:
            continue
        least = int(share * len(ours.letters)) - _READ_OTHERWISE
        if least <= 0:
            return False
        within = part - 100 * _READ_OTHERWISE / len(ours.letters)
        if LCSseq.similarity(ours.letters, theirs, score_cutoff=least) and (
            partial_ratio(ours.letters, theirs, score_cutoff=within)
        ):
            return False
    return True


def may_hold(title: str, printed: str) -> bool:
    """Return whether a printed title may begin with a title, given as letters."""
    within = len(title) - _READ_OTHERWISE
    theirs = letters(printed[:MOST_CHARACTERS])
    return within <= 0 or LCSseq.similarity(title, theirs, score_cutoff=within) > 0


class _Beside(NamedTuple):
    """What else is known: what it costs, and by how much it excuses names."""

    found: Evidence
    penalties: tuple[Penalty, ...]
    cost: float
    excuses: tuple[str, ...]
    factor: float


def _beside(asked: Evidence, candidate: Candidate) -> _Beside:
    found = evidence_of(candidate)
    penalties, told = tuple(disagreements(asked, found)), excuses(asked, found)
    factor = prod([EXCUSES[excuse] for excuse in told])
    return _Beside(found, penalties, _sum(penalties), told, factor)


def _pairs(wanted: Side, candidate: Candidate) -> Iterator[Pair]:
    """
    Pair the readings of both that may be of one name, with how alike titles are.

    The plain ones come first, and often are enough: others are read when asked for.
    """
    name, plain = spelt(candidate.artist, candidate.title)
    if _is_same(wanted.plain, plain):
        # no other reading is nearer
        yield 1.0, wanted.plain, plain
        return
    yield _like(wanted.plain, plain), wanted.plain, plain
    ours_all, others = wanted.readings, tuple[Spelling, ...]()
    if has_other_readings(name) and _may_hold(plain.letters, ours_all):
        others = other_readings(name)
    for theirs in others:
        yield _like(wanted.plain, theirs), wanted.plain, theirs
    for ours in ours_all[1:]:
        for theirs in (plain, *others):
            yield _like(ours, theirs), ours, theirs


def _another_song(pairs: Sequence[Pair]) -> Comparison:
    """Recognise the nearest titles, which is enough, unless one is cut short."""
    like, ours, theirs = max(pairs, key=_LIKENESS)
    told = [title_penalty(ours, theirs, like)]
    if is_cut(ours, theirs):
        told += [*mix_penalty(ours.mix, theirs.mix), *people_penalty(ours, theirs)]
    return Comparison(_left(_sum(told)), tuple(told))


def _is_same(ours: Spelling, theirs: Spelling) -> bool:
    return (
        ours.whole == theirs.whole
        and ours.people == theirs.people
        and ours.mix.dressed == theirs.mix.dressed
        and bool(ours.letters and theirs.letters and ours.people)
    )


def _like(ours: Spelling, theirs: Spelling) -> float:
    # a mix name may stand without brackets, or in them
    if ours.whole == theirs.whole:
        return 1.0
    return alike(ours.letters, theirs.letters)


def _may_hold(title: str, wanted: Sequence[Spelling]) -> bool:
    """Return whether the wanted title may be in a candidate's at all."""
    within = 100 * weights.LIKE_TITLE
    for ours in wanted:
        if partial_ratio(ours.letters, title, score_cutoff=within):
            return True
    return False


def side_of(candidate: Candidate) -> Side:
    """Read a candidate's names and evidence."""
    return Side(*spelt(candidate.artist, candidate.title), evidence_of(candidate))


@lru_cache(1024)
def side_of_wanted(wanted: Wanted) -> Side:
    """Read the names and evidence of what is wanted."""
    return Side(*plain_reading(wanted.name), evidence_of_wanted(wanted))


def _excused(penalties: list[Penalty], factor: float) -> list[Penalty]:
    """Make smaller what agreeing evidence excuses."""
    if factor == 1 or not penalties:
        return penalties
    return [
        Penalty(p.name, p.amount * factor, p.reason) if WEIGHTS[p.name].excusable else p
        for p in penalties
    ]


def _sum(penalties: Iterable[Penalty]) -> float:
    return sum([p.amount for p in penalties])


def _left(cost: float) -> float:
    """Return the score that is left after all costs."""
    return round(max(0.0, 1.0 - cost), 4)
