"""What a replay runs on: private servers, the simulator, workers."""

import asyncio
import os
import shutil
import sys
import tempfile
from collections.abc import AsyncIterator, Callable, Mapping, Sequence
from contextlib import AsyncExitStack, asynccontextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import asyncpg
import orjson

from enrichment import settings
from enrichment.errors import ConfigurationError, EnrichmentError
from enrichment.processes import Process, free_ports, start
from enrichment.settings import PREFETCH_COUNT, Settings
from enrichment.writing import migrations

STOP_SECONDS = 15.0


@dataclass(frozen=True, slots=True)
class Plan:
    """What to run; `enrichment replay --help` says what each option means."""

    path: Path
    workers: int = 1
    passes: int = 1
    catalogue: Path | None = None
    coverage: str = "full"
    seed: int = 7
    time_scale: float = 1.0
    prefetch: int = PREFETCH_COUNT
    keep: Path | None = None
    timeout_seconds: float = 3600.0


@dataclass(slots=True)
class Stage:
    """The servers and processes of a run."""

    environment: Mapping[str, str]
    settings: Settings
    simulator: str
    pool: asyncpg.Pool
    folder: Path
    metrics_ports: Sequence[int] = ()
    workers: list[Process] = field(default_factory=list)


async def open_stage(
    plan: Plan,
    stack: AsyncExitStack,
    expected: Mapping[str, Mapping[str, Any]],
    say: Callable[[str], None],
) -> Stage:
    """Start everything a run needs; it ends with `stack`."""
    try:
        import devstack  # noqa: PLC0415 (not in an image)
    except ImportError as error:  # an image of ours, without the development tools
        raise ConfigurationError(
            "replay needs devstack, which is part of a checkout: git clone, make setup"
        ) from error
    devstack.forget_named_servers()
    folder = await stack.enter_async_context(_folder(plan.keep))
    say("Starting private PostgreSQL, Redis and RabbitMQ")
    servers = devstack.open_stack(folder=plan.keep and plan.keep / "servers")
    try:
        running = await asyncio.to_thread(servers.__enter__)
    except devstack.DevstackError as error:
        raise EnrichmentError(str(error)) from error
    stack.callback(servers.__exit__, None, None, None)
    simulator, url = await _simulator(plan, folder, expected)
    stack.push_async_callback(simulator.stop, STOP_SECONDS)
    environment = {
        **os.environ,
        **running.environment,
        **_provider_settings(plan, url),
    }
    settings = _settings_of(environment)
    pool = await asyncpg.create_pool(settings.postgres_dsn, min_size=1, max_size=2)
    stack.push_async_callback(pool.close)
    async with pool.acquire() as connection:
        await migrations.up(connection)
    run = Stage(environment, settings, url, pool, folder)
    run.metrics_ports = free_ports(plan.workers)
    say(f"Starting {plan.workers} workers")
    stack.push_async_callback(stop, run.workers)
    for number, port in enumerate(run.metrics_ports, 1):
        run.workers.append(
            await start(
                [sys.executable, "-m", "enrichment", "worker"],
                {**environment, "ENRICHMENT_METRICS_PORT": str(port)},
                folder / f"worker-{number}.log",
            )
        )
    return run


def _settings_of(environment: Mapping[str, str]) -> Settings:
    return settings.load(dict(environment))


def _provider_settings(plan: Plan, url: str) -> dict[str, str]:
    """Point every provider at the simulator; run limits as fast as its clock."""
    scale = plan.time_scale
    return {
        "SPOTIFY_BASE_URL": f"{url}/spotify/v1",
        "SPOTIFY_TOKEN_URL": f"{url}/spotify/api/token",
        "MUSICBRAINZ_BASE_URL": f"{url}/musicbrainz/ws/2",
        "LASTFM_BASE_URL": f"{url}/lastfm/2.0/",
        "SPOTIFY_CLIENT_ID": "replay",
        "SPOTIFY_CLIENT_SECRET": "replay",
        "LASTFM_API_KEY": "replay",
        "MUSICBRAINZ_USER_AGENT": "SongNodesReplay/1.0 ( replay@localhost )",
        "ENRICHMENT_TIME_SCALE": str(scale),
        "ENRICHMENT_SWEEP_INTERVAL_SECONDS": str(max(0.5, 2 / scale)),
        "PREFETCH_COUNT": str(plan.prefetch),
    }


@asynccontextmanager
async def _folder(keep: Path | None) -> AsyncIterator[Path]:
    """Give a folder for logs; a temporary one is kept only when something broke."""
    if keep is not None:
        keep.mkdir(parents=True, exist_ok=True)
        yield keep
        return
    folder = Path(tempfile.mkdtemp(prefix="enrichment-replay-"))
    try:
        yield folder
    except Exception:
        sys.stderr.write(f"logs of the run: {folder}\n")
        raise
    shutil.rmtree(folder, ignore_errors=True)


async def _simulator(
    plan: Plan, folder: Path, expected: Mapping[str, Mapping[str, Any]]
) -> tuple[Process, str]:
    world = ["--catalogue", str(plan.catalogue)] if plan.catalogue else []
    if not world:
        tracks = folder / "tracks.jsonl"
        tracks.write_bytes(b"".join(orjson.dumps(r) + b"\n" for r in expected.values()))
        world = ["--tracks", str(tracks), "--coverage", plan.coverage]
    process = await start(
        [
            *(sys.executable, "-m", "provider_simulator", "--port", "0"),
            *("--seed", str(plan.seed), "--time-scale", str(plan.time_scale)),
            *("--ledger", str(folder / "provider-calls.jsonl")),
            *world,
        ],
        dict(os.environ),
        folder / "simulator.log",
        announces=True,
    )
    line = await process.first_line(timeout=30)
    return process, str(orjson.loads(line)["url"])


async def stop(workers: list[Process]) -> None:
    """Ask all workers to end, together."""
    await asyncio.gather(*(worker.stop(STOP_SECONDS) for worker in workers))
    workers.clear()
