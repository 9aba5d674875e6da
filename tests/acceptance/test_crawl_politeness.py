"""What a site sees of our crawls: the delay on the wire, and silence after a block."""

import asyncio
import json
import signal
import time
from itertools import pairwise
from urllib.parse import urlsplit

import pytest

from scrapers.politeness.host_locks import turns
from tests.crawls import (
    Answer,
    Site,
    crawl,
    environment,
    finished,
    rows,
    start_crawl,
    wait_until,
)

__all__ = ["environment"]

pytestmark = pytest.mark.timeout(300)

DELAY_SECONDS = 0.5
ROBOTS = Answer(
    b"User-agent: *\nCrawl-delay: 0.5\nDisallow: /tracklist/private/\n"
    b"Disallow: /*?action=\n"
)
CHALLENGE = Answer(
    b"<html><head><title>Just a moment...</title></head><body>"
    b'<script>window._cf_chl_opt = {};</script><div id="challenge">Verifying you are'
    b' human</div><script src="/cdn-cgi/challenge-platform/h/b/x.js"></script>'
    b"</body></html>"
)


def page(name: str) -> Answer:
    """A detail page with two tracks, as 1001Tracklists prints them."""
    rows = "".join(
        f'<div id="tlp_{n}" class="tlpTog bItm tlpItem trRow{n + 1}" data-trno="{n}"'
        f' data-id="{n}" data-trackid="t{n}" data-isided="true">'
        f'<span id="tlp{n}_tracknumber_value">{n + 1:02}</span>'
        '<div itemprop="tracks" itemscope'
        ' itemtype="http://schema.org/MusicRecording">'
        f'<meta itemprop="name" content="Singer {name} - Song {n}">'
        f'<meta itemprop="byArtist" content="Singer {name}"></div>'
        '<div class="fontL"><span class="trackValue">'
        f'<span class="notranslate">Singer {name}</span><span> - </span>'
        f'<span class="notranslate">Song {n}</span></span></div>'
        "</div>"
        for n in range(2)
    )
    return Answer(
        (
            '<html itemscope itemtype="http://schema.org/Article"><head>'
            f'<link rel="canonical" href="/tracklist/{name}/set.html">'
            f"<title>Set {name}</title></head><body>"
            f'<div id="tlTab" itemscope itemtype="http://schema.org/MusicPlaylist"'
            f' data-id="{name}" data-count="2">'
            f'<meta itemprop="name" content="Set {name}">'
            '<meta itemprop="numTracks" content="2">'
            f"{rows}</div></body></html>"
        ).encode(),
        headers={"Content-Type": "text/html; charset=utf-8"},
    )


def site(*names: str, **others: Answer) -> Site:
    pages = {"/robots.txt": ROBOTS}
    pages |= {f"/tracklist/{name}/set.html": page(name) for name in names}
    return Site(
        pages | {f"/tracklist/{name}/set.html": a for name, a in others.items()}
    )


def urls(*names: str) -> str:
    return ",".join(f"/tracklist/{name}/set.html" for name in names)


@pytest.fixture
def visitor(environment: dict[str, str]) -> dict[str, str]:
    """An environment whose own delay is smaller than the one sites publish."""
    return environment | {"CRAWL_DELAY_SECONDS": "0.05"}


def of(visitor: dict[str, str], where: Site) -> dict[str, str]:
    return visitor | {"TRACKLISTS1001_BASE_URL": where.url}


def test_the_published_delay_is_kept_on_the_wire(visitor):
    names = ["a", "b", "c", "d"]
    with site(*names) as where:
        done = crawl("tracklists1001", of(visitor, where), urls=urls(*names))

    assert done.code == 0, done.log
    assert done.report["pages"]["parsed"] == 4
    assert where.paths[0] == "/robots.txt"
    assert min(where.gaps) >= DELAY_SECONDS
    assert len(rows(visitor["DATABASE_URL"], "SELECT 1 FROM tracklists")) == 4


def test_two_processes_together_keep_the_published_delay(visitor):
    with site(*"abcdefgh") as where:
        # what robots.txt asks for is known to nobody who asks for that
        alike = of(visitor, where) | {"CRAWL_DELAY_SECONDS": f"{DELAY_SECONDS}"}
        both = [
            start_crawl("tracklists1001", alike, urls=urls(*names))
            for names in ("abcd", "efgh")
        ]
        done = [finished(process) for process in both]

    assert [crawled.report["pages"]["parsed"] for crawled in done] == [4, 4]
    assert len(where.requests) == 10
    assert min(where.gaps) >= DELAY_SECONDS


