"""The topology on a real broker: any order, any number of times, drift told."""

import pytest

from enrichment.contract import queues
from enrichment.contract.messages import Lane
from enrichment.errors import TopologyDrift
from enrichment.queueing import topology
from tests import pipeline
from tests.integration.connections import broker, declared

__all__ = ["broker", "declared"]

MAIN = queues.QUEUES[Lane.MAIN]


async def test_declaring_twice_is_declaring_once(broker):
    await topology.declare(broker)
    await topology.declare(broker)

    depths = await topology.depths(broker)
    assert depths == {queue.name: (0, 0) for queue in queues.ALL_QUEUES}


@pytest.mark.parametrize("first", ["pika", "aio-pika"])
async def test_publisher_and_worker_declare_in_any_order(first, broker, rabbitmq_url):
    if first == "pika":
        pipeline.declare(rabbitmq_url)
        await topology.declare(broker)
    else:
        await topology.declare(broker)
        pipeline.declare(rabbitmq_url)

    assert len(await topology.depths(broker)) == len(queues.ALL_QUEUES)


async def test_what_is_sent_to_the_exchange_lies_in_the_dead_letters(
    declared, rabbitmq_url
):
    with pipeline.channel(rabbitmq_url) as channel:
        channel.confirm_delivery()
        channel.basic_publish(
            queues.DEAD_LETTER_EXCHANGE, queues.DEAD_LETTER_KEY, b"x", mandatory=True
        )

    assert pipeline.depth(rabbitmq_url, queues.DEAD_LETTER_QUEUE) == 1


async def test_what_a_consumer_rejects_lies_in_the_dead_letters(declared, rabbitmq_url):
    pipeline.publish(rabbitmq_url, [b"x"])
    with pipeline.channel(rabbitmq_url) as channel:
        method, _, _ = channel.basic_get(MAIN.name)
        channel.basic_reject(method.delivery_tag, requeue=False)

    pipeline.until(lambda: pipeline.depth(rabbitmq_url, queues.DEAD_LETTER_QUEUE), 10)
    ((headers, body),) = pipeline.dead_letters(rabbitmq_url)
    assert (headers["x-death"][0]["reason"], body) == ("rejected", b"x")


# Queues as the earlier system left them behind, and as a hand may change one.
OLD = {"x-max-priority": 10, "x-message-ttl": 86_400_000, "x-max-length": 100_000}


@pytest.mark.parametrize(
    ("arguments", "named"),
    [
        pytest.param(
            {**MAIN.arguments, "x-overflow": "drop-head"}, "x-overflow", id="overflow"
        ),
        pytest.param(
            {**MAIN.arguments, "x-delivery-limit": 3}, "x-delivery-limit", id="limit"
        ),
        pytest.param(
            {**MAIN.arguments, "x-message-ttl": 1000}, "x-message-ttl", id="ttl"
        ),
        pytest.param(OLD, "x-message-ttl", id="queue of the earlier system"),
    ],
)
async def test_drift_names_queue_argument_and_the_way_out(
    arguments, named, broker, rabbitmq_url
):
    with pipeline.channel(rabbitmq_url) as channel:
        channel.queue_declare(MAIN.name, durable=True, arguments=arguments)

    with pytest.raises(TopologyDrift) as caught:
        await topology.declare(broker)

    told = str(caught.value)
    assert f"queue {MAIN.name}" in told
    assert f"argument '{named}'" in told
    assert "enrichment queue-init" in told
    assert "PRECONDITION" not in told


async def test_drift_of_the_exchange_is_told_as_such(broker, rabbitmq_url):
    with pipeline.channel(rabbitmq_url) as channel:
        channel.exchange_declare(queues.DEAD_LETTER_EXCHANGE, "fanout", durable=True)

    with pytest.raises(TopologyDrift) as caught:
        await topology.declare(broker)

    assert f"exchange {queues.DEAD_LETTER_EXCHANGE}" in str(caught.value)
    assert "'type'" in str(caught.value)
    assert "delete_queue" not in str(caught.value)


async def test_after_drift_the_connection_still_serves(broker, rabbitmq_url):
    with pipeline.channel(rabbitmq_url) as channel:
        channel.queue_declare(MAIN.name, durable=True, arguments=OLD)
    with pytest.raises(TopologyDrift):
        await topology.declare(broker)
    with pipeline.channel(rabbitmq_url) as channel:
        channel.queue_delete(MAIN.name)

    await topology.declare(broker)

    assert MAIN.name in await topology.depths(broker)


async def test_depths_count_messages_and_consumers(declared, rabbitmq_url):
    pipeline.publish(rabbitmq_url, [b"1", b"2", b"3"], queues.BACKLOG_QUEUE)
    with pipeline.channel(rabbitmq_url) as channel:
        channel.basic_consume(queues.MAIN_QUEUE, lambda *_: None)

        depths = await topology.depths(declared)

    assert depths[queues.BACKLOG_QUEUE] == (3, 0)
    assert depths[queues.MAIN_QUEUE] == (0, 1)


async def test_a_queue_that_is_not_there_is_left_out(broker):
    for _ in range(3):
        assert await topology.depths(broker) == {}


async def test_depths_are_read_again_and_again_through_one_channel(declared):
    depths = topology.Depths(declared)
    await depths.read()
    channel = await depths._channel.get_underlay_channel()

    for _ in range(5):
        found = await depths.read()

    assert set(found) == {queue.name for queue in queues.ALL_QUEUES}
    assert await depths._channel.get_underlay_channel() is channel
    assert not channel.is_closed
    await depths.close()


async def test_a_queue_that_is_gone_is_left_out_of_the_depths(declared):
    depths = topology.Depths(declared)
    await depths.read()
    async with declared.channel() as channel:
        await channel.queue_delete(queues.BACKLOG_QUEUE)

    assert queues.BACKLOG_QUEUE not in await depths.read()
    assert queues.MAIN_QUEUE in await depths.read()
    await depths.close()
