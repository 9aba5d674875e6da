"""Memory and connections of workers over a long undisturbed run."""

import asyncio
from collections.abc import Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass, field
from statistics import median
from typing import Any

import asyncpg
import psutil

from benchmarks.chaos.flow import Run

SAMPLE_SECONDS = 5.0
_MIB = 1024 * 1024
# What starts up is no leak: the first samples do not count.
_WARM_SHARE = 0.2
# Flat: the last quarter is at most so much above the first one after the start.
_FLAT = 1.05
_MOST_RSS_MB = 120.0
# One value a minute is enough to see where a line goes.
_SHOWN_EVERY = round(60 / SAMPLE_SECONDS)

_CONNECTIONS = (
    "SELECT count(*) FROM pg_stat_activity WHERE application_name = 'enrichment-worker'"
)


@dataclass(slots=True)
class Soak:
    """Samples of a run, one list entry every few seconds."""

    run: Run
    minutes: float
    rss_mb: dict[str, list[float]] = field(default_factory=dict)
    sockets: dict[str, list[int]] = field(default_factory=dict)
    postgres: list[int] = field(default_factory=list)

    async def watch(self) -> None:
        """Take samples until the time is over."""
        while self.run.seconds < self.minutes * 60:
            await asyncio.sleep(SAMPLE_SECONDS)
            for worker in self.run.workers:
                if worker.process is not None:
                    with suppress(psutil.Error):
                        self._sample(worker.name, psutil.Process(worker.process.pid))
            connection = await asyncpg.connect(self.run.stack.postgres.url)
            self.postgres.append(await connection.fetchval(_CONNECTIONS))
            await connection.close()

    def _sample(self, name: str, process: psutil.Process) -> None:
        rss = process.memory_info().rss / _MIB
        self.rss_mb.setdefault(name, []).append(round(rss, 1))
        self.sockets.setdefault(name, []).append(len(process.net_connections()))

    def facts(self) -> Mapping[str, Any]:
        """Return early and late medians of each series, and their largest value."""
        series: list[Sequence[float]] = [self.postgres]
        series += [*self.rss_mb.values(), *self.sockets.values()]
        return {
            "minutes": round(self.run.seconds / 60, 1),
            "tracks": self.run.states.get("completed", 0),
            "rss_mb": {name: _trend(values) for name, values in self.rss_mb.items()},
            "sockets": {name: _trend(values) for name, values in self.sockets.items()},
            "postgres_connections": _trend(self.postgres),
            "rss_mb_by_minute": {
                name: values[::_SHOWN_EVERY] for name, values in self.rss_mb.items()
            },
            "rss_under_120_mb": all(
                max(v) < _MOST_RSS_MB for v in self.rss_mb.values()
            ),
            "flat": all(map(_is_flat, series)),
        }


def _trend(values: Sequence[float]) -> dict[str, float]:
    warm = values[int(len(values) * _WARM_SHARE) :]
    quarter = max(1, len(warm) // 4)
    return {
        "early": median(warm[:quarter]),
        "late": median(warm[-quarter:]),
        "most": max(warm),
    }


def _is_flat(values: Sequence[float]) -> bool:
    trend = _trend(values)
    # one connection more is no growth
    return trend["late"] <= max(trend["early"] * _FLAT, trend["early"] + 1)
