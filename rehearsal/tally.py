"""What one pass of a replay came to, counted in Postgres and by the simulator."""

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from rehearsal import waiting
from rehearsal.processes import fetch_json, fetch_metrics
from rehearsal.stage import Stage
from rehearsal.summary import OUTCOMES
from rehearsal.waiting import Waiting

_STATES = "SELECT status, outcome, count(*) AS tracks FROM tracks GROUP BY 1, 2"
_MENTIONS = """
SELECT count(*) AS mentions, count(*) FILTER (WHERE track_id IS NULL) AS unidentified
FROM tracklist_rows
"""
_LOST = """
SELECT count(*) FROM unnest($1::uuid[]) AS expected (track_id)
LEFT JOIN tracks USING (track_id)
WHERE tracks.status IS NULL
"""


@dataclass(slots=True)
class Tally:
    """What one pass came to."""

    mentions: int = 0
    tracks: int = 0
    published: int = 0
    outcomes: dict[str, int] = field(default_factory=dict)
    lost: int = 0
    calls: dict[str, int] = field(default_factory=dict)
    refusals: dict[str, int] = field(default_factory=dict)
    cache: dict[str, int] = field(default_factory=dict)
    waiting_for: Sequence[Waiting] = ()
    seconds: float = 0.0
    in_time: bool = True

    @property
    def is_well(self) -> bool:
        """Whether nothing was lost, refused or late."""
        return self.in_time and not self.lost and not any(self.refusals.values())

    def as_dict(self, workers: int) -> dict[str, Any]:
        """Return the keys of the report, in its order."""
        return {
            "mentions": self.mentions,
            "tracks": self.tracks,
            "published": self.published,
            "outcomes": self.outcomes,
            "lost": self.lost,
            "calls": self.calls,
            "refusals": self.refusals,
            "cache": self.cache,
            "waiting_for": waiting.report(self.waiting_for),
            "workers": workers,
            "seconds": round(self.seconds, 2),
            # a run on kept data may have nothing to do
            "tracks_per_second": round(
                min(self.tracks, self.published) / self.seconds, 2
            )
            if self.seconds
            else 0.0,
        }


@dataclass(frozen=True, slots=True)
class Counts:
    """What simulator and workers have counted since they began."""

    calls: Mapping[str, int]
    refusals: Mapping[str, int]
    cache: Mapping[str, int]


async def tally(run: Stage, expected: Collection[str]) -> Tally:
    """Count what is in Postgres and in the dead letters."""
    states = await run.pool.fetch(_STATES)
    [mentions] = await run.pool.fetch(_MENTIONS)
    depths = await run.depths.read()
    outcomes = dict.fromkeys(OUTCOMES, 0)
    for row in states:
        outcomes[_outcome(row["status"], row["outcome"])] += row["tracks"]
    outcomes["unidentified"] = mentions["unidentified"]
    # dead letters without a row of their own: bodies that could not be decoded
    dead = depths.get("metadata_enrichment_dlq", (0, 0))[0]
    outcomes["dead_lettered"] = max(outcomes["dead_lettered"], dead)
    return Tally(
        mentions=mentions["mentions"],
        tracks=sum(row["tracks"] for row in states),
        outcomes=outcomes,
        lost=await run.pool.fetchval(_LOST, list(expected)),
        waiting_for=await waiting.read(run.pool),
    )


def counts(run: Stage) -> Counts:
    """Read what was counted until now; blocks while it asks."""
    summary = fetch_json(f"{run.simulator}/_simulator/ledger/summary")
    providers = summary.get("providers", summary)
    cache = {"hits": 0, "misses": 0}
    for port in run.metrics_ports:
        values = fetch_metrics(f"http://127.0.0.1:{port}/metrics")
        cache["hits"] += int(values.get("enrichment_cache_hits_total", 0))
        cache["misses"] += int(values.get("enrichment_cache_misses_total", 0))
    return Counts(
        {name: seen["calls"] for name, seen in providers.items()},
        {name: seen["refusals"] for name, seen in providers.items()},
        cache,
    )


def world_tracks(run: Stage) -> int:
    """Ask the simulator how many tracks its world is made of; blocks meanwhile."""
    summary = fetch_json(f"{run.simulator}/_simulator/catalogue/summary")
    return int(summary["tracks"])


def grown(after: Mapping[str, int], before: Mapping[str, int]) -> dict[str, int]:
    """Return by how much each count has grown."""
    return {name: count - before.get(name, 0) for name, count in after.items()}


def _outcome(status: str, outcome: str | None) -> str:
    """Name the one of the report's outcomes that a row's state is."""
    if status == "completed":
        return "completed" if outcome in {None, "matched"} else outcome
    return {"partial": "partial", "failed": "dead_lettered"}.get(status, "waiting")
