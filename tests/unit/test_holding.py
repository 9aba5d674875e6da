"""How many messages a worker holds, by the time that they stay in hand."""

import pytest

from enrichment.queueing.holding import (
    FIRST_MESSAGES,
    LATE_SECONDS,
    SOON_SECONDS,
    Holding,
)

MOST = 450


def after(holding: Holding, *seconds: float) -> list[int]:
    """Finish batches one after the other; each begins after the last change."""
    held, now = [], 1000.0
    for one in seconds:
        holding.finished(now, now + one, holding.messages)
        held.append(holding.messages)
        now += one
    return held


def test_a_worker_whose_batches_are_soon_done_comes_to_hold_all_it_may():
    assert after(Holding(MOST), *[0.2] * 6) == [50, 100, 200, 400, 450, 450]


def test_a_worker_that_shares_a_slow_allowance_holds_little():
    assert after(Holding(MOST), SOON_SECONDS, LATE_SECONDS) == [FIRST_MESSAGES] * 2


def test_what_took_too_long_halves_what_is_held():
    held = after(Holding(MOST), 1.0, 1.0, LATE_SECONDS + 1, LATE_SECONDS + 1, 999.0)

    assert held == [50, 100, 50, 25, 25]


def test_a_batch_that_came_before_a_change_says_nothing_of_it():
    holding = Holding(MOST)
    holding.finished(0.0, 10.0, FIRST_MESSAGES)
    holding.finished(9.0, 10.5, FIRST_MESSAGES)

    assert holding.messages == 2 * FIRST_MESSAGES


def test_a_worker_with_little_to_do_needs_no_more():
    holding = Holding(MOST)

    assert not holding.finished(0.0, 1.0, in_hand=1)
    assert holding.messages == FIRST_MESSAGES


@pytest.mark.parametrize("most", [1, 7])
def test_a_users_own_small_number_is_obeyed(most):
    holding = Holding(most)

    assert after(holding, 0.1, 0.1, LATE_SECONDS + 1) == [most] * 3
    assert (holding.batch, holding.at_once) == (most, 1)


@pytest.mark.parametrize(
    ("held", "batch", "at_once"),
    [(25, 25, 1), (50, 50, 1), (100, 50, 2), (200, 50, 2), (450, 150, 2)],
)
def test_a_full_batch_is_whole_calls_of_musicbrainz(held, batch, at_once):
    holding = Holding(MOST)
    holding.messages = held

    assert (holding.batch, holding.at_once) == (batch, at_once)
