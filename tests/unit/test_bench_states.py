"""How long a refusal benches, what climbs the ladder, and what ends it."""

from dataclasses import replace

import pytest

from enrichment.lookup.bench.states import (
    LADDER_SECONDS,
    LONGEST_SECONDS,
    BenchReason,
    BenchState,
    Refusal,
    after_refusal,
    after_success,
    decode,
    latest,
)
from enrichment.model import ProviderName

SPOTIFY = ProviderName("spotify")


def refusal(reason=BenchReason.RATE, retry_after=None) -> Refusal:
    return Refusal(SPOTIFY, reason, retry_after)


def test_retry_after_is_obeyed_in_full():
    state = after_refusal(None, refusal(BenchReason.QUOTA, 48_925.0), 1000.0)

    assert state.until == 1000.0 + 48_925.0
    assert state.step == 0


@pytest.mark.parametrize("said", [10.0**12, float("inf")])
def test_no_bench_lasts_longer_than_a_year(said):
    state = after_refusal(None, refusal(retry_after=said), 1000.0)

    assert state.until == 1000.0 + LONGEST_SECONDS


def test_a_bench_without_an_end_is_none():
    state = after_refusal(None, refusal(), 1000.0)
    for until in (float("inf"), float("nan"), 10.0**12):
        with pytest.raises(ValueError, match="without an end"):
            decode(replace(state, until=until).encode())


def test_a_refusal_amid_good_answers_begins_on_the_lowest_rung():
    state, now, waits = None, 0.0, []
    for _ in range(4):
        doubted = Refusal(SPOTIFY, BenchReason.CAPABILITY, in_steps=True)
        state = after_refusal(state, doubted, now)
        waits.append((state.until - now) / 60)
        now = state.until

    assert waits == [1, 5, 15, 30]


def test_silence_climbs_from_a_minute_to_a_day():
    state, now, waits = None, 0.0, []
    for _ in range(11):
        state = after_refusal(state, refusal(), now)
        waits.append((state.until - now) / 60)
        now = state.until

    assert waits == [1, 5, 15, 30, 60, 180, 360, 720, 1440, 1440, 1440]


@pytest.mark.parametrize("said", [0.0, -1.0, None])
def test_a_retry_after_of_nothing_is_no_hint(said):
    state = after_refusal(None, refusal(retry_after=said), 0.0)

    assert state.until == LADDER_SECONDS[0]


@pytest.mark.parametrize(
    ("reason", "minutes"),
    [
        (BenchReason.RATE, 1),
        (BenchReason.SHEDDING, 1),
        (BenchReason.AUTH, 5),
        (BenchReason.BAN, 30),
        (BenchReason.QUOTA, 60),
        (BenchReason.CAPABILITY, 60),
    ],
)
def test_each_cause_begins_on_its_own_rung(reason, minutes):
    assert after_refusal(None, refusal(reason), 0.0).until == minutes * 60


def test_calls_under_way_climb_no_rung_but_the_longest_word_counts():
    first = after_refusal(None, refusal(retry_after=30.0), 0.0)

    shorter = after_refusal(first, refusal(retry_after=10.0), 1.0)
    silent = after_refusal(first, refusal(), 1.0)
    longer = after_refusal(first, refusal(BenchReason.BAN, 600.0), 1.0)

    assert shorter == silent == first
    assert (longer.until, longer.reason) == (601.0, BenchReason.BAN)


def test_only_a_probe_ends_a_bench_and_only_after_its_time():
    state = after_refusal(None, refusal(), 0.0)

    assert after_success(state, 10.0, probe=False) == state
    assert after_success(state, 10.0, probe=True) == state
    assert after_success(state, 61.0, probe=False) == state
    ended = after_success(state, 61.0, probe=True)
    assert (ended.ended, ended.step) == (True, 0)


def test_a_second_ban_soon_after_climbs_on():
    state = after_refusal(None, refusal(BenchReason.BAN), 0.0)
    ended = after_success(state, state.until, probe=True)

    again = after_refusal(ended, refusal(BenchReason.BAN), state.until + 32)

    assert again.until - (state.until + 32) == 60 * 60


def test_a_ban_is_forgiven_after_as_long_as_its_rung():
    state = after_refusal(None, refusal(BenchReason.BAN), 0.0)
    ended = after_success(state, state.until, probe=True)

    soon = after_success(ended, state.until + 1799, probe=False)
    later = after_success(ended, state.until + 1800, probe=False)

    assert (soon.step, later.step) == (4, 3)


def test_a_state_comes_back_from_text():
    state = after_refusal(None, refusal(BenchReason.QUOTA, 1.5), 1_795_477_645.123456)

    assert decode(state.encode()) == state


def test_of_two_states_the_later_is_true():
    old = after_refusal(None, refusal(), 0.0)
    new = after_success(old, 100.0, probe=True)

    assert latest([new, old]) == latest([old, new]) == {(SPOTIFY, ""): new}


def test_a_pause_has_no_end():
    pause = BenchState(
        SPOTIFY, "*", BenchReason.PAUSED, 0.0, 0, ended=False, changed_at=0.0
    )

    assert pause.is_in_force(1e12)
