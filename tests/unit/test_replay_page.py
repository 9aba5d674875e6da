"""A replay's page: plots, every row that is not resolved, nothing from elsewhere."""

import re
from html.parser import HTMLParser

import pytest

from enrichment.exports.preflight import LeftOut
from enrichment.exports.selection import SENTENCES, Reason
from rehearsal.report import Bar, Findings, html

OUTCOMES = {"completed": 80, "unidentified": 4, "no_match": 3, "ambiguous": 2}
DOCUMENT = {
    "mentions": 100,
    "tracks": 90,
    "outcomes": OUTCOMES,
    "calls": {"spotify": 40, "lastfm": 90},
}
NOTE = "The providers of a replay are invented."


def left_out(reason):
    return LeftOut(reason, None, f"<{reason}>", "a & b", "night.txt", 7)


FOUND = Findings(
    coverage=[Bar("isrc", 70, 90)],
    genres=[Bar("house", 30, 90)],
    readiness=[Bar("a report of use (ISRC)", 70, 90)],
    left_out=[left_out(reason) for reason in Reason],
)


class Page(HTMLParser):
    """Names the tags, and what any of them would fetch."""

    def __init__(self, text):
        super().__init__()
        self.tags, self.fetched, self.shown = [], [], []
        self.feed(text)

    def handle_starttag(self, tag, attrs):
        self.tags.append(tag)
        names = {"src", "href", "srcset", "data", "action", "background"}
        self.fetched += [value for name, value in attrs if name in names]

    def handle_data(self, data):
        self.shown.append(data)


def test_the_page_needs_nothing_else():
    text = html(DOCUMENT, FOUND, NOTE)

    page = Page(text)

    assert page.fetched == []
    assert not {"script", "link", "img", "iframe", "object", "embed"} & {*page.tags}
    assert not re.search(r"url\(|@import|https?:", text)
    assert page.tags.count("svg") == 5


def test_it_begins_and_ends_with_whose_values_these_are():
    text = html(DOCUMENT, FOUND, NOTE)

    assert text.count(NOTE) == 2
    assert text.rindex(NOTE) > text.rindex("</table>")


@pytest.mark.parametrize("reason", Reason)
def test_every_row_that_is_not_resolved_is_named_with_its_reason(reason):
    shown = "".join(Page(html(DOCUMENT, FOUND, NOTE)).shown)

    assert f"<{reason}>a & bnight.txt, row 7{SENTENCES[reason]}" in shown


def test_a_run_that_found_nothing_has_a_page_too():
    nothing = DOCUMENT | {"mentions": 0, "tracks": 0, "calls": {}}

    shown = "".join(Page(html(nothing, Findings(), NOTE)).shown)

    assert "Not resolvednone" in shown
    assert "0 (0%)" in shown
