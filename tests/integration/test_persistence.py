"""Tracklists into a real Postgres: whole or not at all, twice as once."""

import asyncio
from dataclasses import replace
from datetime import UTC, datetime
from typing import Any

import asyncpg
import pytest
from scrapy.exceptions import CloseSpider, DropItem
from scrapy.statscollectors import StatsCollector
from scrapy.utils.test import get_crawler

from enrichment.contract.messages import Lane
from scrapers.items import TracklistItem, kept_text, tracklist_item
from scrapers.pipelines.persistence import Persistence
from scrapers.report import Tally, crawl_report
from scrapers.rows.validating import validated
from scrapers.tracklists.tracklist import Row, Tracklist
from tests.crawls import rows

pytestmark = pytest.mark.timeout(300)


def item(
    *names: str,
    key: str = "set",
    revision: str | None = None,
    source: str = "mixesdb",
) -> TracklistItem:
    tracklist = Tracklist(
        format="text",
        rows=tuple(
            Row(n, raw=name, artist=name, title="Tune", full_title="Tune",
                identified=name != "ID")
            for n, name in enumerate(names, 1)
        ),
        revision=revision,
        gaps_after=(0, 2),
    )  # fmt: skip
    made = tracklist_item(
        tracklist,
        source=source,
        source_key=key,
        retrieved_at=datetime(2026, 1, 1, tzinfo=UTC),
    )
    return validated(made)[0]


class Crawl:
    """A crawl of which only persistence runs."""

    def __init__(self, dsn: str, **settings: Any) -> None:
        self.stats = StatsCollector(get_crawler())
        self.stopped: list[str] = []
        known: dict[str, Any] = {
            "lane": Lane.MAIN,
            "backlog_after_rows": 100,
            "patience_seconds": 3,
        }
        self.persistence = Persistence(
            Tally(self.stats, "mixesdb"),
            stop=self.stopped.append,
            dsn=dsn,
            **(known | settings),
        )

    async def __aenter__(self) -> Persistence:
        await self.persistence.open_spider()
        return self.persistence

    async def __aexit__(self, *_: object) -> None:
        await self.persistence.close()

    @property
    def report(self):
        return crawl_report("mixesdb", self.stats.get_stats())


@pytest.fixture
def url(database_url: str) -> str:
    return database_url


async def fetched(url: str, query: str) -> list[Any]:
    return await asyncio.to_thread(rows, url, query)


async def test_what_is_committed_leaves_as_requests_and_waits_in_the_outbox(url):
    async with Crawl(url) as persistence:
        stored = await persistence.process_item(item("Ada", "ID", "Bo", "Ada"))

    assert [r.artist for r in stored.requests] == ["Ada", "Bo"]
    tracks = await fetched(
        url, "SELECT track_id::text, status, lane, priority, source FROM tracks"
    )
    assert {t["track_id"] for t in tracks} == {r.track_id for r in stored.requests}
    assert {tuple(t)[1:] for t in tracks} == {("pending", "main", 7, "mixesdb")}
    places = await fetched(
        url, "SELECT position, identified FROM tracklist_rows ORDER BY position"
    )
    assert [tuple(p) for p in places] == [(1, True), (2, False), (3, True), (4, True)]
    (kept,) = await fetched(url, "SELECT gaps_after, parsed_rows FROM tracklists")
    assert tuple(kept) == ([0, 2], 4)


async def test_an_unchanged_revision_gives_no_requests_and_no_writes(url):
    crawl = Crawl(url)
    async with crawl as persistence:
        await persistence.process_item(item("Ada", revision="7"))
        again = await persistence.process_item(item("Ada", revision="7"))

    assert again.requests == ()
    assert crawl.report.tracklists == {"stored": 1, "unchanged": 1, "dropped": 0}


