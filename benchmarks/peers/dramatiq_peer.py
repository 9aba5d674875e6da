"""
dramatiq: a synchronous actor on threads.

Run as its documentation says: `dramatiq benchmarks.peers.dramatiq_peer`.
https://dramatiq.io/guide.html, https://dramatiq.io/advanced.html#prefetch
"""

import dramatiq
from dramatiq.brokers.rabbitmq import RabbitmqBroker

from benchmarks.peers import sync_work, work
from benchmarks.peers.requests import each_request

broker = RabbitmqBroker(url=work.environment()[0])
dramatiq.set_broker(broker)


@dramatiq.actor(queue_name="bench_dramatiq")
def enrich(track_id: str, artist: str, title: str) -> None:
    """Do the work of one track."""
    sync_work.enrich(track_id, artist, title)


def publish() -> None:
    """Queue what is on standard input."""
    for request in each_request():
        enrich.send(**request)
