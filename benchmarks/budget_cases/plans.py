"""What `enrichment plan` predicts is what `enrichment replay` takes."""

import json
from dataclasses import dataclass
from pathlib import Path
from tempfile import TemporaryDirectory

from benchmarks.budget_cases.rig import command
from provider_simulator.world.names import invented_tracks

DEMO = Path(__file__).resolve().parents[2] / "demo" / "tracklists"
# Inputs with the clock they are replayed on; a path of ours or so many new tracks.
INPUTS: tuple[tuple[Path | int, float], ...] = ((DEMO, 4), (700, 10), (260, 2))
_CREDENTIALS = {
    "MUSICBRAINZ_USER_AGENT": "SongNodesBench/1.0 ( bench@localhost )",
    "LASTFM_API_KEY": "bench",
    "SPOTIFY_CLIENT_ID": "bench",
    "SPOTIFY_CLIENT_SECRET": "bench",
}


@dataclass(frozen=True, slots=True)
class Prediction:
    """What was said before and the outcome, real seconds."""

    subject: str
    tracks: int
    predicted_seconds: float
    seconds: float

    @property
    def error(self) -> float:
        """Return the error as a share of what it took."""
        return abs(self.predicted_seconds - self.seconds) / self.seconds


def run(subject: Path | int, time_scale: float) -> Prediction:
    """Plan, then replay."""
    with TemporaryDirectory(prefix="budget-use-plan-") as folder:
        is_path = isinstance(subject, Path)
        path = subject if is_path else invented_list(Path(folder), subject)
        clock = {"ENRICHMENT_TIME_SCALE": str(time_scale), **_CREDENTIALS}
        planned = json.loads(command(clock, "plan", "--json", str(path)))
        report = Path(folder) / "report.json"
        options = ("--time-scale", str(time_scale), "--report", str(report))
        command({}, "replay", str(path), *options)
        replayed = json.loads(report.read_text())
    return Prediction(
        path.name, planned["tracks"], planned["drain_seconds"], replayed["seconds"]
    )


def invented_list(folder: Path, tracks: int) -> Path:
    """Write a tracklist of so many new tracks."""
    path = folder / "set.txt"
    path.write_text(
        "".join(
            f"{number}. {track.artist} - {track.title}"
            + (f" ({track.version})\n" if track.version else "\n")
            for number, track in enumerate(invented_tracks(tracks, 11), 1)
        )
    )
    return path
