"""What cannot be asked soon does not stay in a worker's hands."""

import pytest

from enrichment.contract import queues
from enrichment.queueing.holding import FIRST_MESSAGES
from tests import pipeline
from tests.acceptance.test_outages import done, statuses

pytestmark = pytest.mark.timeout(300)

COUNT = 240
WORKERS = 3
# Spotify answers two in a second: the tracks would keep it busy for two minutes.
SCALE = "1"
# What the workers hold while their first tracks are asked; each begins with 25.
ASKED, MOST_IN_HAND = 10, COUNT // 2


@pytest.fixture
def tracks():
    return pipeline.track_rows(COUNT)


@pytest.fixture
def scale():
    return SCALE


def test_workers_leave_in_the_queue_what_the_allowance_does_not_answer_soon(
    workers, world, tracks, database_url, rabbitmq_url
):
    pipeline.declare(rabbitmq_url)
    pipeline.publish(rabbitmq_url, pipeline.requests_of(tracks))

    for _ in range(WORKERS):
        workers.start()
    pipeline.until(lambda: world.summary()["spotify"]["calls"] >= ASKED)

    in_hand = COUNT - pipeline.depth(rabbitmq_url, queues.MAIN_QUEUE)
    assert in_hand - done(database_url) <= MOST_IN_HAND
    assert set(statuses(database_url)) <= {"completed", "in_progress"}


def test_rows_are_written_while_others_of_their_batch_wait_for_the_allowance(
    workers, world, tracks, database_url, rabbitmq_url
):
    batch = tracks[:FIRST_MESSAGES]
    pipeline.declare(rabbitmq_url)
    pipeline.publish(rabbitmq_url, pipeline.requests_of(batch))

    workers.start(SPOTIFY_CALLS_PER_30_SECONDS="10")
    pipeline.until(lambda: done(database_url))

    assert world.summary()["spotify"]["calls"] < len(batch)