async def test_a_text_is_kept_only_where_a_tracklist_names_it(url):
    def of_page(page: bytes, *names: str) -> TracklistItem:
        return replace(item(*names), text=kept_text(page, 1000), part="1")

    async def digests() -> list[Any]:
        texts = await fetched(url, "SELECT digest FROM tracklist_texts")
        named = await fetched(url, "SELECT text_digest FROM tracklists")
        assert sorted(map(tuple, texts)) == sorted(map(tuple, named))
        return texts

    async with Crawl(url) as persistence:
        await persistence.process_item(of_page(b"a page", "Ada"))
        first = await digests()
        # the same rows on a page that says its time
        await persistence.process_item(of_page(b"a page, later", "Ada"))
        assert await digests() == first
        await persistence.process_item(of_page(b"a page, changed", "Bo"))
        assert await digests() != first


async def test_a_text_goes_with_the_last_two_lists_that_go_at_once(url):
    text = kept_text(b"1. Ada - Tune", 1000)
    both = [replace(item("Ada", key=k), text=text, part=k) for k in ("one", "two")]
    async with Crawl(url) as persistence:
        await asyncio.gather(*map(persistence.process_item, both))
    delete = "DELETE FROM tracklists WHERE source_key = $1"

    async with (
        asyncpg.create_pool(url, min_size=2) as pool,
        pool.acquire() as first,
        pool.acquire() as second,
    ):
        async with first.transaction():
            await first.execute(delete, "one")
            other = asyncio.create_task(second.execute(delete, "two"))
            waiting = "SELECT FROM pg_locks WHERE NOT granted"
            while not (other.done() or await fetched(url, waiting)):
                continue
        await other

    assert await fetched(url, "SELECT FROM tracklist_texts") == []


async def test_a_new_revision_replaces_rows_and_asks_only_for_new_tracks(url):
    async with Crawl(url) as persistence:
        await persistence.process_item(item("Ada", "Bo", revision="7"))
        again = await persistence.process_item(item("Bo", "Cy", revision="8"))

    assert [r.artist for r in again.requests] == ["Cy"]
    artists = await fetched(url, "SELECT artist FROM tracklist_rows ORDER BY position")
    assert [a["artist"] for a in artists] == ["Bo", "Cy"]
    assert len(await fetched(url, "SELECT 1 FROM tracks")) == 3


async def test_a_finished_track_is_never_published_again(url):
    async with Crawl(url) as persistence:
        await persistence.process_item(item("Ada"))
        await fetched(url, "UPDATE tracks SET status = 'completed' RETURNING 1")
        other = await persistence.process_item(item("Ada", key="other set"))
        await persistence.mark_published(
            [
                t["id"]
                for t in await fetched(url, "SELECT track_id::text AS id FROM tracks")
            ]
        )

    assert other.requests == ()
    (track,) = await fetched(url, "SELECT status FROM tracks")
    assert track["status"] == "completed"


async def test_marking_notes_when_a_track_was_published(url):
    async with Crawl(url) as persistence:
        stored = await persistence.process_item(item("Ada", "Bo"))
        await persistence.mark_published([stored.requests[0].track_id])

    tracks = await fetched(
        url, "SELECT artist, status, published_at FROM tracks ORDER BY artist"
    )
    assert [t["status"] for t in tracks] == ["in_progress", "pending"]
    assert tracks[0]["published_at"]
    assert tracks[1]["published_at"] is None


async def test_rows_beyond_the_threshold_go_to_the_backlog(url):
    async with Crawl(url, backlog_after_rows=3) as persistence:
        first = await persistence.process_item(item("Ada", "Bo", key="1"))
        second = await persistence.process_item(item("Cy", "Di", key="2"))

    assert {r.lane for r in first.requests} == {Lane.MAIN}
    assert {(r.lane, r.priority) for r in second.requests} == {(Lane.BACKLOG, 3)}


async def test_crawls_with_the_same_tracks_at_once_insert_each_track_once(url):
    names = [f"Artist {n}" for n in range(60)]
    async with Crawl(url) as one, Crawl(url) as other:
        stored = await asyncio.gather(
            *(one.process_item(item(*names, key=f"a{n}")) for n in range(8)),
            *(
                other.process_item(item(*reversed(names), key=f"b{n}"))
                for n in range(8)
            ),
        )

    asked = [r.track_id for one_item in stored for r in one_item.requests]
    assert len(asked) == len(set(asked)) == 60
    assert len(await fetched(url, "SELECT 1 FROM tracklists")) == 16


