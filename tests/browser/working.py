"""A worker that writes the demo's tracks anew, again and again."""

import threading
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

import redis

from enrichment.contract import queues
from enrichment.contract.messages import EnrichmentRequest
from tests import pipeline
from tests.browser.demo_rows import TIME_SCALE
from tests.browser.place import Place

_TRACKS = "SELECT track_id::text, artist, title FROM tracks"


@asynccontextmanager
async def worker_writing(place: Place) -> AsyncIterator[None]:
    """Have a worker ask the providers about all tracks, until the block ends."""
    requests = [
        EnrichmentRequest(**dict(row), priority=5, force_refresh=True)
        for row in await place.rows(_TRACKS)
    ]
    stop = threading.Event()
    world = place.folder / "catalogue.jsonl"
    with pipeline.simulator(world, "--time-scale", TIME_SCALE) as providers:
        environment = {**place.worker_environment, **providers.settings}
        workers = pipeline.Workers(environment, place.folder)
        feeding = threading.Thread(target=_feed, args=(place, requests, stop))
        feeding.start()
        try:
            workers.start()
            yield
        finally:
            stop.set()
            feeding.join()
            workers.end()


def _feed(
    place: Place, requests: list[EnrichmentRequest], stop: threading.Event
) -> None:
    """Publish all tracks whenever the queue is empty; no answer is remembered."""
    remembered = redis.Redis.from_url(place.stack.redis.url)
    url = place.stack.rabbitmq.url
    while not stop.wait(0.2):
        if pipeline.depth(url, queues.MAIN_QUEUE) == 0:
            remembered.flushdb()
            pipeline.publish(url, requests)
