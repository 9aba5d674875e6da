"""What the broker permits our user: tried without effect, on connections of its own."""

import asyncio
from collections.abc import AsyncIterator, Iterable
from contextlib import asynccontextmanager, suppress
from typing import Any
from uuid import uuid4

from aio_pika.exceptions import AMQPError
from aiormq.exceptions import ChannelPreconditionFailed, PublishError

from enrichment.contract import queues
from enrichment.contract.servers.broker_refusals import USE
from enrichment.errors import PermissionMissing, ServerAway
from enrichment.queueing.broker.away import FAULTS, refusal_told
from enrichment.queueing.raw_deliveries import StreamConnection, open_underlay

# All queues are published to through this one: whoever may write to it may fill them.
DEFAULT_EXCHANGE = ""
WORKER_WRITES = (DEFAULT_EXCHANGE, queues.DEAD_LETTER_EXCHANGE)
# A broker with an alarm answers nothing that publishes, seconds.
ANSWER_SECONDS = 3.0
_CLOSE_SECONDS = 2.0


async def require_write(connection: StreamConnection, exchanges: Iterable[str]) -> None:
    """
    See that our user may publish to these exchanges.

    A broker with an alarm takes nothing, and a connection that has published then is
    read no more: give one that does nothing else.

    Raises:
        PermissionMissing: it may not.
        ServerAway: the broker does not answer, and says why where it has an alarm.
    """
    for exchange in exchanges:
        try:
            await asyncio.wait_for(_try_to_write(connection, exchange), ANSWER_SECONDS)
        except FAULTS as error:
            raise ServerAway(_silence(connection, error)) from error


async def require_read(connection: StreamConnection, queue: str) -> None:
    """
    See that our user may consume from a queue; nothing is consumed.

    Raises:
        PermissionMissing: it may not.
    """
    async with _channel(connection) as channel:
        # read after the permission, and refused: no consumer begins
        with suppress(ChannelPreconditionFailed), refusal_told(USE):
            await channel.basic_consume(
                queue, _take_nothing, arguments={"x-priority": "no number"}
            )


async def _try_to_write(connection: StreamConnection, exchange: str) -> None:
    async with _channel(connection, confirms=True) as channel:
        # to nobody: the broker returns it
        with suppress(PublishError), refusal_told(USE):
            await channel.basic_publish(
                b"",
                exchange=exchange,
                routing_key=f"permission-{uuid4().hex}",
                mandatory=True,
            )


def _silence(connection: StreamConnection, error: BaseException) -> str:
    alarm = connection.stream.blocked_by if connection.stream else ""
    if alarm:
        return f"RabbitMQ takes no messages: {alarm}"
    return f"broker: {error or type(error).__name__}"


@asynccontextmanager
async def _channel(
    connection: StreamConnection, *, confirms: bool = False
) -> AsyncIterator[Any]:
    channel = await open_underlay(connection, confirms=confirms)
    try:
        yield channel
    finally:
        if not channel.is_closed:
            with suppress(AMQPError, OSError, TimeoutError):
                await asyncio.wait_for(channel.close(), _CLOSE_SECONDS)


async def _take_nothing(message: object) -> None:
    raise PermissionMissing(f"nothing was to be consumed: {message!r}")
