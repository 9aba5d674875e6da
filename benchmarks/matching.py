"""Scores of matching on labelled pairs, beside a plain ratio; decisions per second."""

import csv
import gc
import json
import re
import sys
from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path
from time import process_time
from typing import Any

from rapidfuzz import fuzz, process

from enrichment import matching
from enrichment.cli.actions.match_lines import (
    COLLECT_AFTER,
    candidate_of,
    match_json,
    wanted_of,
)
from enrichment.model import Candidate, Decision, Verdict, Wanted

# Above this a plain ratio of "artist title" accepts: its best F1 on DJ pairs.
PLAIN_ACCEPTS = 90
# Every nth record of musicbrainz-20k is asked for: enough for half a percent.
EVERY_NTH = 6
NEAREST = 10
# What long names are made of that were slow, or may be: no decision may take 0.1 s.
ODD_CHARACTERS = 20_000
ODD_SIGNS = (
    *("_", "-", "(", "[", ")", " - ", "a", "a ", "1", ".", "*", "_-_", "/", "w/ ", ","),
    *(
        "(a) ",
        "[a] ",
        "x & ",
        " feat. ",
        "one ",
        "and ",
        "é",
        "あ",
        "한 ",
        "🌴",
        "ا",
        "’s ",
    ),
)

Fields = Mapping[str, Any]


@dataclass(frozen=True, slots=True)
class Pairs:
    """Precision, recall and F1 of accepting labelled pairs."""

    precision: float
    recall: float
    # share of pairs of each kind that was accepted
    accepted: Mapping[str, float]

    @property
    def f1(self) -> float:
        """Harmonic mean of precision and recall."""
        return (
            2 * self.precision * self.recall / max(1e-9, self.precision + self.recall)
        )


@dataclass(frozen=True, slots=True)
class Nearest:
    """
    How the right one of the ten nearest names was found.

    Args:
        accepted_right: share of the records that was accepted rightly.
        best_right: share whose best candidate is right, ambiguous ones included.
        accepted_wrong: share of all records accepted wrongly.
        plain_right: share whose nearest name by a weighted ratio is right.
        per_second: decisions of ten candidates on one core (processor time, since
            the machine may be shared), names not seen before.
    """

    accepted_right: float
    best_right: float
    accepted_wrong: float
    plain_right: float
    per_second: float


@dataclass(frozen=True, slots=True)
class LabelledPair:
    """Two names and whether they are of one recording."""

    query: Fields
    candidate: Fields
    same: bool
    kind: str = ""


def dj_pairs(folder: Path) -> list[LabelledPair]:
    """Read the pairs of real tracklists."""
    lines = (folder / "mixesdb-pairs" / "pairs.jsonl").read_text("utf-8").splitlines()
    return [
        LabelledPair(row["query"], row["candidate"], bool(row["label"]), row["kind"])
        for row in map(json.loads, lines)
    ]


def shop_pairs(folder: Path, part: str) -> list[LabelledPair]:
    """Read the pairs of two shops; `part` is "train" or "validation"."""
    path = folder / "itunes-amazon" / "structured" / f"{part}.csv"
    with path.open(encoding="utf-8", newline="") as rows:
        return [
            LabelledPair(
                _shop_side(row, "left"), _shop_side(row, "right"), row["label"] == "1"
            )
            for row in csv.DictReader(rows)
        ]


def _shop_side(row: Mapping[str, str], side: str) -> Fields:
    fields = {
        "artist": row[f"{side}_Artist_Name"],
        "title": row[f"{side}_Song_Name"],
        "album": row[f"{side}_Album_Name"],
        "duration_ms": _clock_ms(row[f"{side}_Time"]),
    }
    return {name: value for name, value in fields.items() if value}


def _clock_ms(text: str) -> int | None:
    if not re.fullmatch(r"\d+(?::\d\d){1,2}", text.strip()):
        return None
    seconds = 0
    for part in text.strip().split(":"):
        seconds = seconds * 60 + int(part)
    return seconds * 1000


def decide_pair(pair: LabelledPair) -> Decision:
    """Decide one pair as a question with one candidate."""
    return matching.decide(wanted_of(pair.query), [candidate_of(pair.candidate, "c")])


