"""Limits are data: scaled by numbers, divided for a reserve and for lost servers."""

import math

import pytest

from enrichment.lookup.limits import (
    BacklogWindow,
    Limits,
    Quota,
    Window,
    backlog_window,
    default_limits,
)
from enrichment.lookup.local_share import LocalShare
from enrichment.tracks import ProviderName

SPOTIFY = Limits((Window(60, 30.0),), Quota(2000))


def test_every_provider_has_limits():
    assert set(default_limits()) == set(ProviderName)


def test_a_faster_clock_is_other_numbers():
    faster = SPOTIFY.scaled(60)

    assert faster.windows == (Window(60, 0.5),)
    assert faster.quota == Quota(2000, 1440.0)


@pytest.mark.parametrize(
    ("window", "left"),
    [
        (Window(60, 30.0), BacklogWindow(60, 30.0, 12)),
        (Window(1, 1.05), BacklogWindow(5, 5.25, 1)),
        (Window(2, 1.0), BacklogWindow(6, 3.0, 1)),
    ],
    ids=["a fifth of many", "every fifth spacing", "rounded for backlog"],
)
def test_backlog_leaves_a_fifth(window, left):
    assert backlog_window(window, 0.2) == left


def test_limits_that_allow_nothing_are_refused():
    with pytest.raises(ValueError, match="calls and seconds"):
        Limits((Window(0, 1.0),))
    with pytest.raises(ValueError, match="need a window"):
        Limits(())


def test_a_local_share_is_four_fifths_of_the_slowest_pace_divided_by_the_workers():
    share = LocalShare(SPOTIFY, 4, draw=0.0)

    share.away(100.0, remaining=1000)
    first = share.wait(100.0)
    share.use(130.0)

    # 2,000 a day are one in 43.2 s, for four workers
    assert (first, share.wait(130.0)) == pytest.approx((30.0, 4 * 43.2 / 0.8))


@pytest.mark.parametrize("workers", [2, 4, 8, 16, 50])
def test_shares_of_workers_in_step_stay_in_a_window(workers):
    share = LocalShare(Limits((Window(60, 30.0),)), workers, draw=0.0)
    share.away(0.0, None)
    turns = []
    now = 0.0
    while now < 90.0:
        now += share.wait(now)
        share.use(now)
        turns.append(now)

    most = max(sum(first <= turn < first + 30.0 for turn in turns) for first in turns)
    assert most * workers <= 60


def test_a_local_share_ends_with_the_quota():
    share = LocalShare(SPOTIFY, 4, draw=0.0)
    share.away(0.0, remaining=7)
    share.use(30.0)

    assert share.wait(10_000.0) == math.inf


def test_a_second_outage_does_not_bring_the_next_turn_nearer():
    share = LocalShare(Limits((Window(1, 1.0),)), 16, draw=0.0)
    share.away(0.0, None)
    share.use(1.0)
    share.back()
    share.away(2.0, None)

    assert share.wait(2.0) == pytest.approx(16 / 0.8 - 1.0)


def test_a_short_outage_had_no_local_turns():
    share = LocalShare(SPOTIFY, 4, draw=0.0)
    share.away(0.0, None)
    share.away(29.0, None)

    assert share.last_turn_of_any is None
    share.away(31.0, None)
    assert share.last_turn_of_any == 31.0
