"""Chromium with nobody's data; what no page may do is noted."""

import shutil
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from urllib.parse import urlsplit

from playwright.async_api import (
    Browser,
    BrowserContext,
    Dialog,
    Page,
    Route,
    async_playwright,
)

PROGRAM = "chromium"
FLAGS = (
    # root has no other way
    "--no-sandbox",
    "--disable-gpu",
    "--disable-quic",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
    # no name but the loopback's is looked up
    "--host-resolver-rules=MAP * ~NOTFOUND, EXCLUDE 127.0.0.1",
)
# A busy machine may take its time; no test waits for it in vain.
PATIENCE_MS = 60_000
# The browser says so of every page with a status of 4xx: that is no fault of a script.
_STATUS = "Failed to load resource: the server responded with a status of"
_LISTEN = """
addEventListener("securitypolicyviolation", (event) =>
  violated(`${event.effectiveDirective} ${event.blockedURI} on ${location.pathname}`));
"""


@dataclass
class Watch:
    """What pages did that none may do."""

    elsewhere: list[str] = field(default_factory=list)
    violations: list[str] = field(default_factory=list)
    faults: list[str] = field(default_factory=list)
    axe: list[str] = field(default_factory=list)
    sideways: list[str] = field(default_factory=list)

    @property
    def details(self) -> dict[str, list[str]]:
        """What there is to be told."""
        found = {name: getattr(self, name) for name in self.__dataclass_fields__}
        return {name: told for name, told in found.items() if told}

    def page(self, page: Page) -> None:
        page.on("pageerror", lambda error: self.faults.append(str(error)))
        page.on("console", lambda said: self._said(said.type, said.text))
        page.on("dialog", self._dialog)

    def violated(self, what: str) -> None:
        self.violations.append(what)

    def _said(self, kind: str, text: str) -> None:
        if kind in {"error", "warning"} and not text.startswith(_STATUS):
            self.faults.append(text)

    async def _dialog(self, dialog: Dialog) -> None:
        self.faults.append(dialog.message)
        await dialog.dismiss()


@asynccontextmanager
async def browser() -> AsyncIterator[Browser]:
    """A browser with a new, empty folder of its own."""
    async with async_playwright() as playwright:
        opened = await playwright.chromium.launch(
            executable_path=shutil.which(PROGRAM), args=list(FLAGS)
        )
        try:
            yield opened
        finally:
            await opened.close()


@asynccontextmanager
async def window(
    browser: Browser, url: str, watch: Watch, **options: object
) -> AsyncIterator[Page]:
    """A page of somebody with cookies of their own, at the service's address."""
    context = await browser.new_context(base_url=url, **options)
    context.set_default_timeout(PATIENCE_MS)
    await _guard(context, url, watch)
    try:
        yield await context.new_page()
    finally:
        await context.close()


async def _guard(context: BrowserContext, url: str, watch: Watch) -> None:
    host = urlsplit(url).netloc

    async def only_here(route: Route) -> None:
        if urlsplit(route.request.url).netloc == host:
            await route.continue_()
        else:
            watch.elsewhere.append(route.request.url)
            await route.abort()

    await context.route("**/*", only_here)
    await context.expose_function("violated", watch.violated)
    await context.add_init_script(_LISTEN)
    context.on("page", watch.page)


async def press(page: Page, key: str) -> None:
    """Press a key that leads to another page, and wait for it."""
    async with page.expect_navigation():
        await page.keyboard.press(key)


async def open_question(page: Page) -> None:
    """Go by keys to the first question of the list; letters and files come before."""
    for _ in range(5):
        await page.keyboard.press("j")
        if await page.locator(".rows > li[data-current][id^=q]").count():
            break
    await press(page, "Enter")


async def log_in(page: Page, token: str, path: str = "/console/inbox") -> None:
    """Log in by the keyboard: the field has the focus already."""
    await page.goto(path)
    await page.keyboard.type(token)
    await press(page, "Enter")
