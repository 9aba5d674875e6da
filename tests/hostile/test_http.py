"""HTTP callers who send half a request, read nothing, or come under another name."""

import socket
import urllib.error
import urllib.request
from collections.abc import Iterator
from contextlib import ExitStack, suppress
from pathlib import Path
from time import monotonic

import pytest

from devstack.ports import free_ports
from enrichment.web.bounded_calls import PROBES
from enrichment.web.bounded_connections import HEAD_SECONDS
from tests import pipeline
from tests.hostile.callers import HALF_SENT, NO_BODY, NO_REQUESTS, connect
from tests.hostile.ground import Ground
from tests.service import Serve, Service


@pytest.fixture
def service(serve: Serve) -> Iterator[Service]:
    with serve() as running:
        assert running.url
        yield running


def status(url: str, path: str, host: str | None = None) -> int:
    headers = {} if host is None else {"Host": host}
    request = urllib.request.Request(url + path, headers=headers)
    try:
        with urllib.request.urlopen(request, timeout=20) as answer:
            return answer.status
    except urllib.error.HTTPError as error:
        with error:
            return error.code


def test_half_sent_requests_keep_nobody_from_being_answered(service):
    for sent in (b"", HALF_SENT, NO_BODY):
        with ExitStack() as stack:
            held = [stack.enter_context(connect(service.url, sent)) for _ in range(300)]
            asked = [status(service.url, "/healthz") for _ in range(5)]
            asked += [status(service.url, "/queues") for _ in range(5)]

            assert asked == [200] * 10
            # the oldest made room at once, without a byte of an answer
            assert held[0].recv(1) == b""


def test_a_head_that_trickles_and_an_idle_connection_end(service):
    answered = b"GET /healthz HTTP/1.1\r\nHost: localhost\r\n\r\n"
    with (
        connect(service.url, answered) as idle,
        connect(service.url, b"GET / HTTP/1.1\r\n") as trickling,
    ):
        assert idle.recv(4096).startswith(b"HTTP/1.1 200")
        trickling.settimeout(0.5)
        end = monotonic() + HEAD_SECONDS + 30
        while not has_ended(trickling, b"X-A: b\r\n"):
            assert monotonic() < end
        while idle.recv(4096):
            assert monotonic() < end


def has_ended(connection: socket.socket, sent: bytes) -> bool:
    """Send a little more; say whether nobody takes it."""
    try:
        connection.sendall(sent)
        return connection.recv(1) == b""
    except TimeoutError:
        return False
    except OSError:
        return True


def test_what_is_no_request_ends_no_more_than_its_connection(service):
    for sent in NO_REQUESTS:
        with connect(service.url, sent) as strange, suppress(ConnectionResetError):
            strange.recv(4096)

        assert status(service.url, "/healthz") == 200
    assert service.process.poll() is None
    assert "Traceback" not in service.said()


def test_a_page_of_another_name_reads_nothing(service):
    for host in ("evil.example", "localhost.evil.example", "[::2]:80", "10.0.0.1", ""):
        asked = [
            status(service.url, path, host)
            for path in ("/queues", "/coverage", "/dead-letters", "/openapi.json")
        ]
        probes = [status(service.url, p, host) for p in sorted(PROBES)]

        assert set(asked) <= {400, 421}, host
        assert probes == [200, 200, 200], host


def test_names_that_are_allowed_are_answered(serve):
    with serve(ENRICHMENT_ALLOWED_HOSTS="metadata-enrichment, Api.Example.org") as one:
        answered = {
            host: status(one.url, "/queues", host)
            for host in ("metadata-enrichment:8022", "api.example.org.", "localhost")
        }
        assert answered == {
            "metadata-enrichment:8022": 200,
            "api.example.org.": 200,
            "localhost": 421,
        }


def test_a_workers_probes_answer_beside_half_sent_requests(ground: Ground):
    port = free_ports(["probes"])["probes"]
    worker = ground.workers.start(ENRICHMENT_METRICS_PORT=str(port))
    url = f"http://127.0.0.1:{port}"
    pipeline.until(lambda: is_listening(url))
    with ExitStack() as stack:
        for _ in range(300):
            stack.enter_context(connect(url, HALF_SENT))

        assert status(url, "/healthz") == 200
        threads = worker_threads(worker.process.pid)

    assert threads < 120


def is_listening(url: str) -> bool:
    with suppress(OSError), connect(url, b""):
        return True
    return False


def worker_threads(pid: int) -> int:
    lines = Path(f"/proc/{pid}/status").read_text().splitlines()
    return next(int(line.split()[1]) for line in lines if "Threads:" in line)
