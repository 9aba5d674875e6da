"""Crawls of the stack under test: on schedules, and one in a container of its own."""

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path

from tests.stack.compose import PROJECT, Compose, run

GOOD, BROKEN, DRIFTED = "files", "broken", "drifted"
TRACKLIST = PROJECT / "demo/tracklists/03_warehouse_bare.txt"
# Crawls of a folder pass over what is hidden in it.
_FOLDERS = {
    GOOD: "/tracklists",
    BROKEN: "/tracklists/.empty",
    DRIFTED: "/tracklists/.drifted",
}
UNSENT = "/tracklists/.unsent"
# A row is still one; its names stand where the parser does not look.
NEW_DESIGN = """<html><head><title>1001Tracklists</title></head><body>
<div class="tlpItem"><b>Artist - Title</b></div></body></html>
"""
# In one process a site that refuses everything, and the crawl that asks it.
REFUSED = """
import http.server, sys, threading
from scrapers.crawl import main

class Site(http.server.BaseHTTPRequestHandler):
    def do_GET(self):
        self.send_error(403)

site = http.server.ThreadingHTTPServer(("127.0.0.1", 8000), Site)
threading.Thread(target=site.serve_forever, daemon=True).start()
sys.exit(main(["mixesdb", "-a", "pages=Any"]))
"""


def prepare(folder: Path) -> str:
    """Write schedules and folders of tracklists; give the lines of .env for them."""
    tracklists = folder / "tracklists"
    for path in (
        tracklists,
        *(tracklists / n for n in (".empty", ".drifted", ".unsent")),
    ):
        path.mkdir()
        # a container reads them as another user
        path.chmod(0o755)
    good = TRACKLIST.read_text()
    _write(tracklists / TRACKLIST.name, good)
    _write(tracklists / ".drifted" / TRACKLIST.name, good)
    for number in range(20):
        _write(tracklists / ".drifted" / f"{number}.html", NEW_DESIGN)
    _write(
        tracklists / ".unsent" / "new.txt",
        "".join(f"Not Sent {number} - Never Recorded\n" for number in range(10)),
    )
    schedule(folder, GOOD)
    schedules = folder / "schedules.toml"
    return f"SCRAPER_SCHEDULES={schedules}\nTRACKLISTS_FOLDER={tracklists}\n"


def schedule(folder: Path, *names: str) -> None:
    """Have these crawled every minute, from the orchestrator's next start on."""
    _write(
        # in place: a container has this very file
        folder / "schedules.toml",
        "".join(
            f'[[crawl]]\nname = "{name}"\nspider = "tracklist_files"\nevery = "1m"\n'
            f'arguments = {{ path = "{_FOLDERS[name]}" }}\n'
            for name in names
        ),
    )


@contextmanager
def one_crawl(
    stack: Compose, service: str, command: Sequence[str], **environment: str
) -> Iterator[None]:
    """Run a crawl beside the stack as the guide says; what is left of it goes."""
    container = stack(
        *("run", "-d", "--use-aliases", "--no-deps"),
        *(part for pair in environment.items() for part in ("-e", "=".join(pair))),
        *(service, *command),
    ).strip()
    try:
        yield
    finally:
        run("docker", "rm", "-f", container, check=False)


def _write(file: Path, text: str) -> None:
    file.write_text(text)
    file.chmod(0o644)
