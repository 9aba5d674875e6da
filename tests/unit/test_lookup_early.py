"""Answers that end soon are asked again beside the work, from idle quota alone."""

import asyncio
from datetime import UTC, datetime, timedelta

import pytest

from enrichment.lookup.cache.freshness import Remembered
from enrichment.lookup.cache.reuse import Reuse
from enrichment.lookup.lookup import EARLY_AT_ONCE, Lookup
from enrichment.lookup.redis_link import RedisLink
from enrichment.model import Absent, ProviderName, Question

NOW = datetime(2026, 11, 24, tzinfo=UTC)
SPOTIFY = ProviderName("spotify")


class Idle:
    def __init__(self, spare: float, waiting: int) -> None:
        self.spare, self.waiting, self.asked = spare, waiting, []

    def ask_early(self, questions):
        self.asked += questions


class Cache:
    def __init__(self, left: timedelta) -> None:
        self.left = left

    async def get_many(self, questions):
        end = NOW + self.left
        entry = Remembered(Absent(), end - timedelta(days=7), end, end)
        return dict.fromkeys(questions, entry)


def asked_early(left: timedelta, *, spare=1.0, waiting=0, questions=1) -> int:
    dispatcher = Idle(spare, waiting)
    lookup = Lookup(
        Cache(left),
        {SPOTIFY: dispatcher},
        Reuse(RedisLink(None)),
        now=lambda: NOW,
        rand=lambda: 0.01,
    )

    async def look_up():
        wanted = [Question(SPOTIFY, "isrc", key=str(n)) for n in range(questions)]
        replies = await lookup.look_up(wanted)
        assert all(reply.cached for reply in replies.values())
        await asyncio.sleep(0)

    asyncio.run(look_up())
    return len(dispatcher.asked)


@pytest.mark.parametrize(
    ("left", "asked"),
    [
        pytest.param(timedelta(days=6), 0, id="young"),
        pytest.param(timedelta(days=1), 0, id="not yet"),
        pytest.param(timedelta(hours=3), 1, id="near its end"),
    ],
)
def test_an_answer_is_asked_again_only_near_its_end(left, asked):
    assert asked_early(left) == asked


def test_quota_that_work_waits_for_is_not_spent_early():
    assert asked_early(timedelta(hours=3), spare=0.0) == 0


def test_early_questions_are_bounded_and_leave_room_for_work():
    soon = timedelta(hours=3)

    assert asked_early(soon, questions=500) == EARLY_AT_ONCE
    assert asked_early(soon, questions=500, waiting=20) == EARLY_AT_ONCE - 20
    assert asked_early(soon, questions=5, waiting=EARLY_AT_ONCE) == 0
