"""Sites that answer a crawl with what is no page, or with far more than was asked."""

import asyncio
import gzip
import json
import time
from collections.abc import Mapping
from urllib.parse import urlsplit

import pytest
from redis.asyncio import Redis

from tests.crawls import Answer, Site, crawl, environment

__all__ = ["environment"]

ROBOTS = Answer(b"User-agent: *\nCrawl-delay: 0.05\nDisallow:\n")
SEARCH = "/w/rest.php/v1/search/page?q=sets&limit=5"
DAY_SECONDS = 86_400


@pytest.fixture
def visitor(environment: dict[str, str]) -> dict[str, str]:
    return environment | {"CRAWL_DELAY_SECONDS": "0.05"}


def of(visitor: Mapping[str, str], where: Site) -> dict[str, str]:
    return {
        **visitor,
        "MIXESDB_BASE_URL": where.url,
        "TRACKLISTS1001_BASE_URL": where.url,
    }


def test_pages_given_up_on_the_way_are_counted(visitor):
    bomb = gzip.compress(bytes(70 * 2**20))
    elsewhere = {"Location": "http://elsewhere.example/tracklist/x/set.html"}
    pages = {
        "/robots.txt": ROBOTS,
        "/tracklist/off/set.html": Answer(b"", 302, elsewhere),
        "/tracklist/file/set.html": Answer(
            b"", 302, {"Location": "file:///etc/passwd"}
        ),
        "/tracklist/loop/set.html": Answer(
            b"", 302, {"Location": "/tracklist/loop/set.html"}
        ),
        "/tracklist/bomb/set.html": Answer(
            bomb, headers={"Content-Type": "text/html", "Content-Encoding": "gzip"}
        ),
        "/tracklist/none/set.html": Answer(b"", 404),
    }
    names = ("off", "file", "loop", "bomb", "none")
    with Site(pages) as where:
        done = crawl(
            "tracklists1001",
            of(visitor, where),
            urls=",".join(f"/tracklist/{name}/set.html" for name in names),
        )

    assert done.report["pages"]["unavailable"] == len(names), done.log
    assert done.report["pages"]["parsed"] == 0
    assert "Traceback" not in done.log


@pytest.mark.parametrize(
    "pages",
    [
        [{"key": f"Set_{n}", "id": n} for n in range(100_000)],
        [{"key": key} for key in (5, None, "", "x" * 10_000, ["a"], "Set_1", "Set_2")],
    ],
    ids=["many", "no keys"],
)
def test_a_search_answer_costs_no_more_than_was_asked_for(visitor, pages):
    answers = {
        "/robots.txt": ROBOTS,
        SEARCH: Answer(json.dumps({"pages": pages}).encode()),
    }
    with Site(answers) as where:
        done = crawl("mixesdb", of(visitor, where), query="sets", limit=5)

    assert len([p for p in where.paths if "/v1/page/" in p]) <= 5
    assert done.report["pages"]["unavailable"] == 5
    assert "Traceback" not in done.log


@pytest.mark.parametrize(
    ("said", "least", "most"),
    [
        ("²", 0, 3700),
        ("9" * 400, 364 * DAY_SECONDS, 366 * DAY_SECONDS),
        (
            "Wed, 21 Oct 99999999999 07:28:00 GMT",
            364 * DAY_SECONDS,
            366 * DAY_SECONDS,
        ),
    ],
    ids=["superscript", "400 digits", "far year"],
)
def test_a_site_is_left_alone_for_as_long_as_it_says(visitor, said, least, most):
    refusal = Answer(b"slower", 429, {"Retry-After": said})
    pages = {"/robots.txt": ROBOTS, "/tracklist/a/set.html": refusal}
    with Site(pages) as where:
        done = crawl("tracklists1001", of(visitor, where), urls="/tracklist/a/set.html")
        host = urlsplit(where.url).netloc

    assert done.report["finish_reason"] == "blocked", done.log
    assert "Traceback" not in done.log
    until, kept = asyncio.run(block_of(visitor["REDIS_URL"], host))
    assert least <= until - time.time() <= most
    # what is forgotten is not obeyed
    assert kept >= min(least, until - time.time() - 5)


async def block_of(redis_url: str, host: str) -> tuple[float, float]:
    """Say until when Redis keeps crawls from a host, and how long it remembers."""
    redis = Redis.from_url(redis_url)
    key = f"enrichment:v1:crawl:{host}"
    try:
        until = float(await redis.hget(key, "blocked_until") or 0) / 1e6
        return until, await redis.ttl(key)
    finally:
        await redis.aclose()
