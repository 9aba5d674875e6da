"""Redis stops under load: less traffic, never more, and nothing is lost."""

import time
from dataclasses import dataclass

from benchmarks.budget_cases.allowance import WINDOWS
from benchmarks.budget_cases.rig import PROVIDERS, Servers, invented, open_rig


@dataclass(frozen=True, slots=True)
class Away:
    """
    What came of an outage.

    Args:
        over: providers that saw more calls in a window than allowed.
        calls_during: calls made while Redis was away.
        allowed_per_second: what every window together allows, real seconds.
        seconds: of the outage, real.
    """

    over: tuple[str, ...]
    refusals: int
    calls_during: int
    calls_per_second_before: float
    allowed_per_second: float
    seconds: float
    lost: int


def run(
    servers: Servers, *, tracks: int, scale: float, workers: int, seconds: float
) -> Away:
    """Stop Redis for so many real seconds while the workers are busy."""
    world = invented(tracks)
    share = {"ENRICHMENT_MAX_WORKERS": str(workers), "PREFETCH_COUNT": "50"}
    options = ("--latency", "0.5")
    with open_rig(servers, world, scale=scale, options=options, **share) as rig:
        rig.start(workers)
        rig.publish(world)
        rig.until(lambda: sum(rig.counts().values()) > tracks // 4)
        began = min(c["real_at"] for name in PROVIDERS for c in rig.calls(name))
        before = sum(rig.counts().values())
        stopped = time.time()
        servers.redis.stop()
        time.sleep(seconds)
        during = sum(rig.counts().values()) - before
        servers.redis.start()
        rig.drain(tracks, 300)
        return Away(
            over=tuple(
                name
                for name in PROVIDERS
                if rig.busiest(name, WINDOWS[name][1]) > WINDOWS[name][0]
            ),
            refusals=rig.refusals(),
            calls_during=during,
            calls_per_second_before=before / max(stopped - began, 0.1),
            allowed_per_second=sum(
                1 / allowed.slowest_window_pace() for allowed in rig.limits().values()
            ),
            seconds=seconds,
            lost=tracks - rig.done(),
        )
