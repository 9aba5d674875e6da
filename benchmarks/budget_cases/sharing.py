"""One question in the cluster is one call, and remembered ones are none."""

from collections.abc import Sequence
from dataclasses import dataclass
from urllib.parse import urlsplit

import psutil

from benchmarks.budget_cases.rig import PROVIDERS, Servers, invented, kill, open_rig
from tests import pipeline

_FORGET = "TRUNCATE tracks, tracklists, artists RESTART IDENTITY CASCADE"


def copies_of_one_track(
    servers: Servers, *, copies: int, workers: int, kill_owner: bool
) -> dict[str, int]:
    """
    Publish one new track many times; give the calls by provider.

    Args:
        kill_owner: with -9, the worker whose call MusicBrainz is slow to answer.
    """
    world = invented(1)
    # one message at a time each: otherwise the first worker takes them all
    fair = {"PREFETCH_COUNT": str(max(2, copies // (2 * workers)))}
    if kill_owner:
        fair["ENRICHMENT_PROVIDERS"] = "musicbrainz"
    with open_rig(servers, world, scale=1, options=("--latency", "0.5"), **fair) as rig:
        if kill_owner:
            rig.fault(provider="musicbrainz", kind="slow", seconds=6, count=1)
        started = rig.start(workers)
        rig.publish(world * copies)
        if kill_owner:
            rig.until(lambda: rig.counts()["musicbrainz"] >= 1)
            kill(_owner(rig.simulator.url, started))
        rig.drain(1, 90)
        rig.until(
            lambda: (
                pipeline.depth(servers.rabbitmq_url, "metadata_enrichment_queue") == 0
            )
        )
        return rig.counts()


def _owner(simulator: str, workers: Sequence[pipeline.Worker]) -> pipeline.Worker:
    """Find the worker that calls: the others only wait for its answer."""
    port = urlsplit(simulator).port
    [caller] = [
        worker
        for worker in workers
        if any(
            connection.raddr and connection.raddr.port == port
            for connection in psutil.Process(worker.process.pid).net_connections()
        )
    ]
    return caller


@dataclass(frozen=True, slots=True)
class Warm:
    """A first pass and a second one over the same tracks, rows forgotten between."""

    tracks: int
    first_calls: int
    second_calls: int
    first_seconds: float
    second_seconds: float


def warm_pass(servers: Servers, *, tracks: int, scale: float) -> Warm:
    """Have the same tracks enriched twice."""
    world = invented(tracks)
    with open_rig(servers, world, scale=scale, options=("--latency", "0.2")) as rig:
        # all is there when it begins, or the slow publisher is timed
        rig.publish(world)
        rig.start(1)
        first_seconds = rig.drain(tracks)
        first = sum(rig.counts().values())
        rig.rows(_FORGET)
        rig.publish(world)
        second_seconds = rig.drain(tracks)
        second = sum(rig.counts()[name] for name in PROVIDERS) - first
    return Warm(tracks, first, second, first_seconds, second_seconds)
