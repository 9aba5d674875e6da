"""
aio-pika without a framework: one message after the other, as its examples show.

This is what the earlier public system did.
https://docs.aio-pika.com/#simple-consumer
"""

import asyncio

import aio_pika
import orjson

from benchmarks.peers import work
from benchmarks.peers.async_work import AsyncWork
from benchmarks.peers.requests import each_request

QUEUE = "bench_one_at_a_time"


async def consume() -> None:
    """Take a message, do its work, ack it, take the next."""
    enrichment = AsyncWork()
    await enrichment.open()
    connection = await aio_pika.connect_robust(work.environment()[0])
    async with connection:
        channel = await connection.channel()
        await channel.set_qos(prefetch_count=10)
        queue = await channel.declare_queue(QUEUE, durable=True)
        async with queue.iterator() as messages:
            async for message in messages:
                async with message.process():
                    request = orjson.loads(message.body)
                    await enrichment.enrich(**request)


async def publish() -> None:
    """Queue what is on standard input."""
    connection = await aio_pika.connect(work.environment()[0])
    async with connection:
        channel = await connection.channel()
        await channel.declare_queue(QUEUE, durable=True)
        for request in each_request():
            message = aio_pika.Message(
                orjson.dumps(request), delivery_mode=aio_pika.DeliveryMode.PERSISTENT
            )
            await channel.default_exchange.publish(message, QUEUE)


if __name__ == "__main__":
    asyncio.run(consume())
