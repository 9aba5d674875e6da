"""
taskiq: an asynchronous task on taskiq-aio-pika.

Run as its documentation says: `taskiq worker benchmarks.peers.taskiq_peer:broker`.
https://taskiq-python.github.io/guide/cli.html
"""

from taskiq import TaskiqEvents, TaskiqState
from taskiq_aio_pika import AioPikaBroker, Queue

from benchmarks.peers import work
from benchmarks.peers.async_work import AsyncWork
from benchmarks.peers.requests import each_request

broker = AioPikaBroker(work.environment()[0], qos=work.CONCURRENCY * 4).with_queue(
    Queue(name="bench_taskiq")
)
_work = AsyncWork()


@broker.on_event(TaskiqEvents.WORKER_STARTUP)
async def _open(_: TaskiqState) -> None:
    await _work.open()


@broker.on_event(TaskiqEvents.WORKER_SHUTDOWN)
async def _close(_: TaskiqState) -> None:
    await _work.close()


@broker.task
async def enrich(track_id: str, artist: str, title: str) -> None:
    """Do the work of one track."""
    await _work.enrich(track_id, artist, title)


async def publish() -> None:
    """Queue what is on standard input."""
    await broker.startup()
    for request in each_request():
        await enrich.kiq(**request)
    await broker.shutdown()
