"""Crawls as users start them, on real servers: page in, row and message out."""

import json
import signal
import time
from pathlib import Path

import pytest

from enrichment.contract import queues
from enrichment.contract.messages import EnrichmentRequest
from tests import formats
from tests.crawls import (
    Answer,
    Site,
    channel,
    crawl,
    drained,
    environment,
    finished,
    rows,
    start_crawl,
    wait_until,
)

__all__ = ["environment"]

# a private RabbitMQ on a busy machine takes its time
pytestmark = pytest.mark.timeout(300)

# where the broker is away or refuses, each tracklist waits so long
IMPATIENT = {"ENRICHMENT_PUBLISH_PATIENCE_SECONDS": "1"}
STATUSES = "SELECT status, count(*) AS n FROM tracks GROUP BY status"
WORDS = (
    *("north", "east", "south", "west", "amber"),
    *("cobalt", "violet", "ivory", "onyx", "coral"),
)


def lines(count: int, first: int = 0) -> str:
    """Made-up tracks, no two of them alike."""
    names = []
    for number in range(first, first + count):
        a, b, c, d = (WORDS[number // 10**place % 10] for place in range(4))
        names.append(f"{a} {b} - {c} {d}".title())
    return "\n".join(f"{n:02}. {name}" for n, name in enumerate(names, 1)) + "\n"


def statuses(url: str) -> dict[str, int]:
    return {row["status"]: row["n"] for row in rows(url, STATUSES)}


def test_a_page_becomes_a_row_and_a_message(tmp_path: Path, stack, environment):
    (tmp_path / "set.txt").write_text(
        "1. Vela Nord - Harbour Lights (Mira Sol Remix) [Tidewater]\n"
        "2. ID - ID\n3. Oskar Lind & Pia - Slow Motion\n4. Tamsin Grey - Halyard\n"
    )

    done = crawl("tracklist_files", environment, path=tmp_path)

    assert done.code == 0, done.log
    assert done.report["rows"] == {
        "seen": 4, "stored": 3, "unchanged": 0, "unidentified": 1, "dropped": 0,
    }  # fmt: skip
    messages = drained(stack.rabbitmq.url)
    by_id = {body["track_id"]: (properties, body) for properties, body in messages}
    tracks = rows(environment["DATABASE_URL"], "SELECT * FROM tracks")
    assert {str(track["track_id"]) for track in tracks} == set(by_id)
    for track in tracks:
        properties, body = by_id[str(track["track_id"])]
        request = EnrichmentRequest(**body)
        assert (request.artist, request.title) == (track["artist"], track["title"])
        assert track["status"] == "in_progress"
        assert track["published_at"] >= track["first_queued_at"]
        assert properties.message_id == request.message_id
        assert properties.delivery_mode == 2
        assert properties.content_type == "application/json"
        assert properties.priority == request.priority == track["priority"] == 7
    places = rows(
        environment["DATABASE_URL"],
        "SELECT position, track_id FROM tracklist_rows ORDER BY position",
    )
    assert [row["position"] for row in places] == [1, 2, 3, 4]
    assert places[1]["track_id"] is None
    assert "Published enrichment task" in done.log
    assert "✓ Redis cache connected" in done.log


def test_a_folder_of_all_formats_of_one_set_is_one_set_of_tracks(
    tmp_path: Path, environment
):
    for name, write in formats.FORMATS.items():
        (tmp_path / name).write_bytes(write(formats.SET))

    done = crawl("tracklist_files", environment, path=tmp_path)

    # those with the same rows and facts are copies of each other
    counted = done.report["tracklists"]
    assert counted["stored"] + counted["unchanged"] == len(formats.FORMATS)
    sets = rows(
        environment["DATABASE_URL"],
        """SELECT array_agg(track_id ORDER BY position)::text AS ids, count(*) AS rows
        FROM tracklist_rows GROUP BY tracklist_id""",
    )
    assert len(sets) == counted["stored"]
    assert len({one["ids"] for one in sets}) == 1
    assert sets[0]["rows"] == len(formats.SET)


def test_an_unchanged_tracklist_costs_nothing_the_second_time(
    tmp_path: Path, stack, environment
):
    (tmp_path / "set.txt").write_text(lines(8))
    versions = (
        "SELECT xmin::text, ctid::text FROM tracklist_rows"
        " UNION ALL SELECT xmin::text, ctid::text FROM tracks"
    )
    crawl("tracklist_files", environment, path=tmp_path)
    drained(stack.rabbitmq.url)
    before = rows(environment["DATABASE_URL"], versions)

    again = crawl("tracklist_files", environment, path=tmp_path)

    assert again.report["tracklists"] == {"stored": 0, "unchanged": 1, "dropped": 0}
    assert again.code == 0
    assert drained(stack.rabbitmq.url) == []
    assert rows(environment["DATABASE_URL"], versions) == before


def test_a_changed_tracklist_replaces_its_rows_and_publishes_what_is_new(
    tmp_path: Path, stack, environment
):
    page = tmp_path / "set.txt"
    page.write_text(lines(5))
    crawl("tracklist_files", environment, path=page)
    drained(stack.rabbitmq.url)
    page.write_text(lines(5, first=2))

    again = crawl("tracklist_files", environment, path=page)

    assert again.report["tracks"] == {"new": 2, "known": 3}
    assert len(drained(stack.rabbitmq.url)) == 2
    assert len(rows(environment["DATABASE_URL"], "SELECT 1 FROM tracklist_rows")) == 5


def test_bad_files_are_counted_and_never_stop_the_good_ones(
    tmp_path: Path, environment
):
    (tmp_path / "empty.txt").write_bytes(b"")
    (tmp_path / "binary.dat").write_bytes(bytes(range(256)) * 4000)
    (tmp_path / "large.txt").write_bytes(b"no dash in here\n" * 655_360)
    (tmp_path / "latin.txt").write_bytes(
        "1. Café\xff\xfe – ".encode("latin-1", "replace") * 9
    )
    (tmp_path / "long.txt").write_text("Artist - " + "t" * 100_000 + "\n")
    (tmp_path / "zeros.txt").write_bytes(b"\0" * 5000)
    (tmp_path / "sub").mkdir()
    (tmp_path / "sub" / "good.txt").write_text(lines(6))

    done = crawl("tracklist_files", environment, path=tmp_path)

    assert done.code == 0, done.log
    assert done.report["finish_reason"] == "finished"
    assert sum(done.report["pages"].values()) == 7
    assert done.report["pages"]["parsed"] >= 1
    stored = rows(environment["DATABASE_URL"], "SELECT source_key FROM tracklists")
    assert any(row["source_key"].endswith("sub/good.txt") for row in stored)
    assert "Traceback" not in done.log


def test_a_folder_without_tracklists_ends_with_an_error_code(
    tmp_path: Path, environment
):
    (tmp_path / "readme.md").write_text("Nothing was played here.\n")

    done = crawl("tracklist_files", environment, path=tmp_path)

    assert done.code == 1
    assert done.report["pages"]["parsed"] == 0
    assert (
        done.report["pages"]["no_tracklist"] + done.report["pages"]["not_understood"]
        == 1
    )


def test_bulk_imports_go_to_the_backlog_when_asked(tmp_path: Path, stack, environment):
    (tmp_path / "set.txt").write_text(lines(6))

    crawl("tracklist_files", environment, path=tmp_path, lane="backlog")

    messages = drained(stack.rabbitmq.url, queues.BACKLOG_QUEUE)
    assert {properties.priority for properties, _ in messages} == {3}
    assert len(messages) == 6
    assert drained(stack.rabbitmq.url) == []


def test_large_crawls_go_to_the_backlog_by_themselves(
    tmp_path: Path, stack, environment
):
    for number in range(4):
        (tmp_path / f"{number}.txt").write_text(lines(10, first=10 * number))

    done = crawl(
        "tracklist_files",
        environment | {"ENRICHMENT_BACKLOG_THRESHOLD_ROWS": "20"},
        path=tmp_path,
    )

    assert done.code == 0, done.log

    assert len(drained(stack.rabbitmq.url)) == 20
    assert len(drained(stack.rabbitmq.url, queues.BACKLOG_QUEUE)) == 20


def test_charts_come_first(tmp_path: Path, stack, environment):
    (tmp_path / "chart.txt").write_text(lines(5))

    crawl("tracklist_files", environment, path=tmp_path, source="beatport")

    assert {p.priority for p, _ in drained(stack.rabbitmq.url)} == {10}


def test_publishing_can_be_switched_off(tmp_path: Path, environment):
    (tmp_path / "set.txt").write_text(lines(5))
    off = environment | {"ENABLE_ENRICHMENT_QUEUE": "false", "RABBITMQ_URL": ""}

    done = crawl("tracklist_files", off, path=tmp_path)

    assert done.code == 0, done.log
    assert done.report["published"] == {"confirmed": 0, "failed": 0, "pending": 5}
    assert statuses(environment["DATABASE_URL"]) == {"pending": 5}


def test_without_redis_a_crawl_does_its_work(tmp_path: Path, environment):
    (tmp_path / "set.txt").write_text(lines(5))
    nobody = environment | {"REDIS_URL": "redis://127.0.0.1:1/0"}

    done = crawl("tracklist_files", nobody, path=tmp_path)

    assert done.report["published"]["confirmed"] == 5
    assert "Redis cache is away" in done.log


def test_a_queue_with_other_arguments_is_named_and_rows_wait(
    tmp_path: Path, stack, environment
):
    with channel(stack.rabbitmq.url) as broker:
        broker.queue_declare(
            queues.MAIN_QUEUE, durable=True, arguments={"x-max-priority": 10}
        )
    (tmp_path / "set.txt").write_text(lines(5))

    done = crawl(
        "tracklist_files",
        environment | IMPATIENT | {"ENRICHMENT_PUBLISH_DRAIN_SECONDS": "10"},
        path=tmp_path,
    )

    assert done.code == 0
    assert done.report["published"]["pending"] == 5
    assert "inequivalent arg" in done.log
    assert queues.MAIN_QUEUE in done.report["notes"]["publisher"]
    assert statuses(environment["DATABASE_URL"]) == {"pending": 5}


def test_a_missing_variable_is_named_before_anything_starts(tmp_path: Path):
    done = crawl("tracklist_files", {}, path=tmp_path)

    assert done.code == 2
    assert "DATABASE_URL" in done.log
    assert "RABBITMQ_URL" in done.log


def test_a_database_without_schema_ends_the_crawl_with_the_way_out(
    tmp_path: Path, stack, environment
):
    (tmp_path / "set.txt").write_text(lines(5))

    done = crawl(
        "tracklist_files",
        environment | {"DATABASE_URL": stack.postgres.url},
        path=tmp_path,
    )

    assert done.code == 1
    assert done.report["finish_reason"] == "database_without_schema"
    assert "enrichment migrate up" in done.log


def test_no_row_is_lost_while_the_broker_is_away_for_20_seconds(
    stack, broker_outage, environment
):
    url = environment["DATABASE_URL"]
    keys = [f"Set_{number:03}" for number in range(100)]
    with Site({"/robots.txt": Answer(b"User-agent: *\n")}) as site:
        for number, key in enumerate(keys):
            site.pages[f"/w/rest.php/v1/page/{key}"] = Answer(mixesdb_page(key, number))
        crawling = start_crawl(
            "mixesdb",
            environment
            | IMPATIENT
            | {"MIXESDB_BASE_URL": site.url, "CRAWL_DELAY_SECONDS": "0.25"},
            pages="|".join(keys),
        )
        wait_until(lambda: statuses(url).get("in_progress", 0) >= 100)
        with broker_outage():
            before = sum(statuses(url).values())
            time.sleep(20)  # the outage of the text
            known = sum(statuses(url).values())
            waiting = statuses(url)["pending"]
        done = finished(crawling, 90)

    assert done.code == 0, done.log
    assert known - before >= 50, "the crawl stood still without the broker"
    assert waiting > 0
    messages = drained(stack.rabbitmq.url)
    tracks = rows(url, "SELECT track_id::text AS id FROM tracks")
    assert len(tracks) == 1000
    assert {body["track_id"] for _, body in messages} == {t["id"] for t in tracks}
    assert len({properties.message_id for properties, _ in messages}) == 1000
    assert statuses(url) == {"in_progress": 1000}
    assert done.report["published"]["confirmed"] == 1000
    assert done.report["published"]["pending"] == 0


def test_told_to_stop_while_it_ends_it_still_publishes_what_it_has(
    tmp_path: Path, stack, broker_outage, environment
):
    (tmp_path / "set.txt").write_text(lines(9))
    patient = environment | IMPATIENT | {"ENRICHMENT_PUBLISH_DRAIN_SECONDS": "120"}
    with broker_outage():
        crawling = start_crawl("tracklist_files", patient, path=tmp_path)
        assert any("Closing spider (finished)" in line for line in crawling.stderr)

        crawling.send_signal(signal.SIGTERM)
        assert any("Received SIGTERM" in line for line in crawling.stderr)
    done = finished(crawling, 120)

    assert done.code == 0, done.log
    assert done.report["finish_reason"] == "finished"
    assert done.report["published"]["confirmed"] == 9
    assert len(drained(stack.rabbitmq.url)) == 9


def test_rows_wait_where_the_broker_never_comes(tmp_path: Path, environment):
    (tmp_path / "set.txt").write_text(lines(9))
    nobody = environment | IMPATIENT
    nobody |= {
        "RABBITMQ_URL": "amqp://nobody:none@127.0.0.1:1/none",
        "ENRICHMENT_PUBLISH_DRAIN_SECONDS": "0.5",
    }

    done = crawl("tracklist_files", nobody, path=tmp_path)

    assert done.code == 0
    assert done.report["published"] == {"confirmed": 0, "failed": 9, "pending": 9}
    assert "RabbitMQ is away" in done.report["notes"]["publisher"]
    assert statuses(environment["DATABASE_URL"]) == {"pending": 9}


def mixesdb_page(key: str, number: int) -> bytes:
    """A page as MediaWiki's REST API gives it, with ten tracks of its own."""
    names = [line.split(". ", 1)[1] for line in lines(10, 10 * number).splitlines()]
    tracks = "\n".join(f"# [{5 * n:03}] {name}" for n, name in enumerate(names))
    return json.dumps(
        {
            "id": number + 1,
            "key": key,
            "title": key.replace("_", " "),
            "latest": {"id": 7000 + number, "timestamp": "2026-01-01T00:00:00Z"},
            "content_model": "wikitext",
            "license": {"url": "", "title": ""},
            "source": f"== Tracklist ==\n\n{tracks}\n\n[[Category:2026]]\n",
        }
    ).encode()
