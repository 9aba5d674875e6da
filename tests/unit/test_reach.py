"""A provider that gives no sign of life is left alone for a while, by one worker."""

import pytest

from enrichment.contract import metrics
from enrichment.lookup.bench.blocked import (
    FIRST_PAUSE_SECONDS,
    LONGEST_PAUSE_SECONDS,
    SILENT_CALLS,
    Reach,
)
from enrichment.model import ProviderName


class Clock:
    now = 50.0

    def __call__(self):
        return self.now


@pytest.fixture
def clock():
    return Clock()


@pytest.fixture
def reach(clock):
    return Reach(ProviderName("lastfm"), clock=clock)


def reachable():
    return metrics.PROVIDER_REACHABLE.labels("lastfm")._value.get()


def silence(reach, calls=SILENT_CALLS):
    for _ in range(calls):
        reach.was_silent()


def test_a_few_lost_calls_are_no_silence(reach):
    silence(reach, SILENT_CALLS - 1)
    reach.answered()
    silence(reach, SILENT_CALLS - 1)

    assert reach.wait_seconds() == 0
    assert reachable() == 1


def test_silence_keeps_the_worker_away_for_a_while(reach, clock):
    silence(reach)

    assert reach.wait_seconds() == FIRST_PAUSE_SECONDS
    assert reachable() == 0
    clock.now += FIRST_PAUSE_SECONDS - 1
    assert reach.wait_seconds() == 1


def test_calls_that_were_under_way_make_no_pause_longer(reach):
    silence(reach, 3 * SILENT_CALLS)

    assert reach.wait_seconds() == FIRST_PAUSE_SECONDS


def test_after_each_pause_one_call_finds_out_for_all(reach, clock):
    silence(reach)
    clock.now += FIRST_PAUSE_SECONDS

    assert [reach.wait_seconds() for _ in range(3)] == [0, *[FIRST_PAUSE_SECONDS] * 2]
    reach.was_silent()
    assert reach.wait_seconds() == 2 * FIRST_PAUSE_SECONDS


def test_whoever_waits_while_one_finds_out_comes_back_soon(reach, clock):
    silence(reach)
    for _ in range(3):
        clock.now += LONGEST_PAUSE_SECONDS
        reach.wait_seconds()
        reach.was_silent()
    clock.now += LONGEST_PAUSE_SECONDS

    assert [reach.wait_seconds() for _ in range(2)] == [0, FIRST_PAUSE_SECONDS]


def test_no_pause_is_longer_than_a_quarter_of_an_hour(reach, clock):
    silence(reach)
    for _ in range(10):
        clock.now += LONGEST_PAUSE_SECONDS
        reach.wait_seconds()
        reach.was_silent()

    assert reach.wait_seconds() == LONGEST_PAUSE_SECONDS


def test_the_first_answer_ends_it(reach, clock):
    silence(reach)
    clock.now += FIRST_PAUSE_SECONDS
    reach.wait_seconds()
    reach.answered()

    assert reach.wait_seconds() == 0
    assert reachable() == 1


def test_what_waits_for_silence_comes_again_when_it_is_tried_again(reach, clock):
    assert reach.again_seconds == FIRST_PAUSE_SECONDS
    silence(reach)
    clock.now += FIRST_PAUSE_SECONDS
    reach.wait_seconds()
    reach.was_silent()

    assert reach.again_seconds == reach.pause_seconds == 2 * FIRST_PAUSE_SECONDS


def test_after_silence_a_call_is_waited_for_less_long_until_one_is_answered(reach):
    before = reach.call_seconds
    reach.was_silent()
    assert reach.call_seconds < before

    reach.answered(0.2)
    assert reach.call_seconds == before
