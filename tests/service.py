"""The service `enrichment serve` as a process, and calls to it."""

import json
import os
import subprocess
import sys
import urllib.error
import urllib.request
from collections.abc import Callable, Iterator, Mapping
from contextlib import AbstractContextManager, contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from tests import pipeline

TOKEN = "the token of these tests"


@dataclass
class Service:
    process: subprocess.Popen[bytes]
    log: Path

    def said(self) -> str:
        return self.log.read_text(encoding="utf-8")

    def event(self, name: str) -> Any:
        lines = (json.loads(line) for line in self.said().splitlines())
        return next((line for line in lines if line.get("event_name") == name), None)

    @property
    def url(self) -> str:
        pipeline.until(lambda: self.event("enrichment.api.ready"))
        return f"http://127.0.0.1:{self.event('enrichment.api.ready')['port']}"

    def call(
        self, path: str, body: object = None, token: str | None = TOKEN
    ) -> tuple[int, str]:
        headers = {"Content-Type": "application/json"}
        if token:
            headers["Authorization"] = f"Bearer {token}"
        content = None if body is None else json.dumps(body).encode()
        request = urllib.request.Request(self.url + path, content, headers)
        try:
            with urllib.request.urlopen(request, timeout=120) as answer:
                return answer.status, answer.read().decode()
        except urllib.error.HTTPError as error:
            with error:
                return error.code, error.read().decode()


Serve = Callable[..., AbstractContextManager[Service]]


def starter(servers: Mapping[str, str], folder: Path) -> Serve:
    """Give what starts a service on a free port; what is given to it by name wins."""
    environment = {
        "PATH": os.environ["PATH"],
        "ENRICHMENT_ENV_FILE": "",
        "ENRICHMENT_API_PORT": "0",
        "ENRICHMENT_API_TOKEN": TOKEN,
        "ENRICHMENT_SWEEP_INTERVAL_SECONDS": "0.5",
        "ENRICHMENT_UNPUBLISHED_GRACE_SECONDS": "0",
        **servers,
    }

    @contextmanager
    def started(**changed: str) -> Iterator[Service]:
        log = folder / "serve.log"
        with log.open("w") as output:
            process = subprocess.Popen(
                [sys.executable, "-m", "enrichment", "serve"],
                cwd=folder,
                env={**environment, **changed},
                stdout=output,
                stderr=output,
            )
        try:
            yield Service(process, log)
        finally:
            process.kill()
            process.wait(timeout=60)

    return started
