"""A provider that says "not before then" is left alone until then, by everybody."""

from dataclasses import dataclass
from itertools import pairwise
from statistics import median
from typing import Any

from benchmarks.budget_cases.rig import Rig, Servers, invented, open_rig

# What Spotify was seen to answer: 13 h 35 min.
RETRY_AFTER_SECONDS = 48_925.0
# A call is under way for so long after the bench stands, real seconds: a worker has
# looked for it, and may wait for the processor before it asks.
UNDER_WAY_SECONDS = 1.0
_TOLD_AT = """
SELECT (state->>'changed_at')::float8 AS at FROM provider_benches
WHERE provider = 'spotify'
"""


@dataclass(frozen=True, slots=True)
class Benched:
    """
    The outcome of a Retry-After of hours.

    Args:
        in_flight: calls that were under way when the refusal came, or came before
            a worker had told of it.
        during: calls after those until the bench's end; a restart and an empty Redis
            lie between.
        beside_probe: calls that ran beside the first one after the end.
    """

    in_flight: int
    during: int
    beside_probe: int
    others_per_second: float
    others_per_second_before: float
    completed: int


def run(
    servers: Servers, *, tracks: int, workers: int, scale: float, real_seconds: float
) -> Benched:
    """
    Refuse Spotify's next call for as long as all of 48,925 s, on a faster clock.

    Args:
        scale: of the providers' clock for everything else.
        real_seconds: what is in Retry-After.
    """
    world = invented(tracks)
    options = ("--latency", "0.5")
    with open_rig(servers, world, scale=scale, options=options) as rig:
        rig.start(workers)
        rig.publish(world[: tracks // 2])
        rig.drain(tracks // 2, 120)
        before = _others_per_second(rig, 0.0)
        wait = real_seconds * scale
        rig.fault(provider="spotify", kind="quota", count=1, retry_after=wait)
        began = rig.now()
        rig.publish(world[tracks // 2 :])
        rig.until(lambda: _refused(rig, began))
        refused = _refused(rig, began)[0]
        rig.until(lambda: rig.rows(_TOLD_AT))
        told_at = rig.rows(_TOLD_AT)[0]["at"]
        # what the others are asked meanwhile, before the restart
        rig.until(lambda: _all_asked(rig, began, tracks - tracks // 2))
        others = _others_per_second(rig, began)
        rig.stop()
        servers.flush_redis()
        rig.start(workers)
        rig.drain(tracks, 120 + real_seconds)
        return _counted(rig, refused, told_at, began, real_seconds, before, others)


def _refused(rig: Rig, since: float) -> list[dict[str, Any]]:
    calls = rig.calls("spotify", since)
    return [call for call in calls if call["fault"] and call["seconds"] is not None]


def _all_asked(rig: Rig, since: float, tracks: int) -> bool:
    return len(rig.calls("lastfm", since)) >= tracks


def _counted(
    rig: Rig,
    refused: dict[str, Any],
    told_at: float,
    since: float,
    real_seconds: float,
    before: float,
    others: float,
) -> Benched:
    answered = refused["real_at"] + refused["seconds"] / rig.scale
    after = [c for c in rig.calls("spotify", since) if c["real_at"] > answered]
    under_way = [c for c in after if c["real_at"] < told_at + UNDER_WAY_SECONDS]
    later = after[len(under_way) :]
    probe_ends = later[0]["real_at"] + later[0]["seconds"] / rig.scale
    return Benched(
        in_flight=len(under_way),
        during=sum(c["real_at"] < answered + real_seconds for c in later),
        beside_probe=sum(c["real_at"] < probe_ends for c in later[1:]),
        others_per_second=others,
        others_per_second_before=before,
        completed=rig.done(),
    )


def _others_per_second(rig: Rig, since: float) -> float:
    """Return the pace of the calls to another provider, by their middle gap."""
    times = [call["real_at"] for call in rig.calls("lastfm", since)]
    return 1 / median(later - earlier for earlier, later in pairwise(times))
