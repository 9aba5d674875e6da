"""Candidates that can be no answer: another artist's page, a video beside its audio."""

from collections.abc import Iterable, Sequence

from enrichment.contract.identity.spelling import folded
from enrichment.contract.identity.titles import TrackName, parse_name
from enrichment.matching.penalties import alike
from enrichment.matching.words.lettering import without_namesake
from enrichment.model import Candidate, Wanted
from enrichment.providers.registry import SPECS

# Providers that correct names do it to another artist too. A name that was misspelt
# keeps this share of its letters; in a short name one letter makes another artist
# ("Neves" and "Nenes"), so short names have to be equal.
LIKE_ARTIST = 0.85
LEAST_LETTERS = 7
_CORRECTING = frozenset(name for name, spec in SPECS.items() if spec.corrects_names)
# Written or left out, before and between the same names.
_UNHEARD = frozenset({"the", "and", "dj"})


def possible(
    wanted: Wanted, candidates: Sequence[Candidate]
) -> tuple[Sequence[Candidate], tuple[str, ...]]:
    """Return the candidates that may be chosen at all, and why the others may not."""
    if not any(one.video or one.provider in _CORRECTING for one in candidates):
        return candidates, ()
    heard = [one for one in candidates if not one.video] or candidates
    kept = [one for one in heard if not _is_corrected_away(wanted.name, one)]
    if len(kept) == len(candidates):
        return candidates, ()
    told = [
        f"corrected: {one.artist!r} was not asked for"
        for one in heard
        if one not in kept
    ]
    if len(heard) < len(candidates):
        told.append("video: the recording itself is there")
    return kept, tuple(told)


def _is_corrected_away(asked: TrackName, candidate: Candidate) -> bool:
    """Return whether a provider that corrects names has left the artist asked for."""
    if candidate.provider not in _CORRECTING:
        return False
    ours = _all_words(asked, asked.remixers)
    theirs = _all_words(parse_name(candidate.artist, candidate.title))
    # names in two scripts cannot be told apart by letters: the penalties decide
    if _is_latin(ours) != _is_latin(theirs):
        return False
    return not any(_is_same(one, other) for one in ours for other in theirs)


def _all_words(name: TrackName, more: Iterable[str] = ()) -> set[tuple[str, ...]]:
    named = (name.artist, *name.artists, *name.featured, *more)
    return {words for one in named if (words := _words(one))}


def _words(printed: str) -> tuple[str, ...]:
    words = folded(without_namesake(printed)).split()
    return tuple(word for word in words if word not in _UNHEARD) or tuple(words)


def _is_same(ours: tuple[str, ...], theirs: tuple[str, ...]) -> bool:
    # "Fisher (OZ)" is printed "FISHER"; what has more words is somebody else
    if set(theirs) <= set(ours):
        return True
    asked, given = "".join(ours), "".join(theirs)
    if asked == given:
        return True
    shorter = min(len(asked), len(given))
    return shorter >= LEAST_LETTERS and alike(asked, given) >= LIKE_ARTIST


def _is_latin(names: Iterable[tuple[str, ...]]) -> bool:
    return any("a" <= letter <= "z" for words in names for w in words for letter in w)
