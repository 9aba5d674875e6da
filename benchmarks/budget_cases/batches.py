"""MusicBrainz answers many tracks in a call, and the same as one by one."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from benchmarks.budget_cases.rig import Servers, invented, open_rig

MOST_CALLS_BY_NAME, MOST_CALLS_BY_ISRC = 60, 25
_MATCHES = """
SELECT track_id::text, outcome, provider_track_id
FROM provider_records WHERE provider = 'musicbrainz' ORDER BY 1
"""


@dataclass(frozen=True, slots=True)
class Batches:
    """
    Calls for so many new tracks, in batches and one by one.

    Args:
        differing: tracks whose match is another one in batches.
    """

    tracks: int
    calls: int
    calls_one_by_one: int
    differing: int

    @property
    def calls_per_thousand(self) -> float:
        """Return the calls that 1,000 such tracks cost."""
        return 1000 * self.calls / self.tracks


def run(
    servers: Servers, *, tracks: int, scale: float, by_isrc: bool, coverage: str
) -> Batches:
    """Look the same tracks up twice; 3 % of ISRCs own four or more recordings."""
    world = _with_isrcs(invented(tracks)) if by_isrc else invented(tracks)
    calls, matches = _look_up(servers, world, scale, coverage)
    singly = {"MUSICBRAINZ_SEARCH_BATCH": "1", "MUSICBRAINZ_ISRC_BATCH": "1"}
    calls_singly, matches_singly = _look_up(servers, world, scale, coverage, **singly)
    differing = sum(matches[track] != matches_singly[track] for track in matches)
    return Batches(tracks, calls, calls_singly, differing)


def _look_up(
    servers: Servers,
    world: Sequence[Mapping[str, Any]],
    scale: float,
    coverage: str,
    **environment: str,
) -> tuple[int, Mapping[str, tuple[str, str | None]]]:
    options = ("--coverage", coverage, "--latency", "0.2")
    only = {"ENRICHMENT_PROVIDERS": "musicbrainz", **environment}
    with open_rig(servers, world, scale=scale, options=options, **only) as rig:
        # all is there when it begins, or its first calls are not full
        rig.publish(world)
        rig.start(1)
        rig.drain(len(world), 120 + 4 * len(world) / scale)
        matches = {r[0]: (r[1], r[2]) for r in rig.rows(_MATCHES)}
        return rig.counts()["musicbrainz"], matches


def _with_isrcs(tracks: Sequence[Mapping[str, Any]]) -> list[dict[str, Any]]:
    return [
        {**track, "isrc": f"QZTST26{number:05d}"} for number, track in enumerate(tracks)
    ]
