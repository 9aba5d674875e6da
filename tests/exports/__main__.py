"""
`make export-test`: the demo's rows in every format, read back by other programs.

The real pipeline fills a Postgres of its own; half of the tracks have an empty audio
file in a library. Of each format the report says how many rows there are, how many were
exported, left out, and read back as they are. Exit code 1 where one is unaccounted for.
"""

import argparse
import asyncio
import csv
import json
import os
import re
import subprocess
import sys
import tempfile
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import NamedTuple

import asyncpg

import devstack
from enrichment.cli.actions import library as libraries
from enrichment.exports.catalogue import FORMATS
from scrapers.tracklists import parse

PROJECT = Path(__file__).resolve().parents[2]
OTHERS = PROJECT / ".check-venv" / "bin" / "python"
READ_BACK = Path(__file__).with_name("read_back.py")
ENRICHMENT = Path(sys.executable).with_name("enrichment")
LONGEST_SECONDS = 900
LIBRARY = "library"

_ROWS = """
SELECT t.track_id::text, t.artist, t.title
FROM tracklist_rows AS r LEFT JOIN tracks AS t USING (track_id)
ORDER BY r.tracklist_id, r.position
"""


class Row(NamedTuple):
    """A row of a tracklist; one without a track is nobody's."""

    track_id: str | None
    artist: str | None
    title: str | None


def main() -> int:
    """Fill, export, read back, judge."""
    asked = _parser().parse_args()
    if not OTHERS.exists():
        sys.stderr.write(f"there is no {OTHERS}: make export-test installs it\n")
        return 1
    devstack.forget_named_servers()
    with tempfile.TemporaryDirectory(prefix="exports-") as folder:
        report = measured(Path(folder), asked.tracklists)
    text = json.dumps(report, indent=2)
    sys.stdout.write(f"{text}\n")
    if asked.report:
        asked.report.write_text(text)
    faults = [name for name, told in report.items() if not accounted_for(told)]
    for name in faults:
        sys.stderr.write(f"FAILS: {name} does not account for all rows\n")
    return 1 if faults else 0


def accounted_for(told: Mapping[str, int]) -> bool:
    """Tell that each row is exported or left out, and what is exported read back."""
    return (
        told["exported"] > 0
        and told["rows"] == told["exported"] + told["left_out"]
        and told["read_back"] == told["exported"]
    )


def measured(folder: Path, tracklists: Path) -> dict[str, dict[str, int]]:
    """Run the pipeline over tracklists, and each export over its rows."""
    kept = folder / "kept"
    _run(
        {},
        *("replay", str(tracklists), "--workers", "2", "--time-scale", "20"),
        # a day's calls are no matter here
        *("--keep", str(kept), "--no-summary", "--spotify-day", "100000"),
    )
    with devstack.open_stack(("postgres",), kept / "servers") as stack:
        rows = asyncio.run(_rows(stack.postgres.url))
        held = make_library(folder / LIBRARY, [row for row in rows if row.track_id])
        return {
            name: _exported(stack.postgres.url, name, folder, rows, held)
            for name in FORMATS
        }


async def _rows(url: str) -> list[Row]:
    connection = await asyncpg.connect(url)
    found = await connection.fetch(_ROWS)
    await connection.close()
    return [Row(row["track_id"], row["artist"], row["title"]) for row in found]


def make_library(folder: Path, rows: Sequence[Row]) -> dict[str, str]:
    """Make an empty audio file for every second track; return where each lies."""
    folder.mkdir()
    for row in list(dict.fromkeys(rows))[::2]:
        # what no file's name can hold
        name = re.sub(r"[/\x00]", "_", f"{row.artist} - {row.title}")
        (folder / f"{name[:200]}.mp3").touch()
    known = {row.track_id for row in rows}
    held = libraries.read(folder).locations
    return {track_id: path for track_id, path in held.items() if track_id in known}


def _exported(
    url: str, name: str, folder: Path, rows: Sequence[Row], held: Mapping[str, str]
) -> dict[str, int]:
    form, file = FORMATS[name], folder / f"{name}.{FORMATS[name].suffix}"
    listed = folder / f"{name}-left-out.csv"
    files = ("--library", str(folder / LIBRARY)) if form.needs_files else ()
    said = _run(
        {"DATABASE_URL": url},
        *("export", "--format", name, "--tracklists", "--json", "--output", str(file)),
        *("--skip-unresolved", "--keep-unresolved", *files),
        *("--left-out", str(listed)),
    )
    told = json.loads(said)
    left_out = _left_out(listed)
    ids = [row.track_id for row in rows if row.track_id]
    if form.needs_files:
        ids = [track_id for track_id in ids if track_id in held]
    else:
        gone = set(left_out)
        ids = [track_id for track_id in ids if track_id not in gone]
    if form.report:
        ids = list(dict.fromkeys(ids))
    wanted = [held[each] for each in ids] if name == "rekordbox" else ids
    found = _read_back(name, file)
    return {
        "rows": told["rows"],
        "exported": told["exported"],
        # a row that is left out and not listed is unaccounted for
        "left_out": len(left_out),
        # a row more, one less or another order: then none is what it was
        "read_back": len(found) if found == wanted else 0,
    }


def _left_out(file: Path) -> list[str]:
    """Return the track id of each row that is listed as left out; "" without one."""
    with file.open(newline="", encoding="utf-8") as opened:
        return [row["track_id"] for row in csv.DictReader(opened, strict=True)]


def _read_back(name: str, file: Path) -> list[str]:
    """Return the track id, or the file, of each row that another program finds."""
    if name == "m3u8":
        (playlist,) = parse(file.read_bytes())
        return [str(row.track_id) for row in playlist.rows]
    found = subprocess.run(
        [OTHERS, READ_BACK, name, file], check=True, stdout=subprocess.PIPE, text=True
    )
    read: list[str] = json.loads(found.stdout)
    # pyrekordbox takes off the beginning of an address, its slash too
    return [f"/{path}" for path in read] if name == "rekordbox" else read


def _run(environment: Mapping[str, str], *arguments: str) -> str:
    done = subprocess.run(
        [ENRICHMENT, *arguments],
        env={
            "PATH": os.environ["PATH"],
            "ENRICHMENT_ENV_FILE": "",
            "HOME": os.environ.get("HOME", "/"),
            **environment,
        },
        capture_output=True,
        text=True,
        check=False,
        timeout=LONGEST_SECONDS,
    )
    if done.returncode:
        sys.exit(
            f"enrichment {arguments[0]} ended with {done.returncode}: {done.stderr}"
        )
    return done.stdout


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[1])
    parser.add_argument("--report", type=Path, help="write the figures to this file")
    parser.add_argument("--tracklists", type=Path, default=PROJECT / "demo/tracklists")
    return parser


if __name__ == "__main__":
    sys.exit(main())
