"""Somebody's servers: filled, named in the environment, every connection counted."""

import contextlib
import socket
import socketserver
import threading
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any
from urllib.parse import urlsplit

import redis

from enrichment.contract import queues
from tests import pipeline

_FILL = """
INSERT INTO tracks (track_id, track_key, artist, title)
SELECT gen_random_uuid(), 'a|' || n, 'A', 'Title ' || n FROM generate_series(1, 20) AS n
"""
_TABLES = """
SELECT quote_ident(schemaname) || '.' || quote_ident(tablename) AS name
FROM pg_tables WHERE schemaname NOT IN ('pg_catalog', 'information_schema')
"""
MESSAGES = 3


class _Forwarding(socketserver.ThreadingTCPServer):
    """Hands every connection on to a server, and counts them."""

    daemon_threads = True

    def __init__(self, url: str) -> None:
        super().__init__(("127.0.0.1", 0), _Connection)
        parts = urlsplit(url)
        self.target = (parts.hostname, parts.port)
        place = f"{parts.netloc.rpartition('@')[0]}@127.0.0.1:{self.server_address[1]}"
        self.url = parts._replace(netloc=place).geturl()
        self.connections = 0


class _Connection(socketserver.BaseRequestHandler):
    server: Any

    def handle(self) -> None:
        self.server.connections += 1
        with socket.create_connection(self.server.target) as onwards:
            back = threading.Thread(target=_pass, args=(onwards, self.request))
            back.start()
            _pass(self.request, onwards)
            back.join()


def _pass(source: socket.socket, target: socket.socket) -> None:
    with contextlib.suppress(OSError):
        while received := source.recv(65_536):
            target.sendall(received)
        target.shutdown(socket.SHUT_WR)


@dataclass(frozen=True)
class Watched:
    """The servers of a person who has exported their addresses."""

    database_url: str
    redis_url: str
    rabbitmq_url: str
    doors: dict[str, _Forwarding]

    @property
    def environment(self) -> dict[str, str]:
        """What that person's shell names, settings of a cluster among it."""
        return {
            **{name: door.url for name, door in self.doors.items()},
            "DATABASE_HOST": "127.0.0.1",
            "DATABASE_PASSWORD": "theirs",
            "PREFETCH_COUNT": "1",
            "ENABLE_ENRICHMENT_QUEUE": "false",
            "ENRICHMENT_PROVIDERS": "lastfm",
            "ENRICHMENT_TIME_SCALE": "0.001",
            "SPOTIFY_BASE_URL": "http://127.0.0.1:9",
            "SPOTIFY_CLIENT_SECRET": "theirs",
            "MUSICBRAINZ_SPACING_SECONDS": "1000",
            "LASTFM_API_KEY": "theirs",
        }

    @property
    def connections(self) -> dict[str, int]:
        """How often each server was connected to under its named address."""
        return {name: door.connections for name, door in self.doors.items()}

    def fill(self) -> None:
        """Put rows, keys and messages there."""
        pipeline.rows(self.database_url, _FILL)
        with redis.Redis.from_url(self.redis_url) as client:
            client.mset({f"theirs:{number}": number for number in range(20)})
        pipeline.declare(self.rabbitmq_url)
        for queue in queues.ALL_QUEUES:
            pipeline.publish(self.rabbitmq_url, [b"{}"] * MESSAGES, queue.name)

    def holds(self) -> dict[str, Any]:
        """Every row, key and count of messages, to compare."""
        tables = [row["name"] for row in pipeline.rows(self.database_url, _TABLES)]
        with redis.Redis.from_url(self.redis_url) as client:
            keys = {key: client.dump(key) for key in client.scan_iter()}
        return {
            "rows": {
                table: sorted(
                    row["row"]
                    for row in pipeline.rows(
                        self.database_url,
                        f"SELECT t::text AS row FROM {table} AS t",  # noqa: S608
                    )
                )
                for table in tables
            },
            "keys": keys,
            "messages": {
                queue.name: pipeline.depth(self.rabbitmq_url, queue.name)
                for queue in queues.ALL_QUEUES
            },
        }


@contextlib.contextmanager
def watched(database_url: str, redis_url: str, rabbitmq_url: str) -> Iterator[Watched]:
    """Fill servers and name them by addresses at which each visit is counted."""
    urls = {
        "DATABASE_URL": database_url,
        "REDIS_URL": redis_url,
        "RABBITMQ_URL": rabbitmq_url,
    }
    doors = {name: _Forwarding(url) for name, url in urls.items()}
    threads = [
        threading.Thread(target=door.serve_forever, args=(0.05,))
        for door in doors.values()
    ]
    for thread in threads:
        thread.start()
    try:
        there = Watched(database_url, redis_url, rabbitmq_url, doors)
        there.fill()
        yield there
    finally:
        for door, thread in zip(doors.values(), threads, strict=True):
            door.shutdown()
            thread.join()
            door.server_close()
