"""The allowance is one for the cluster: the same for any number of workers."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from benchmarks.budget_cases.rig import PROVIDERS, Rig, Servers, invented, open_rig
from enrichment.lookup.costs import drain_seconds
from enrichment.model import ProviderName

# What the providers themselves count: the most calls in any so many seconds.
WINDOWS: Mapping[str, tuple[int, float]] = {
    "musicbrainz": (22, 20.0),
    "spotify": (60, 30.0),
    "lastfm": (1500, 300.0),
}


@dataclass(frozen=True, slots=True)
class Use:
    """What one run came to, by the simulator's count."""

    workers: int
    tracks: int
    seconds: float
    calls: Mapping[str, int]
    refusals: int
    busiest: Mapping[str, int]
    used: Mapping[str, float]

    @property
    def tracks_per_second(self) -> float:
        """Return the throughput, real seconds."""
        return self.tracks / self.seconds


def run(
    servers: Servers,
    *,
    tracks: int,
    scale: float,
    workers: int,
    coverage: str = "full",
) -> Use:
    """Have so many workers take the same tracks from an untouched allowance."""
    world = invented(tracks)
    options = ("--coverage", coverage, "--latency", "0.5")
    with open_rig(servers, world, scale=scale, options=options) as rig:
        rig.start(workers)
        rig.publish(world)
        rig.drain(tracks, seconds=60 + 5 * tracks / scale)
        return _use(rig, workers, tracks)


def _use(rig: Rig, workers: int, tracks: int) -> Use:
    calls = {name: rig.calls(name) for name in PROVIDERS}
    times = [call["real_at"] for made in calls.values() for call in made]
    return Use(
        workers=workers,
        tracks=tracks,
        # from the first call to the last: start and stop of processes left out
        seconds=max(times) - min(times),
        calls={name: len(made) for name, made in calls.items()},
        refusals=rig.refusals(),
        busiest={name: rig.busiest(name, WINDOWS[name][1]) for name in PROVIDERS},
        used={name: share_used(rig, name, calls[name]) for name in PROVIDERS},
    )


def share_used(rig: Rig, provider: str, calls: Sequence[Mapping[str, Any]]) -> float:
    """
    Return the time that so many calls need at least as a share of what they took.

    From the first call to the last: then no work waits any more.
    """
    times = sorted(call["real_at"] for call in calls)
    if len(times) < 2 or times[-1] == times[0]:
        return 1.0
    least = drain_seconds(rig.limits()[ProviderName(provider)], len(times))
    return least / (times[-1] - times[0])
