"""docs/adding_a_provider.md, followed literally: a package of somebody else."""

import json
import os
import re
import subprocess
import sys
import threading
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from urllib.parse import parse_qs, urlsplit
from uuid import UUID

import pytest

from tests import pipeline

pytestmark = pytest.mark.timeout(300)
PAGE = (pipeline.PROJECT / "docs" / "adding_a_provider.md").read_text()
KEY = "Zq9-a-key-of-wavefinder"


@pytest.fixture(scope="module")
def package(tmp_path_factory) -> Path:
    """The files of the page, by the names before them."""
    folder = tmp_path_factory.mktemp("songnodes-wavefinder")
    blocks = list(re.finditer(r"```(?:toml|python)\n(.*?)```", PAGE, re.DOTALL))
    for block in blocks:
        named = re.findall(r"`([\w.]+\.(?:toml|py))`", PAGE[: block.start()])
        (folder / named[-1]).write_text(block[1])
    assert len(list(folder.iterdir())) == len(blocks) == 3
    return folder


@pytest.fixture(scope="module")
def installed(package, tmp_path_factory) -> dict[str, str]:
    """An environment in which the page's own commands have been run."""
    target = tmp_path_factory.mktemp("site")
    environment = {
        **os.environ,
        "PATH": f"{Path(sys.executable).parent}:{os.environ['PATH']}",
        "PYTHONPATH": f"{target}:{pipeline.PROJECT}",
        "PIP_TARGET": str(target),
        "PIP_NO_INDEX": "1",
        "PIP_DISABLE_PIP_VERSION_CHECK": "1",
        "PYTHONDONTWRITEBYTECODE": "1",
    }
    commands = re.findall(r"```sh\n(.*?)```", PAGE, re.DOTALL)[0]
    done = subprocess.run(
        ["sh", "-ec", commands],
        cwd=package,
        env=environment,
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 0, done.stdout + done.stderr
    assert re.search(r"1\d passed", done.stdout), done.stdout
    return environment


class Wavefinder(BaseHTTPRequestHandler):
    """The provider that does not exist."""

    def do_GET(self) -> None:
        asked = parse_qs(urlsplit(self.path).query)
        assert asked["api_key"] == [KEY]
        track = {
            "id": "wf-1",
            "artist": asked["artist"][0],
            "title": asked["title"][0],
            "isrc": "GBAAA0000001",
            "length_ms": 401_000,
        }
        body = json.dumps({"tracks": [track]}).encode()
        self.send_response(200)
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    def log_message(self, *_: object) -> None:
        """Say nothing."""


@pytest.fixture
def wavefinder() -> Iterator[str]:
    server = ThreadingHTTPServer(("127.0.0.1", 0), Wavefinder)
    thread = threading.Thread(target=server.serve_forever)
    thread.start()
    yield f"http://127.0.0.1:{server.server_port}/v1"
    server.shutdown()
    thread.join()
    server.server_close()


def test_a_provider_of_another_package_enriches_tracks(
    installed, wavefinder, database_url, rabbitmq_url, redis_url, tmp_path
):
    track = pipeline.track_rows(1)[0]
    workers = pipeline.Workers(
        {
            "PYTHONPATH": installed["PYTHONPATH"],
            "DATABASE_URL": database_url,
            "REDIS_URL": redis_url,
            "RABBITMQ_URL": rabbitmq_url,
            "ENRICHMENT_PROVIDERS": "wavefinder",
            "WAVEFINDER_API_KEY": KEY,
            "WAVEFINDER_BASE_URL": wavefinder,
        },
        tmp_path,
    )
    try:
        migrated = pipeline.run_command(workers.environment, "migrate", "up")
        assert migrated.returncode == 0, migrated.stderr
        pipeline.declare(rabbitmq_url)
        pipeline.publish(rabbitmq_url, pipeline.requests_of([track]))
        workers.start("--burst").wait()
        told = workers.started[0].said()
    finally:
        workers.end()

    (row,) = pipeline.rows(
        database_url,
        "SELECT * FROM tracks WHERE track_id = $1",
        UUID(track["track_id"]),
    )
    assert (row["isrc"], row["duration_ms"]) == ("GBAAA0000001", 401_000), told
    provenance = json.loads(row["provenance"])
    assert {name: who[:2] for name, who in provenance.items()} == {
        "isrc": ["wavefinder", 0.7],
        "duration_ms": ["wavefinder", 0.6],
    }
    assert row["status"] == "completed"
    ages = pipeline.rows(
        database_url,
        "SELECT stale_after FROM staleness_rules"
        " WHERE provider = 'wavefinder' AND outcome = 'found'",
    )
    assert [age["stale_after"].days for age in ages] == [16]
    assert KEY not in told
