"""A question side by side: what is known, and how each candidate differs. Pure."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass

from enrichment.model import Candidate
from enrichment.pipeline.explaining.explanation import Explanation, JudgedCandidate
from enrichment.review.options import Option, Options
from enrichment.review.questions import Case
from enrichment.web.console.frame.pages import minutes

# Lengths that differ by less are the same one, rounded by others.
_SAME_LENGTH_MS = 3000
_FACTS = ("duration_ms", "release_date", "album", "label", "isrc")
NAMES = {
    "duration_ms": "length",
    "release_date": "date",
    "album": "album",
    "label": "label",
    "isrc": "ISRC",
}


@dataclass(frozen=True, slots=True)
class Fact:
    """One fact as it is shown; `differs` from what is known of the track."""

    name: str
    text: str
    differs: bool = False


@dataclass(frozen=True, slots=True)
class Side:
    """One candidate; without a recording, `option.note` says what it is."""

    number: int
    option: Option
    judged: JudgedCandidate | None
    facts: tuple[Fact, ...]


def sides(case: Case, options: Options) -> tuple[Side, ...]:
    """Return what may be taken, each against what is known."""
    known = known_of(case.tracks[0]) if case.tracks else {}
    return tuple(
        Side(number, option, option.judged, tuple(_facts(option, known)))
        for number, option in enumerate(options.options, 1)
    )


def known_of(track: Explanation) -> Mapping[str, str]:
    """Return what is known of a track: what files say, else what was written."""
    written = {one.field: str(one.value) for one in track.fields if one.field in _FACTS}
    told: dict[str, str] = {}
    for fact in track.files:
        if fact.field in _FACTS:
            # the value of most rows comes first
            told.setdefault(fact.field, fact.value)
    return {**written, **told}


def shown_facts(known: Mapping[str, str]) -> tuple[Fact, ...]:
    """Return what is known in the order in which candidates show it."""
    return tuple(
        Fact(NAMES[name], _readable(name, known[name]))
        for name in _FACTS
        if name in known
    )


def _facts(option: Option, known: Mapping[str, str]) -> Iterator[Fact]:
    if option.judged is None:
        return
    told = _told(option.judged, option.candidate)
    for name in _FACTS:
        if text := told.get(name):
            differs = name in known and _differs(name, text, known[name])
            yield Fact(NAMES[name], _readable(name, text), differs)


def _told(judged: JudgedCandidate, candidate: Candidate | None) -> dict[str, str]:
    return {
        "duration_ms": str(judged.duration_ms or ""),
        "release_date": judged.release_date or "",
        "album": judged.album or "",
        "label": (candidate.label or "") if candidate else "",
        "isrc": ", ".join(judged.isrcs),
    }


def _differs(name: str, text: str, known: str) -> bool:
    if name == "duration_ms":
        return abs(_number(text) - _number(known)) >= _SAME_LENGTH_MS
    if name == "release_date":
        # a year is known of more recordings than a day
        return text[:4] != known[:4]
    if name == "isrc":
        return known not in text.split(", ")
    return text.casefold() != known.casefold()


def _readable(name: str, text: str) -> str:
    return minutes(int(_number(text))) if name == "duration_ms" else text


def _number(text: str) -> float:
    try:
        return float(text)
    except ValueError:
        return 0.0
