"""What is said to the broker about queues, and what its refusals mean, by pika."""

from dataclasses import dataclass

import pika.exceptions
from pika.channel import Channel

from enrichment.contract import queues
from enrichment.contract.servers.broker_refusals import USE, missing_permission

ACCESS_REFUSED = 403
NOT_FOUND = 404
PRECONDITION_FAILED = 406
NOT_ALLOWED = 530


@dataclass(frozen=True, slots=True)
class Refusal:
    """What no waiting ends; `of_login` when the broker does not let us in at all."""

    sentence: str
    of_login: bool = False


def declare_topology(channel: Channel) -> None:
    """Declare contract.queues; the channel closes with 406 where they differ."""
    channel.exchange_declare(
        queues.DEAD_LETTER_EXCHANGE, exchange_type="direct", durable=True
    )
    for queue in queues.ALL_QUEUES:
        channel.queue_declare(queue.name, durable=True, arguments=dict(queue.arguments))
    channel.queue_bind(
        queues.DEAD_LETTER_QUEUE, queues.DEAD_LETTER_EXCHANGE, queues.DEAD_LETTER_KEY
    )


def look_at_queues(channel: Channel) -> None:
    """Look for our queues, which needs no permission; the channel closes with 404."""
    for queue in queues.QUEUES.values():
        channel.queue_declare(queue.name, passive=True)


def login_refusal(reason: object) -> Refusal | None:
    """Distinguish a wrong password or virtual host from a broker that is away."""
    if isinstance(reason, pika.exceptions.AMQPConnectionError) and reason.args:
        # an attempt to connect fails with the exception that ended it
        inner = reason.args[0]
        reason = inner if isinstance(inner, BaseException) else reason
    if isinstance(reason, pika.exceptions.ConnectionClosed):
        if reason.reply_code != NOT_ALLOWED or "limit" in reason.reply_text:
            return None
        said = reason.reply_text
    elif isinstance(
        reason,
        pika.exceptions.ProbableAuthenticationError
        | pika.exceptions.ProbableAccessDeniedError
        | pika.exceptions.AuthenticationError,
    ):
        said = str(reason)
    else:
        return None
    return Refusal(f"RabbitMQ refuses the login: {said}", of_login=True)


def fault_of(reason: pika.exceptions.ChannelClosedByBroker) -> str:
    """Return why the broker closed a channel, and what to do."""
    if reason.reply_code == NOT_FOUND:
        return (
            f"RabbitMQ: {reason.reply_text}. Our user may not declare it: run"
            " `enrichment queue-init` as one that may; new rows wait in Postgres"
        )
    if reason.reply_code != PRECONDITION_FAILED:
        return f"RabbitMQ closed the channel: {reason.reply_text}"
    return (
        "A queue or exchange exists in RabbitMQ with other arguments:"
        f" {reason.reply_text}. Empty and delete the old one, then run"
        " `enrichment queue-init`; new rows wait in Postgres meanwhile"
    )


def permission_refusal(reason: pika.exceptions.ChannelClosedByBroker) -> Refusal:
    """Return which permission is missing."""
    line = missing_permission(reason.reply_text, USE)
    return Refusal(line or f"RabbitMQ: {reason.reply_text}")
