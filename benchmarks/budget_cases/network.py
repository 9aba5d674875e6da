"""The same tracks over networks: near, far, and with a provider in a black hole."""

import json
import re
import subprocess
import sys
import urllib.request
from collections.abc import Sequence
from dataclasses import dataclass

from benchmarks.budget_cases.rig import PROVIDERS, Rig, Servers, invented, open_rig
from rehearsal.processes import free_ports

# What the black hole's provider is not asked for: the parts of the others are done.
_DONE_BUT_FOR = """
SELECT count(*) AS n FROM tracks AS t WHERE (
    SELECT count(*) FROM provider_records AS r
    WHERE r.track_id = t.track_id AND r.provider = ANY ($1)
      AND r.outcome IN ('found', 'absent', 'ambiguous')
) = $2
"""
# What the worker logs of a provider that is left alone.
SAYS = "Provider is not reached"
_PARTS = """
SELECT coalesce(due_reason, 'done') AS reason, count(*) AS n FROM provider_records
WHERE provider = $1 GROUP BY 1
"""


@dataclass(frozen=True, slots=True)
class Passed:
    """What became of tracks over one network."""

    network: str
    tracks: int
    completed: int
    seconds: float
    calls: dict[str, int]
    refusals: int


def passed(
    servers: Servers, network: str, *, tracks: int, scale: float, workers: int
) -> Passed:
    """Have new tracks enriched over a network, and count what the providers saw."""
    world = invented(tracks)
    with open_rig(servers, world, scale=scale, options=("--network", network)) as rig:
        rig.publish(world)
        rig.start(workers)
        seconds = rig.drain(tracks, 900)
        return Passed(
            network, tracks, rig.done(), seconds, rig.counts(), rig.refusals()
        )


@dataclass(frozen=True, slots=True)
class Vanished:
    """
    The same tracks while one provider is unreachable, and after.

    Args:
        calls: of each provider while it is unreachable.
        reasons: why the parts of the one that vanished wait.
        says: lines of the worker's log about it.
        reachable: the worker's own metric of it.
        doctor: what the command finds wrong.
        completed_after: tracks that were completed once it was back.
    """

    calls: dict[str, int]
    refusals: int
    reasons: dict[str, int]
    says: int
    reachable: float
    doctor: Sequence[str]
    completed_after: int


def vanished(
    servers: Servers, *, tracks: int, scale: float, provider: str = "spotify"
) -> Vanished:
    """Let one provider be away from the network from the start, and come back."""
    world, others = invented(tracks), [name for name in PROVIDERS if name != provider]
    options = ("--network", "near", "--network-set", f"{provider}.blackhole=true")
    with open_rig(servers, world, scale=scale, options=options) as rig:
        rig.publish(world)
        [port] = free_ports(1)
        [worker] = rig.start(1, ENRICHMENT_METRICS_PORT=str(port))
        done = (_DONE_BUT_FOR, others, len(others))
        rig.until(lambda: rig.rows(*done)[0]["n"] >= tracks, 600)
        calls = rig.counts()
        rig.until(lambda: _waits(rig, provider).get("unreachable"), 120)
        reasons, reached = _waits(rig, provider), reachable(port, provider)
        found = subjects_found_wrong(rig)
        rig.ask("network", {"provider": provider, "blackhole": False})
        rig.drain(tracks, 600)
        return Vanished(
            calls,
            rig.refusals(),
            reasons,
            worker.said().count(SAYS),
            reached,
            found,
            rig.done(),
        )


def _waits(rig: Rig, provider: str) -> dict[str, int]:
    return {row["reason"]: row["n"] for row in rig.rows(_PARTS, provider)}


def reachable(port: int, provider: str) -> float:
    """Read the worker's own metric."""
    with urllib.request.urlopen(f"http://127.0.0.1:{port}/metrics") as answer:
        text = answer.read().decode()
    name = f'enrichment_provider_reachable{{provider="{provider}"}}'
    [value] = re.findall(rf"^{re.escape(name)} (\S+)$", text, re.MULTILINE)
    return float(value)


def subjects_found_wrong(rig: Rig) -> list[str]:
    """Return the subjects that `enrichment doctor` finds something wrong with."""
    ended = subprocess.run(
        [sys.executable, "-m", "enrichment", "doctor", "--json"],
        env=dict(rig.workers.environment),
        capture_output=True,
        timeout=60,
        check=False,
    )
    findings = json.loads(ended.stdout)
    return [finding["subject"] for finding in findings if not finding["well"]]
