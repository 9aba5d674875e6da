"""No secret of ours in any log, metric, row, letter, process list or file."""

import asyncio
import http.server
import json
import os
import threading
import urllib.request
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from urllib.parse import quote, unquote, urlsplit

import asyncpg
import psutil
import pytest

from devstack.ports import free_ports
from enrichment.contract import queues
from enrichment.contract.texts.own_secrets import SECRET_VARIABLES
from tests import pipeline
from tests.crawls import crawl
from tests.service import Serve

MARK = "Zq7"
TOKEN = f"{MARK}-bearer-token-of-the-provider"
KEYS = {
    "SPOTIFY_CLIENT_ID": f"{MARK}clientid0123456789abcdef01234567",
    "SPOTIFY_CLIENT_SECRET": f"{MARK}clientsecret0123456789abcdef0123",
    "LASTFM_API_KEY": f"{MARK}lastfmkey/0123456789+abcdef0123=",
    "ENRICHMENT_API_TOKEN": f"{MARK}apitoken0123456789",
    "ENRICHMENT_SESSION_SECRET": f"{MARK}sessionsecret0123456789abcdef0123",
    "MUSICBRAINZ_USER_AGENT": "SongNodesTests/1.0 ( tests@localhost )",
}
# The roles' that `migrate up` makes, and what the images call the servers' parts.
MORE = {
    name: f"{MARK}{name.lower()}0123456789"
    for name in (
        "ANALYST_DB_PASSWORD", "DATABASE_PASSWORD", "ENRICHMENT_DB_PASSWORD",
        "POSTGRES_PASSWORD", "RABBITMQ_PASS", "REDIS_PASSWORD", "SCRAPER_DB_PASSWORD",
        "SERVICE_DB_PASSWORD",
    )
}  # fmt: skip
# What an echo in a longer text would be cut to, were it cut before it is looked at.
LONG = "x" * 170
_ROWS = """
SELECT string_agg(t::text, ' ') FROM (
    SELECT (SELECT string_agg(r::text, ' ') FROM provider_records AS r)
        || coalesce((SELECT string_agg(t::text, ' ') FROM tracks AS t), '')
        || coalesce((SELECT string_agg(b::text, ' ') FROM provider_benches AS b), '')
        || coalesce((SELECT string_agg(a::text, ' ') FROM provider_answers AS a), '')
) AS t
"""


class Echo(http.server.BaseHTTPRequestHandler):
    """A provider, or a proxy before it, whose errors repeat the request."""

    protocol_version = "HTTP/1.1"

    def do_GET(self) -> None:
        asked = f"{self.path} {unquote(self.path)} {self.headers}"
        # the token alone too, without the word that gives it away
        bare = self.headers.get("Authorization", "").removeprefix("Bearer ")
        said = f"{bare} {LONG} cannot serve {asked}"
        if self.path.startswith("/spotify"):
            self._answer(500, {"error": {"status": 500, "message": said}})
        elif self.path.startswith("/lastfm"):
            self._answer(200, {"error": 8, "message": said, "links": []})
        else:
            self._answer(400, {"error": said})

    def do_POST(self) -> None:
        length = int(self.headers["Content-Length"])
        self.rfile.read(length)
        self._answer(
            200, {"access_token": TOKEN, "token_type": "Bearer", "expires_in": 3600}
        )

    def _answer(self, status: int, document: Mapping[str, object]) -> None:
        body = json.dumps(document).encode()
        self.send_response(status, f"echo {self.path}")
        self.send_header("Content-Type", "application/json")
        self.send_header("X-Echo", str(self.headers.get("Authorization")))
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    def log_message(self, format: str, *arguments: object) -> None:  # noqa: A002
        """Log nothing."""


