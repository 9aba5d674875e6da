"""
FastStream: a subscriber with a typed message, workers at once on one channel.

Run as its documentation says: `faststream run benchmarks.peers.faststream_peer:app`.
https://faststream.ag2.ai/latest/rabbit/
"""

from faststream import FastStream
from faststream.rabbit import Channel, RabbitBroker, RabbitQueue
from pydantic import BaseModel

from benchmarks.peers import work
from benchmarks.peers.async_work import AsyncWork
from benchmarks.peers.requests import each_request

QUEUE = RabbitQueue("bench_faststream", durable=True)

broker = RabbitBroker(
    work.environment()[0], default_channel=Channel(prefetch_count=work.CONCURRENCY * 4)
)
app = FastStream(broker)
_work = AsyncWork()


class Request(BaseModel):
    """One track to be enriched."""

    track_id: str
    artist: str
    title: str


@app.on_startup
async def _open() -> None:
    await _work.open()


@app.after_shutdown
async def _close() -> None:
    await _work.close()


@broker.subscriber(QUEUE)
async def enrich(request: Request) -> None:
    """Do the work of one track."""
    await _work.enrich(request.track_id, request.artist, request.title)


async def publish() -> None:
    """Queue what is on standard input."""
    async with broker:
        await broker.declare_queue(QUEUE)
        for request in each_request():
            await broker.publish(Request(**request), queue=QUEUE, persist=True)