def test_a_restart_waits_out_the_delay(visitor):
    with site("a", "b") as where:
        for name in "ab":
            assert (
                crawl("tracklists1001", of(visitor, where), urls=urls(name)).code == 0
            )

    assert min(where.gaps) >= DELAY_SECONDS


def test_without_redis_one_process_keeps_the_published_delay(visitor):
    alone = visitor | {"REDIS_URL": "", "REDIS_HOST": ""}
    with site(*"abc") as where:
        done = crawl("tracklists1001", of(alone, where), urls=urls(*"abc"))

    assert done.report["pages"]["parsed"] == 3
    assert min(where.gaps) >= DELAY_SECONDS


def test_told_to_stop_it_waits_for_no_turn_and_reports_what_it_has(visitor):
    names = "abcdefgh"
    with site(*names) as where:
        crawling = start_crawl("tracklists1001", of(visitor, where), urls=urls(*names))
        wait_until(lambda: "/tracklist/a/set.html" in where.paths)
        # the site has told another crawl of the cluster that it wants more
        asyncio.run(publish(visitor["REDIS_URL"], urlsplit(where.url).netloc, 500))
        wait_until(lambda: still(where))

        crawling.send_signal(signal.SIGTERM)
        done = finished(crawling)

    asked = len(where.paths) - 1  # robots.txt
    assert asked < len(names)
    assert done.code == 0, done.log
    assert done.report["finish_reason"] == "shutdown"
    assert done.report["pages"]["parsed"] == asked
    assert done.report["published"] == {
        "confirmed": 2 * asked, "failed": 0, "pending": 0,
    }  # fmt: skip
    assert "Traceback" not in done.log


async def publish(redis_url: str, host: str, delay_seconds: float) -> None:
    others = turns(redis_url, hold_seconds=1)
    await others.publish(host, delay_seconds)
    await others.close()


def still(where: Site) -> bool:
    """Whether the site has not been asked for longer than its own delay."""
    return time.monotonic() - where.requests[-1][0] > 2 * DELAY_SECONDS


def test_a_larger_delay_of_our_own_is_kept_too(visitor):
    slow = visitor | {"CRAWL_DELAY_SECONDS": "0.9"}
    with site("a", "b") as where:
        crawl("tracklists1001", of(slow, where), urls=urls("a", "b"))

    assert min(where.gaps) >= 0.9


@pytest.mark.parametrize(
    "refusal",
    [
        Answer(b"no", 403),
        Answer(b"slower", 429, {"Retry-After": "3600"}),
        CHALLENGE,
    ],
    ids=["403", "429", "challenge"],
)
def test_after_a_block_nobody_asks_again(visitor, refusal):
    with site("a", "c", b=refusal) as where:
        done = crawl("tracklists1001", of(visitor, where), urls=urls(*"abc"))
        asked = len(where.requests)
        again = crawl("tracklists1001", of(visitor, where), urls=urls("c"))

    assert where.paths[-1] == "/tracklist/b/set.html"
    assert where.paths.count("/tracklist/b/set.html") == 1
    assert done.report["finish_reason"] == "blocked"
    assert done.report["pages"] == {
        "parsed": 1, "no_tracklist": 0, "not_understood": 0, "blocked": 1,
        "unavailable": 0, "forbidden": 0,
    }  # fmt: skip
    assert len(where.requests) == asked, "a new crawl asked a host that refused"
    assert again.code == 1
    assert again.report["finish_reason"] == "blocked"


def test_a_short_ban_is_over_when_the_site_said_so(visitor):
    with site("a", b=Answer(b"", 429, {"Retry-After": "1"})) as where:
        crawl("tracklists1001", of(visitor, where), urls=urls("b"))
        time.sleep(1)  # the site's own word
        again = crawl("tracklists1001", of(visitor, where), urls=urls("a"))

    assert again.code == 0, again.log


def test_paths_that_robots_forbid_are_never_asked_for(visitor):
    private = "/tracklist/private/set.html"
    with site("a") as where:
        where.pages[private] = page("private")
        done = crawl(
            "tracklists1001",
            of(visitor, where),
            urls=f"{private},/tracklist/a/set.html?action=edit,{urls('a')}",
        )

    assert where.paths == ["/robots.txt", "/tracklist/a/set.html"]
    assert done.report["pages"]["forbidden"] == 2
    assert done.report["pages"]["parsed"] == 1


