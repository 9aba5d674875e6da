"""
What bare aio-pika consumes, with multiple acknowledgements and nothing done: a ceiling.

`python -m benchmarks.consume_ceiling COUNT RABBITMQ_URL` consumes the main queue and
prints a rate.
"""

import asyncio
import sys
import time

import aio_pika
import uvloop
from aio_pika.abc import AbstractIncomingMessage

from enrichment.contract import queues

PREFETCH = 1000
# Deliveries acknowledged with one frame.
ACKED_TOGETHER = 250


async def consume(url: str, count: int) -> float:
    """Consume so many messages; give messages per second, from first to last."""
    connection = await aio_pika.connect(url)
    async with connection:
        channel = await connection.channel()
        await channel.set_qos(prefetch_count=PREFETCH)
        queue = await channel.get_queue(queues.MAIN_QUEUE)
        done = asyncio.Event()
        seen = 0
        first = last = 0.0

        async def on_message(message: AbstractIncomingMessage) -> None:
            nonlocal seen, first, last
            seen += 1
            first = first or time.perf_counter()
            if seen % ACKED_TOGETHER == 0 or seen == count:
                await message.ack(multiple=True)
                last = time.perf_counter()
            if seen == count:
                done.set()

        await queue.consume(on_message)
        await done.wait()
    return (count - 1) / (last - first)


if __name__ == "__main__":
    rate = uvloop.run(consume(sys.argv[2], int(sys.argv[1])))
    sys.stdout.write(f"{rate:.1f}\n")
