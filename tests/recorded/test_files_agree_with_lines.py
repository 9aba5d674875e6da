"""What a file's reader says of a row is what the line's reader says of its text."""

import gzip
import json
import re
from collections import Counter
from collections.abc import Iterator
from itertools import islice
from pathlib import Path

import pytest

from scrapers.tracklists import parse
from scrapers.tracklists.reading.lines import parse_line
from scrapers.tracklists.tracklist import Row, Tracklist, TracklistError

MOST_DIFFERING = 0.003
EVERY_MIX = 5
LEAST_ROWS = 5
LEAST_OF_ALL_FILES = 2_000
EXPECTED = (".expected.jsonl", ".expected.txt", ".gz", "manifest.jsonl")
TIME = re.compile(r"\d{1,2}:\d{2} ")

Said = tuple[str | None, str | None, str | None, str | None]


def said(row: Row) -> Said:
    return row.artist, row.full_title, row.label, row.track_id


def tracklists(content: bytes) -> tuple[Tracklist, ...]:
    try:
        return parse(content)
    except TracklistError:
        return ()


def overruled_by(raw: str, line: Row, row: Row) -> str | None:
    """Name why the file overrules the line; test_lists_overrule_lines has each."""
    name, title = str(row.artist), str(row.full_title)
    if "''" in raw:
        return "markup of a wiki"
    if line.artist == row.artist and str(line.full_title).startswith(f"{title} "):
        return "a label without brackets in most rows"
    if TIME.match(name) and name.endswith(str(line.artist)):
        return "a time in a list without times"
    if raw == f"{name} - {name} - {title}":
        return "a title that repeats its column of artists"
    if raw.startswith(f"{name} - ") and " - " in name:
        return "a column of artists with a dash"
    return None


def rows_that_differ(files: Iterator[Path]) -> Iterator[tuple[Path, Row, str | None]]:
    for file in files:
        for each in tracklists(file.read_bytes()):
            for row in each.rows:
                line = parse_line(row.raw)
                # a format that keeps fields apart may know a label that no line says
                of_line, of_file = said(line), said(row)
                if not line.label and each.format != "text":
                    of_file = (*of_file[:2], None, of_file[3])
                if not (line.artist and line.title) or of_line == of_file:
                    yield file, row, ""
                else:
                    yield file, row, overruled_by(row.raw, line, row)


def test_all_files_agree_with_their_lines_or_overrule_them_for_a_known_reason(
    shared_data: Path,
):
    corpora = sorted((shared_data / "tracklists").rglob("*"))
    files = (f for f in corpora if f.is_file() and not f.name.endswith(EXPECTED))
    told = list(rows_that_differ(files))

    assert [(file.name, row.raw) for file, row, why in told if why is None] == []
    assert len(told) > LEAST_OF_ALL_FILES
    overruled = Counter(why for _, _, why in told if why)
    assert len(overruled) == 5
    assert overruled.total() < 0.05 * len(told)


@pytest.fixture(scope="module")
def mixes(shared_data: Path) -> Path:
    return shared_data / "tracklists/mixesdb/mixes.jsonl.gz"


def test_a_pasted_mix_says_of_each_line_what_the_line_says(mixes):
    rows = differing = 0
    with gzip.open(mixes, "rt", encoding="utf-8") as every:
        for mix in map(json.loads, islice(every, 0, None, EVERY_MIX)):
            lines = [" ".join(track["line"].split()) for track in mix["tracklist"]]
            lines = [line for line in lines if line]
            if len(lines) < LEAST_ROWS:
                continue
            text = "\n".join([mix["title"], "", *lines]).encode()
            got = {said(row) for each in tracklists(text) for row in each.rows}
            alone = map(parse_line, lines)
            want = {said(row) for row in alone if row.artist and row.title}
            rows += len(lines)
            differing += len(want - got)

    assert rows > 10_000 // 2
    assert differing / rows <= MOST_DIFFERING
