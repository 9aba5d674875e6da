"""
How well lines of the same recording get the same id, beside a plain normaliser.

Usage: python -m benchmarks.identity ../shared/data
"""

import argparse
import gzip
import json
import re
import time
import unicodedata
from collections import Counter, defaultdict
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from pathlib import Path

from scrapers.tracklists.reading.lines import parse_line

MIXES = Path("tracklists/mixesdb/mixes.jsonl.gz")
PAIRS = Path("matching/mixesdb-pairs/pairs.jsonl")

Identify = Callable[[str], str | None]

_CUE = re.compile(r"^\s*\[[^\]]*\]\s*")
_LABEL = re.compile(r"\s*\[[^\]]*\]\s*$")
_SIGNS = re.compile(r"[\W_]+")


@dataclass(frozen=True, slots=True)
class Figures:
    """
    What one way to identify lines comes to.

    Args:
        recall: pairs of lines of one recording that have one id.
        precision: pairs of lines with one id that are one recording; the labels hold
            some spellings apart, so that about 0.985 is the most that can be had.
        unidentified: share of lines without an id.
        siblings_merged: share of pairs of sibling remixes with one id.
        spellings_merged: share of pairs of hard spellings with one id.
    """

    recall: float
    precision: float
    unidentified: float
    siblings_merged: float
    spellings_merged: float
    lines_per_second: float


def by_our_rules(line: str) -> str | None:
    """Identify a line as everything else in the project does."""
    return parse_line(line).track_id


def by_plain_normaliser(line: str) -> str | None:
    """Identify a line by its letters and digits, without cue, label and accents."""
    text = _LABEL.sub("", _CUE.sub("", line))
    flat = unicodedata.normalize("NFKD", text.casefold())
    flat = "".join(c for c in flat if not unicodedata.combining(c))
    return _SIGNS.sub(" ", flat).strip() or None


def labelled_lines(folder: Path) -> list[tuple[str, str]]:
    """Return all lines whose recording is known, with the recording."""
    with gzip.open(folder / MIXES, "rt", encoding="utf-8") as mixes:
        rows = [row for mix in mixes for row in json.loads(mix)["tracklist"]]
    return [
        (re.sub(r"[\r\n]", " ", row["line"]), row["recording"])
        for row in rows
        if row["recording"] and row["line"].strip()
    ]


def measure(identify: Identify, folder: Path) -> Figures:
    """Identify all lines and pairs, and count."""
    lines = labelled_lines(folder)
    started = time.perf_counter()
    ids = [identify(line) for line, _ in lines]
    seconds = time.perf_counter() - started
    by_recording: dict[str, Counter[str]] = defaultdict(Counter)
    by_id: dict[str, Counter[str]] = defaultdict(Counter)
    for (_, recording), track_id in zip(lines, ids, strict=True):
        if track_id:
            by_recording[recording][track_id] += 1
            by_id[track_id][recording] += 1
    pairs = read_pairs(folder)
    return Figures(
        recall=_share_of_pairs(by_recording.values()),
        precision=_share_of_pairs(by_id.values()),
        unidentified=ids.count(None) / len(ids),
        siblings_merged=_merged(identify, pairs, "sibling remix"),
        spellings_merged=_merged(identify, pairs, "same recording, other spelling"),
        lines_per_second=len(lines) / seconds,
    )


def read_pairs(folder: Path) -> list[tuple[str, str, str]]:
    """Return kind and both lines of each labelled pair."""
    found = []
    for line in (folder / PAIRS).read_text(encoding="utf-8").splitlines():
        pair = json.loads(line)
        one, other = (
            f"{pair[side]['artist']} - {pair[side]['title']}"
            for side in ("query", "candidate")
        )
        found.append((pair["kind"], one, other))
    return found


def _share_of_pairs(groups: Iterable[Counter[str]]) -> float:
    """Of all pairs within the groups, give the share whose members are equal."""
    equal = pairs = 0
    for group in groups:
        size = group.total()
        pairs += size * (size - 1) // 2
        equal += sum(count * (count - 1) // 2 for count in group.values())
    return equal / max(1, pairs)


def _merged(
    identify: Identify, pairs: Sequence[tuple[str, str, str]], kind: str
) -> float:
    ids = [(identify(one), identify(other)) for k, one, other in pairs if k == kind]
    return sum(one is not None and one == other for one, other in ids) / len(ids)


def main() -> None:
    """Print the figures of both ways."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("folder", type=Path, help="the folder of recorded data")
    folder = parser.parse_args().folder
    print(  # noqa: T201 (a benchmark prints)
        f"{'':18}  recall  precision  no id   siblings  spellings  lines/s"
    )
    for name, identify in (
        ("our rules", by_our_rules),
        ("plain normaliser", by_plain_normaliser),
    ):
        found = measure(identify, folder)
        print(  # noqa: T201
            f"{name:18}  {found.recall:.4f}  {found.precision:.4f}    "
            f"{found.unidentified:.4f}   {found.siblings_merged:.4f}   "
            f" {found.spellings_merged:.4f}   {found.lines_per_second:8,.0f}"
        )


if __name__ == "__main__":
    main()