@contextmanager
def echo() -> Iterator[dict[str, str]]:
    server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), Echo)
    server.daemon_threads = True
    thread = threading.Thread(target=server.serve_forever, args=(0.02,))
    thread.start()
    url = f"http://127.0.0.1:{server.server_port}"
    yield {
        "SPOTIFY_BASE_URL": f"{url}/spotify/v1",
        "SPOTIFY_TOKEN_URL": f"{url}/spotify/api/token",
        "MUSICBRAINZ_BASE_URL": f"{url}/musicbrainz/ws/2",
        "LASTFM_BASE_URL": f"{url}/lastfm/2.0/",
    }
    server.shutdown()
    server.server_close()
    thread.join()


def passwords(environment: Mapping[str, str]) -> list[str]:
    return [
        unquote(urlsplit(environment[name]).password or "")
        for name in ("DATABASE_URL", "REDIS_URL", "RABBITMQ_URL")
        if urlsplit(environment[name]).password
    ]


def command_lines() -> str:
    """What a process list shows of us and of all that we have started."""
    shown = []
    for process in psutil.Process().children(recursive=True):
        try:
            shown.append(" ".join(process.cmdline()))
        except psutil.Error:
            continue
    return "\n".join(shown)


def test_what_providers_echo_of_our_keys_stands_nowhere(
    servers, serve: Serve, tmp_path: Path
):
    tracks = pipeline.track_rows(6)
    pipeline.declare(servers["RABBITMQ_URL"])
    port = free_ports(["metrics"])["metrics"]
    with echo() as providers:
        environment = {
            **servers,
            **KEYS,
            **providers,
            "API_MAX_RETRIES": "0",
            "LOG_LEVEL": "DEBUG",
            "ENRICHMENT_METRICS_PORT": str(port),
        }
        workers = pipeline.Workers(environment, tmp_path)
        try:
            pipeline.publish(servers["RABBITMQ_URL"], pipeline.requests_of(tracks))
            pipeline.publish(servers["RABBITMQ_URL"], [b"no JSON at all"])
            workers.start()
            pipeline.until(
                lambda: pipeline.rows(
                    servers["DATABASE_URL"],
                    "SELECT 1 FROM provider_records WHERE due_at IS NOT NULL"
                    " GROUP BY track_id HAVING count(*) >= 3 LIMIT 1",
                )
            )
            pipeline.until(
                lambda: (
                    pipeline.depth(servers["RABBITMQ_URL"], queues.DEAD_LETTER_QUEUE)
                    > 0
                )
            )
            seen = {"metrics": metrics_of(port), "processes": command_lines()}
        finally:
            workers.end()
        seen["rows"] = asyncio.run(all_rows(servers["DATABASE_URL"]))
        seen["letters"] = str(pipeline.dead_letters(servers["RABBITMQ_URL"]))
        told = pipeline.run_command(
            {"PATH": os.environ["PATH"], "ENRICHMENT_ENV_FILE": "", **environment},
            "explain",
            tracks[0]["track_id"],
        )
        assert told.returncode == 0, told.stderr
        seen["explain"] = told.stdout.decode() + told.stderr.decode()
        with serve(**KEYS, **providers, LOG_LEVEL="DEBUG") as service:
            token = KEYS["ENRICHMENT_API_TOKEN"]
            for path in (f"/tracks/{tracks[0]['track_id']}", "/queues", "/metrics"):
                seen[path] = service.call(path, token=token)[1]
    # what each process has printed, and what else it has left
    for file in tmp_path.rglob("*"):
        if file.is_file():
            seen[file.name] = file.read_text(errors="replace")

    # the texts are there, or nothing would be tried
    assert "cannot serve" in seen["rows"] or "xxx" in seen["rows"]
    assert "Provider gave no answer" in seen["worker-1.log"]
    for where, text in seen.items():
        for secret in (MARK, quote(MARK), *passwords(servers)):
            assert secret not in text, where
    assert_reasons_are_classes(servers["DATABASE_URL"])
    assert "xxx" not in seen["metrics"]


def assert_reasons_are_classes(database_url: str) -> None:
    found = pipeline.rows(
        database_url, "SELECT DISTINCT due_reason, due_detail FROM provider_records"
    )
    assert {row["due_reason"] for row in found} <= {
        "transient", "question_refused", "auth", "capability", "shedding", "rate", None
    }  # fmt: skip
    for row in found:
        assert row["due_detail"] is None or len(row["due_detail"]) <= 200


