"""Inputs shaped after public bug reports, of the formats that are read."""

import json
import re
import unicodedata
from pathlib import Path

from scrapers.tracklists import parse
from scrapers.tracklists.tracklist import Row, TracklistError

LEAST_RIGHT = 0.92
# Formats that no parser of ours reads yet: the inputs are there for later.
NOT_READ = ("W24", "W25")
NOT_JUDGED = "*"
_SIGNS = str.maketrans("[]{}’‘`´", "()()''''")


def normalised(text: str | None) -> str:
    flat = unicodedata.normalize("NFKC", text or "").casefold().translate(_SIGNS)
    return re.sub(r"\s+", " ", re.sub("[‐-―−]", "-", flat)).strip()


def is_right(want: dict[str, object], row: Row) -> bool:
    names = {"artist": row.artist, "full_title": row.full_title, "label": row.label}
    for name, got in names.items():
        told = want.get(name, NOT_JUDGED)
        if told == NOT_JUDGED or (name == "label" and told is None):
            continue
        if normalised(str(told or "")) != normalised(got):
            return False
    return want.get("cue_seconds", NOT_JUDGED) in {NOT_JUDGED, row.cue_seconds}


def is_read_right(source: Path) -> bool:
    expected = source.with_name(f"{source.name}.expected.jsonl")
    try:
        rows = [row for each in parse(source.read_bytes()) for row in each.rows]
    except TracklistError as reason:
        return not expected.exists() and bool(str(reason))
    if not expected.exists():
        return False
    want = [json.loads(line) for line in expected.read_text().splitlines() if line]
    return len(want) == len(rows) and all(map(is_right, want, rows))


def test_reported_inputs_are_read_right(shared_data):
    folder = shared_data / "tracklists/reported"
    told = map(json.loads, (folder / "manifest.jsonl").read_text().splitlines())
    files = [each["file"] for each in told if each["fault"] not in NOT_READ]
    wrong = [name for name in files if not is_read_right(folder / name)]

    assert len(files) > 100
    assert len(wrong) / len(files) <= 1 - LEAST_RIGHT, wrong