def test_other_hosts_are_not_asked_even_by_a_redirect(visitor):
    with site("x") as elsewhere, site("a") as where:
        target = f"{elsewhere.url}/tracklist/x/set.html"
        where.pages["/tracklist/b/set.html"] = Answer(b"", 302, {"Location": target})
        done = crawl(
            "tracklists1001",
            of(visitor, where),
            urls=f"{target},{urls('b', 'a')},/user/someone,file:///etc/passwd",
        )

    assert elsewhere.requests == []
    assert set(where.paths) == {
        "/robots.txt", "/tracklist/a/set.html", "/tracklist/b/set.html",
    }  # fmt: skip
    assert done.report["pages"]["parsed"] == 1


def test_a_site_that_asks_for_more_than_we_keep_is_left_alone(visitor):
    with site("a") as where:
        where.pages["/robots.txt"] = Answer(b"User-agent: *\nCrawl-delay: 3600\n")
        done = crawl("tracklists1001", of(visitor, where), urls=urls("a"))

    assert where.paths == ["/robots.txt"]
    assert done.report["finish_reason"] == "crawl_delay_too_long"
    assert done.code == 1


def test_robots_that_cannot_be_read_forbid_everything(visitor):
    with site("a") as where:
        where.pages["/robots.txt"] = Answer(b"", 503)
        done = crawl("tracklists1001", of(visitor, where), urls=urls("a"))

    assert set(where.paths) == {"/robots.txt"}
    assert done.report["finish_reason"] == "robots_unavailable"


def test_without_somebody_to_write_to_no_request_is_made(visitor):
    with site("a") as where:
        nobody = {k: v for k, v in of(visitor, where).items() if k != "SCRAPER_CONTACT"}
        done = crawl("tracklists1001", nobody, urls=urls("a"))

    assert done.code == 2
    assert "SCRAPER_CONTACT" in done.log
    assert where.requests == []


def test_every_request_says_who_asks(visitor):
    with site("a") as where:
        crawl("tracklists1001", of(visitor, where), urls=urls("a"))

    agents = {headers["User-Agent"] for _, _, headers in where.requests}
    assert agents == {"songnodes-enrichment/0.1 (+crawler@example.org)"}
    assert not any("Cookie" in headers for _, _, headers in where.requests)


def test_mixesdb_is_searched_and_read_by_its_rest_pages(visitor):
    keys = ["2014-06-21_-_One", "2015_-_Two,_Köln", "Three/Part"]
    found = {
        "pages": [{"id": n, "key": key, "title": key} for n, key in enumerate(keys)]
    }
    pages = {
        "/robots.txt": ROBOTS,
        "/w/rest.php/v1/search/page?q=one+two&limit=3": Answer(
            json.dumps(found).encode()
        ),
        "/w/rest.php/v1/page/2014-06-21_-_One": wiki(
            keys[0], "# [003] Lia - Blue\n# [009] Ole - Red"
        ),
        "/w/rest.php/v1/page/2015_-_Two%2C_K%C3%B6ln": wiki(
            keys[1], "# [000] Ann - Low\n# [005] Bo - High"
        ),
    }
    with Site(pages) as where:
        done = crawl(
            "mixesdb",
            visitor | {"MIXESDB_BASE_URL": where.url},
            query="one two",
            limit=3,
        )

    assert done.code == 0, done.log
    assert done.report["pages"]["parsed"] == 2
    assert done.report["pages"]["unavailable"] == 1
    stored = rows(
        visitor["DATABASE_URL"],
        "SELECT source_key, revision, licence, url, retrieved_at FROM tracklists",
    )
    assert {row["source_key"] for row in stored} == set(keys[:2])
    assert {row["revision"] for row in stored} == {"77"}
    assert all("CC BY-SA" in row["licence"] for row in stored)
    assert all(
        later - earlier >= DELAY_SECONDS
        for earlier, later in pairwise(at for at, _, _ in where.requests)
    )


def wiki(key: str, tracks: str) -> Answer:
    body = {
        "id": 1,
        "key": key,
        "title": key.replace("_", " "),
        "latest": {"id": 77, "timestamp": "2026-01-01T00:00:00Z"},
        "content_model": "wikitext",
        "license": {"url": "", "title": ""},
        "source": f"== Tracklist ==\n\n{tracks}\n\n[[Category:2014]]\n",
    }
    return Answer(
        json.dumps(body).encode(), headers={"Content-Type": "application/json"}
    )
