"""Each claim on calls in small, counted by the simulator; the table: budget_use.py."""

import pytest

from benchmarks.budget_cases import (
    allowance,
    batches,
    failing,
    odd,
    overhead,
    redis_away,
    refused,
    renewals,
    sharing,
)
from benchmarks.budget_cases.rig import Servers
from tests import pipeline

pytestmark = pytest.mark.timeout(600)


@pytest.fixture
def servers(stack, database_url, redis_url, rabbitmq_url):
    return Servers(database_url, redis_url, rabbitmq_url, stack.redis)


def test_three_workers_spend_what_one_spends_and_no_more(servers):
    one, three = (
        allowance.run(servers, tracks=130, scale=10, workers=n) for n in (1, 3)
    )

    for use in (one, three):
        assert use.refusals == 0
        for name, most in use.busiest.items():
            # a busy machine sends some late; each by itself would double them
            assert most < 1.5 * allowance.WINDOWS[name][0], name
    assert one.calls["spotify"] == three.calls["spotify"] == 130
    assert one.calls["lastfm"] == three.calls["lastfm"] == 130
    # the first and the last call may not be full, whosever they are
    assert three.calls["musicbrainz"] <= one.calls["musicbrainz"] + 5
    # a window is all or nothing: a busy machine may lose some
    assert three.seconds < 2 * one.seconds


@pytest.mark.parametrize(
    ("by_isrc", "most"),
    [
        pytest.param(False, batches.MOST_CALLS_BY_NAME, id="by name"),
        pytest.param(True, batches.MOST_CALLS_BY_ISRC + 15, id="by ISRC"),
    ],
)
def test_batches_cost_few_calls_and_match_as_single_questions_do(
    servers, by_isrc, most
):
    came = batches.run(servers, tracks=200, scale=50, by_isrc=by_isrc, coverage="full")

    assert came.calls_per_thousand <= most
    assert came.calls_one_by_one >= 200
    assert came.differing == 0


def test_copies_of_a_new_track_cost_one_call_per_provider(servers):
    calls = sharing.copies_of_one_track(servers, copies=60, workers=3, kill_owner=False)

    asked = {name: count for name, count in calls.items() if count}
    assert asked == {"spotify": 1, "musicbrainz": 1, "lastfm": 1}


@pytest.mark.parametrize("extended", [True, False])
def test_known_tracks_are_renewed_in_the_form_that_the_account_has(servers, extended):
    """Fields tell it for nothing; when nothing is known, one refused call for all."""
    came = renewals.run(servers, tracks=120, workers=2, scale=40, extended=extended)

    assert came.renewed == 120
    if extended:
        assert came.refused == 0
        # three would do: the first and the last may not be full
        assert max(came.calls.total(), came.calls_again.total()) <= 5
    else:
        assert came.refused == 1
        assert came.calls == {"track": 120}
        assert came.calls_again == {"tracks": 1, "track": 120}


def test_a_killed_owner_hands_its_question_over_once(servers):
    calls = sharing.copies_of_one_track(servers, copies=60, workers=3, kill_owner=True)

    assert calls["musicbrainz"] == 2


def test_a_second_pass_costs_no_call_and_waits_for_no_limit(servers):
    came = sharing.warm_pass(servers, tracks=200, scale=10)

    assert came.first_calls > 200
    assert came.second_calls == 0
    assert came.second_seconds < came.first_seconds / 2


def test_a_refusal_for_hours_is_kept_by_all_over_restart_and_empty_redis(servers):
    came = refused.run(servers, tracks=80, workers=2, scale=10, real_seconds=8)

    assert came.during == 0
    assert came.in_flight <= 16
    assert came.beside_probe == 0
    assert came.completed == 80


def test_failures_leave_no_false_absence_and_the_rows_of_a_clean_run(servers):
    came = failing.run(servers, tracks=40, scale=40, faulty_seconds=6)

    assert came.faults > 5
    assert came.false_absences == 0
    assert came.differing_rows == 0


def test_odd_answers_leave_no_trace_in_rows_benches_or_calls(servers):
    came = odd.run(servers, tracks=120, scale=40)

    assert came.faults > 5
    assert came.differing == ()
    # a share of 5 % varies much in so few calls
    assert came.more_calls <= 0.2
    assert came.token_calls <= odd.MORE_TOKENS
    assert came.closed == ()


def test_without_redis_no_provider_is_asked_and_nothing_is_lost(servers):
    came = redis_away.run(servers, tracks=200, scale=10, workers=2, seconds=4)

    assert came.over == ()
    assert came.refusals == 0
    assert came.lost == 0
    assert came.calls_during == 0


async def test_a_track_takes_little_redis_and_a_call_few_round_trips(redis_url):
    came = await overhead.run(redis_url, tracks=300)

    assert came.bytes_per_track < 10_000
    assert came.round_trips_per_call < 10


def test_calls_and_money_are_written_down_and_a_spent_budget_stops_paying(servers):
    from benchmarks.budget_cases.rig import invented, open_rig  # noqa: PLC0415

    world = invented(20)
    paid = {"SPOTIFY_USD_PER_1000_CALLS": "100", "ENRICHMENT_MONTHLY_BUDGET_USD": "1"}
    with open_rig(servers, world, scale=20, **paid) as rig:
        rig.start(1)
        rig.publish(world[:10])
        rig.drain(10, 60)
        rig.stop()
        # kept by day, and midnight may lie between two calls
        spent = """
            SELECT provider, sum(calls) AS calls, sum(cost_usd) AS cost_usd
            FROM provider_calls GROUP BY provider
        """
        ledger = {row["provider"]: row for row in rig.rows(spent)}
        assert ledger["spotify"]["calls"] == rig.counts()["spotify"] == 10
        assert ledger["spotify"]["cost_usd"] == 1
        assert ledger["lastfm"]["cost_usd"] == 0

        rig.start(1)
        rig.publish(world[10:])
        waits = "SELECT count(*) AS n FROM waiting_parts WHERE reason LIKE 'monthly%'"
        rig.until(lambda: pipeline.rows(servers.database_url, waits)[0]["n"] == 10)
        assert rig.counts()["spotify"] == 10
        assert rig.counts()["lastfm"] == 20
