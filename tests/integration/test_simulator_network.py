"""The network before the simulator, as a client sees it: late, cut, closed, silent."""

import asyncio
import ssl
import time
from contextlib import asynccontextmanager

import httpx
import pytest

from provider_simulator.app import running_simulator
from provider_simulator.network.conditions import everywhere
from provider_simulator.registry import settings_of
from provider_simulator.world.coverage import PROFILES
from provider_simulator.world.invention import invent
from provider_simulator.world.names import invented_tracks
from tests.integration.test_simulator_server import started

SEARCH = "/musicbrainz/ws/2/recording"
ASKED = {"query": "rid:x", "fmt": "json"}
AGENT = {"User-Agent": "network-tests/1.0 ( tests@example.org )"}


@pytest.fixture(scope="module")
def world():
    return invent(invented_tracks(20, 7), PROFILES["full"], seed=7)


@asynccontextmanager
async def reached(world, preset="near", **conditions):
    """Give the simulator, and a client of MusicBrainz behind a network."""
    network = everywhere(preset, [conditions])
    async with running_simulator(
        world, settings=settings_of(latency=0), network=network
    ) as running:
        trust = ssl.create_default_context()
        trust.load_verify_locations(cadata=running.front.certificate.decode())
        async with httpx.AsyncClient(
            base_url=running.front.urls["musicbrainz"],
            verify=trust,
            headers=AGENT,
            timeout=5,
        ) as client:
            yield running, client


class Trace(dict):
    """When the client's own events came, by name; what it counted them."""

    async def __call__(self, event, _):
        self[event] = time.perf_counter()

    def between(self, first, last):
        return self[last] - self[first]


async def test_an_opening_takes_as_long_as_the_network_says(world):
    trace = Trace()
    async with reached(world, "far", reset_share=0.0) as (_, client):
        answer = await client.get(SEARCH, params=ASKED, extensions={"trace": trace})
        opened = trace.between(
            "connection.connect_tcp.started", "connection.start_tls.complete"
        )
        answered = trace.between(
            "http11.send_request_headers.started",
            "http11.receive_response_headers.complete",
        )
        again = Trace()
        await client.get(SEARCH, params=ASKED, extensions={"trace": again})

    assert answer.status_code == 200
    assert opened >= 0.3
    assert answered >= 0.12
    assert "connection.connect_tcp.started" not in again


async def test_who_does_not_know_the_authority_is_not_connected(world):
    async with (
        reached(world) as (running, _),
        httpx.AsyncClient(base_url=running.front.urls["musicbrainz"]) as stranger,
    ):
        with pytest.raises(httpx.ConnectError, match="certificate verify failed"):
            await stranger.get(SEARCH)


async def test_half_of_the_requests_that_are_reset_have_reached_the_provider(world):
    async with reached(world, reset_share=1.0) as (running, client):
        for _ in range(20):
            with pytest.raises((httpx.ReadError, httpx.WriteError)):
                await client.get(SEARCH, params=ASKED)
        assert 0 < len(running.ledger.calls) < 20


async def test_an_answer_that_is_half_closed_ends_in_its_middle(world):
    async with reached(world, half_close_share=1.0) as (running, client):
        with pytest.raises(httpx.RemoteProtocolError):
            await client.get(SEARCH, params=ASKED)
        assert len(running.ledger.calls) == 1


async def test_a_black_hole_lets_nothing_through_and_ends_when_told(world):
    async with reached(world, blackhole=True) as (running, client):
        with pytest.raises(httpx.ConnectTimeout):
            await client.get(SEARCH, params=ASKED, timeout=0.3)
        running.front.change({"blackhole": False})
        assert (await client.get(SEARCH, params=ASKED)).status_code == 200
        running.front.change({"blackhole": True})
        with pytest.raises(httpx.ReadTimeout):
            await client.get(SEARCH, params=ASKED, timeout=0.3)
        assert len(running.ledger.calls) == 1


