"""Publishing to a real broker: confirmed, refused, unroutable, and how it looks."""

import asyncio
import json
from datetime import UTC, datetime

import pytest

from enrichment.contract import metrics, queues
from enrichment.contract.messages import Lane
from enrichment.errors import ServerAway
from enrichment.queueing.dead_letters.headers import DeadLetter
from enrichment.queueing.publisher import Publisher
from tests import factories, pipeline
from tests.integration.connections import broker, declared

__all__ = ["broker", "declared"]


@pytest.fixture
async def publisher(broker):
    made = Publisher(broker)
    yield made
    await made.close()


def counted(outcome, queue=queues.MAIN_QUEUE):
    return metrics.PUBLISHES.labels(queue, outcome)._value.get()


async def test_each_confirmed_request_lies_in_the_queue_of_its_lane(
    publisher, declared, rabbitmq_url
):
    requests = [factories.request(n, lane=lane) for n, lane in enumerate([*Lane] * 100)]

    confirmed = await publisher.publish(requests)

    assert confirmed == [request.track_id for request in requests]
    for queue in queues.QUEUES.values():
        assert pipeline.depth(rabbitmq_url, queue.name) == 100


async def test_a_message_has_the_properties_users_know(
    publisher, declared, rabbitmq_url
):
    request = factories.request(priority=7, correlation_id="crawl-7")
    before = datetime.now(UTC).timestamp()

    await publisher.publish([request])

    with pipeline.channel(rabbitmq_url) as channel:
        method, properties, body = channel.basic_get(queues.MAIN_QUEUE, auto_ack=True)
    assert (method.exchange, method.routing_key) == ("", queues.MAIN_QUEUE)
    assert properties.delivery_mode == 2
    assert properties.priority == 7
    assert properties.content_type == "application/json"
    assert properties.message_id == request.message_id
    assert properties.correlation_id == "crawl-7"
    assert abs(properties.timestamp - before) < 60
    assert properties.headers["x-schema-version"] == 1
    known = json.loads(body)
    assert known["track_id"] == request.track_id
    assert (known["artist"], known["title"]) == ("Artist 0", "Title 0")


async def test_a_full_queue_refuses_and_nothing_is_trimmed(
    publisher, broker, rabbitmq_url
):
    main = queues.QUEUES[Lane.MAIN]
    with pipeline.channel(rabbitmq_url) as channel:
        channel.queue_declare(
            main.name, durable=True, arguments={**main.arguments, "x-max-length": 5}
        )
    refused_before = counted("refused")
    confirmed = []

    for n in range(30):
        confirmed += await publisher.publish([factories.request(n)])

    assert 5 <= len(confirmed) < 30
    assert counted("refused") - refused_before == 30 - len(confirmed)
    in_queue = []
    with pipeline.channel(rabbitmq_url) as channel:
        while (got := channel.basic_get(main.name, auto_ack=True))[0] is not None:
            in_queue.append(json.loads(got[2])["track_id"])
    assert in_queue == confirmed


async def test_what_no_queue_takes_is_not_confirmed_and_counted(publisher, broker):
    before = counted("unroutable")

    assert await publisher.publish([factories.request(1), factories.request(2)]) == []

    assert counted("unroutable") - before == 2


async def test_of_one_publish_only_what_has_a_queue_is_confirmed(
    publisher, declared, rabbitmq_url
):
    backlog = queues.QUEUES[Lane.BACKLOG].name
    with pipeline.channel(rabbitmq_url) as channel:
        channel.queue_delete(backlog)
    requests = [factories.request(n, lane=lane) for n, lane in enumerate([*Lane] * 50)]
    before = counted("unroutable", backlog)

    confirmed = await publisher.publish(requests)

    assert confirmed == [r.track_id for r in requests if r.lane is not Lane.BACKLOG]
    assert counted("unroutable", backlog) - before == 50
    pipeline.declare(rabbitmq_url)
    assert await publisher.publish(requests) == [r.track_id for r in requests]


async def test_a_body_larger_than_a_frame_arrives_whole(
    publisher, declared, rabbitmq_url
):
    request = factories.request(source="s" * 200_000)

    assert await publisher.publish([request]) == [request.track_id]

    with pipeline.channel(rabbitmq_url) as channel:
        _, _, body = channel.basic_get(queues.MAIN_QUEUE, auto_ack=True)
    assert json.loads(body)["source"] == request.source


# The broker may confirm all before it reads the close; then the close is tried again.
CLOSES = 30


async def test_a_channel_closed_before_the_confirms_confirms_nothing(
    publisher, declared, rabbitmq_url
):
    await publisher.publish([factories.request(0)])
    requests = [factories.request(n) for n in range(1, 900)]
    failed_before = counted("failed")

    with pytest.raises(ServerAway):
        await _close_until_a_close_is_first(publisher, requests)

    assert counted("failed") - failed_before == 899
    # and the publisher goes on, on another channel
    last = factories.request(1000)
    assert await publisher.publish([last]) == [last.track_id]


async def _close_until_a_close_is_first(publisher, requests):
    for _ in range(CLOSES):
        await _publish_and_close(publisher, requests)


async def _publish_and_close(publisher, requests):
    """Close the channel in the turn of the loop in which the messages are written."""
    channel = await (await publisher._open()).get_underlay_channel()
    published = channel.delivery_tag
    publishing = asyncio.create_task(publisher.publish(requests))
    while channel.delivery_tag == published:  # noqa: ASYNC110 (the next turn)
        await asyncio.sleep(0)
    await channel.close()
    await publishing


async def test_after_an_unroutable_message_the_publisher_goes_on(
    publisher, broker, rabbitmq_url
):
    await publisher.publish([factories.request(1)])
    pipeline.declare(rabbitmq_url)

    assert len(await publisher.publish([factories.request(1)])) == 1


async def test_a_dead_letter_keeps_body_and_headers(publisher, declared, rabbitmq_url):
    body = b"\x00\xff no json"
    letter = DeadLetter(body, {"x-error-type": "not_json", "n": 1}, "id-1")

    assert await publisher.dead_letters([letter]) == []

    ((headers, kept),) = pipeline.dead_letters(rabbitmq_url)
    assert kept == body
    assert headers["x-error-type"] == "not_json"
    assert headers["n"] == 1


@pytest.mark.parametrize("there", ["nothing", "an exchange without a queue"])
async def test_a_dead_letter_that_lies_nowhere_is_no_dead_letter(
    there, publisher, broker, rabbitmq_url
):
    if there != "nothing":
        with pipeline.channel(rabbitmq_url) as channel:
            channel.exchange_declare(
                queues.DEAD_LETTER_EXCHANGE, "direct", durable=True
            )

    # others chose their ids: they need not differ
    letters = [DeadLetter(b"x", {}, "1"), DeadLetter(b"y", {}, "1")]

    try:
        assert await publisher.dead_letters(letters) == letters
    except ServerAway:
        assert there == "nothing"

    pipeline.declare(rabbitmq_url)
    assert await publisher.dead_letters(letters[:1]) == []
    assert pipeline.depth(rabbitmq_url, queues.DEAD_LETTER_QUEUE) == 1


async def test_without_a_connection_the_caller_keeps_everything(
    publisher, declared, rabbitmq_url
):
    await declared.close()

    with pytest.raises(ServerAway):
        await publisher.publish([factories.request(n) for n in range(300)])

    assert pipeline.depth(rabbitmq_url, queues.MAIN_QUEUE) == 0
