"""The topology as data: what users know by name, and what must never be lost."""

import pytest

from enrichment.contract import queues
from enrichment.contract.messages import Lane

WORK = list(queues.QUEUES.values())


def test_names_are_the_ones_users_know():
    assert {lane: queue.name for lane, queue in queues.QUEUES.items()} == {
        Lane.MAIN: "metadata_enrichment_queue",
        Lane.BACKLOG: "metadata_enrichment_backlog_queue",
        Lane.REENRICHMENT: "metadata_reenrichment_queue",
    }
    assert queues.DEAD_LETTER_EXCHANGE == "metadata_enrichment_dlx"
    assert queues.DEAD_LETTER_QUEUE == "metadata_enrichment_dlq"
    assert queues.DEAD_LETTER_KEY == "failed"


@pytest.mark.parametrize("queue", WORK, ids=lambda queue: queue.name)
def test_a_queue_of_work_refuses_and_never_trims(queue):
    arguments = queue.arguments

    assert arguments["x-queue-type"] == "quorum"
    assert arguments["x-overflow"] == "reject-publish"
    assert arguments["x-dead-letter-strategy"] == "at-least-once"
    assert arguments["x-dead-letter-exchange"] == "metadata_enrichment_dlx"
    assert arguments["x-dead-letter-routing-key"] == "failed"
    assert arguments["x-max-length"] >= 1_000_000


@pytest.mark.parametrize("queue", WORK, ids=lambda queue: queue.name)
def test_the_delivery_limit_is_told_to_the_broker(queue):
    # RabbitMQ 4 has one by default and 3 has none: ours is the same on both
    assert queue.arguments["x-delivery-limit"] == queues.DELIVERY_LIMIT


@pytest.mark.parametrize("queue", queues.ALL_QUEUES, ids=lambda queue: queue.name)
def test_nothing_expires_by_itself(queue):
    assert not {"x-message-ttl", "x-expires"} & set(queue.arguments)


def test_dead_letters_are_never_trimmed():
    assert dict(queues.DEAD_LETTERS.arguments) == {
        "x-queue-type": "quorum",
        "x-delivery-limit": queues.LOOKS,
    }


def test_the_definition_cannot_be_changed_by_its_users():
    with pytest.raises(TypeError):
        queues.QUEUES[Lane.MAIN].arguments["x-max-length"] = 1


@pytest.mark.parametrize("lane", Lane)
def test_a_queue_knows_its_lane(lane):
    assert queues.lane_of(queues.QUEUES[lane].name) is lane


@pytest.mark.parametrize("name", ["metadata_enrichment_dlq", "other", ""])
def test_what_is_not_ours_to_consume_has_no_lane(name):
    assert queues.lane_of(name) is None
