"""Invented tracklists as files, and the tracks that are in them."""

import random
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import orjson

from enrichment.cli.actions import parse_lines

ROWS_PER_FILE = 50
# Every so many rows, one that an earlier tracklist holds already.
_REPEAT_EVERY = 10
_FIRST = ("Amber", "Boreal", "Copper", "Delta", "Ember", "Fathom", "Granite", "Hollow")
_SECOND = ("Antenna", "Bureau", "Circuit", "Dynamo", "Engine", "Ferry", "Garden")
_VERSIONS = ("", "", "", " (Extended Mix)", " (Dub Mix)")


@dataclass(frozen=True, slots=True)
class Catalogue:
    """
    Tracklists on disk.

    Args:
        portions: folders, crawled one after the other.
        tracks: what `enrichment parse` prints of each track, by id.
    """

    portions: Sequence[Path]
    tracks: Mapping[str, Mapping[str, Any]]

    @property
    def rows_to_backlog(self) -> int:
        """The second half of every portion goes through the backlog."""
        return max(1, len(self.tracks) // len(self.portions) // 2)

    def write_world(self, path: Path) -> Path:
        """Write the tracks for the simulator, one JSON object a line."""
        rows = (orjson.dumps(track) + b"\n" for track in self.tracks.values())
        path.write_bytes(b"".join(rows))
        return path


def invent(folder: Path, count: int, portions: int, seed: int) -> Catalogue:
    """Write tracklists with that many different tracks; equal for equal seeds."""
    drawn = random.Random(seed)  # noqa: S311 (a catalogue, not a secret)
    lines = [_line(number, drawn) for number in range(count)]
    rows: list[str] = []
    for number, line in enumerate(lines):
        rows.append(line)
        if number % _REPEAT_EVERY == _REPEAT_EVERY - 1:
            rows.append(drawn.choice(lines[:number]))
    files = [rows[n : n + ROWS_PER_FILE] for n in range(0, len(rows), ROWS_PER_FILE)]
    folders = [folder / f"portion-{number:02d}" for number in range(portions)]
    tracks: dict[str, Mapping[str, Any]] = {}
    for number, content in enumerate(files):
        place = folders[number * portions // len(files)]
        place.mkdir(parents=True, exist_ok=True)
        text = "".join(f"{at:02d}. {row}\n" for at, row in enumerate(content, 1))
        (place / f"set-{number:05d}.txt").write_text(text, encoding="utf-8")
        for parsed in parse_lines.tracklist(text.encode()):
            row = orjson.loads(parsed)
            if row["track_id"]:
                tracks.setdefault(row["track_id"], row)
    if len(tracks) != count:
        raise RuntimeError(f"{len(tracks)} different tracks of {count} lines")
    return Catalogue([f for f in folders if f.exists()], tracks)


def _line(number: int, drawn: random.Random) -> str:
    artist = f"{drawn.choice(_FIRST)} {drawn.choice(_SECOND)}"
    title = f"{drawn.choice(_FIRST)} {drawn.choice(_SECOND)} {number}"
    return f"{artist} - {title}{drawn.choice(_VERSIONS)}"
