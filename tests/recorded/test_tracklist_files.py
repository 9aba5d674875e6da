"""Recorded pages, exports and answers: rows found, kinds told, damage refused."""

import random
import re
import unicodedata
from collections import Counter
from pathlib import Path

import pytest

from scrapers.tracklists import parse
from scrapers.tracklists.tracklist import (
    Blocked,
    NoTracklist,
    NotUnderstood,
    Row,
    TracklistError,
)

LEAST_SHARE = 0.98
# Damaging a file takes as long as parsing it as often.
_LARGEST_TO_DAMAGE = 60_000


def normalised(text: str) -> str:
    text = unicodedata.normalize("NFKD", text)
    text = "".join(c for c in text if not unicodedata.combining(c)).lower()
    return re.sub(r"[^\w]+", " ", text).strip()


def printed(row: Row) -> str:
    return normalised(f"{row.artist or ''} {row.full_title or row.title or ''}")


def expected_rows(file: Path) -> Counter[str]:
    rows: Counter[str] = Counter()
    for line in file.read_text(encoding="utf-8").splitlines():
        last = line.split("\t")[-1].replace("(no microdata) ", "")
        if " - " in last and "http" not in line and not line.startswith("#"):
            rows[normalised(re.sub(r"\s*\[[^\]]*\]\s*$", "", last))] += 1
    return rows


def described_files(folder: Path) -> list[Path]:
    return [
        file.with_name(file.name.removesuffix(".expected.txt"))
        for file in sorted(folder.rglob("*.expected.txt"))
        if "search" not in file.name and file.parent.name != "reported"
    ]


def test_rows_are_found_and_none_invented(shared_data: Path):
    found = wanted = given = 0
    for file in described_files(shared_data / "tracklists"):
        want = expected_rows(file.with_name(f"{file.name}.expected.txt"))
        rows = [row for tracklist in parse(file.read_bytes()) for row in tracklist.rows]
        # A row that says no more than "?" is expected in its place, without a name.
        got = Counter(name for name in map(printed, rows) if name)
        found += (want & got).total()
        wanted += want.total()
        given += got.total()

    assert wanted > 900
    assert found / wanted >= LEAST_SHARE
    assert found / given >= LEAST_SHARE


@pytest.mark.parametrize(
    ("name", "error"),
    [
        ("1001tracklists/rvndev_interstitial_bicep_nts_2022-06-16.html", Blocked),
        ("1001tracklists/tjerbor_interstitial_track_page_2022-11-13.html", Blocked),
        ("1001tracklists/phaze_search_no-such-set.html", NoTracklist),
        ("1001tracklists/search_rows_2026-08.trimmed.html", NoTracklist),
        ("1001tracklists/jca225_row_suggestion.html", NoTracklist),
        ("1001tracklists/jca225_dj_index_biscits.json", NoTracklist),
        ("nts/nutstosoup_api_live.json", NoTracklist),
        ("mixcloud/go-mixcloud-search_api_search.json", NoTracklist),
        ("mixcloud/mixcloud-fetch_cloudcast_getInfo.json", NoTracklist),
    ],
)
def test_what_is_no_tracklist_says_which_kind_of_none(shared_data, name, error):
    with pytest.raises(TracklistError) as raised:
        parse((shared_data / "tracklists" / name).read_bytes())

    assert type(raised.value) is error


def test_detail_pages_cut_short_are_never_a_shorter_tracklist(shared_data: Path):
    for page in sorted(
        (shared_data / "tracklists/1001tracklists").glob("*_rdm_*.html")
    ):
        content = page.read_bytes()
        for share in (0.2, 0.35, 0.5):
            with pytest.raises(NotUnderstood):
                parse(content[: int(len(content) * share)])


def test_damaged_files_raise_our_own_error_or_none(shared_data: Path):
    chance = random.Random(5)  # noqa: S311 (repeatable damage, no secret)
    files = [
        file
        for file in sorted((shared_data / "tracklists").rglob("*.*"))
        if file.is_file() and file.suffix != ".gz"
        if file.stat().st_size < _LARGEST_TO_DAMAGE
    ]
    assert files
    for file in files:
        for _ in range(8):
            content = bytearray(file.read_bytes())
            for _ in range(chance.randint(1, 30)):
                content[chance.randrange(len(content))] = chance.randrange(256)
            start = chance.randrange(len(content))
            del content[start : start + chance.randint(0, 2000)]
            try:
                assert parse(bytes(content))
            except TracklistError as error:
                assert str(error)  # noqa: PT017 (a refusal says why)
