"""Redis stops under load: no provider is asked, and nothing is lost."""

import time
from dataclasses import dataclass

from benchmarks.budget_cases.allowance import WINDOWS
from benchmarks.budget_cases.rig import PROVIDERS, Servers, invented, open_rig

# Calls that were under way when Redis stopped are answered within this, seconds.
UNDER_WAY_SECONDS = 1.0


@dataclass(frozen=True, slots=True)
class Away:
    """
    The outcome of an outage.

    Args:
        over: providers that saw more calls in a window than allowed.
        calls_during: calls that began while Redis was away, but for those under way.
        seconds: of the outage, real.
    """

    over: tuple[str, ...]
    refusals: int
    calls_during: int
    seconds: float
    lost: int


def run(
    servers: Servers, *, tracks: int, scale: float, workers: int, seconds: float
) -> Away:
    """Stop Redis for so many real seconds while the workers are busy."""
    world = invented(tracks)
    options = ("--latency", "0.5")
    with open_rig(servers, world, scale=scale, options=options) as rig:
        rig.start(workers)
        rig.publish(world)
        rig.until(lambda: sum(rig.counts().values()) > tracks // 4)
        servers.redis.stop()
        stopped = time.time()
        time.sleep(seconds)
        back = time.time()
        servers.redis.start()
        rig.drain(tracks, 300)
        began = [call["real_at"] for name in PROVIDERS for call in rig.calls(name)]
        return Away(
            over=tuple(
                name
                for name in PROVIDERS
                if rig.busiest(name, WINDOWS[name][1]) > WINDOWS[name][0]
            ),
            refusals=rig.refusals(),
            calls_during=sum(stopped + UNDER_WAY_SECONDS < at < back for at in began),
            seconds=seconds,
            lost=tracks - rig.done(),
        )
