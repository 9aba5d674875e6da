"""What the checks stand on: servers with the demo's rows, the service, a browser."""

import hashlib
import os
from collections.abc import AsyncIterator
from contextlib import AbstractAsyncContextManager, ExitStack, asynccontextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import asyncpg
from playwright.async_api import Browser, Page

import devstack
from tests import pipeline
from tests.browser import chromium
from tests.browser.chromium import Watch
from tests.browser.demo_rows import TIME_SCALE
from tests.service import TOKEN, Service, starter

# Who may come in, beside "operator".
PEOPLE = {"ada": "write", "bob": "read"}


@dataclass
class Served:
    """The service, which can be killed and started again at the same port."""

    stack: devstack.Stack
    folder: Path
    port: int = 0
    service: Service | None = None
    _open: ExitStack = field(default_factory=ExitStack)

    def start(self) -> None:
        given = {"ENRICHMENT_API_TOKENS_FILE": str(self._tokens())}
        serve = starter({**self.stack.environment, **given}, self.folder)
        started = serve(ENRICHMENT_API_PORT=str(self.port))
        self.service = self._open.enter_context(started)
        self.port = int(self.service.url.rpartition(":")[2])

    def kill(self) -> None:
        """End it as a machine that loses its power does: by SIGKILL."""
        self._open.close()
        self.service = None

    @property
    def environment(self) -> dict[str, str]:
        """What a command beside it has."""
        return {
            **self.stack.environment,
            "PATH": os.environ["PATH"],
            "ENRICHMENT_ENV_FILE": "",
            "ENRICHMENT_API_TOKEN": TOKEN,
            "ENRICHMENT_API_PORT": str(self.port),
        }

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.port}"

    def _tokens(self) -> Path:
        lines = (
            f"{name} {role} {hashlib.sha256(name.encode()).hexdigest()}\n"
            for name, role in PEOPLE.items()
        )
        file = self.folder / "tokens"
        file.write_text("".join(lines))
        return file


@dataclass
class Place:
    """All that a check may use."""

    stack: devstack.Stack
    served: Served
    browser: Browser
    kept: Path
    folder: Path
    watch: Watch = field(default_factory=Watch)

    def window(
        self, watch: Watch | None = None, **options: object
    ) -> AbstractAsyncContextManager[Page]:
        return chromium.window(
            self.browser, self.served.url, watch or self.watch, **options
        )

    @asynccontextmanager
    async def inside(
        self, token: str = TOKEN, path: str = "/console/inbox", **options: object
    ) -> AsyncIterator[Page]:
        """A window of somebody who has logged in; a person's token is the name."""
        async with self.window(**options) as page:
            await chromium.log_in(page, token, path)
            yield page

    async def rows(self, query: str, *arguments: object) -> list[asyncpg.Record]:
        connection = await asyncpg.connect(self.stack.postgres.url)
        try:
            return await connection.fetch(query, *arguments)
        finally:
            await connection.close()

    async def value(self, query: str, *arguments: object) -> Any:
        (row,) = await self.rows(query, *arguments)
        return row[0]

    @property
    def worker_environment(self) -> dict[str, str]:
        return {**self.stack.environment, "ENRICHMENT_TIME_SCALE": TIME_SCALE}


@asynccontextmanager
async def place(kept: Path, folder: Path) -> AsyncIterator[Place]:
    """Start all of it on what a replay has kept."""
    with devstack.open_stack(folder=kept / "servers") as stack:
        served = Served(stack, folder)
        pipeline.run_command(served.environment, "migrate", "up").check_returncode()
        served.start()
        try:
            async with chromium.browser() as browser:
                yield Place(stack, served, browser, kept, folder)
        finally:
            served.kill()
