"""One call's turn: connection first, given back when it has passed, never for ever."""

import pytest

from enrichment.contract import metrics
from enrichment.errors import NotInTime
from enrichment.lookup.dispatch.provider_calls import (
    HELD_OPEN_SECONDS,
    TURNS_MISSED,
    NoReservation,
    ReservedCall,
    Timing,
)
from enrichment.lookup.ratelimit.reservation import LimitedBy, Reservation
from enrichment.model import ProviderName

LATE = 0.125


class Budget:
    """Gives turns so far ahead as it was told, on a clock that waiting moves."""

    def __init__(self, *ahead):
        self.now, self.ahead, self.given_back = 100.0, list(ahead), []

    def grant(self, ahead):
        due = self.now + (ahead if ahead is not None else 0)
        return Reservation(
            ProviderName("musicbrainz"),
            f"r{len(self.ahead)}",
            granted=ahead is not None,
            wait_seconds=ahead or 0.0,
            paced_by=LimitedBy.QUOTA if ahead is None else LimitedBy.NONE,
            due_at=due,
            ready_at=due,
        )

    async def take(self, *_, **__):
        return self.grant(self.ahead.pop(0))

    async def wait_until_due(self, grant, *, early_seconds=0.0):
        self.now = max(self.now, grant.ready_at - early_seconds)
        return grant

    async def settle(self, grant, _):
        self.given_back.append(grant.id)


def turn_of(budget, first=0.0, is_benched=lambda: False):
    return ReservedCall(
        budget,
        budget.grant(first),
        is_benched,
        Timing(30.0, LATE),
        clock=lambda: budget.now,
    )


def missed():
    return metrics.TURNS_MISSED.labels("musicbrainz")._value.get()


async def test_a_turn_that_is_there_is_used():
    budget = Budget()
    turn = turn_of(budget)

    await turn.to_open(0.0)

    assert await turn.to_send()
    assert turn.sent
    assert budget.given_back == []


async def test_a_turn_that_passed_while_connecting_is_taken_anew_with_it_in_hand():
    budget, before = Budget(1.0), missed()
    turn = turn_of(budget)
    first = turn.reservation.id

    await turn.to_open(0.0)
    budget.now += 0.3

    assert await turn.to_send()
    assert budget.given_back == [first]
    assert budget.now == 101.3
    assert missed() == before + 1


async def test_a_connection_is_opened_as_early_as_openings_take():
    budget = Budget()
    turn = turn_of(budget, first=8.0)

    await turn.to_open(0.3)

    assert budget.now == pytest.approx(107.7)


async def test_a_connection_is_not_kept_for_a_turn_that_is_far_off():
    budget = Budget(HELD_OPEN_SECONDS + 1)
    turn = turn_of(budget)

    await turn.to_open(0.0)
    budget.now += 0.3
    assert not await turn.to_send()
    assert not turn.sent
    await turn.to_open(0.3)
    budget.now += 0.3

    assert await turn.to_send()


async def test_a_call_that_is_late_for_every_turn_is_a_fault_and_sends_nothing():
    class Slow(Budget):
        async def wait_until_due(self, grant, **_):
            self.now = max(self.now, grant.ready_at) + LATE * 2
            return grant

    budget, before = Slow(*[0.0] * (2 * TURNS_MISSED)), missed()
    turn = turn_of(budget)

    with pytest.raises(NotInTime, match=f"late for {TURNS_MISSED} turns"):
        await turn.to_send()

    assert not turn.sent
    assert missed() == before + TURNS_MISSED
    assert len(budget.given_back) == TURNS_MISSED


async def test_a_retry_is_a_call_like_any_other():
    budget = Budget(1.0)
    turn = turn_of(budget)
    await turn.to_open(0.0)
    await turn.to_send()

    await turn.to_open(0.0)
    assert await turn.to_send()

    assert budget.now == 101.0
    assert budget.given_back == []


async def test_what_was_not_sent_is_given_back_once():
    budget = Budget()
    turn = turn_of(budget)
    await turn.to_open(0.0)

    await turn.give_back()
    await turn.give_back()

    assert len(budget.given_back) == 1


async def test_without_a_turn_the_call_goes_back_to_who_waits():
    turn = turn_of(Budget(None))
    await turn.to_send()
    with pytest.raises(NoReservation, match="quota"):
        await turn.to_open(0.0)

    benched = turn_of(Budget(), is_benched=lambda: True)
    with pytest.raises(NoReservation):
        await benched.to_open(0.0)
    with pytest.raises(NoReservation):
        await benched.to_send()
