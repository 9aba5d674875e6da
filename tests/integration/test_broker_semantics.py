"""What we rely on in the broker at hand: held here, so that a new version is tried."""

import asyncio
import contextlib
import itertools
import threading
import time

import pika
import pytest

from enrichment.contract import metrics, queues
from enrichment.contract.messages import Lane, encode
from enrichment.queueing import topology
from enrichment.queueing.publisher import Publisher
from tests import factories, pipeline
from tests.integration.connections import broker, declared, pool
from tests.integration.test_consumer import Path, consuming, publish, until

__all__ = ["broker", "declared", "pool"]

MAIN = queues.QUEUES[Lane.MAIN]
SMALL = "test_small"
PRIORITISED = "test_prioritised"


@pytest.fixture
def scratch(rabbitmq_url):
    """Declares queues of a test's own and deletes them again."""
    names = []

    def declare(name, **arguments):
        names.append(name)
        with pipeline.channel(rabbitmq_url) as channel:
            channel.queue_declare(
                name,
                durable=True,
                arguments={"x-queue-type": "quorum"}
                | {key.replace("_", "-"): value for key, value in arguments.items()},
            )
        return name

    yield declare
    with pipeline.channel(rabbitmq_url) as channel:
        for name in names:
            channel.queue_delete(name)


def version(rabbitmq_url):
    connection = pika.BlockingConnection(pika.URLParameters(rabbitmq_url))
    properties = connection._impl.server_properties
    connection.close()
    return tuple(int(part) for part in properties["version"].split(".")[:2])


def settles_at(rabbitmq_url, queue, count):
    pipeline.until(lambda: pipeline.depth(rabbitmq_url, queue) == count)


def one(channel, queue):
    """Take one message; a quorum queue may need a moment to have it ready."""
    end = time.monotonic() + 120
    while time.monotonic() < end:
        method, properties, body = channel.basic_get(queue)
        if method is not None:
            return method, properties, body
        threading.Event().wait(0.02)
    raise AssertionError(f"{queue} is empty")


# --- declaring


@pytest.mark.parametrize(
    "order",
    list(itertools.permutations(["worker", "crawl", "restart"])),
    ids=" ".join,
)
async def test_whoever_declares_first_leaves_the_same_queues(
    order, broker, rabbitmq_url
):
    for who in order:
        if who == "crawl":
            pipeline.declare(rabbitmq_url)
        else:
            await topology.declare(broker)

    assert set(await topology.depths(broker)) == {q.name for q in queues.ALL_QUEUES}


# --- back-pressure


def test_a_full_queue_refuses_and_drops_nothing(rabbitmq_url, scratch):
    queue = scratch(SMALL, x_max_length=3, x_overflow="reject-publish")
    confirmed = []
    with pipeline.channel(rabbitmq_url) as channel:
        channel.confirm_delivery()
        with contextlib.suppress(pika.exceptions.NackError):
            for number in range(50):
                channel.basic_publish("", queue, str(number).encode(), mandatory=True)
                confirmed.append(str(number).encode())
        assert len(confirmed) < 50, "refused"

        settles_at(rabbitmq_url, queue, len(confirmed))
        kept = [one(channel, queue)[2] for _ in confirmed]

    assert len(confirmed) >= 3
    assert kept == confirmed, "the head is what was confirmed first"


async def test_a_refusal_reaches_whoever_publishes(broker, rabbitmq_url):
    arguments = {**MAIN.arguments, "x-max-length": 1}
    with pipeline.channel(rabbitmq_url) as channel:
        channel.queue_declare(MAIN.name, durable=True, arguments=arguments)
    requests = [factories.request(number) for number in range(200)]
    refused = metrics.PUBLISHES.labels(MAIN.name, "refused")._value
    before = refused.get()

    # a quorum queue's limit is a soft one: what comes in one piece may go over it
    confirmed = await Publisher(broker).publish(requests[:100])
    again = await Publisher(broker).publish(requests[100:])

    assert len(confirmed) >= 1
    assert again == [], "full is full"
    assert refused.get() - before == len(requests) - len(confirmed)
    settles_at(rabbitmq_url, MAIN.name, len(confirmed))


# --- dead letters


@pytest.mark.parametrize("key", [queues.DEAD_LETTER_KEY, "nowhere"])
def test_a_dead_letter_leaves_its_queue_only_when_another_has_it(
    key, rabbitmq_url, declared, scratch
):
    """At least once: without a place to go to, it goes on filling its queue."""
    queue = scratch(
        SMALL,
        **{n.replace("-", "_"): v for n, v in MAIN.arguments.items()}
        | {"x_max_length": 1, "x_dead_letter_routing_key": key},
    )
    with pipeline.channel(rabbitmq_url) as channel:
        channel.confirm_delivery()
        filled = _fill(channel, queue)
        for _ in range(filled):
            method, _, _ = one(channel, queue)
            channel.basic_reject(method.delivery_tag, requeue=False)

        if key == "nowhere":
            assert _fill(channel, queue) == 0, "still full"
            assert pipeline.depth(rabbitmq_url, queues.DEAD_LETTER_QUEUE) == 0
        else:
            settles_at(rabbitmq_url, queues.DEAD_LETTER_QUEUE, filled)
            pipeline.until(lambda: _fill(channel, queue), 10)


