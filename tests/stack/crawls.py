"""What the orchestrator of the stack under test is to crawl."""

import shutil
from pathlib import Path

from tests.stack.compose import PROJECT

GOOD, BROKEN = "files", "broken"
TRACKLIST = PROJECT / "demo/tracklists/03_warehouse_bare.txt"
_FOLDERS = {GOOD: "/tracklists", BROKEN: "/tracklists/empty"}


def prepare(folder: Path) -> str:
    """Write schedules and a folder of tracklists; give the lines of .env for them."""
    tracklists = folder / "tracklists"
    (tracklists / "empty").mkdir(parents=True)
    shutil.copy(TRACKLIST, tracklists)
    # a container reads them as another user
    for path in (tracklists, tracklists / "empty"):
        path.chmod(0o755)
    (tracklists / TRACKLIST.name).chmod(0o644)
    schedule(folder, GOOD)
    schedules = folder / "schedules.toml"
    return f"SCRAPER_SCHEDULES={schedules}\nTRACKLISTS_FOLDER={tracklists}\n"


def schedule(folder: Path, *names: str) -> None:
    """Have these crawled every minute, from the orchestrator's next start on."""
    file = folder / "schedules.toml"
    # in place: a container has this very file
    file.write_text(
        "".join(
            f'[[crawl]]\nname = "{name}"\nspider = "tracklist_files"\nevery = "1m"\n'
            f'arguments = {{ path = "{_FOLDERS[name]}" }}\n'
            for name in names
        )
    )
    file.chmod(0o644)
