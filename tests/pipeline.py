"""Workers as processes against the simulator, and what they left behind."""

import asyncio
import json
import os
import signal
import subprocess
import sys
import threading
import time
import urllib.request
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import asyncpg
import pika
import pytest

from devstack import COMPARED_PROVIDERS, private_environment
from enrichment.cli.actions import parse_lines
from enrichment.contract import queues
from enrichment.contract.messages import EnrichmentRequest, encode

PROJECT = Path(__file__).resolve().parent.parent


@dataclass(frozen=True)
class Simulator:
    """Its own address, and with `--network` one for each provider, over TLS."""

    url: str
    providers: Mapping[str, str] = field(default_factory=dict)
    ca_file: str = ""

    @property
    def settings(self) -> dict[str, str]:
        at = {
            name: self.providers.get(name, self.url)
            for name in ("spotify", "musicbrainz", "lastfm", "deezer", "reccobeats")
        }
        return {
            "ENRICHMENT_PROVIDERS": COMPARED_PROVIDERS,
            "DEEZER_BASE_URL": f"{at['deezer']}/deezer",
            "RECCOBEATS_BASE_URL": f"{at['reccobeats']}/reccobeats/v1",
            "ENRICHMENT_CA_FILE": self.ca_file,
            "SPOTIFY_BASE_URL": f"{at['spotify']}/spotify/v1",
            "SPOTIFY_TOKEN_URL": f"{at['spotify']}/spotify/api/token",
            "MUSICBRAINZ_BASE_URL": f"{at['musicbrainz']}/musicbrainz/ws/2",
            "LASTFM_BASE_URL": f"{at['lastfm']}/lastfm/2.0/",
            "SPOTIFY_CLIENT_ID": "test",
            "SPOTIFY_CLIENT_SECRET": "test",
            "LASTFM_API_KEY": "test",
            "MUSICBRAINZ_USER_AGENT": "SongNodesTests/1.0 ( tests@localhost )",
        }

    def summary(self) -> dict[str, Any]:
        with urllib.request.urlopen(f"{self.url}/_simulator/ledger/summary") as answer:
            document = json.load(answer)
        return document.get("providers", document)


@contextmanager
def simulator(tracks: Path, *options: str) -> Iterator[Simulator]:
    """A simulator whose world is made of rows as `enrichment parse` prints them."""
    process = subprocess.Popen(
        [
            *(sys.executable, "-m", "provider_simulator", "--port", "0"),
            *("--tracks", str(tracks), "--coverage", "full", "--with-parent"),
            *options,
        ],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        text=True,
        env=private_environment(os.environ),
    )
    assert process.stdout is not None
    try:
        yield Simulator(**json.loads(process.stdout.readline()))
    finally:
        process.terminate()
        process.communicate(timeout=60)


@dataclass
class Worker:
    process: subprocess.Popen[str]
    log: Path

    def wait(self, seconds: float = 120) -> int:
        return self.process.wait(timeout=seconds)

    def kill(self) -> None:
        self.process.kill()
        self.process.wait(timeout=60)

    def terminate(self) -> None:
        self.process.send_signal(signal.SIGTERM)

    def said(self) -> str:
        return self.log.read_text(encoding="utf-8")


class Workers:
    """Starts workers with one environment; ends them all."""

    def __init__(self, environment: Mapping[str, str], folder: Path) -> None:
        self.environment = {
            **private_environment(os.environ),
            "ENRICHMENT_METRICS_PORT": "0",
            "ENRICHMENT_SWEEP_INTERVAL_SECONDS": "0.5",
            **environment,
        }
        self.folder = folder
        self.started: list[Worker] = []

    def start(self, *arguments: str, **environment: str) -> Worker:
        log = self.folder / f"worker-{len(self.started) + 1}.log"
        with log.open("w") as output:
            process = subprocess.Popen(
                [sys.executable, "-m", "enrichment", "worker", *arguments],
                cwd=self.folder,
                env={**self.environment, **environment},
                stdout=output,
                stderr=output,
                text=True,
            )
        self.started.append(Worker(process, log))
        return self.started[-1]

    def end(self) -> None:
        for worker in self.started:
            if worker.process.poll() is None:
                worker.kill()