async def test_a_slow_body_comes_at_its_pace(world):
    trace = Trace()
    async with reached(world, slow_body_bytes_per_second=2_000.0) as (_, client):
        answer = await client.get(SEARCH, params=ASKED, extensions={"trace": trace})
    took = trace.between(
        "http11.send_request_headers.complete", "http11.receive_response_body.complete"
    )
    assert took >= len(answer.content) / 2_000.0


async def test_a_first_byte_is_late(world):
    trace = Trace()
    async with reached(world, first_byte_delay_seconds=0.3) as (_, client):
        await client.get(SEARCH, params=ASKED, extensions={"trace": trace})
    waited = trace.between(
        "http11.receive_response_headers.started",
        "http11.receive_response_headers.complete",
    )
    assert waited >= 0.29


async def test_connections_are_closed_when_they_are_told_to(world):
    async with reached(world, connection_close=True) as (_, client):
        for _ in range(2):
            trace = Trace()
            answer = await client.get(SEARCH, params=ASKED, extensions={"trace": trace})
            assert answer.headers["connection"] == "close"
            assert "connection.connect_tcp.started" in trace


async def test_an_idle_connection_is_closed(world):
    async with reached(world, idle_close_seconds=0.2) as (running, client):
        url = httpx.URL(running.front.urls["musicbrainz"])
        reader, writer = await asyncio.open_connection(
            url.host, url.port, ssl=client._transport._pool._ssl_context
        )
        assert await asyncio.wait_for(reader.read(), 10) == b""
        writer.close()


async def test_the_network_is_changed_for_one_provider_while_it_runs(world):
    async with (
        reached(world) as (running, _),
        httpx.AsyncClient(base_url=running.url) as admin,
    ):
        body = {"provider": "spotify", "preset": "far", "blackhole": True}
        changed = await admin.post("/_simulator/network", json=body)
        refused = await admin.post("/_simulator/network", json={"reset_share": 2})
        shown = (await admin.get("/_simulator/network")).json()["providers"]

    assert changed.status_code == 200
    assert refused.status_code == 400
    assert shown["spotify"]["blackhole"]
    assert shown["spotify"]["connect_delay_seconds"] == 0.3
    assert not shown["lastfm"]["blackhole"]


async def test_without_a_network_there_is_none_to_change(world):
    async with (
        running_simulator(world) as running,
        httpx.AsyncClient(base_url=running.url) as admin,
    ):
        answer = await admin.get("/_simulator/network")
    assert (answer.status_code, answer.json()) == (
        400,
        {"error": "started without --network: there is none to change"},
    )


async def test_the_command_says_where_each_provider_is_and_whom_to_trust(tmp_path):
    ca_file = tmp_path / "authority.pem"
    process, first = await started(
        *("--invent", "5", "--latency", "0", "--network", "near"),
        *("--network-set", "lastfm.connect_delay_seconds=0.2"),
        *("--ca-file", str(ca_file)),
        announced=True,
    )
    try:
        trust = ssl.create_default_context(cafile=first["ca_file"])
        async with httpx.AsyncClient(verify=trust, headers=AGENT) as client:
            url = first["providers"]["musicbrainz"]
            answer = await client.get(f"{url}{SEARCH}", params=ASKED)
            network = await client.get(f"{first['url']}/_simulator/network")
    finally:
        process.terminate()
        _, errors = await asyncio.wait_for(process.communicate(), 10)

    delays = {
        name: provider["connect_delay_seconds"]
        for name, provider in network.json()["providers"].items()
    }
    assert answer.status_code == 200
    assert first["ca_file"] == str(ca_file)
    assert delays.pop("lastfm") == 0.2
    assert {"spotify", "musicbrainz"} <= delays.keys()
    assert set(delays.values()) == {0.0}
    assert (process.returncode, errors) == (0, b"")
