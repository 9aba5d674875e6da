"""Crawls as processes, their servers, and a site that remembers its visitors."""

import asyncio
import contextlib
import http.server
import itertools
import json
import os
import subprocess
import sys
import threading
import time
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Self

import asyncpg
import pika
import pytest
from pika.exceptions import AMQPError

from devstack import private_environment
from enrichment.contract import queues

PROJECT = Path(__file__).resolve().parent.parent


def rows(database_url: str, query: str, *arguments: object) -> list[Any]:
    async def fetch() -> list[Any]:
        connection = await asyncpg.connect(database_url)
        try:
            return list(await connection.fetch(query, *arguments))
        finally:
            await connection.close()

    return asyncio.run(fetch())


@contextlib.contextmanager
def channel(rabbitmq_url: str) -> Iterator[Any]:
    connection = pika.BlockingConnection(pika.URLParameters(rabbitmq_url))
    try:
        yield connection.channel()
    finally:
        with contextlib.suppress(AMQPError):
            connection.close()


def drained(
    rabbitmq_url: str, queue: str = queues.MAIN_QUEUE
) -> list[tuple[Any, dict[str, Any]]]:
    """Take every message out of a queue: properties and body."""
    taken: list[tuple[Any, dict[str, Any]]] = []
    deadline = time.monotonic() + 120
    while True:
        try:
            with channel(rabbitmq_url) as broker:
                while True:
                    method, properties, body = broker.basic_get(queue, auto_ack=True)
                    if method is None:
                        return taken
                    taken.append((properties, json.loads(body)))
        except AMQPError:
            # a broker that was killed needs a moment for its queues
            if time.monotonic() > deadline:
                raise
            time.sleep(0.5)


def start_crawl(
    spider: str, environment: Mapping[str, str], **arguments: object
) -> subprocess.Popen[str]:
    """Start a crawl as users do."""
    pairs = [
        part for name, value in arguments.items() for part in ("-a", f"{name}={value}")
    ]
    return subprocess.Popen(
        [
            sys.executable,
            "-W",
            "error::DeprecationWarning:scrapers",
            "-m",
            "scrapers.crawl",
            spider,
            *pairs,
        ],
        cwd=PROJECT,
        env=private_environment(os.environ) | dict(environment),
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
    )


@dataclass(frozen=True)
class Crawl:
    code: int
    report: dict[str, Any]
    log: str


def finished(process: subprocess.Popen[str], seconds: float = 120) -> Crawl:
    """Wait for a crawl's end and read its report."""
    try:
        out, log = process.communicate(timeout=seconds)
    except subprocess.TimeoutExpired:
        process.kill()
        out, log = process.communicate()
        raise AssertionError(f"the crawl did not end:\n{log[-4000:]}") from None
    return Crawl(process.returncode, json.loads(out) if out.strip() else {}, log)


def crawl(spider: str, environment: Mapping[str, str], **arguments: object) -> Crawl:
    return finished(start_crawl(spider, environment, **arguments))


def wait_until(condition: Callable[[], object], seconds: float = 120) -> None:
    deadline = time.monotonic() + seconds
    while not condition():
        assert time.monotonic() < deadline, f"not within {seconds} s"
        time.sleep(0.02)


@dataclass
class Answer:
    body: bytes
    status: int = 200
    headers: Mapping[str, str] = field(default_factory=dict)


class Site:
    """
    A local web server with pages by path (query included) and a log of requests.

    Args:
        pages: what it answers; 404 for everything else.
    """

    def __init__(self, pages: Mapping[str, Answer]) -> None:
        self.pages = dict(pages)
        self.requests: list[tuple[float, str, Mapping[str, str]]] = []
        site = self

        class Handler(http.server.BaseHTTPRequestHandler):
            protocol_version = "HTTP/1.1"

            def do_GET(self) -> None:
                at = time.monotonic()
                site.requests.append((at, self.path, dict(self.headers)))
                answer = site.pages.get(self.path, Answer(b"", 404))
                self.send_response(answer.status)
                for name, value in answer.headers.items():
                    self.send_header(name, value)
                self.send_header("Content-Length", str(len(answer.body)))
                self.end_headers()
                self.wfile.write(answer.body)

            def log_message(self, *_: object) -> None:
                """Log nothing."""

        self._server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        self._server.daemon_threads = True
        self.url = f"http://127.0.0.1:{self._server.server_address[1]}"
        self._thread = threading.Thread(target=self._server.serve_forever, args=(0.02,))

    def __enter__(self) -> Self:
        self._thread.start()
        return self

    def __exit__(self, *_: object) -> None:
        self._server.shutdown()
        self._server.server_close()
        self._thread.join()

    @property
    def paths(self) -> list[str]:
        return [path for _, path, _ in self.requests]

    @property
    def gaps(self) -> list[float]:
        times = [at for at, _, _ in self.requests]
        return [later - earlier for earlier, later in itertools.pairwise(times)]


@pytest.fixture
def environment(database_url: str, redis_url: str, rabbitmq_url: str) -> dict[str, str]:
    """What a crawl on these servers finds in its environment."""
    return {
        "DATABASE_URL": database_url,
        "REDIS_URL": redis_url,
        "RABBITMQ_URL": rabbitmq_url,
        "SCRAPER_CONTACT": "crawler@example.org",
        # a slow machine is no broker that is away
        "ENRICHMENT_PUBLISH_PATIENCE_SECONDS": "30",
    }
