"""Arguments, addresses and politeness, without a network."""

from datetime import UTC, datetime
from pathlib import Path
from time import monotonic

import pytest
from protego import Protego
from scrapy.settings import Settings
from scrapy.utils.test import get_crawler

from scrapers import files
from scrapers.environment import Environment
from scrapers.items import parts_of
from scrapers.politeness.crawl_delay import retry_after_seconds
from scrapers.politeness.host_locks import HostBlocked, HostLocks
from scrapers.report import crawl_report
from scrapers.spiders.mixesdb import MixesDbSpider
from scrapers.spiders.tracklist_files import TracklistFilesSpider
from scrapers.spiders.tracklists1001 import Tracklists1001Spider
from scrapers.tracklists.tracklist import Tracklist


@pytest.fixture
def settings() -> Settings:
    settings = Settings()
    settings.setmodule("scrapers.settings")
    return settings


def test_no_jitter_takes_a_host_below_its_published_delay(settings):
    for host, published in settings.getdict("CRAWL_DELAYS").items():
        slot = settings.getdict("DOWNLOAD_SLOTS")[host]
        assert slot["delay"] * (1 - slot["jitter"]) >= published
        assert slot["concurrency"] == 1


def test_refusals_are_never_retried_and_nothing_listens(settings):
    retried = set(map(int, settings.getlist("RETRY_HTTP_CODES")))
    assert not retried & {403, 429, 503}
    assert settings.getbool("ROBOTSTXT_OBEY")
    assert not settings.getbool("COOKIES_ENABLED")
    assert not settings.getbool("TELNETCONSOLE_ENABLED")
    assert not settings.getbool("REMOTE_CONTROL_ENABLED")
    assert not settings.getbool("AUTOTHROTTLE_ENABLED")


def test_the_pipelines_run_in_the_order_of_the_path(settings):
    pipelines = settings.getdict("ITEM_PIPELINES")
    order = sorted(pipelines, key=lambda path: pipelines[path])
    assert [path.split(".")[2] for path in order] == [
        "validation",
        "api_enrichment_pipeline",
        "persistence",
        "enrichment_queue_publisher",
    ]


def test_addresses_are_made_of_parts_with_every_character_in_passwords():
    env = Environment(
        {
            "RABBITMQ_HOST": "broker",
            "RABBITMQ_PASS": "p@ss/word",
            "DATABASE_URL": "postgresql+asyncpg://u:p@db/name",
            "REDIS_HOST": "cache",
            "REDIS_PASSWORD": "s:c",
        }
    )

    assert env.rabbitmq_dsn() == "amqp://musicdb:p%40ss%2Fword@broker:5672/musicdb"
    assert env.postgres_dsn() == "postgresql://u:p@db/name"
    assert env.redis_dsn() == "redis://:s%3Ac@cache:6379/0"
    assert env.faults == []


def test_an_authoritys_file_that_cannot_be_read_is_named(tmp_path):
    url = f"amqps://u:p@broker/x?cafile={tmp_path / 'ca.pem'}"
    env = Environment({"RABBITMQ_URL": url})

    assert env.rabbitmq_dsn() == url
    assert "RABBITMQ_URL: cafile names" in env.faults[0]


def test_no_password_has_a_default_and_all_faults_are_told_at_once():
    env = Environment({"X": "much", "Y": "maybe", "Z": "99"})

    env.postgres_dsn()
    env.rabbitmq_dsn()
    env.number("X", 1)
    env.flag("Y", default=True)
    env.number("Z", 1, most=10)

    assert len(env.faults) == 5
    assert "DATABASE_URL" in env.faults[0]
    assert "RABBITMQ_URL" in env.faults[1]


def test_secrets_may_stand_in_files(tmp_path: Path):
    secret = tmp_path / "secret"
    secret.write_text("hidden\n")

    env = Environment({"RABBITMQ_PASS_FILE": str(secret), "RABBITMQ_PASS": ""})

    assert env.text("RABBITMQ_PASS") == "hidden"
    assert Environment({"A_FILE": str(tmp_path / "none")}).text("A") == ""


def test_files_are_found_in_order_without_hidden_ones_and_circles(tmp_path: Path):
    for name in ("b.txt", "a.txt", ".hidden", "sub/c.txt", ".git/d.txt"):
        path = tmp_path / name
        path.parent.mkdir(exist_ok=True)
        path.write_text("x")
    (tmp_path / "sub" / "circle").symlink_to(tmp_path, target_is_directory=True)
    (tmp_path / "broken").symlink_to(tmp_path / "nowhere")

    found = list(files.below(tmp_path))

    left_out = [one for one in found if isinstance(one, files.CannotRead)]
    assert [one.path.name for one in left_out] == ["broken"]
    assert "a link to nothing" in str(left_out[0])
    read = [one for one in found if isinstance(one, Path)]
    assert [p.relative_to(tmp_path).as_posix() for p in read] == [
        "a.txt",
        "b.txt",
        "sub/c.txt",
    ]


