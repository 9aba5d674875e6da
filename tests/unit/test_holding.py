"""How many messages a worker holds, by the time that they stay in hand."""

import pytest

from enrichment.queueing.holding import (
    AIM_SECONDS,
    FIRST_MESSAGES,
    LARGEST_ALONE,
    LATE_SECONDS,
    Holding,
)

MOST = 450
SPOTIFY_A_SECOND = 2.0


def after(holding: Holding, *seconds: float) -> list[int]:
    """Finish batches one after the other; each begins after the last change."""
    held, now = [], 1000.0
    for one in seconds:
        holding.finished(holding.batch, now, now + one, holding.messages)
        held.append(holding.messages)
        now += one
    return held


def test_a_worker_whose_batches_are_soon_done_comes_to_hold_all_it_may():
    assert after(Holding(MOST), *[0.2] * 5) == [100, 200, 400, 450, 450]


@pytest.mark.parametrize(
    ("workers", "held"),
    [(2, [100, 100]), (4, [100, 100]), (6, [50, 50]), (16, [25, 25])],
)
def test_workers_that_share_a_slow_allowance_hold_what_it_answers_in_time(
    workers, held
):
    holding, came = Holding(MOST), []
    for _ in range(2):
        seconds = holding.messages * workers / SPOTIFY_A_SECOND
        came += after(holding, seconds)

    assert came == held
    assert held[-1] * workers / SPOTIFY_A_SECOND <= LATE_SECONDS


def test_what_is_not_soon_done_is_no_more_than_one_batch():
    assert after(Holding(MOST), 1.0, AIM_SECONDS / 2) == [LARGEST_ALONE] * 2


def test_a_small_batch_tells_the_pace_by_its_own_size():
    holding = Holding(MOST)
    holding.finished(6, 0.0, 60.0, FIRST_MESSAGES)

    assert holding.messages == FIRST_MESSAGES


def test_what_took_too_long_halves_what_is_held():
    held = after(Holding(MOST), 1.0, LATE_SECONDS + 1, LATE_SECONDS + 1, 999.0)

    assert held == [100, 50, 25, 25]


def test_a_batch_that_came_before_a_change_says_nothing_of_it():
    holding = Holding(MOST)
    holding.finished(FIRST_MESSAGES, 0.0, 10.0, FIRST_MESSAGES)
    holding.finished(FIRST_MESSAGES, 9.0, 10.5, FIRST_MESSAGES)

    assert holding.messages == LARGEST_ALONE


def test_a_worker_with_little_to_do_needs_no_more():
    holding = Holding(MOST)

    assert not holding.finished(1, 0.0, 1.0, in_hand=1)
    assert holding.messages == FIRST_MESSAGES


@pytest.mark.parametrize("most", [1, 7])
def test_a_users_own_small_number_is_obeyed(most):
    holding = Holding(most)

    assert after(holding, 0.1, 0.1, LATE_SECONDS + 1) == [most] * 3
    assert (holding.batch, holding.at_once) == (most, 1)


@pytest.mark.parametrize(
    ("held", "batch", "at_once"),
    [(25, 25, 1), (50, 50, 1), (100, 100, 1), (200, 50, 2), (450, 150, 2)],
)
def test_a_full_batch_is_whole_calls_of_musicbrainz(held, batch, at_once):
    holding = Holding(MOST)
    holding.messages = held

    assert (holding.batch, holding.at_once) == (batch, at_once)
