"""A tiny run of the benchmark, so that its figures mean what they say."""

import json

import pytest

from benchmarks import report, warm_path
from benchmarks.catalogue import entries
from benchmarks.measuring import Run

pytestmark = pytest.mark.timeout(300)


@pytest.fixture
def servers(stack, database_url, redis_url, rabbitmq_url, monkeypatch):
    """What `open_servers` takes instead of servers of its own."""
    monkeypatch.setenv("DATABASE_URL", database_url)
    monkeypatch.setenv("REDIS_URL", redis_url)
    monkeypatch.setenv("RABBITMQ_URL", rabbitmq_url)


def test_a_run_measures_the_real_worker_and_writes_every_figure(servers, tmp_path):
    path = tmp_path / "bench.json"

    code = warm_path.main(
        [
            *("--rounds", "1", "--tracks", "3000", "--workers", "1", "--peers"),
            *("--report", str(path)),
        ]
    )

    document = json.loads(path.read_text())
    assert code == 0
    assert document["ours"] > 0
    assert document["share_of_consume_ceiling"] > 0
    assert document["startup_seconds"] > 0
    assert document["rss_mb"] > 10
    assert document["scaling"].keys() == {"1"}
    assert document["publish_rate"] > 0
    assert document["ratio_to_best_peer"] is None, "no peer ran"


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
        ceiling=[8000, 8200, 8000],
        scaling={1: 4000.0},
        publishing={},
        conditions={},
    )

    assert document["ours"] == 4000
    assert document["ratio_to_best_peer"] == 4.0
    assert document["share_of_consume_ceiling"] == 0.5


def test_invented_tracks_are_the_same_in_every_run_and_all_different():
    again = [entry.request.track_id for entry in entries(2000)]

    assert again == [entry.request.track_id for entry in entries(2000)]
    assert len(set(again)) == 2000