@pytest.mark.parametrize(
    ("spider", "arguments"),
    [
        (TracklistFilesSpider, {}),
        (TracklistFilesSpider, {"path": "/nowhere/at/all"}),
        (MixesDbSpider, {}),
        (MixesDbSpider, {"query": "x", "limt": "3"}),
        (MixesDbSpider, {"query": "x", "lane": "express"}),
        (Tracklists1001Spider, {}),
    ],
)
def test_a_wrong_argument_is_refused_and_not_ignored(spider, arguments):
    with pytest.raises(ValueError, match=r".+"):
        spider(**arguments)


def test_mixesdb_is_asked_only_in_ways_its_robots_allow():
    robots = Protego.parse(
        "User-agent: *\nCrawl-delay: 4\nDisallow: /db/\nDisallow: /*?title=\n"
        "Disallow: /*?action=\nDisallow: /w/Special\n"
    )
    spider = MixesDbSpider(pages="2008-07-19_-_A_-_Mix@Club,_Köln|A/B")
    spider.base_url = "https://www.mixesdb.com"
    spider.tally = Ignoring()  # type: ignore[assignment]

    (request,) = spider._pages(spider.pages)

    assert robots.can_fetch(request.url, "songnodes-enrichment")
    assert "action=" not in request.url


class Ignoring:
    def page(self, outcome) -> None:
        """A key with a slash is counted as unavailable."""
        assert outcome == "unavailable"


@pytest.mark.parametrize(
    ("header", "seconds"),
    [
        ("120", 120),
        ("Thu, 01 Jan 2026 01:00:00 GMT", 3600),
        ("", None),
        ("soon", None),
        ("-5", None),
        ("²", None),
        ("٣", None),
        ("\xff\xfe", None),
        ("nan", None),
        ("1e9", None),
        ("0", 1),
        ("Thu, 01 Jan 1970 00:00:00 GMT", 1),
        ("2.9", 2),
        ("00000000000000000000000000000000120", 120),
        ("9" * 400, 365 * 86_400),
        ("9" * 5_000, 365 * 86_400),
        ("31536001", 365 * 86_400),
        ("Wed, 21 Oct 9999 07:28:00 GMT", 365 * 86_400),
        ("Wed, 21 Oct 99999999999 07:28:00 GMT", 365 * 86_400),
        ("Wed, 21 Oct 12345 07:28:00 GMT", 365 * 86_400),
        ("Wed, 99 Oct 2026 07:28:00 GMT", None),
        ("Wed, 21 Oct 2026 07:28:00 +99999", None),
    ],
)
def test_retry_after_is_read_in_both_forms(header, seconds):
    assert retry_after_seconds(header, datetime(2026, 1, 1, tzinfo=UTC)) == seconds


async def test_a_turn_waits_for_the_delay_after_the_last_one_ended():
    turns = HostLocks(None, hold_seconds=5)

    await turns.take("host", 0.1)
    await turns.give_back("host")
    ended = monotonic()
    await turns.take("host", 0.1)

    assert monotonic() - ended >= 0.1


async def test_a_published_delay_wins_over_a_smaller_one():
    turns = HostLocks(None, hold_seconds=5)
    await turns.publish("host", 0.15)

    await turns.take("host", 0.0)
    await turns.give_back("host")
    ended = monotonic()
    await turns.take("host", 0.0)

    assert monotonic() - ended >= 0.15


async def test_nobody_asks_a_blocked_host_and_others_are_asked():
    turns = HostLocks(None, hold_seconds=5)
    await turns.block("host", 60)

    with pytest.raises(HostBlocked, match="60 s"):
        await turns.take("host", 0)
    await turns.take("other", 0)


LISTED = "1. Nora - Night\n2. Joon - Tide\n{}\n3. Mira - Glass\n4. Vero - Salt\n"


@pytest.mark.parametrize(
    ("line", "reason"),
    [
        ("Second hour", "does_not_part_into_artist_and_title"),
        ("Artwork - Ines", "a_credit_or_a_date"),
        ("\nAda - Gate", "apart_from_the_list"),
    ],
)
async def test_a_line_among_rows_that_is_none_is_in_the_report(line, reason, tmp_path):
    crawler = get_crawler(TracklistFilesSpider)
    spider = TracklistFilesSpider.from_crawler(crawler, path=str(tmp_path))

    content = LISTED.format(line).encode()
    (found,) = [one async for one in spider.items(content, key="set.txt")]
    spider.closed("finished")

    assert len(found.tracklist.rows) == 4
    report = crawl_report("tracklist_files", crawler.stats.get_stats())
    assert report.dropped == {f"left_out_{reason}": 1}
    assert report.rows["dropped"] == 1


def test_tracklists_of_one_file_have_keys_of_their_own(tmp_path):
    spider = TracklistFilesSpider(path=str(tmp_path))
    found = [Tracklist("nml", (), source_key=key) for key in (None, "a", "a")]

    keys = [
        spider.source_key(tracklist, "/x.nml", number, part)
        for number, (tracklist, part) in enumerate(
            zip(found, parts_of(found), strict=True), start=1
        )
    ]

    assert keys == ["/x.nml", "/x.nml#a", "/x.nml#a#3"]