def rows(database_url: str, query: str, *arguments: object) -> list[Any]:
    async def fetch() -> list[Any]:
        connection = await asyncpg.connect(database_url)
        try:
            return list(await connection.fetch(query, *arguments))
        finally:
            await connection.close()

    return asyncio.run(fetch())


@contextmanager
def channel(rabbitmq_url: str) -> Iterator[Any]:
    connection = pika.BlockingConnection(pika.URLParameters(rabbitmq_url))
    try:
        yield connection.channel()
    finally:
        connection.close()


def declare(rabbitmq_url: str) -> None:
    """The topology as pika declares it, from the same definition."""
    with channel(rabbitmq_url) as broker:
        broker.exchange_declare(queues.DEAD_LETTER_EXCHANGE, "direct", durable=True)
        for queue in queues.ALL_QUEUES:
            broker.queue_declare(
                queue.name, durable=True, arguments=dict(queue.arguments)
            )
        broker.queue_bind(
            queues.DEAD_LETTER_QUEUE,
            queues.DEAD_LETTER_EXCHANGE,
            queues.DEAD_LETTER_KEY,
        )


def publish(
    rabbitmq_url: str,
    bodies: Sequence[bytes | EnrichmentRequest],
    queue: str = queues.MAIN_QUEUE,
) -> None:
    with channel(rabbitmq_url) as broker:
        broker.confirm_delivery()
        for body in bodies:
            payload = encode(body) if isinstance(body, EnrichmentRequest) else body
            broker.basic_publish("", queue, payload, mandatory=True)


def depth(rabbitmq_url: str, queue: str) -> int:
    with channel(rabbitmq_url) as broker:
        declared = broker.queue_declare(queue, passive=True)
    return int(declared.method.message_count)


def dead_letters(rabbitmq_url: str) -> list[tuple[dict[str, Any], bytes]]:
    """Take every dead letter: headers and body."""
    taken = []
    with channel(rabbitmq_url) as broker:
        while True:
            method, properties, body = broker.basic_get(
                queues.DEAD_LETTER_QUEUE, auto_ack=True
            )
            if method is None:
                return taken
            taken.append((properties.headers, body))


def until(condition: Callable[[], object], seconds: float = 120) -> None:
    """Wait for a condition; fail with its name when the time is over."""
    end = time.monotonic() + seconds
    while time.monotonic() < end:
        if condition():
            return
        time.sleep(0.1)
    pytest.fail(f"not within {seconds} s")


def track_rows(count: int) -> list[dict[str, Any]]:
    """Invented tracks as `enrichment parse` prints them."""
    lines = "\n".join(
        f"Artist {chr(65 + n % 26)}{n // 26} - Title Number {n:04d}"
        for n in range(count)
    )
    return [json.loads(line) for line in parse_lines.each_line(lines.encode())]


def requests_of(tracks: Sequence[Mapping[str, Any]]) -> list[EnrichmentRequest]:
    return [
        EnrichmentRequest(
            track_id=track["track_id"],
            artist=track["artist"],
            title=track["full_title"],
            priority=5,
        )
        for track in tracks
    ]


def write_tracks(path: Path, tracks: Sequence[Mapping[str, Any]]) -> Path:
    path.write_text("".join(json.dumps(track) + "\n" for track in tracks))
    return path


def run_command(
    environment: Mapping[str, str], *arguments: str, stdin: bytes = b""
) -> subprocess.CompletedProcess[bytes]:
    """Run `enrichment …` to its end."""
    return subprocess.run(
        [sys.executable, "-m", "enrichment", *arguments],
        env=dict(environment),
        input=stdin,
        capture_output=True,
        timeout=120,
        check=False,
    )


@contextmanager
def locked(database_url: str, table: str) -> Iterator[None]:
    """A table that an analyst has locked, and forgotten."""

    async def hold(held: threading.Event, free: threading.Event) -> None:
        connection = await asyncpg.connect(database_url)
        try:
            async with connection.transaction():
                await connection.execute("SET LOCAL lock_timeout = 0")
                await connection.execute(f"LOCK TABLE {table}")
                held.set()
                await asyncio.to_thread(free.wait)
        finally:
            await connection.close()

    held, free = threading.Event(), threading.Event()
    thread = threading.Thread(target=lambda: asyncio.run(hold(held, free)))
    thread.start()
    held.wait(timeout=30)
    try:
        yield
    finally:
        free.set()
        thread.join()
