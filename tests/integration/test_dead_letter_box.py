"""Dead letters on a real broker: looked at often, replayed once in effect."""

import asyncio
import json
from datetime import UTC, datetime, timedelta

import aio_pika
import pika
import pytest

from enrichment.contract import queues
from enrichment.queueing import dead_letter_box as box
from enrichment.queueing.dead_letter_box import Filter
from tests import pipeline

NOW = datetime(2026, 11, 23, 12, 0, tzinfo=UTC)


def body(number: int) -> bytes:
    return json.dumps(
        {"track_id": f"t{number}", "artist": "A", "title": f"T{number}", "priority": 5}
    ).encode()


@pytest.fixture
def letters(rabbitmq_url):
    """Three of one reason from the main queue, one unreadable from the backlog."""
    pipeline.declare(rabbitmq_url)
    given = [
        ("ValueError", queues.MAIN_QUEUE, body(1), NOW - timedelta(hours=3)),
        ("ValueError", queues.MAIN_QUEUE, body(2), NOW - timedelta(hours=2)),
        ("ValueError", queues.MAIN_QUEUE, body(3), NOW - timedelta(hours=1)),
        ("not_json", queues.BACKLOG_QUEUE, b"\xff{", NOW),
    ]
    with pipeline.channel(rabbitmq_url) as broker:
        broker.confirm_delivery()
        for number, (reason, queue, content, at) in enumerate(given, 1):
            broker.basic_publish(
                queues.DEAD_LETTER_EXCHANGE,
                queues.DEAD_LETTER_KEY,
                content,
                pika.BasicProperties(
                    message_id=f"m{number}",
                    headers={
                        "x-error-type": reason,
                        "x-error-message": f"fault {number}",
                        "x-original-routing-key": queue,
                        "x-failed-at": at.isoformat(),
                    },
                ),
                mandatory=True,
            )
    pipeline.until(lambda: pipeline.depth(rabbitmq_url, queues.DEAD_LETTER_QUEUE) == 4)
    return rabbitmq_url


def on_broker(url, act):
    async def run():
        connection = await aio_pika.connect(url)
        async with connection:
            return await act(connection)

    return asyncio.run(run())


def in_box(url: str) -> int:
    return pipeline.depth(url, queues.DEAD_LETTER_QUEUE)


@pytest.mark.parametrize(
    ("wanted", "numbers"),
    [
        (Filter(), [1, 2, 3, 4]),
        (Filter(reason="ValueError"), [1, 2, 3]),
        (Filter(queue=queues.BACKLOG_QUEUE), [4]),
        (Filter(text="t2"), [2]),
        (Filter(since=NOW - timedelta(hours=2)), [2, 3, 4]),
        (Filter(before=NOW - timedelta(hours=1)), [1, 2]),
        (Filter(reason="ValueError", limit=2), [1, 2]),
    ],
)
def test_letters_are_found_by_what_they_say(letters, wanted, numbers):
    found = on_broker(letters, lambda connection: box.look(connection, wanted))

    assert [letter.number for letter in found] == numbers


def test_looking_thirty_times_loses_nothing(letters):
    for _ in range(30):
        # who has looked gives them back when he is gone
        pipeline.until(lambda: in_box(letters) == 4)
        assert len(on_broker(letters, lambda c: box.look(c, Filter()))) == 4

    pipeline.until(lambda: in_box(letters) == 4)


def test_replayed_letters_go_to_the_queue_they_came_from(letters):
    told = []

    count = on_broker(
        letters,
        lambda c: box.replay(
            c, Filter(reason="ValueError"), per_second=1000, told=told.append
        ),
    )

    assert count == len(told) == 3
    pipeline.until(lambda: in_box(letters) == 1)
    assert pipeline.depth(letters, queues.MAIN_QUEUE) == 3
    with pipeline.channel(letters) as broker:
        _, properties, content = broker.basic_get(queues.MAIN_QUEUE, auto_ack=True)
    assert content == body(1)
    assert properties.message_id == "m1"
    assert properties.headers["x-replayed-at"]


def test_replaying_again_finds_nothing_to_do(letters):
    replay = lambda c: box.replay(c, Filter(), per_second=1000, told=lambda _: None)  # noqa: E731
    on_broker(letters, replay)
    pipeline.until(lambda: in_box(letters) == 0)

    assert on_broker(letters, replay) == 0


def test_a_purged_letter_is_told_whole_and_the_others_stay(letters):
    told = []

    count = on_broker(
        letters,
        lambda c: box.purge(c, Filter(reason="not_json"), told=told.append),
    )

    assert count == 1
    assert told[0].body == b"\xff{"
    pipeline.until(lambda: in_box(letters) == 3)
