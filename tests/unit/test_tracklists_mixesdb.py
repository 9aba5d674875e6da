"""MixesDB: both list forms, cue conventions, the REST page and the rendered one."""

import json
from pathlib import Path

import pytest

from scrapers.tracklists import parse
from scrapers.tracklists.formats import mixesdb
from scrapers.tracklists.tracklist import NoTracklist, NotUnderstood

SAMPLES = Path(__file__).parents[1] / "samples" / "mixesdb"


def wikitext(name: str) -> str:
    return (SAMPLES / f"{name}.wiki").read_text(encoding="utf-8")


def rest_page(**changes) -> bytes:
    page = {
        "id": 7,
        "key": "2031-05-02_-_Nova_Kepler_@_Harbour_Hall",
        "title": "2031-05-02 - Nova Kepler @ Harbour Hall",
        "latest": {"id": 4711, "timestamp": "2031-05-03T00:00:00Z"},
        "content_model": "wikitext",
        "license": {"url": "", "title": ""},
        "source": wikitext("numbered"),
    }
    return json.dumps(page | changes).encode()


def test_a_numbered_list_is_read_below_its_heading_only():
    (tracklist,) = parse(wikitext("numbered").encode())

    assert [(row.artist, row.full_title) for row in tracklist.rows] == [
        ("Ada Frost", "Tide (Mira Remix)"),
        ("Kilo & Tre-Ora", "Nine-To-Five"),
        ("Linear Motion", "?"),
        ("Orla & Finch", "Glass"),
        ("Juno Vale", "Lanterns"),
    ]
    assert [row.position for row in tracklist.rows] == [1, 2, 3, 4, 5]


def test_a_whole_number_in_brackets_is_minutes_and_a_doubtful_one_is_no_cue():
    rows = parse(wikitext("numbered").encode())[0].rows

    assert [row.cue_seconds for row in rows] == [0, 420, None, 0, 7380]


def test_label_and_catalogue_number_are_kept_and_the_line_as_printed():
    row = parse(wikitext("numbered").encode())[0].rows[0]

    assert (row.label, row.catalog_number) == ("Pearl", "PRL 012")
    assert row.raw == "[000] Ada Frost - Tide (Mira Remix) [Pearl - PRL 012]"


def test_a_list_with_gaps_keeps_their_places_and_the_unknown_rows():
    (tracklist,) = parse(wikitext("list_with_gaps").encode())

    assert [row.cue_seconds for row in tracklist.rows] == [0, 600, 720]
    assert [row.identified for row in tracklist.rows] == [True, False, True]
    assert tracklist.gaps_after == (0, 1, 3)


def test_cues_that_are_the_time_of_day_become_places_in_the_mix():
    rows = parse(wikitext("broadcast_clock").encode())[0].rows

    assert [row.cue_seconds for row in rows] == [0, 42 * 60, None, 72 * 60]


@pytest.mark.parametrize(
    ("lines", "cues"),
    [
        pytest.param(
            "[00:30] A - B\n[04:10] C - D\n[09:00] E - F", [30, 250, 540], id="early"
        ),
        pytest.param("[12:00] A - B\n[31:10] C - D", [720, 1870], id="past 24"),
        pytest.param("...\n[12:00] A - B\n[18:10] C - D", [720, 1090], id="gap first"),
    ],
)
def test_cues_that_cannot_be_the_time_of_day_stay(lines: str, cues: list[int]):
    (tracklist,) = mixesdb.parse(f"== Tracklist ==\n<list>\n{lines}\n</list>")

    assert [row.cue_seconds for row in tracklist.rows] == cues


def test_a_rest_page_brings_key_revision_date_and_licence():
    (tracklist,) = parse(rest_page())

    assert tracklist.source_key == "2031-05-02_-_Nova_Kepler_@_Harbour_Hall"
    assert tracklist.revision == "4711"
    assert tracklist.recorded_on == "2031-05-02"
    assert tracklist.artist == "Nova Kepler"
    assert tracklist.licence == "CC BY-SA 3.0 US"
    assert len(tracklist.rows) == 5


def test_a_licence_that_the_page_names_wins():
    (tracklist,) = parse(rest_page(license={"url": "", "title": "CC0"}))

    assert tracklist.licence == "CC0"


@pytest.mark.parametrize(
    ("changes", "error"),
    [
        ({"source": None}, NotUnderstood),
        ({"source": "[[Category:Tracklist: none]]"}, NoTracklist),
        ({"source": "== Tracklist ==\n\n== Notes ==\n# A - B"}, NoTracklist),
        ({"content_model": "json"}, NoTracklist),
    ],
)
def test_a_rest_page_without_a_list_says_so(changes, error):
    with pytest.raises(error):
        parse(rest_page(**changes))


def test_a_rendered_page_is_read_up_to_its_foot_in_spite_of_background_scripts():
    (tracklist,) = parse((SAMPLES / "rendered.html").read_bytes())

    assert [row.cue_seconds for row in tracklist.rows] == [0, 420, 1860, 2640]
    assert tracklist.gaps_after == (3,)
    assert tracklist.source_key == "2031-05-02_-_Nova_Kepler_-_Night_Watch_12"


def test_a_list_pasted_without_its_page_is_read():
    (tracklist,) = parse(b"# [00] Ada Frost - Tide\n# [04] Orla - Glass\n")

    assert [row.artist for row in tracklist.rows] == ["Ada Frost", "Orla"]


def test_an_unclosed_list_is_read_to_its_end():
    tracklist = mixesdb.parse_wikitext("<list>\n[00] Ada Frost - Tide")

    assert len(tracklist.rows) == 1
