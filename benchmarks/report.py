"""Medians of all runs, as one JSON document and as a table for people."""

import json
import os
import platform
import statistics
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

import psutil
from rich.console import Console
from rich.table import Table

from benchmarks.measuring import Run


def summary(
    runs: Mapping[str, Sequence[Run]],
    bare: Mapping[str, Sequence[Run]],
    ceiling: Sequence[float],
    scaling: Mapping[int, float],
    publishing: Mapping[str, float],
    conditions: Mapping[str, object],
) -> dict[str, Any]:
    """
    Put the figures together; each is the median over the rounds.

    Args:
        runs: ours, and the peers with the same work.
        bare: the peers with no matching.
    """
    rates, bare_rates = _medians(runs), _medians(bare)
    ours = rates.pop("ours")
    highest = statistics.median(ceiling)
    starts = [run.startup_seconds for run in runs["ours"] if run.startup_seconds]
    return {
        "ours": ours,
        "peers": rates,
        "bare_peers": bare_rates,
        "ratio_same_work": _ratio(ours, rates),
        "ratio_to_bare_peer": _ratio(ours, bare_rates),
        "consume_ceiling": round(highest, 1),
        "share_of_consume_ceiling": round(ours / highest, 3),
        "rss_mb": round(statistics.median(run.rss_mb for run in runs["ours"]), 1),
        "startup_seconds": round(statistics.median(starts), 2),
        "cpu_us_per_track": {
            name: round(statistics.median(run.cpu_us_per_track for run in done))
            for name, done in runs.items()
        },
        "publish_rate": publishing.get("confirmed_per_second"),
        "publishing": dict(publishing),
        "scaling": {str(workers): round(rate, 1) for workers, rate in scaling.items()},
        "rounds": {
            name: [round(run.per_second, 1) for run in done]
            for name, done in (
                *runs.items(),
                *((f"{name} (no matching)", done) for name, done in bare.items()),
            )
        },
        "conditions": dict(conditions),
        "machine": machine(),
    }


def _medians(runs: Mapping[str, Sequence[Run]]) -> dict[str, float]:
    return {
        name: round(statistics.median(run.per_second for run in done), 1)
        for name, done in runs.items()
    }


def _ratio(ours: float, peers: Mapping[str, float]) -> float | None:
    """Compare with the best framework; one message at a time is none."""
    rates = [rate for name, rate in peers.items() if name != "one_at_a_time"]
    return round(ours / max(rates), 2) if rates else None


def machine() -> dict[str, object]:
    """Return what it ran on; the load tells whether anything else did."""
    return {
        "cores": os.cpu_count(),
        "memory_gb": round(psutil.virtual_memory().total / 2**30, 1),
        "processor": _processor(),
        "system": platform.platform(),
        "python": platform.python_version(),
        "load_1m": round(os.getloadavg()[0], 2),
    }


def _processor() -> str:
    path = Path("/proc/cpuinfo")
    lines = path.read_text().splitlines() if path.exists() else []
    named = (line.split(":", 1)[1] for line in lines if line.startswith("model name"))
    return next(named, platform.processor()).strip()


def write(document: Mapping[str, Any], path: Path | None) -> None:
    """Print the table; keep the document where asked."""
    if path is not None:
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(json.dumps(document, indent=2) + "\n")
    table = Table(title="Tracks a second, one worker, warm cache (median)")
    table.add_column("who")
    table.add_column("tracks/s", justify="right")
    table.add_column("of ours", justify="right")
    rows = {
        "bare aio-pika, nothing done": document["consume_ceiling"],
        "enrichment worker": document["ours"],
        **document["peers"],
        **{f"{n}, no matching": rate for n, rate in document["bare_peers"].items()},
    }
    for name, rate in sorted(rows.items(), key=lambda row: -row[1]):
        table.add_row(name, f"{rate:,.0f}", f"{rate / document['ours']:.2f}")
    console = Console()
    console.print(table)
    for name in (
        *("ratio_same_work", "ratio_to_bare_peer"),
        *("share_of_consume_ceiling", "rss_mb"),
        *("cpu_us_per_track", "startup_seconds", "scaling", "publishing", "machine"),
    ):
        console.print(f"{name}: {document[name]}")
