"""The real pipeline over the hostile world: crawl, queues, workers, rows."""

import asyncio
import json
import os
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import asyncpg

from benchmarks.servers import Servers, open_servers
from benchmarks.truth.judging import Row
from devstack import private_environment
from provider_simulator.world.hostile.playlist import Mix
from tests import pipeline

# Spotify's day is no matter here: lifted where it is kept and where it is counted.
_NO_DAY = 10_000_000
_LOOK_SECONDS = 1.0
_OPEN = """
SELECT count(*) FROM tracks WHERE status IN ('pending', 'in_progress', 'partial')
"""
_ROWS = """
SELECT DISTINCT ON (line.raw, r.provider) line.raw, r.provider, r.outcome, r.question,
    CASE r.provider WHEN 'spotify' THEN t.spotify_id
        WHEN 'musicbrainz' THEN t.musicbrainz_id::text ELSE t.lastfm_url END AS id
FROM tracklist_rows AS line
JOIN tracks AS t USING (track_id)
JOIN provider_records AS r USING (track_id)
WHERE r.outcome IN ('found', 'absent', 'ambiguous')
ORDER BY line.raw, r.provider
"""
_READ = "SELECT DISTINCT raw FROM tracklist_rows WHERE track_id IS NOT NULL"


class NotInTime(Exception):  # noqa: N818 (it says what is the matter)
    """The tracks did not come to their end."""


@dataclass(frozen=True, slots=True)
class Asked:
    """What to run."""

    mixes: Path
    tracks: int
    seed: int
    providers: Sequence[str]
    workers: int
    time_scale: float
    timeout_seconds: float


@dataclass(frozen=True, slots=True)
class Came:
    """What is in Postgres at the end; lines that became no known track."""

    rows: list[Row]
    unread: int
    calls: dict[str, int]
    seconds: float


def run(asked: Asked, playlist: Sequence[Mix]) -> Came:
    """
    Crawl the mixes' lines, wait until all is enriched, read the rows.

    Raises:
        NotInTime: that took too long.
    """
    with (
        tempfile.TemporaryDirectory(prefix="bench-truth-") as name,
        open_servers() as servers,
    ):
        folder = Path(name)
        _write_mixes(folder / "mixes", playlist)
        with _simulator(asked) as simulator:
            began = time.monotonic()
            workers = pipeline.Workers(_environment(asked, servers, simulator), folder)
            try:
                for _ in range(asked.workers):
                    workers.start()
                _crawl(servers, folder)
                asyncio.run(_wait(servers, asked.timeout_seconds, workers))
            finally:
                workers.end()
            lines = [line for mix in playlist for line in mix.lines]
            rows, read = asyncio.run(_rows(servers))
            return Came(
                rows=rows,
                unread=len(set(lines) - read),
                calls={n: seen["calls"] for n, seen in simulator.summary().items()},
                seconds=round(time.monotonic() - began, 1),
            )


def _write_mixes(folder: Path, playlist: Sequence[Mix]) -> None:
    """Write each mix as a person pastes it: its title, then its lines."""
    folder.mkdir()
    for number, mix in enumerate(playlist):
        text = "\n".join([mix.title, "", *mix.lines, ""])
        (folder / f"mix-{number:05d}.txt").write_text(text, encoding="utf-8")


@contextmanager
def _simulator(asked: Asked) -> Iterator[pipeline.Simulator]:
    command = [
        *(sys.executable, "-m", "provider_simulator", "--port", "0", "--with-parent"),
        *("--world", "hostile", "--mixes", str(asked.mixes)),
        *("--mix-tracks", str(asked.tracks), "--seed", str(asked.seed)),
        *("--time-scale", str(asked.time_scale)),
        *("--set", f"spotify_day_calls={_NO_DAY}"),
    ]
    process = subprocess.Popen(  # noqa: S603 (our own command)
        command,
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        text=True,
        env=private_environment(os.environ),
    )
    assert process.stdout is not None  # noqa: S101 (a pipe)
    try:
        yield pipeline.Simulator(**json.loads(process.stdout.readline()))
    finally:
        process.terminate()
        process.communicate(timeout=30)


def _environment(
    asked: Asked, servers: Servers, simulator: pipeline.Simulator
) -> dict[str, str]:
    return {
        **servers.environment,
        **simulator.settings,
        "SPOTIFY_CALLS_PER_DAY": str(_NO_DAY),
        "ENRICHMENT_TIME_SCALE": str(asked.time_scale),
        "ENRICHMENT_PROVIDERS": ",".join(asked.providers),
    }


def _crawl(servers: Servers, folder: Path) -> None:
    subprocess.run(  # noqa: S603 (our own command)
        [
            *(sys.executable, "-m", "scrapers.crawl", "tracklist_files"),
            *("-a", f"path={folder / 'mixes'}"),
            *("--report", str(folder / "crawl.json")),
        ],
        env={**private_environment(os.environ), **servers.environment},
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
        check=True,
    )


async def _wait(servers: Servers, seconds: float, workers: pipeline.Workers) -> None:
    end = time.monotonic() + seconds
    connection = await asyncpg.connect(servers.database_url)
    try:
        while await connection.fetchval(_OPEN):
            if time.monotonic() > end or _has_ended(workers):
                said = "\n".join(w.said()[-1500:] for w in workers.started)
                raise NotInTime(f"not all tracks are done:\n{said}")
            await asyncio.sleep(_LOOK_SECONDS)
    finally:
        await connection.close()


def _has_ended(workers: pipeline.Workers) -> bool:
    return any(worker.process.poll() is not None for worker in workers.started)


async def _rows(servers: Servers) -> tuple[list[Row], set[str]]:
    connection = await asyncpg.connect(servers.database_url)
    try:
        read = {_plain(row["raw"]) for row in await connection.fetch(_READ)}
        return [_row(row) for row in await connection.fetch(_ROWS)], read
    finally:
        await connection.close()


def _row(row: Any) -> Row:  # noqa: ANN401 (a record)
    return Row(
        line=_plain(row["raw"]),
        provider=row["provider"],
        id=row["id"] if row["outcome"] == "found" else None,
        outcome=row["outcome"],
        question=row["question"],
    )


def _plain(raw: str) -> str:
    return " ".join(raw.split())
