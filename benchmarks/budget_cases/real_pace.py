"""Replays at the providers' own pace: what one worker asks, four ask together."""

import json
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from tempfile import TemporaryDirectory

from benchmarks.budget_cases.plans import invented_list
from benchmarks.budget_cases.rig import command

TRACKS = 800
WORKERS = (1, 4)
# Spotify answers two tracks in a second; twice that long is broken.
LONGEST_SECONDS = 2 * TRACKS / 2 + 300


@dataclass(frozen=True, slots=True)
class Pass:
    """What a replay with so many workers came to, and its second pass."""

    workers: int
    outcomes: Mapping[str, int]
    calls: Mapping[str, int]
    calls_again: int
    seconds: float

    @property
    def musicbrainz_per_thousand(self) -> float:
        """Return MusicBrainz' calls for a thousand tracks."""
        return 1000 * self.calls["musicbrainz"] / TRACKS


def run(workers: int) -> Pass:
    """Replay invented tracks twice at time scale 1."""
    with TemporaryDirectory(prefix="budget-use-pace-") as folder:
        path = invented_list(Path(folder), TRACKS)
        report = Path(folder) / "report.json"
        options = ("--workers", str(workers), "--passes", "2", "--report", str(report))
        command({}, "replay", str(path), *options, timeout=LONGEST_SECONDS)
        first, again = json.loads(report.read_text())["passes"]
    return Pass(
        workers,
        first["outcomes"],
        first["calls"],
        sum(again["calls"].values()),
        first["seconds"],
    )
