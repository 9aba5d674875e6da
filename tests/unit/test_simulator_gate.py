"""What a request passes: limiter, script, load; and what the ledger says of it."""

import json
from dataclasses import replace

import pytest

from provider_simulator.clock import ManualClock
from provider_simulator.faults import FaultInvalid, FaultScript
from provider_simulator.gate import ConnectionLost, Simulator
from provider_simulator.ledger import Call, Ledger, Outcome, busiest
from provider_simulator.registry import read_fault, settings_of
from provider_simulator.wire import Query
from provider_simulator.world.catalogue import Given
from provider_simulator.world.coverage import PROFILES
from provider_simulator.world.invention import invent

AGENT = {"user-agent": "simulator-tests/1.0 ( tests@example.org )"}
ISRC_SEARCH = Query(
    "GET",
    "/ws/2/recording",
    (("query", "isrc:GBAAA0000001 OR isrc:GBAAA0000002"), ("fmt", "json")),
    AGENT,
)
TRACK_INFO = Query(
    "GET",
    "/2.0/",
    (
        ("method", "track.getInfo"),
        ("artist", "Alva Brandt"),
        ("track", "Paper Harbour"),
        ("api_key", "k"),
        ("format", "json"),
    ),
    AGENT,
)


@pytest.fixture
def clock():
    return ManualClock()


def simulator(clock, ledger=None, **settings):
    world = invent(
        [Given("Alva Brandt", "Paper Harbour", isrc="GBAAA0000001")],
        PROFILES["full"],
        seed=7,
    )
    return Simulator(world, clock, settings_of(latency=0, **settings), ledger)


def script(one, *rows):
    one.script.add([read_fault(row) for row in rows], one.clock.now())


async def test_calls_answers_and_refusals_are_counted_by_what_came_of_them(clock):
    one = simulator(clock)
    for _ in range(25):
        await one.handle("musicbrainz", ISRC_SEARCH)

    summary = one.ledger.summary("musicbrainz")

    assert (summary["calls"], summary["answered"], summary["refusals"]) == (25, 23, 2)
    assert summary["members"] == 50
    assert summary["by_operation"] == {"search": 25}
    assert summary["max_in_window"]["1"] == 25
    assert summary["one_second_violations"] == 24


async def asked_by(callers, seconds):
    """What comes of callers that each ask 0.9 times a second, whatever others do."""
    clock = ManualClock()
    one = simulator(clock)
    times = (
        n / 0.9 + caller / 4 for caller in range(callers) for n in range(int(seconds))
    )
    for at in sorted(time for time in times if time < seconds):
        clock.advance(at - clock.now())
        await one.handle("musicbrainz", ISRC_SEARCH)
    return one.ledger.summary("musicbrainz")


async def test_unsynchronised_workers_at_0_9_a_second_each_are_refused():
    """Four callers that each keep the limit for themselves break it together."""
    together, alone = await asked_by(4, 120), await asked_by(1, 120)

    assert together["refusals"] > together["calls"] / 2
    assert alone["calls"] == 108
    assert alone["refusals"] == 0


async def test_one_call_a_second_violates_nothing(clock):
    one = simulator(clock)
    for _ in range(120):
        await one.handle("musicbrainz", ISRC_SEARCH)
        clock.advance(1.0)

    summary = one.ledger.summary("musicbrainz")

    assert summary["refusals"] == 0
    assert summary["one_second_violations"] == 0
    assert summary["shortest_gap_seconds"] == pytest.approx(1.0)


async def test_load_shedding_is_not_a_refusal(clock):
    one = simulator(clock, musicbrainz_search_shed_share=0.4)
    replies = []
    for _ in range(200):
        replies.append(await one.handle("musicbrainz", ISRC_SEARCH))
        clock.advance(1.0)

    summary = one.ledger.summary("musicbrainz")
    zones = {dict(r.headers)["x-ratelimit-zone"] for r in replies if r.status == 503}

    assert zones == {"search-global"}
    assert 50 < summary["shed"] < 110
    assert (summary["refusals"], summary["faults"]) == (0, 0)


async def test_a_fault_strikes_the_next_calls_and_then_no_more(clock):
    one = simulator(clock)
    script(one, {"provider": "lastfm", "kind": "server_error", "count": 3})

    statuses = [(await one.handle("lastfm", TRACK_INFO)).status for _ in range(5)]

    assert statuses == [500, 500, 500, 200, 200]
    summary = one.ledger.summary("lastfm")
    assert (summary["faults"], summary["refusals"]) == (3, 0)
    assert one.ledger.calls[0].fault == "server_error"


async def test_a_fault_ends_with_its_time_and_counts_its_wait_down(clock):
    one = simulator(clock)
    fault = {"provider": "musicbrainz", "kind": "over_rate", "lasts_seconds": 100}
    script(one, fault)
    first = await one.handle("musicbrainz", ISRC_SEARCH)
    clock.advance(60)
    later = await one.handle("musicbrainz", ISRC_SEARCH)
    clock.advance(41)
    after = await one.handle("musicbrainz", ISRC_SEARCH)

    assert [first.status, later.status, after.status] == [503, 503, 200]
    assert dict(first.headers)["retry-after"] == "100"
    assert dict(later.headers)["retry-after"] == "40"