def _fill(channel, queue):
    """Publish until the queue refuses; give how many it took."""
    for number in itertools.count():
        try:
            channel.basic_publish("", queue, b"x", mandatory=True)
        except pika.exceptions.NackError:
            return number
    raise AssertionError


@pytest.mark.parametrize("way", ["lost connection", "nack"])
def test_the_delivery_limit_ends_in_the_dead_letters(way, rabbitmq_url, declared):
    pipeline.publish(rabbitmq_url, [b"x"])
    # from 4.3 on a returned message spends no delivery: only a lost connection does
    returns = way == "nack" and version(rabbitmq_url) < (4, 3)

    deliveries = 0
    while deliveries <= queues.DELIVERY_LIMIT:
        with pipeline.channel(rabbitmq_url) as channel:
            method, properties, _ = one(channel, MAIN.name)
            counted = (properties.headers or {}).get("x-delivery-count", 0)
            assert counted == deliveries
            deliveries += 1
            if returns:
                channel.basic_nack(method.delivery_tag, requeue=True)

    settles_at(rabbitmq_url, queues.DEAD_LETTER_QUEUE, 1)
    assert deliveries == queues.DELIVERY_LIMIT + 1
    ((headers, _),) = pipeline.dead_letters(rabbitmq_url)
    assert headers["x-death"][0]["reason"] == "delivery_limit"
    assert headers["x-death"][0]["queue"] == MAIN.name


# --- priority


def test_priority_works_as_far_as_the_broker_has_it(rabbitmq_url, scratch):
    queue = scratch(PRIORITISED)
    published = [0, 3, 5, 10, 0, 10]
    with pipeline.channel(rabbitmq_url) as channel:
        channel.confirm_delivery()
        for number, priority in enumerate(published):
            channel.basic_publish(
                "",
                queue,
                str(number).encode(),
                pika.BasicProperties(priority=priority),
                mandatory=True,
            )
        taken = [int(one(channel, queue)[2]) for _ in published]

    first = [published[number] for number in taken]
    if version(rabbitmq_url) < (4, 0):
        assert taken == sorted(taken), "none: in the order of arrival"
    else:
        assert first[0] == 10, "two classes at least: above 4 goes before the others"
        assert sorted(taken) == list(range(len(published))), "and nobody starves"


# --- cancelled by the broker


def consumers_at(rabbitmq_url, queue=MAIN.name):
    with pipeline.channel(rabbitmq_url) as channel:
        return channel.queue_declare(queue, passive=True).method.consumer_count


def gauge():
    return metrics.CONSUMING.labels(MAIN.name)._value.get()


async def test_a_consumer_whose_queue_was_deleted_consumes_again(
    declared, rabbitmq_url
):
    path = Path()
    async with consuming(declared, path) as consumer:
        await until(lambda: gauge() == 1)
        with pipeline.channel(rabbitmq_url) as channel:
            channel.queue_delete(MAIN.name)

        await until(lambda: _is_consumed(rabbitmq_url))
        publish(rabbitmq_url, 5)
        await until(lambda: consumer.statistics.succeeded == 5)
        await until(lambda: gauge() == 1)

    assert gauge() == 0
    assert consumers_at(rabbitmq_url) == 0


async def test_a_channel_closed_by_the_broker_consumes_again(declared, rabbitmq_url):
    """As by a consumer timeout: 406, the channel is gone, the connection stays."""
    began, reopened = [], asyncio.Event()

    async def slow(requests):
        began.append(requests)
        await reopened.wait()

    publish(rabbitmq_url, 1)
    async with consuming(declared, Path(slow)) as consumer:
        await until(lambda: began)
        channels = list(consumer._acks._open)
        await channels[0].basic_ack(9999)  # no such delivery: PRECONDITION_FAILED
        await until(lambda: list(consumer._acks._open) not in ([], channels))
        await until(lambda: consumers_at(rabbitmq_url) == 1)
        reopened.set()

        # what was in hand comes again, and its first handler's late ack does no harm
        await until(lambda: consumer.statistics.processed == 2)
        await until(lambda: consumers_at(rabbitmq_url) == 1)
        publish(rabbitmq_url, 3)
        await until(lambda: consumer.statistics.processed == 5)

    settles_at(rabbitmq_url, MAIN.name, 0)
    assert pipeline.depth(rabbitmq_url, queues.DEAD_LETTER_QUEUE) == 0


def _is_consumed(rabbitmq_url):
    try:
        return consumers_at(rabbitmq_url) == 1
    except pika.exceptions.ChannelClosedByBroker:
        return False  # not declared again yet


# --- given back, and given again


async def test_what_a_dead_consumer_held_comes_first_and_is_counted(
    declared, rabbitmq_url
):
    requests = publish(rabbitmq_url, 3)
    with pipeline.channel(rabbitmq_url) as channel:
        one(channel, MAIN.name)

    with pipeline.channel(rabbitmq_url) as channel:
        method, properties, body = one(channel, MAIN.name)

    assert method.redelivered
    assert properties.headers["x-delivery-count"] == 1
    assert body == encode(requests[0])
