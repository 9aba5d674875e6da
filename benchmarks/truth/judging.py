"""Right, wrong, copy, ambiguous or none: rows against what is true of the world."""

from collections import Counter, defaultdict
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from provider_simulator.world.hostile.right import RIGHT
from provider_simulator.world.hostile.world import Hostile, Meaning

_PRESENT = ("n", "right", "wrong", "copy", "ambiguous", "none")
_ABSENT = ("n", "wrong", "ambiguous", "none")
# Beside these nothing is in the way.
ALONE = "alone"
# What an id is that is beside another played recording.
_ELSEWHERE = "another track"


@dataclass(frozen=True, slots=True)
class Row:
    """
    What one provider's part of a track came to, as Postgres has it.

    Args:
        line: the line that the track was read from.
        id: what the row holds; None where nothing was accepted.
        outcome: of the provider's record.
        question: the last one, "operation:key".
    """

    line: str
    provider: str
    id: str | None
    outcome: str
    question: str = ""


@dataclass(frozen=True, slots=True)
class Verdict:
    """One row, judged; `kind` tells what a wrong id or a copy is."""

    key: str
    row: Row
    present: bool
    verdict: str
    kind: str = ""


def judge(rows: Iterable[Row], made: Hostile) -> list[Verdict]:
    """Judge each row by what its line was played as."""
    keys = {played.line: played.key for played in made.playlist.played}
    return [_judged(row, keys[row.line], made) for row in rows if row.line in keys]


def _judged(row: Row, key: str, made: Hostile) -> Verdict:
    present = row.provider in made.present[key]
    if row.id is None:
        verdict = "ambiguous" if row.outcome == "ambiguous" else "none"
        return Verdict(key, row, present, verdict)
    meaning = made.meanings[row.provider].get(row.id)
    if meaning is None:
        return Verdict(key, row, present, "wrong", "an id of no recording")
    return _of_id(Verdict(key, row, present, "wrong"), meaning)


def _of_id(judged: Verdict, meaning: Meaning) -> Verdict:
    key, row, present = judged.key, judged.row, judged.present
    if meaning.beside != key:
        return Verdict(key, row, present, "wrong", _ELSEWHERE)
    if meaning.kind == RIGHT:
        return Verdict(key, row, present, "right")
    # without the recording itself, its copy is taken for what it is not
    copy = meaning.is_copy and present
    return Verdict(key, row, present, "copy" if copy else "wrong", meaning.kind)


def cascades(judged: Sequence[Verdict], made: Hostile) -> int:
    """
    Count wrong Spotify ids that a wrong MusicBrainz match led to.

    Spotify had the right recording, the row holds another, and Spotify was asked by an
    ISRC of what the row wrongly holds of MusicBrainz.
    """
    misled: dict[str, tuple[str, ...]] = {
        one.row.line: made.isrcs.get(one.row.id or "", ())
        for one in judged
        if one.row.provider == "musicbrainz" and one.verdict == "wrong"
    }
    return sum(
        one.row.question.removeprefix("isrc:") in misled.get(one.row.line, ())
        for one in judged
        if one.row.provider == "spotify" and one.verdict == "wrong" and one.present
    )


def report(judged: Sequence[Verdict], made: Hostile) -> dict[str, Any]:
    """Count verdicts by provider, and by what is beside the recording."""
    by_provider: defaultdict[str, list[Verdict]] = defaultdict(list)
    for one in judged:
        by_provider[one.row.provider].append(one)
    wrong = Counter(one.kind for one in judged if one.verdict == "wrong")
    return {
        "tracks": len(made.playlist.played),
        "providers": {
            name: {
                **_counts(several),
                "by_kind": dict(sorted(_by_kind(name, several, made))),
            }
            for name, several in by_provider.items()
        },
        "wrong_by_kind": dict(wrong.most_common()),
        "cascades": cascades(judged, made),
    }


def _by_kind(
    provider: str, judged: Sequence[Verdict], made: Hostile
) -> Iterator[tuple[str, Mapping[str, Any]]]:
    groups: defaultdict[str, list[Verdict]] = defaultdict(list)
    for one in judged:
        for kind in made.beside[provider].get(one.key) or {ALONE}:
            groups[kind].append(one)
    for kind, several in groups.items():
        yield kind, _counts(several)


def _counts(judged: Sequence[Verdict]) -> dict[str, dict[str, int]]:
    counted = Counter((one.present, one.verdict) for one in judged)
    counted.update((one.present, "n") for one in judged)
    return {
        "present": {name: counted[True, name] for name in _PRESENT},
        "absent": {name: counted[False, name] for name in _ABSENT},
    }