async def test_a_share_of_calls_fails_and_the_seed_says_which(clock):
    def struck(seed):
        faults = FaultScript(seed)
        row = {"provider": "lastfm", "kind": "reset", "probability": 0.3}
        faults.add([read_fault(row)], 0.0)
        return [
            bool(faults.strike("lastfm", "track.getInfo", 0.0)) for _ in range(1_000)
        ]

    assert 250 < sum(struck(1)) < 350
    assert struck(1) == struck(1) != struck(2)


async def test_a_fault_for_one_operation_leaves_the_others_alone(clock):
    one = simulator(clock)
    script(
        one,
        {"provider": "musicbrainz", "operation": "isrc", "kind": "server_error"},
        {"provider": "spotify", "kind": "server_error"},
    )

    search = await one.handle("musicbrainz", ISRC_SEARCH)
    lookup = await one.handle(
        "musicbrainz",
        Query("GET", "/ws/2/isrc/GBAAA0000001", (("fmt", "json"),), AGENT),
    )
    token = await one.handle("spotify", Query("POST", "/api/token"))

    assert [search.status, lookup.status] == [200, 500]
    # "*" does not mean the token endpoint.
    assert token.status == 400


@pytest.mark.parametrize(("kind", "reset"), [("reset", True), ("timeout", False)])
async def test_lost_connections_stand_in_the_ledger(clock, kind, reset):
    one = simulator(clock)
    script(one, {"provider": "lastfm", "kind": kind, "seconds": 20})

    with pytest.raises(ConnectionLost) as lost:
        await one.handle("lastfm", TRACK_INFO)

    assert lost.value.reset is reset
    (call,) = one.ledger.calls
    assert (call.status, call.outcome) == (None, Outcome.FAULT)
    assert call.seconds == pytest.approx(0.0 if reset else 20.0)


async def test_a_slow_answer_is_right_and_late(clock):
    one = simulator(clock)
    script(one, {"provider": "lastfm", "kind": "slow", "seconds": 12})

    reply = await one.handle("lastfm", TRACK_INFO)

    assert json.loads(reply.body)["track"]["name"] == "Paper Harbour"
    assert one.ledger.calls[0].seconds == pytest.approx(12.0)


@pytest.mark.parametrize("kind", ["truncated", "empty_body"])
async def test_broken_bodies_are_no_json(clock, kind):
    one = simulator(clock)
    script(one, {"provider": "lastfm", "kind": kind})

    reply = await one.handle("lastfm", TRACK_INFO)

    assert reply.status == 200
    with pytest.raises(json.JSONDecodeError):
        json.loads(reply.body)


async def test_an_error_in_a_200_carries_the_number_asked_for(clock):
    one = simulator(clock)
    script(one, {"provider": "lastfm", "kind": "error_body", "error": 16})

    reply = await one.handle("lastfm", TRACK_INFO)

    assert (reply.status, json.loads(reply.body)["error"]) == (200, 16)


async def test_overlapping_calls_are_slower_when_told_so(clock):
    one = simulator(clock, musicbrainz_overlap_seconds=(6.0, 14.0))
    one.settings = replace(one.settings, latency=1.0)
    one._running["musicbrainz 127.0.0.1"] = 1

    await one.handle("musicbrainz", ISRC_SEARCH)

    assert 6.0 < one.ledger.calls[0].seconds < 14.3


@pytest.mark.parametrize(
    "row",
    [
        {"provider": "tidal", "kind": "reset"},
        {"provider": "lastfm", "kind": "meteor"},
        {"provider": "lastfm", "kind": "reset", "probability": 2},
        {"provider": "lastfm", "kind": "reset", "count": "three"},
        {"provider": "lastfm", "kind": "reset", "sometimes": True},
    ],
)
def test_a_script_that_cannot_be_meant_is_refused(row):
    with pytest.raises(FaultInvalid):
        read_fault(row)


@pytest.mark.parametrize(
    "values", [{"nonsense": 1}, {"spotify_extended": 1}, {"latency": "slow"}]
)
def test_settings_that_cannot_be_meant_are_refused(values):
    with pytest.raises(ValueError, match=next(iter(values))):
        settings_of(**values)


def test_whole_numbers_do_for_fractions():
    assert settings_of(latency=2).latency == 2.0


def test_the_busiest_window_is_half_open():
    times = [0.0, 0.5, 1.0, 1.4, 5.0]

    assert busiest(times, 1.0) == (3, 0.5)
    assert busiest(times, 0.5) == (2, 1.0)
    assert busiest([], 1.0) == (0, None)


def test_every_call_stands_in_the_file_at_once(tmp_path):
    path = tmp_path / "ledger.jsonl"
    ledger = Ledger(path)
    call = ledger.open(
        Call(1.0, 2.0, "lastfm", "track.getInfo", "a - b", 1, "agent", "peer")
    )

    ledger.complete(call, 200, Outcome.ANSWERED, 2.5)

    # Not closed: a kill would leave this.
    row = json.loads(path.read_text(encoding="utf-8"))
    assert (row["provider"], row["outcome"], row["seconds"]) == (
        "lastfm",
        "answered",
        0.5,
    )
    ledger.close()


async def test_spotify_tokens_are_counted_apart_and_cost_no_quota(clock):
    one = simulator(clock, spotify_window_calls=1)
    for _ in range(5):
        await one.handle("spotify", Query("POST", "/api/token"))

    summary = one.ledger.summary("spotify")

    assert (summary["calls"], summary["token_requests"], summary["refusals"]) == (
        0,
        5,
        0,
    )
