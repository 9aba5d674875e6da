"""Dead letters of any bytes: our own tools list, show, replay and purge them."""

import json
import socket
import struct

import psutil
import pytest

from enrichment.contract import queues
from tests import pipeline
from tests.hostile import amqp_by_hand as amqp
from tests.hostile.forged import READABLE, UNREADABLE

NONE = amqp.properties()
TITLE = {"track_id": "t", "artist": "[/]\x1b[2J", "title": "\u202eB\x9b", "priority": 5}
BODIES = {
    "deep list": b"[" * 60_000,
    "deep object": b'{"a":' * 300 + b"1" + b"}" * 300,
    "half a pair": b'"\\ud800"',
    "no number": b"NaN",
    "infinite": b"1e999",
    "long number": b"9" * 5000,
    "not UTF-8": b"\xff\xfe{",
    "markup": json.dumps(TITLE).encode(),
    "nothing": b"",
    "large": b"x" * 200_000,
}
LETTERS = [(body, NONE) for body in BODIES.values()] + [
    (name.encode(), given) for name, given in {**UNREADABLE, **READABLE}.items()
]
# What would move a cursor or turn the direction of reading.
CONTROLS = ("\x1b", "\x9b", "\u202e", "\x00")


@pytest.fixture
def box(servers):
    """A box with all of them, put there past our worker."""
    url = servers["RABBITMQ_URL"]
    pipeline.declare(url)
    with amqp.client(url) as client:
        client.publish(LETTERS, queues.DEAD_LETTER_QUEUE)
    pipeline.until(lambda: in_box(url) == len(LETTERS))
    return url


def in_box(url):
    return pipeline.depth(url, queues.DEAD_LETTER_QUEUE)


@pytest.fixture
def command(servers, ground):
    def run(*arguments):
        done = pipeline.run_command(ground.workers.environment, *arguments)
        assert done.returncode == 0, done.stderr.decode()
        told = done.stdout.decode()
        assert not any(sign in told for sign in CONTROLS)
        return told

    return run


def test_letters_are_listed_shown_replayed_and_purged(box, command, ground):
    listed = [
        json.loads(line) for line in command("dlq", "list", "--json").splitlines()
    ]
    assert [letter["number"] for letter in listed] == [*range(1, len(LETTERS) + 1)]
    assert "[/]" in command("dlq", "list")
    for number in (1, 3, 8, 10, 12):
        pipeline.until(lambda: in_box(box) == len(LETTERS))
        assert json.loads(command("dlq", "show", str(number)))["number"] == number

    pipeline.until(lambda: in_box(box) == len(LETTERS))
    replayed = command("dlq", "replay", "--per-second", "10000").splitlines()
    assert len(replayed) == len(LETTERS) - 1, "the large one stays"
    pipeline.until(lambda: pipeline.depth(box, queues.MAIN_QUEUE) == len(replayed))

    environment = ground.workers.environment
    asked = pipeline.run_command(environment, "dlq", "purge")
    assert asked.returncode == 2
    assert b"1 dead letters (1 " in asked.stderr
    pipeline.until(lambda: in_box(box) == 1)
    purged = command("dlq", "purge", "--yes").splitlines()
    assert json.loads(purged[0])["body_bytes"] == 200_000
    pipeline.until(lambda: in_box(box) == 0)


def test_the_service_gives_them_and_bodies_only_to_who_may_see_them(box, serve):
    with serve() as service:
        status, text = service.call("/dead-letters")
        assert status == 200
        seen = json.loads(text)
        assert (seen["total"], seen["complete"]) == (len(LETTERS), True)
        assert len(seen["letters"]) == len(LETTERS)
        assert len(seen["letters"][9]["body"]) == 65_536
        assert "200000" in seen["letters"][9]["body_note"]

        for token in (None, "wrong"):
            status, text = service.call("/dead-letters", token=token)
            assert status == 200
            letters = json.loads(text)["letters"]
            assert {letter["body"] for letter in letters} == {None}
            assert all("left out" in letter["body_note"] for letter in letters)


@pytest.fixture
def crowded(servers):
    """More letters than a caller may look at, with bodies as large as are kept."""
    url = servers["RABBITMQ_URL"]
    pipeline.declare(url)
    small = [(b"{}", NONE)] * 12_000
    with amqp.client(url) as client:
        client.publish([(b"x" * 250_000, NONE)] * 200, queues.DEAD_LETTER_QUEUE)
        for start in range(0, len(small), 1000):
            client.publish(small[start : start + 1000], queues.DEAD_LETTER_QUEUE)
    pipeline.until(lambda: in_box(url) == 12_200)
    return url


def test_looking_is_bounded_in_letters_and_memory(crowded, serve):
    with serve() as service:
        assert service.call("/healthz")[0] == 200
        before = psutil.Process(service.process.pid).memory_info().rss

        status, text = service.call("/dead-letters?limit=1000")
        large = json.loads(text)
        status_of_filtered, text = service.call("/dead-letters?text=nowhere&limit=1")
        filtered = json.loads(text)

        after = psutil.Process(service.process.pid).memory_info().rss
        assert (status, status_of_filtered) == (200, 200)
        assert large["total"] == 12_200
        assert len(large["letters"]) == 1000 or not large["complete"]
        assert filtered["looked_at"] <= 10_000
        assert not filtered["complete"]
        assert after - before < 150 * 2**20
        pipeline.until(lambda: in_box(crowded) == 12_200)


def test_a_look_ends_with_its_caller(crowded, serve):
    with serve() as service:
        host, port = service.url.removeprefix("http://").split(":")
        call = f"GET /dead-letters?text=nowhere HTTP/1.1\r\nHost: {host}\r\n\r\n"
        for _ in range(20):
            with socket.create_connection((host, int(port))) as caller:
                caller.sendall(call.encode())
                # gone at once, without a word
                lingering = struct.pack("ii", 1, 0)
                caller.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, lingering)

        # were they all made, none of the others would have its turn
        assert service.call("/dead-letters?limit=1")[0] == 200
        pipeline.until(lambda: in_box(crowded) == 12_200)


def test_a_queue_of_the_largest_messages_costs_a_worker_little(ground):
    largest = [(b"x" * 262_144, NONE)] * 400
    with amqp.client(ground.broker_url) as client:
        client.publish(largest, queues.MAIN_QUEUE)
    ground.publish_good()
    worker = ground.workers.start()

    ground.until_good_are_done()
    ground.until_letters(len(largest))

    peak = psutil.Process(worker.process.pid).memory_info().rss
    for headers, body in ground.nobody_suffered():
        assert headers["x-error-type"] == "too_large"
        assert headers["x-body-bytes"] == 262_144
        assert len(body) == headers["x-body-cut-at"] == 65_536
    assert peak < 250 * 2**20


def test_the_broker_refuses_what_is_larger_still(ground):
    refused = pytest.raises(AssertionError, match="PRECONDITION_FAILED")
    with amqp.client(ground.broker_url) as client, refused:
        client.publish([(b"x" * 2**20, NONE)], queues.MAIN_QUEUE)
