"""Queue names, arguments, the dead-letter exchange: data, and the one definition."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from types import MappingProxyType

from enrichment.contract.messages import Lane

Argument = str | int

DEAD_LETTER_EXCHANGE = "metadata_enrichment_dlx"
DEAD_LETTER_KEY = "failed"
DEAD_LETTER_QUEUE = "metadata_enrichment_dlq"

MAIN_QUEUE = "metadata_enrichment_queue"
BACKLOG_QUEUE = "metadata_enrichment_backlog_queue"
REENRICHMENT_QUEUE = "metadata_reenrichment_queue"

# Failed deliveries (crash, lost connection; on RabbitMQ before 4.3 also every nack)
# after which the broker itself dead-letters: our own attempts end long before.
DELIVERY_LIMIT = 20


@dataclass(frozen=True, slots=True)
class Queue:
    """A durable queue with its arguments, fixed for its life."""

    name: str
    arguments: Mapping[str, Argument] = field(default_factory=dict)


def _work(name: str, longest: int) -> Queue:
    # https://www.rabbitmq.com/docs/quorum-queues#dead-lettering: at-least-once needs
    # reject-publish. No TTL: work must outlast any quota.
    return Queue(
        name,
        MappingProxyType(
            {
                "x-queue-type": "quorum",
                "x-overflow": "reject-publish",
                "x-max-length": longest,
                "x-delivery-limit": DELIVERY_LIMIT,
                "x-dead-letter-exchange": DEAD_LETTER_EXCHANGE,
                "x-dead-letter-routing-key": DEAD_LETTER_KEY,
                "x-dead-letter-strategy": "at-least-once",
            }
        ),
    )


# The bound is back-pressure for publishers, not a trim: what is refused stays pending
# in Postgres.
QUEUES: Mapping[Lane, Queue] = MappingProxyType(
    {
        Lane.MAIN: _work(MAIN_QUEUE, 1_000_000),
        Lane.BACKLOG: _work(BACKLOG_QUEUE, 5_000_000),
        Lane.REENRICHMENT: _work(REENRICHMENT_QUEUE, 1_000_000),
    }
)

# A dead letter leaves by replay or by a person: no length, no TTL, and looking at it
# (a delivery that is given back) may not use it up: RabbitMQ 4 would drop it after 20.
LOOKS = 1_000_000_000
DEAD_LETTERS = Queue(
    DEAD_LETTER_QUEUE,
    MappingProxyType({"x-queue-type": "quorum", "x-delivery-limit": LOOKS}),
)

ALL_QUEUES: tuple[Queue, ...] = (*QUEUES.values(), DEAD_LETTERS)


def lane_of(queue_name: str) -> Lane | None:
    """Return the lane that a queue serves; None for one that we do not consume."""
    return next((lane for lane, q in QUEUES.items() if q.name == queue_name), None)