def metrics_of(port: int) -> str:
    with urllib.request.urlopen(f"http://127.0.0.1:{port}/metrics") as answer:
        return answer.read().decode()


async def all_rows(database_url: str) -> str:
    connection = await asyncpg.connect(database_url)
    try:
        return await connection.fetchval(_ROWS) or ""
    finally:
        await connection.close()


WRONG = {
    "a closed port": {
        "DATABASE_URL": f"postgresql://u:{MARK}database@127.0.0.1:9/x",
        "DATABASE_OWNER_URL": f"postgresql://o:{MARK}ownersword@127.0.0.1:9/x",
        "REDIS_URL": f"redis://:{MARK}redispass@127.0.0.1:9/0",
        "RABBITMQ_URL": f"amqp://u:{MARK}rabbitpass@127.0.0.1:9/x",
    },
    "not encoded": {
        "DATABASE_URL": f"postgresql://u:{MARK}data#base{MARK}@127.0.0.1/x",
        "DATABASE_OWNER_URL": f"postgresql://o:{MARK}own]er{MARK}@127.0.0.1/x",
        "REDIS_URL": f"redis://:{MARK}redis?pass{MARK}@127.0.0.1/0",
        "RABBITMQ_URL": f"amqp://u:{MARK}rabbit[pass{MARK}@127.0.0.1/x",
    },
}


@pytest.mark.parametrize("kind", WRONG)
def test_wrong_servers_show_no_password(kind, tmp_path):
    environment = {
        "PATH": os.environ["PATH"],
        "ENRICHMENT_ENV_FILE": "",
        **KEYS,
        **MORE,
        **WRONG[kind],
        "LOG_LEVEL": "DEBUG",
        "SCRAPER_CONTACT": "crawler@example.org",
        "ENRICHMENT_DATABASE_PATIENCE_SECONDS": "1",
        "ENRICHMENT_PUBLISH_PATIENCE_SECONDS": "1",
        "ENRICHMENT_PUBLISH_DRAIN_SECONDS": "1",
    }
    assert set(SECRET_VARIABLES) <= set(environment)
    (tmp_path / "list.txt").write_text("1. Vela Nord - Harbour Lights\n2. A - B\n")
    commands = [
        ("doctor",), ("migrate", "status"), ("migrate", "up"), ("queues",),
        ("providers", "revoke", "spotify", "--yes"), ("dlq", "list"),
    ]  # fmt: skip
    told = [pipeline.run_command(environment, *one) for one in commands]
    shown = [(one.stdout + one.stderr).decode() for one in told]
    ended = crawl("tracklist_files", environment, path=tmp_path)
    shown += [ended.log, json.dumps(ended.report)]
    workers = pipeline.Workers(
        {**environment, "ENRICHMENT_METRICS_PORT": "0"}, tmp_path
    )
    try:
        worker = workers.start()
        # it waits for the first of its servers, or has ended
        pipeline.until(
            lambda: "Waiting for" in worker.said() or worker.process.poll() is not None
        )
        shown += [worker.said(), command_lines()]
    finally:
        workers.end()

    for text in shown:
        assert MARK not in text


def test_refused_logins_show_no_password(servers, tmp_path):
    def wrong(name: str) -> str:
        parts = urlsplit(servers[name])
        login = f"{parts.username or ''}:{MARK}wrongpassword"
        return parts._replace(netloc=f"{login}@{parts.hostname}:{parts.port}").geturl()

    for name in ("DATABASE_URL", "REDIS_URL", "RABBITMQ_URL"):
        environment = {
            "PATH": os.environ["PATH"],
            "ENRICHMENT_ENV_FILE": "",
            **servers,
            **KEYS,
            name: wrong(name),
            "LOG_LEVEL": "DEBUG",
        }
        told = pipeline.run_command(environment, "doctor")
        assert MARK not in (told.stdout + told.stderr).decode(), name
