"""The demo's rows as the pipeline leaves them where providers leave much in doubt."""

import json
import os
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from enrichment.cli.actions import parse_lines

PROJECT = Path(__file__).resolve().parents[2]
TRACKLISTS = PROJECT / "demo" / "tracklists"
TIME_SCALE = "100"
_LONGEST_SECONDS = 600
# Every so-many-th track is unknown to all, and every so-many-th has no twin.
_UNKNOWN, _SURE = 6, 3


def fill(folder: Path) -> Path:
    """Run the pipeline; return the folder that keeps its servers and its world."""
    catalogue = folder / "catalogue.jsonl"
    catalogue.write_text("".join(json.dumps(row) + "\n" for row in _world()))
    kept = folder / "kept"
    done = subprocess.run(
        [
            *(Path(sys.executable).with_name("enrichment"), "replay", TRACKLISTS),
            *("--catalogue", catalogue, "--keep", kept, "--no-summary"),
            # a day's calls are no matter here
            *("--time-scale", TIME_SCALE, "--spotify-day", "100000"),
        ],
        env={
            "PATH": os.environ["PATH"],
            "HOME": os.environ.get("HOME", "/"),
            "ENRICHMENT_ENV_FILE": "",
        },
        capture_output=True,
        text=True,
        check=False,
        timeout=_LONGEST_SECONDS,
    )
    if done.returncode:
        sys.exit(f"enrichment replay ended with {done.returncode}: {done.stderr}")
    return kept


def _world() -> Iterator[dict[str, Any]]:
    """Yield recordings: many tracks have two that are equally near."""
    for number, row in enumerate(_tracks()):
        if number % _UNKNOWN == 0:
            continue
        if row["version"] or number % _SURE == 0:
            yield row
            continue
        yield {**row, "duration_ms": 200_000}
        longer = {"version": "Original Mix", "duration_ms": 320_000}
        yield {**row, **longer, "full_title": f"{row['title']} (Original Mix)"}


def _tracks() -> list[dict[str, Any]]:
    rows = (
        json.loads(line)
        for file in sorted(TRACKLISTS.iterdir())
        for line in parse_lines.tracklist(file.read_bytes())
    )
    return list({row["track_id"]: row for row in rows if row["identified"]}.values())
