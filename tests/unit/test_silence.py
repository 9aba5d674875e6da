"""How long a call may go without its answer; what waits for its turn is not timed."""

import asyncio

from enrichment.lookup.bench.blocked import (
    AFTER_SILENCE_SECONDS,
    FIRST_SECONDS,
    REMEMBERED,
    TIMES_SLOWEST,
    Patience,
)
from enrichment.lookup.dispatch.provider_calls import Watched
from enrichment.providers.calls import Permit

AT_ONCE, NEVER = 0.0, 300.0


class Turn(Permit):
    """Gives its turn after the loop has gone round some times."""

    async def to_open(self, _):
        await turns_of_the_loop()

    async def to_send(self):
        await turns_of_the_loop()
        return True


async def turns_of_the_loop():
    for _ in range(5):
        await asyncio.sleep(0)


def test_a_provider_that_was_never_slow_is_waited_for_the_same():
    patience = Patience()
    patience.answered(0.3)

    assert patience.seconds(silent=False) == FIRST_SECONDS
    assert patience.seconds(silent=True) == AFTER_SILENCE_SECONDS


def test_a_provider_under_pressure_is_waited_for_as_it_answers():
    patience = Patience()
    patience.answered(12.0)
    for _ in range(REMEMBERED - 1):
        patience.answered(1.0)

    assert patience.seconds(silent=True) == TIMES_SLOWEST * 12.0
    patience.answered(1.0)
    assert patience.seconds(silent=True) == TIMES_SLOWEST * 1.0


async def test_a_call_without_an_answer_is_told_once():
    told = []
    with Watched(Turn(), AT_ONCE, lambda: told.append(1)) as watched:
        await turns_of_the_loop()
        await watched.to_open(0.0)
        await watched.to_send()
        await turns_of_the_loop()

    assert watched.is_late
    assert told == [1]


async def test_neither_a_turn_nor_an_answer_in_time_is_silence():
    turn = Turn()
    watched = Watched(turn, AT_ONCE, lambda: None)
    with watched:
        await watched.to_open(0.0)
        assert not watched.is_late
        await watched.to_send()
        assert not watched.is_late
    await turns_of_the_loop()

    assert not watched.is_late


async def test_an_answer_in_time_is_no_silence():
    with Watched(Turn(), NEVER, lambda: None) as watched:
        await watched.to_open(0.0)
        assert await watched.to_send()

    assert not watched.is_late
    assert watched.took >= 0
