"""A tiny run of the benchmark, so that its figures mean what they say."""

import asyncio
import json

import pytest
import redis

from benchmarks import report, warm_path
from benchmarks.catalogue import entries
from benchmarks.measuring import Run
from benchmarks.servers import NotEmpty, Servers, refuse_unless_empty
from enrichment.contract import queues
from tests import pipeline

pytestmark = pytest.mark.timeout(300)


@pytest.fixture
def servers(database_url, redis_url, rabbitmq_url):
    """Empty servers that a benchmark may be given."""
    return Servers(rabbitmq_url, redis_url, database_url)


def options(servers):
    return [
        *("--database-url", servers.database_url),
        *("--redis-url", servers.redis_url),
        *("--rabbitmq-url", servers.rabbitmq_url),
        *("--rounds", "1", "--tracks", "3000", "--workers", "1", "--peers"),
    ]


def a_row(servers):
    pipeline.rows(
        servers.database_url,
        "INSERT INTO tracks (track_id, track_key, artist, title)"
        " VALUES (gen_random_uuid(), 'a|b', 'A', 'B')",
    )


def a_key(servers):
    with redis.Redis.from_url(servers.redis_url) as client:
        client.set("mine", "kept")


def a_message(servers):
    pipeline.declare(servers.rabbitmq_url)
    pipeline.publish(servers.rabbitmq_url, [b"{}"], queues.BACKLOG_QUEUE)


@pytest.mark.parametrize(
    ("leave", "named"),
    [
        (a_row, "rows in public.tracks"),
        (a_key, "1 keys in Redis"),
        (a_message, "1 messages in metadata_enrichment_backlog_queue"),
    ],
)
def test_servers_that_hold_anything_are_refused_and_left_alone(
    servers, capsys, leave, named
):
    leave(servers)

    assert warm_path.main(options(servers)) == 1

    said = capsys.readouterr().err
    assert named in said
    assert "give it empty ones" in said
    with pytest.raises(NotEmpty, match=named):
        asyncio.run(refuse_unless_empty(servers))


def test_a_run_measures_the_real_worker_and_writes_every_figure(servers, tmp_path):
    path = tmp_path / "bench.json"

    code = warm_path.main([*options(servers), "--report", str(path)])

    document = json.loads(path.read_text())
    assert code == 0
    assert document["ours"] > 0
    assert document["share_of_consume_ceiling"] > 0
    assert document["startup_seconds"] > 0
    assert document["rss_mb"] > 10
    assert document["scaling"].keys() == {"1"}
    assert document["publish_rate"] > 0
    assert document["ratio_same_work"] is None, "no peer ran"


def test_the_ratio_is_to_the_best_framework_and_of_medians():
    def runs(*rates: float) -> list[Run]:
        return [Run(rate, rss_mb=50, startup_seconds=1.0) for rate in rates]

    document = report.summary(
        {
            "ours": runs(4000, 100, 4100),
            "dramatiq": runs(1000, 2000, 900),
            "celery": runs(600, 600, 600),
            "one_at_a_time": runs(9000),
        },
        bare={"dramatiq": runs(2000), "one_at_a_time": runs(9000)},
        ceiling=[8000, 8200, 8000],
        scaling={1: 4000.0},
        publishing={},
        conditions={},
    )

    assert document["ours"] == 4000
    assert document["ratio_same_work"] == 4.0
    assert document["ratio_to_bare_peer"] == 2.0
    assert document["peers"].keys() == {"dramatiq", "celery", "one_at_a_time"}
    assert document["share_of_consume_ceiling"] == 0.5


def test_invented_tracks_are_the_same_in_every_run_and_all_different():
    again = [entry.request.track_id for entry in entries(2000)]

    assert again == [entry.request.track_id for entry in entries(2000)]
    assert len(set(again)) == 2000
