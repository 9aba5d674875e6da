"""Dead letters on a real broker: looked at often, replayed once in effect."""

import asyncio
import json
from datetime import UTC, datetime, timedelta

import pika
import pytest

from enrichment.contract import queues
from enrichment.queueing import raw_deliveries
from enrichment.queueing.dead_letters import box
from enrichment.queueing.dead_letters.box import Replayed
from enrichment.queueing.dead_letters.letters import Filter
from enrichment.queueing.dead_letters.looking import Bounds, BoxBusy, looking
from tests import pipeline
from tests.hostile import amqp_by_hand

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
        connection = await raw_deliveries.connect(url)
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

    assert [letter.number for letter in found.letters] == numbers
    assert found.is_complete


def test_looking_thirty_times_loses_nothing(letters):
    for _ in range(30):
        # who has looked gives them back when he is gone
        pipeline.until(lambda: in_box(letters) == 4)
        assert len(on_broker(letters, lambda c: box.look(c, Filter())).letters) == 4

    pipeline.until(lambda: in_box(letters) == 4)


def test_replayed_letters_go_to_the_queue_they_came_from(letters):
    told = []

    count = on_broker(
        letters,
        lambda c: box.replay(
            c, Filter(reason="ValueError"), per_second=1000, told=told.append
        ),
    )

    assert (count, len(told)) == (Replayed(3, left=0), 3)
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

    assert on_broker(letters, replay) == Replayed(0, left=0)


def test_a_purged_letter_is_told_whole_and_the_others_stay(letters):
    told = []

    count = on_broker(
        letters,
        lambda c: box.purge(c, Filter(reason="not_json"), told=told.append),
    )

    assert count == 1
    assert told[0].body == b"\xff{"
    pipeline.until(lambda: in_box(letters) == 3)


def fill(url, bodies, **properties):
    with pipeline.channel(url) as broker:
        broker.confirm_delivery()
        for content in bodies:
            broker.basic_publish(
                queues.DEAD_LETTER_EXCHANGE,
                queues.DEAD_LETTER_KEY,
                content,
                pika.BasicProperties(**properties),
            )


@pytest.fixture
def full(rabbitmq_url):
    """More letters than are under way to a look at once."""
    pipeline.declare(rabbitmq_url)
    bodies = [(body(number), amqp_by_hand.properties()) for number in range(1, 1001)]
    with amqp_by_hand.client(rabbitmq_url) as client:
        client.publish(bodies, queues.DEAD_LETTER_QUEUE)
    pipeline.until(lambda: in_box(rabbitmq_url) == 1000)
    return rabbitmq_url


def test_a_look_holds_no_more_than_it_may(full):
    async def act(connection):
        async with looking(connection) as under_way:
            async for some in under_way.letters(Bounds(letters=300)):
                last = some[-1][0].number
            return last, in_box(full), under_way.is_complete

    assert on_broker(full, act) == (300, 700, False)
    pipeline.until(lambda: in_box(full) == 1000)


def test_all_letters_are_seen_in_their_order(full):
    seen = on_broker(full, lambda c: box.look(c, Filter()))

    assert [letter.number for letter in seen.letters] == [*range(1, 1001)]
    assert [letter.track for letter in seen.letters[:2]] == ["A - T1", "A - T2"]
    assert (seen.total, seen.is_complete) == (1000, True)


def test_letters_keep_their_numbers_from_look_to_look(full):
    async def act(connection):
        return await box.find(connection, 777)

    for _ in range(3):
        pipeline.until(lambda: in_box(full) == 1000)
        letter, there = on_broker(full, act)
        assert (letter.track, there) == ("A - T777", 1000)


def test_a_filtered_look_counts_on_beyond_its_limit(full):
    seen = on_broker(full, lambda c: box.look(c, Filter(text="t99", limit=3)))

    assert [letter.track for letter in seen.letters] == [
        "A - T99",
        "A - T990",
        "A - T991",
    ]
    assert (seen.total, seen.looked_at, seen.is_complete) == (11, 1000, True)


def test_two_looks_at_once_see_all_letters_each(full):
    async def act(connection):
        async with await raw_deliveries.connect(full) as other:
            looks = (box.look(c, Filter()) for c in (connection, other, connection))
            return [len(seen.letters) for seen in await asyncio.gather(*looks)]

    assert on_broker(full, act) == [1000, 1000, 1000]


def test_who_does_not_get_a_look_in_time_is_told_why(letters):
    async def act(connection):
        async with looking(connection):
            await box.look(connection, Filter(), Bounds(patience=0))

    with pytest.raises(BoxBusy, match="under way"):
        on_broker(letters, act)


def test_a_slow_replay_gives_the_letters_back_in_between(full):
    async def act(connection):
        slow = asyncio.create_task(
            box.replay(
                connection,
                Filter(limit=100),
                per_second=20,
                told=lambda _: None,
                held_seconds=0.1,
            )
        )
        async with await raw_deliveries.connect(full) as other:
            seen = await box.look(other, Filter())
        return len(seen.letters), slow.done(), await slow

    count, was_done, replayed = on_broker(full, act)

    assert 900 < count <= 1000
    assert not was_done
    assert replayed == Replayed(100, left=0)
    with pipeline.channel(full) as broker:
        sent = [broker.basic_get(queues.MAIN_QUEUE, auto_ack=True) for _ in range(100)]
    assert len({content for _, _, content in sent}) == 100


def test_what_comes_back_while_replaying_is_not_replayed_again(letters):
    def again(letter):
        fill(letters, [letter.body])

    count = on_broker(
        letters, lambda c: box.replay(c, Filter(), per_second=1000, told=again)
    )

    assert count == Replayed(4, left=0)
    pipeline.until(lambda: in_box(letters) == 4)


def test_a_letter_that_is_not_whole_is_not_replayed(rabbitmq_url):
    pipeline.declare(rabbitmq_url)
    fill(rabbitmq_url, [b"x" * 100_000, body(1)])
    fill(rabbitmq_url, [b"x" * 65_536], headers={"x-body-cut-at": 65_536})
    pipeline.until(lambda: in_box(rabbitmq_url) == 3)

    count = on_broker(
        rabbitmq_url,
        lambda c: box.replay(c, Filter(), per_second=1000, told=lambda _: None),
    )

    assert count == Replayed(1, left=2)
    pipeline.until(lambda: in_box(rabbitmq_url) == 2)


def test_a_replayed_letter_goes_nowhere_else(rabbitmq_url):
    pipeline.declare(rabbitmq_url)
    copies = {"CC": [queues.BACKLOG_QUEUE], "BCC": [queues.BACKLOG_QUEUE], "a": "b"}
    with pipeline.channel(rabbitmq_url) as broker:
        broker.basic_publish(
            "",
            queues.DEAD_LETTER_QUEUE,
            body(1),
            pika.BasicProperties(headers=copies),
        )
    pipeline.until(lambda: pipeline.depth(rabbitmq_url, queues.BACKLOG_QUEUE) > 0)
    before = pipeline.depth(rabbitmq_url, queues.BACKLOG_QUEUE)

    on_broker(
        rabbitmq_url,
        lambda c: box.replay(c, Filter(), per_second=1000, told=lambda _: None),
    )

    with pipeline.channel(rabbitmq_url) as broker:
        _, properties, _ = broker.basic_get(queues.MAIN_QUEUE, auto_ack=True)
    assert properties.headers["a"] == "b"
    assert pipeline.depth(rabbitmq_url, queues.BACKLOG_QUEUE) == before
