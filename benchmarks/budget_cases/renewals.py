"""Known tracks are asked for by id: fifty a call where the account has that form."""

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from benchmarks.budget_cases.rig import Rig, Servers, invented, open_rig, request

IDS_IN_A_CALL = 50
# The claim is about numbers of calls: nothing waits for a window.
_WIDE = {"SPOTIFY_CALLS_PER_30_SECONDS": "100000"}
_WIDE_SIMULATOR = ("--set", "spotify_window_calls=100000", "--latency", "0.5")
_FRESH = "SELECT count(*) AS n FROM provider_records WHERE fetched_at > $1"


@dataclass(frozen=True, slots=True)
class Renewals:
    """
    Two renewals of the same known tracks.

    Args:
        calls, calls_again: by Spotify's operation ("tracks" is the batch form).
        refused: calls of a form that the account lacks, in both; before the second one
            Redis was emptied, so that nothing was known.
    """

    tracks: int
    calls: Counter[str]
    calls_again: Counter[str]
    refused: int
    renewed: int


def run(
    servers: Servers, *, tracks: int, workers: int, scale: float, extended: bool
) -> Renewals:
    """Enrich new tracks by Spotify, restart the workers, and renew all twice."""
    world = invented(tracks)
    mode = ("--set", f"spotify_extended={str(extended).lower()}")
    only = {"ENRICHMENT_PROVIDERS": "spotify", **_WIDE}
    options = (*_WIDE_SIMULATOR, *mode)
    with open_rig(servers, world, scale=scale, options=options, **only) as rig:
        rig.start(workers)
        rig.publish(world)
        rig.drain(tracks)
        first, renewed = _renew(rig, world)
        rig.stop()
        servers.flush_redis()
        rig.start(workers)
        again, renewed_again = _renew(rig, world)
        refused = rig.summary()["spotify"]["rejected"]
        return Renewals(tracks, first, again, refused, min(renewed, renewed_again))


def _renew(rig: Rig, world: Sequence[Mapping[str, Any]]) -> tuple[Counter[str], int]:
    """Have everything asked for again; give the calls, and the rows that changed."""
    began = rig.rows("SELECT clock_timestamp() AS at")[0]["at"]
    since = rig.now()
    rig.send(
        [request(track).model_copy(update={"force_refresh": True}) for track in world]
    )
    rig.until(lambda: _fresh(rig, began) >= len(world), 90)
    calls = rig.calls("spotify", since)
    return Counter(call["operation"] for call in calls), _fresh(rig, began)


def _fresh(rig: Rig, began: object) -> int:
    return int(rig.rows(_FRESH, began)[0]["n"])
