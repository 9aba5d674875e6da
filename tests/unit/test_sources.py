"""What a metric calls the source of a message: one of a closed list."""

import re
from pathlib import Path

import pytest
from scrapy.settings import Settings
from scrapy.spiderloader import SpiderLoader

import scrapers.tracklists
from enrichment.contract import sources
from enrichment.contract.messages import EnrichmentRequest


@pytest.mark.parametrize("known", ["beatport", "mixesdb", "api", "scraper", "cue"])
def test_a_known_source_is_named(known):
    assert sources.label(known) == known


@pytest.mark.parametrize("text", ["source-1", "", "Mixesdb", 'x"} 1\n', "a" * 9000])
def test_whatever_else_a_sender_writes_is_one_label(text):
    assert sources.label(text) == "other"


def test_every_spider_and_every_format_is_known():
    spiders = SpiderLoader(Settings({"SPIDER_MODULES": ["scrapers.spiders"]})).list()
    package = Path(scrapers.tracklists.__file__).parent
    formats = {
        name
        for path in package.rglob("*.py")
        for name in re.findall(r'format="(\w+)"', path.read_text())
    }

    assert len(spiders) >= 3
    assert len(formats) >= 10
    assert {*spiders, *formats} <= sources.KNOWN


def test_a_message_that_names_no_source_has_a_known_one():
    request = EnrichmentRequest(track_id="t", artist="A", title="B", priority=5)

    assert request.source in sources.KNOWN
