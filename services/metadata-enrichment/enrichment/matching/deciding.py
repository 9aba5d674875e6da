"""Accept, ambiguous or none: the best candidate against the best different one."""

from collections.abc import Callable, Iterator, Sequence

from enrichment.contract.identity.spelling import folded
from enrichment.matching import by_person, weights
from enrichment.matching.corrections import possible
from enrichment.matching.judging import (
    Side,
    compare_above,
    side_of,
    side_of_wanted,
)
from enrichment.matching.penalties import Comparison
from enrichment.matching.siblings import doubt_of
from enrichment.matching.words.remarks import dresses_of
from enrichment.model import Candidate, Decision, Verdict, Wanted

Judged = tuple[Comparison, Candidate]

# Penalties that say nothing of the names.
_BESIDE_NAMES = frozenset({"duration", "year", "album", "live album", "mixed album"})
# Join names, in any spelling.
_UNHEARD = frozenset({"and", "feat", "ft", "featuring", "with", "vs", "x"})
# Of entries of one recording, that of the artist's own album is preferred.
_OWN_ALBUM = 0
_ALBUMS = {"compilation": 1, "live": 2, "dj-mix": 3}


def _own_id(candidate: Candidate) -> str:
    return candidate.id


def decide(
    wanted: Wanted,
    candidates: Sequence[Candidate],
    *,
    named: Callable[[Candidate], str] = _own_id,
) -> Decision:
    """
    Choose the candidate that is the wanted recording, or say that none surely is.

    Args:
        named: how the reasons call a candidate.
    """
    if decided := by_person.chosen(wanted.held, candidates):
        return decided
    asked = side_of_wanted(wanted)
    kept, told = possible(wanted, candidates)
    judged = sorted(_near_the_best(asked, kept), key=_rank_for(asked))
    if not judged:
        return Decision(Verdict.NONE, None, 0.0, told or ("no candidates",))
    comparison, best = judged[0]
    reasons = (*comparison.reasons, *_read_as_one(wanted, judged[0]), *told)
    if comparison.score < weights.AMBIGUOUS:
        return Decision(Verdict.NONE, None, comparison.score, reasons)
    if comparison.score < weights.ACCEPT:
        return Decision(Verdict.AMBIGUOUS, best, comparison.score, reasons)
    doubt = _doubt(judged, doubt_of(asked, judged[0], kept), named)
    if doubt is not None:
        return Decision(Verdict.AMBIGUOUS, best, comparison.score, (*reasons, doubt))
    return Decision(Verdict.ACCEPT, best, comparison.score, reasons)


def _read_as_one(wanted: Wanted, best: Judged) -> Iterator[str]:
    """Yield that names printed differently agree, where no penalty says so."""
    comparison, found = best
    if not _BESIDE_NAMES.issuperset(p.name for p in comparison.penalties):
        return
    name = wanted.name
    asked = " ".join((name.artist, *name.featured, name.full_title))
    if _heard(asked) != _heard(f"{found.artist} {found.title}"):
        printed = f"{name.artist} - {name.full_title}"
        yield f"names: {printed!r} is read as {f'{found.artist} - {found.title}'!r}"


def _heard(printed: str) -> frozenset[str]:
    return frozenset(folded(printed).split()) - _UNHEARD


def _doubt(
    judged: Sequence[Judged], told: str | None, named: Callable[[Candidate], str]
) -> str | None:
    """Return why the best candidate, near enough, is not sure; None when it is."""
    if judged[0][1].video:
        return "video: the recording itself is not there"
    if told is None and (rival := _rival(judged)):
        return f"margin: {named(rival[1])} is as near ({rival[0].score:.2f})"
    return told


def _near_the_best(asked: Side, candidates: Sequence[Candidate]) -> Iterator[Judged]:
    """Compare all candidates but those that can be neither the best nor its rival."""
    beaten = -1.0
    for candidate in candidates:
        if comparison := compare_above(asked, candidate, beaten):
            beaten = max(beaten, comparison.score - weights.MARGIN)
            yield comparison, candidate


def _rank_for(asked: Side) -> Callable[[Judged], tuple[object, ...]]:
    """
    Rank candidates: best first, entries of one recording by evidence, never by chance.

    Evidence: the dress that is wanted, then the least; an official release before a
    bootleg; the artist's own album before a compilation; a known length, the one
    nearer to what is wanted; the earliest release. The id decides nothing but order.
    """
    length = asked.evidence.duration_ms

    def rank(judged: Judged) -> tuple[object, ...]:
        comparison, candidate = judged
        apart = abs((candidate.duration_ms or 0) - length) if length else 0
        return (
            -comparison.score,
            any(penalty.name == "mastering" for penalty in comparison.penalties),
            dresses_of(candidate.title),
            candidate.official is False,
            _ALBUMS.get(candidate.album_type or "", _OWN_ALBUM),
            not candidate.duration_ms,
            apart,
            candidate.release_date or "9999",
            candidate.id,
        )

    return rank


def _rival(judged: Sequence[Judged]) -> Judged | None:
    """Return the first candidate as near as the best that is another recording."""
    comparison, best = judged[0]
    for other in judged[1:]:
        if other[0].score <= comparison.score - weights.MARGIN:
            return None
        if _is_nearer(comparison, other[0]):
            continue
        if not same_recording(best, other[1]):
            return other
    return None


def _is_nearer(best: Comparison, other: Comparison) -> bool:
    """Return whether the other disagrees in all that the best does, and in more."""
    ours, theirs = (
        {p.name for p in one.penalties if p.amount} for one in (best, other)
    )
    return ours < theirs


def same_recording(one: Candidate, other: Candidate) -> bool:
    """Return whether two entries are of the same recording, as far as one can tell."""
    if one.duration_ms and other.duration_ms:
        apart = abs(one.duration_ms - other.duration_ms)
        if apart > weights.SAME_RECORDING_MS and not set(one.isrcs) & set(other.isrcs):
            return False
    compared = compare_above(side_of(one), other, 0.0, enough=weights.ACCEPT)
    return compared is not None and compared.score >= weights.ACCEPT