def score(pairs: Sequence[LabelledPair], accepted: Sequence[bool]) -> Pairs:
    """Return precision, recall and the share accepted of every kind."""
    right = sum(p.same and a for p, a in zip(pairs, accepted, strict=True))
    kinds: dict[str, list[bool]] = defaultdict(list)
    for pair, accept in zip(pairs, accepted, strict=True):
        kinds[pair.kind].append(accept)
    return Pairs(
        precision=right / max(1, sum(accepted)),
        recall=right / max(1, sum(pair.same for pair in pairs)),
        accepted={kind: sum(answers) / len(answers) for kind, answers in kinds.items()},
    )


def score_ours(pairs: Sequence[LabelledPair]) -> Pairs:
    """Score our own decisions."""
    return score(pairs, [decide_pair(p).verdict is Verdict.ACCEPT for p in pairs])


def score_plain(pairs: Sequence[LabelledPair]) -> Pairs:
    """Score a plain ratio of the printed names."""
    return score(
        pairs,
        [
            fuzz.ratio(plain(p.query), plain(p.candidate)) >= PLAIN_ACCEPTS
            for p in pairs
        ],
    )


def plain(fields: Fields) -> str:
    """Return what a plain ratio compares."""
    return f"{fields.get('artist', '')} {fields.get('title', '')}".casefold()


@dataclass(frozen=True, slots=True)
class Record:
    """One entry of one of the five sources of musicbrainz-20k."""

    id: str
    cluster: str
    source: str
    fields: Fields


def records(folder: Path) -> list[Record]:
    """Read the five sources, each with its own way of writing length and year."""
    path = folder / "musicbrainz-20k" / "musicbrainz-20-A01.csv"
    with path.open(encoding="utf-8", newline="") as rows:
        return [
            Record(row["TID"], row["CID"], row["SourceID"], _record_fields(row))
            for row in csv.DictReader(rows)
        ]


def _record_fields(row: Mapping[str, str]) -> Fields:
    fields = {
        "artist": row["artist"].strip(),
        "title": row["title"].strip(),
        "album": row["album"].strip(),
        "duration_ms": _length_ms(row["length"].strip(), row["SourceID"]),
        "year": _year(row["year"].strip()),
    }
    return {name: value for name, value in fields.items() if value}


def _length_ms(text: str, source: str) -> int | None:
    if found := re.fullmatch(r"(\d+)m (\d+)sec", text):
        return 1000 * (60 * int(found[1]) + int(found[2]))
    if ":" in text:
        return _clock_ms(text)
    if re.fullmatch(r"\d+\.\d+", text):
        return round(float(text) * 60_000)
    if not text.isdecimal():
        return None
    return int(text) * (1000 if source == "2" else 1)


def _year(text: str) -> int | None:
    digits = text.removeprefix("'").strip()
    if re.fullmatch(r"(?:19|20)\d\d", digits):
        return int(digits)
    if re.fullmatch(r"\d\d", digits):
        return int(digits) + (1900 if int(digits) > 30 else 2000)
    return None


@dataclass(frozen=True, slots=True)
class Choice:
    """A record and the ten names of other sources that are nearest to its own."""

    record: Record
    nearest: tuple[Record, ...]


def choices(everything: Sequence[Record]) -> Iterator[Choice]:
    """Ask for every nth record that another source has too."""
    sources: dict[str, set[str]] = defaultdict(set)
    for record in everything:
        sources[record.cluster].add(record.source)
    asked = [r for r in everything if len(sources[r.cluster]) > 1][::EVERY_NTH]
    by_source: dict[str, tuple[list[Record], list[str]]] = {}
    for source in sorted({record.source for record in everything}):
        others = [record for record in everything if record.source != source]
        by_source[source] = others, [plain(record.fields) for record in others]
    for record in asked:
        others, names = by_source[record.source]
        found = process.extract(
            plain(record.fields), names, scorer=fuzz.ratio, limit=NEAREST
        )
        nearest = tuple(others[place] for _, _, place in found)
        if any(other.cluster == record.cluster for other in nearest):
            yield Choice(record, nearest)


