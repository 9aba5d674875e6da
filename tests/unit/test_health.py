"""Probes: a stuck loop is seen, the server that is away is named, nobody else asked."""

import asyncio
import json
import socket
import time
import urllib.error
import urllib.request
from contextlib import asynccontextmanager

import pytest
from prometheus_client.parser import text_string_to_metric_families

from enrichment.app import health
from enrichment.app.health import Health
from enrichment.contract import health as probes
from enrichment.contract import metrics


def get(port, path):
    """Ask as a probe does: from outside the loop."""
    try:
        with urllib.request.urlopen(f"http://127.0.0.1:{port}{path}") as answer:
            return answer.status, answer.read().decode()
    except urllib.error.HTTPError as refusal:
        with refusal:
            return refusal.code, refusal.read().decode()


async def ask(port, path):
    return await asyncio.to_thread(get, port, path)


async def well():
    """A server that answers."""


async def away():
    raise ConnectionRefusedError


async def silent():
    await asyncio.Event().wait()


@asynccontextmanager
async def opened(checks=None, **options):
    served = Health(checks or {}, **options)
    served.open("127.0.0.1", 0)
    beating = asyncio.create_task(served.beat())
    try:
        yield served.port
    finally:
        beating.cancel()
        await asyncio.to_thread(served.close)


async def test_a_loop_that_moves_is_alive():
    async with opened() as port:
        status, body = await ask(port, "/healthz")

    assert status == 200
    assert json.loads(body)["alive"] is True


async def test_a_stuck_loop_is_not_alive(monkeypatch):
    monkeypatch.setattr(probes, "LOOP_STUCK_SECONDS", 0.1)
    answers = []
    async with opened() as port:
        asking = asyncio.get_running_loop().run_in_executor(
            None, lambda: (time.sleep(0.25), answers.append(get(port, "/healthz")))
        )
        time.sleep(0.6)  # noqa: ASYNC251 (this is the loop, stuck)
        await asking

    ((status, body),) = answers
    assert status == 503
    assert json.loads(body)["loop_silent_seconds"] >= 0.1


async def test_a_consumer_that_is_gone_is_not_alive():
    async with opened(alive=lambda: False) as port:
        assert (await ask(port, "/healthz"))[0] == 503


async def test_ready_when_every_server_answers():
    async with opened({"postgres": well, "redis": well}) as port:
        status, body = await ask(port, "/readyz")

    assert status == 200
    assert json.loads(body)["servers"] == {"postgres": "ok", "redis": "ok"}


async def test_not_ready_names_the_server_that_is_away():
    async with opened({"postgres": well, "rabbitmq": away}) as port:
        status, body = await ask(port, "/readyz")

    assert status == 503
    assert json.loads(body) == {
        "ready": False,
        "servers": {"postgres": "ok", "rabbitmq": "ConnectionRefusedError"},
    }


async def test_a_server_that_does_not_answer_is_named_too(monkeypatch):
    monkeypatch.setattr(health, "CHECK_SECONDS", 0.1)
    async with opened({"redis": silent}) as port:
        status, body = await ask(port, "/readyz")

    assert status == 503
    assert json.loads(body)["servers"] == {"redis": "TimeoutError"}


async def test_a_slow_check_holds_up_neither_liveness_nor_metrics():
    async with opened({"redis": silent}) as port:
        readiness = asyncio.create_task(ask(port, "/readyz"))
        await asyncio.sleep(0.1)
        began = time.monotonic()
        statuses = [(await ask(port, path))[0] for path in ("/healthz", "/metrics")]
        took = time.monotonic() - began
        assert not readiness.done()
        await readiness

    assert statuses == [200, 200]
    assert took < 2


async def test_a_server_away_is_no_reason_to_be_restarted():
    async with opened({"postgres": away}) as port:
        assert (await ask(port, "/healthz"))[0] == 200


async def test_other_paths_are_told_what_there_is():
    async with opened() as port:
        status, body = await ask(port, "/")

    assert status == 404
    assert "/metrics" in body


async def test_nobody_but_our_own_servers_is_asked(monkeypatch):
    asked = []
    connect = socket.socket.connect

    def remember(self, address):
        asked.append(address)
        return connect(self, address)

    monkeypatch.setattr(socket.socket, "connect", remember)
    async with opened({"postgres": well}) as port:
        for path in ("/healthz", "/readyz", "/metrics"):
            await ask(port, path)

    assert {address[1] for address in asked} == {port}, "only the probes themselves"


async def test_a_port_that_is_taken_is_an_error_at_once():
    with socket.create_server(("127.0.0.1", 0)) as taken:
        probes = Health({})
        with pytest.raises(OSError, match="in use"):
            probes.open("127.0.0.1", taken.getsockname()[1])


# Names and labels that stand in users' dashboards and alerts.
KNOWN = {
    "enrichment_cache_hits_total": ("counter", {"provider"}),
    "enrichment_cache_misses_total": ("counter", {"provider"}),
    "enrichment_api_calls_total": ("counter", {"provider", "status"}),
    "enrichment_api_errors_total": (
        "counter",
        {"provider", "error_type", "http_status"},
    ),
    "enrichment_api_duration_seconds_bucket": ("histogram", {"provider", "le"}),
    "enrichment_api_cost_estimate_usd": ("gauge", {"provider"}),
    "enrichment_rate_limit_remaining": ("gauge", {"provider"}),
    "enrichment_tasks_total": ("counter", {"source", "status"}),
    "enrichment_duration_seconds_bucket": ("histogram", {"stage", "le"}),
    "enrichment_tracks_in_progress": ("gauge", set()),
    "enrichment_batch_size_bucket": ("histogram", {"le"}),
}


async def test_metrics_have_the_names_and_labels_that_users_know():
    metrics.CACHE_HITS.labels("spotify").inc(0)
    metrics.CACHE_MISSES.labels("spotify").inc(0)
    metrics.API_CALLS.labels("spotify", "success").inc(0)
    metrics.API_ERRORS.labels("spotify", "Transient", "503").inc(0)
    metrics.API_SECONDS.labels("spotify").observe(0.1)
    metrics.API_COST_USD.labels("spotify").inc(0)
    metrics.RATE_LIMIT_REMAINING.labels("spotify").set(1)
    metrics.TASKS.labels("scraper", "completed").inc(0)
    metrics.STAGE_SECONDS.labels("write").observe(0.1)
    async with opened() as port:
        status, text = await ask(port, "/metrics")

    assert status == 200
    found = {
        sample.name: (family.type, set(sample.labels))
        for family in text_string_to_metric_families(text)
        for sample in family.samples
    }
    assert {name: found.get(name) for name in KNOWN} == KNOWN
    kinds = {n for n in found if n.startswith("enrichment_")}
    assert len(kinds) >= 12


async def test_no_metric_carries_what_has_no_end():
    unbounded = {"artist", "title", "track_id", "message", "error", "url"}
    for collector in metrics.REGISTRY._collector_to_names:
        assert not unbounded & set(getattr(collector, "_labelnames", ()))