async def test_an_item_that_postgres_refuses_leaves_nothing_behind(url):
    broken = item("Ada", "Bo")
    first, second = broken.tracklist.rows
    rows = (first, second._replace(position=0))
    object.__setattr__(broken.tracklist, "rows", rows)
    crawl = Crawl(url)

    async with crawl as persistence:
        with pytest.raises(DropItem):
            await persistence.process_item(broken)
        await persistence.process_item(item("Cy", key="good"))

    assert [t["artist"] for t in await fetched(url, "SELECT artist FROM tracks")] == [
        "Cy"
    ]
    assert crawl.report.dropped == {"database_refused": 2}
    assert crawl.report.rows["dropped"] == 2
    assert crawl.stopped == []


async def test_a_value_that_cannot_be_sent_costs_its_tracklist_alone(url):
    """The driver refuses it before Postgres sees it: Postgres is not away."""
    broken = item("Ada", "Bo")
    object.__setattr__(broken.tracklist, "declared_rows", 2**40)
    crawl = Crawl(url)

    async with crawl as persistence:
        with pytest.raises(DropItem, match="int32"):
            await persistence.process_item(broken)
        await persistence.process_item(item("Cy", key="good"))

    assert crawl.stopped == []
    assert crawl.report.tracklists == {"stored": 1, "unchanged": 0, "dropped": 1}


async def test_a_wrong_password_is_told_at_once(url, stack):
    wrong = url.replace(":" + url.split(":")[2].split("@")[0] + "@", ":wrong@")
    crawl = Crawl(wrong, patience_seconds=600)

    with pytest.raises(CloseSpider):
        await crawl.persistence.open_spider()


async def test_a_crawl_waits_for_postgres_as_long_as_its_patience_lasts(stack, url):
    short = Crawl(url, patience_seconds=0.3)

    async with Crawl(url, patience_seconds=60) as persistence, short as impatient:
        await persistence.process_item(item("Ada", key="before"))
        await asyncio.to_thread(stack.postgres.stop)
        with pytest.raises(DropItem, match="Postgres is away"):
            await impatient.process_item(item("Cy", key="never"))
        storing = asyncio.create_task(
            persistence.process_item(item("Bo", key="during"))
        )
        await asyncio.to_thread(stack.postgres.start)
        stored = await storing

    assert [r.artist for r in stored.requests] == ["Bo"]
    assert short.report.dropped == {"database_away": 1}
    assert short.stopped == ["database_unavailable"]


async def test_a_crawl_stops_where_postgres_stays_away():
    crawl = Crawl("postgresql://nobody:none@127.0.0.1:1/none", patience_seconds=0.3)

    with pytest.raises(CloseSpider):
        await crawl.persistence.open_spider()


async def test_a_copy_of_a_file_is_no_second_tracklist(url):
    files = [
        item("One", "Two", key=key, source="tracklist_files")
        for key in ("/sets/a.txt", "/sets/copy of a.txt")
    ]
    other = item("One", "Three", key="/sets/b.txt", source="tracklist_files")

    async with Crawl(url) as persistence:
        await asyncio.gather(*(persistence.process_item(i) for i in files))
        await persistence.process_item(other)

    assert len(await fetched(url, "SELECT FROM tracklists")) == 2
    assert len(await fetched(url, "SELECT FROM tracklist_rows")) == 4


async def test_copies_that_change_together_stay_one_tracklist(url):
    def file(key, *titles):
        return item("One", *titles, key=key, source="tracklist_files")

    async with Crawl(url) as persistence:
        await persistence.process_item(file("/sets/a.txt", "Two"))
        for key in ("/sets/../link.txt", "/sets/a.txt"):
            await persistence.process_item(file(key, "Three"))

    assert len(await fetched(url, "SELECT FROM tracklists")) == 1
    assert len(await fetched(url, "SELECT FROM tracklist_rows")) == 2


async def test_a_site_may_list_one_set_twice(url):
    async with Crawl(url) as persistence:
        for key in ("a", "b"):
            await persistence.process_item(item("One", "Two", key=key))

    assert len(await fetched(url, "SELECT FROM tracklists")) == 2
