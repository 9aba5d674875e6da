"""What the other candidates say of the best one: names that are there more exactly."""

from collections.abc import Sequence

from enrichment.matching.judging import Side, may_hold
from enrichment.matching.penalties import Comparison
from enrichment.matching.words.spellings import Spelling, spelt
from enrichment.model import Candidate

# The credit of the best one is not the wanted one.
_NEAR = frozenset({"artist near", "artist word", "artist misprint", "artist spelling"})
_PARTNERS = frozenset({"artist missing", "artists differ"})


def doubt_of(
    asked: Side, best: tuple[Comparison, Candidate], candidates: Sequence[Candidate]
) -> str | None:
    """
    Return why the best candidate is not sure beside the others; None when it is.

    An exact name always beats a near one. Where a provider has the title by the wanted
    credit alone, though in another version, an entry with another partner is a remake.
    """
    comparison, chosen = best
    found = {penalty.name for penalty in comparison.penalties}
    if found.isdisjoint(_NEAR | _PARTNERS):
        return None
    _, theirs = spelt(chosen.artist, chosen.title)
    if not found & _NEAR and not _unheard(asked.plain, theirs):
        return None
    for other in candidates:
        # asked first because it is cheap
        if (
            other is not chosen
            and may_hold(asked.plain.letters, other.title)
            and _is_exact(asked.plain, spelt(other.artist, other.title)[1])
        ):
            return f"credit: {other.artist!r} has it in another version"
    return None


def _is_exact(ours: Spelling, theirs: Spelling) -> bool:
    return ours.letters == theirs.letters and set(ours.people) == set(theirs.people)


def _unheard(ours: Spelling, theirs: Spelling) -> frozenset[str]:
    """Return partners on one side only that are neither guests nor remixers."""
    alone = frozenset(ours.people) ^ frozenset(theirs.people)
    named = alone - ours.guests - theirs.guests - ours.makers - theirs.makers
    # "Wren Mix" by Wren, who is credited too: a mix need not say "remix"
    return frozenset(
        who for who in named if who not in f"{ours.mix.called} {theirs.mix.called}"
    )
