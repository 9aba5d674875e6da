"""
Celery: a task, acknowledged late, results ignored.

Run as its documentation says: `celery -A benchmarks.peers.celery_peer worker`.
https://docs.celeryq.dev/en/stable/userguide/optimizing.html
"""

from celery import Celery

from benchmarks.peers import sync_work, work
from benchmarks.peers.requests import each_request

app = Celery("bench", broker=work.environment()[0])
app.conf.update(
    task_default_queue="bench_celery",
    task_ignore_result=True,
    # a track must not be lost with its worker, as with all others here
    task_acks_late=True,
    worker_prefetch_multiplier=16,
)


@app.task
def enrich(track_id: str, artist: str, title: str) -> None:
    """Do the work of one track."""
    sync_work.enrich(track_id, artist, title)


def publish() -> None:
    """Queue what is on standard input."""
    for request in each_request():
        enrich.delay(**request)