def score_choices(asked: Iterable[Choice]) -> Nearest:
    """Decide every choice; count what was right, wrong and left open."""
    asked = list(asked)
    questions = [
        (
            choice,
            wanted_of(choice.record.fields),
            [candidate_of(other.fields, other.id) for other in choice.nearest],
        )
        for choice in asked
    ]
    # the corpus in memory is not part of a decision; the rest as in `enrichment match`
    gc.collect()
    gc.freeze()
    gc.set_threshold(*COLLECT_AFTER)
    started = process_time()
    decisions = [matching.decide(wanted, found) for _, wanted, found in questions]
    seconds = process_time() - started
    accepted_right = best_right = accepted_wrong = plain_right = 0
    for choice, decision in zip(asked, decisions, strict=True):
        clusters = {other.id: other.cluster for other in choice.nearest}
        chosen = decision.candidate.id if decision.candidate else ""
        right = clusters.get(chosen) == choice.record.cluster
        accepted = decision.verdict is Verdict.ACCEPT
        best_right += right
        accepted_right += right and accepted
        accepted_wrong += accepted and not right
        plain_right += _plain_choice(choice).cluster == choice.record.cluster
    total = max(1, len(asked))
    return Nearest(
        accepted_right / total,
        best_right / total,
        accepted_wrong / total,
        plain_right / total,
        len(asked) / seconds,
    )


def _plain_choice(choice: Choice) -> Record:
    name = plain(choice.record.fields)
    return max(choice.nearest, key=lambda r: fuzz.WRatio(name, plain(r.fields)))


def warm_per_second(pairs: Sequence[LabelledPair], seconds: float = 1.0) -> float:
    """Return decisions of ten candidates a second, names seen before."""
    groups = [pairs[n : n + NEAREST] for n in range(0, len(pairs) - NEAREST, NEAREST)]
    asked: list[tuple[Wanted, list[Candidate]]] = [
        (
            wanted_of(group[0].query),
            [candidate_of(pair.candidate, str(n)) for n, pair in enumerate(group)],
        )
        for group in groups
    ]
    done, started = 0, process_time()
    while process_time() - started < seconds:
        for wanted, found in asked:
            matching.decide(wanted, found)
        done += len(asked)
    return done / (process_time() - started)


def slowest_odd(signs: Iterable[str] = ODD_SIGNS) -> tuple[float, str]:
    """Return the longest time of a decision on long and odd names, and their sign."""
    found = []
    for sign in signs:
        long = (sign * ODD_CHARACTERS)[:ODD_CHARACTERS]
        for ours, theirs in ((long, long), ("Harbour", long), (long, "Harbour")):
            query, other = _named(ours, ours), _named(theirs, f"{theirs} x")
            started = process_time()
            match_json({"query": query, "candidates": [other]})
            found.append((process_time() - started, sign))
    return max(found)


def _named(artist: str, title: str) -> Fields:
    return {"artist": artist, "title": title}


@lru_cache(1)
def data_folder() -> Path:
    """Return the folder of labelled pairs: an argument, or beside the project."""
    if len(sys.argv) > 1:
        return Path(sys.argv[1]) / "matching"
    return Path(__file__).resolve().parents[2] / "shared" / "data" / "matching"


def main() -> None:
    """Print every figure, ours beside the plain ratio."""
    folder = data_folder()
    out = sys.stdout.write
    dj = dj_pairs(folder)
    for name, pairs in (
        ("DJ pairs", dj),
        ("iTunes-Amazon validation", shop_pairs(folder, "validation")),
        ("iTunes-Amazon train", shop_pairs(folder, "train")),
    ):
        for who, scored in (
            ("ours ", score_ours(pairs)),
            ("plain", score_plain(pairs)),
        ):
            kinds = ", ".join(f"{k} {v:.4f}" for k, v in scored.accepted.items() if k)
            out(
                f"{name:25} {who} P {scored.precision:.4f} R {scored.recall:.4f}"
                f" F1 {scored.f1:.4f} {kinds}\n"
            )
    nearest = score_choices(choices(records(folder)))
    out(
        f"musicbrainz-20k           accepted right {nearest.accepted_right:.4f},"
        f" best right {nearest.best_right:.4f}, accepted wrong"
        f" {nearest.accepted_wrong:.4f};"
        f" weighted ratio right {nearest.plain_right:.4f}\n"
        f"decisions a second        {nearest.per_second:.0f} on new names,"
        f" {warm_per_second(dj):.0f} on names seen before\n"
    )
    seconds, sign = slowest_odd()
    out(f"slowest odd names         {1000 * seconds:.1f} ms, of {sign!r}\n")


if __name__ == "__main__":
    main()
