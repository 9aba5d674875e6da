"""1001Tracklists: all rows of a page or none, and what stands there instead of it."""

from pathlib import Path

import pytest

from scrapers.tracklists import parse
from scrapers.tracklists.tracklist import (
    Blocked,
    NoTracklist,
    NotUnderstood,
    TracklistError,
)

SAMPLES = Path(__file__).parents[1] / "samples" / "tracklists1001"


@pytest.fixture
def detail() -> str:
    return (SAMPLES / "detail.html").read_text(encoding="utf-8")


def test_every_row_of_a_page_is_read_unknown_ones_and_mashup_parts_included(detail):
    (tracklist,) = parse(detail.encode())

    assert [(row.artist, row.full_title) for row in tracklist.rows[1:]] == [
        ("Kilo & Tre-Ora", "Nine-To-Five"),
        ("ID", "ID"),
        ("Orla vs. Finch", "Glass vs. Run"),
        ("Orla", "Glass"),
        ("Finch", "Run"),
        ("Nova Kepler", "ID"),
        ("Juno Vale", "Lanterns"),
    ]
    assert [row.position for row in tracklist.rows] == list(range(1, 9))


def test_a_name_is_parted_at_the_separator_span_and_not_at_a_dash_in_it(detail):
    first = parse(detail.encode())[0].rows[0]

    assert first.raw == "Ada Frost ft. Bo Lund - Tide - Part II (Mira Remix) [PEARL]"
    assert first.full_title == "Tide - Part II (Mira Remix)"
    assert first.label == "PEARL"


def test_microdata_is_right_where_a_remark_is_printed_in_the_name():
    row = (
        '<div class="tlpItem"><meta itemprop="name" content="Orla - Glass - Run">'
        '<span class="trackValue"><span>Orla</span><span> - </span>'
        "<span>Glass - Run</span> <i>(played backwards)</i></span></div>"
    )

    first = parse(row.encode())[0].rows[0]

    assert (first.artist, first.full_title) == ("Orla", "Glass - Run")


def test_rows_played_together_and_parts_of_a_mashup_are_marked(detail):
    rows = parse(detail.encode())[0].rows

    assert [row.played_with_previous for row in rows] == [
        False, True, False, False, True, True, False, False,
    ]  # fmt: skip


def test_a_cue_is_what_is_printed_and_an_empty_first_one_is_the_start(detail):
    rows = parse(detail.encode())[0].rows

    cues = [row.cue_seconds for row in rows]
    assert cues == [0, 144, 425, 4000, None, None, None, None]


def test_a_page_without_cues_has_none_on_its_first_row(detail):
    for cue in ("2:24", "7:05", "1:06:40"):
        detail = detail.replace(cue, "")

    assert parse(detail.encode())[0].rows[0].cue_seconds is None


def test_the_page_says_which_set_it_is(detail):
    (tracklist,) = parse(detail.encode())

    assert tracklist.title == "Nova Kepler @ Harbour Hall, Rostock, Germany 2031-05-02"
    assert tracklist.artist == "Nova Kepler"
    assert tracklist.source_key == "9kq2vv1x"
    assert tracklist.recorded_on == "2031-05-02"
    assert tracklist.declared_rows == 8


@pytest.mark.parametrize("cut", [0.55, 0.7, 0.9])
def test_a_page_cut_short_is_not_a_shorter_tracklist(detail, cut):
    with pytest.raises(NotUnderstood, match="says 8 rows"):
        parse(detail[: int(len(detail) * cut)].encode())


def test_a_row_saved_alone_is_read(detail):
    row = detail[detail.index('<div id="tlp_8"') : detail.index('<div id="tlp_9"')]

    (tracklist,) = parse(row.encode())

    assert [row.artist for row in tracklist.rows] == ["Nova Kepler"]
    assert tracklist.declared_rows is None


def test_an_attribute_that_is_no_name_does_no_harm(detail):
    broken = detail.replace('<link rel="canonical"', '<link { rel="canonical"')

    assert len(parse(broken.encode())[0].rows) == 8


def test_a_row_without_a_name_makes_the_page_not_understood(detail):
    with pytest.raises(NotUnderstood, match="row 8 has no name"):
        parse(detail.replace("Juno Vale - Lanterns", "").encode())


@pytest.mark.parametrize(
    ("page", "error"),
    [
        pytest.param((SAMPLES / "interstitial.html").read_text(), Blocked, id="wait"),
        pytest.param(
            "<html><head><title>Just a moment...</title></head></html>",
            Blocked,
            id="challenge",
        ),
        pytest.param(
            '<html><link rel="canonical" href="https://x/tracklist/9kq2vv1x/a.html">'
            "<script src='https://challenges.cloudflare.com/turnstile/v0'></script>",
            Blocked,
            id="empty shell behind a challenge",
        ),
        pytest.param(
            '<html><link rel="canonical" href="https://x/tracklist/9kq2vv1x/a.html">',
            NotUnderstood,
            id="no rows and no reason",
        ),
        pytest.param((SAMPLES / "search.html").read_text(), NoTracklist, id="search"),
        pytest.param(
            '<div class="bItmH"><span>Tune Of The Week:</span></div>',
            NoTracklist,
            id="section header",
        ),
        pytest.param("<html><p>Hello</p></html>", NoTracklist, id="another page"),
    ],
)
def test_a_page_without_rows_says_why(page: str, error: type[TracklistError]):
    with pytest.raises(TracklistError) as raised:
        parse(page.encode())

    assert type(raised.value) is error
