"""What a replay runs on: private servers, the simulator, workers."""

import asyncio
import os
import sys
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import AbstractContextManager, AsyncExitStack, contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

import asyncpg
import orjson

from enrichment.app import settings
from enrichment.app.clients import open_broker
from enrichment.app.settings import PREFETCH_COUNT
from enrichment.contract import queues
from enrichment.contract.messages import Lane
from enrichment.contract.texts import own_secrets
from enrichment.errors import ConfigurationError, EnrichmentError
from enrichment.exports.preflight import INVENTED
from enrichment.model import ProviderName
from enrichment.providers.registry import BUILT_IN, NAMES, SPECS
from enrichment.providers.spec import AnySpec
from enrichment.queueing import topology
from enrichment.store import migrations, provider_rows
from rehearsal.processes import Process, free_ports, start

STOP_SECONDS = 15.0
_SAY_INVENTED = """
DO $$ BEGIN
    EXECUTE format('COMMENT ON DATABASE %I IS %L', current_database(), '{}');
END $$
"""
# Names us to the provider that wants a name; the simulator takes it for any secret.
_CREDENTIAL = "SongNodesReplay/1.0 ( replay@localhost )"
# Of what users' files say of a track, what providers of the world know of it as well.
KNOWN_OF_FILES = ("duration_ms", "isrc")


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
    spotify_day: int | None = None
    network: str | None = None
    prefetch: int = PREFETCH_COUNT
    keep: Path | None = None
    timeout_seconds: float = 3600.0
    unresolved: Path | None = None
    html: Path | None = None
    console: bool = False
    providers: Sequence[ProviderName] = tuple(spec.name for spec in BUILT_IN)


@dataclass(frozen=True, slots=True)
class Simulator:
    """
    Where the simulator is reached, as its first line says.

    Args:
        providers: by name, those with an address of their own: behind a network.
        ca_file: certificate of the authority that vouches for these addresses.
    """

    url: str
    providers: Mapping[str, str] = field(default_factory=dict)
    ca_file: str = ""

    @property
    def settings(self) -> dict[str, str]:
        """What workers find in their environment to ask it."""
        return {
            **addresses({n: self.providers.get(n, self.url) for n in NAMES}),
            "ENRICHMENT_CA_FILE": self.ca_file,
        }


def addresses(at: Mapping[ProviderName, str]) -> dict[str, str]:
    """
    Return the variables that lead workers to simulated providers.

    Args:
        at: by provider, the simulator's address; it serves the real one's path below
            the provider's name.
    """
    return {
        spec.variable(setting): f"{at[name]}/{name}{_path(spec, setting)}"
        for name, spec in SPECS.items()
        for setting in spec.address_settings
    }


def _path(spec: AnySpec, setting: str) -> str:
    address: str = getattr(spec.default_settings, setting)
    return urlsplit(address).path


@dataclass(slots=True)
class Stage:
    """The servers and processes of a run."""

    environment: Mapping[str, str]
    simulator: str
    pool: asyncpg.Pool
    depths: topology.Depths
    folder: Path
    # what children hold open as long as they use the folder
    holds: Sequence[int] = ()
    metrics_ports: list[int] = field(default_factory=list)
    workers: dict[str, list[Process]] = field(default_factory=dict)
    crawls: list[Process] = field(default_factory=list)

    async def start_workers(self, count: int, queue: str = queues.MAIN_QUEUE) -> None:
        """Start workers that consume a queue."""
        for port in free_ports(count):
            self.metrics_ports.append(port)
            worker = await start(
                [sys.executable, "-m", "enrichment", "worker", "--queue", queue],
                {**self.environment, "ENRICHMENT_METRICS_PORT": str(port)},
                self.folder / f"worker-{len(self.metrics_ports)}.log",
                holds=self.holds,
            )
            self.workers.setdefault(queue, []).append(worker)

    async def look_after_workers(self) -> None:
        """
        Start a worker for each queue that has work.

        Raises:
            EnrichmentError: a worker has ended by itself; with the end of its log.
        """
        for worker in (w for several in self.workers.values() for w in several):
            if not worker.running:
                raise EnrichmentError(f"a worker ended by itself:\n{worker.log_tail()}")
        depths = await self.depths.read()
        for lane in Lane:
            queue = queues.QUEUES[lane].name
            ready, _ = depths.get(queue, (0, 0))
            if ready and queue not in self.workers:
                await self.start_workers(1, queue)

    async def stop_workers(self) -> None:
        """Ask all crawls and workers to end, together."""
        running = [*self.crawls, *(w for some in self.workers.values() for w in some)]
        self.crawls.clear()
        self.workers.clear()
        await asyncio.gather(*(process.stop(STOP_SECONDS) for process in running))


async def open_stage(
    plan: Plan,
    stack: AsyncExitStack,
    expected: Mapping[str, Mapping[str, Any]],
    say: Callable[[str], None],
) -> Stage:
    """Start everything a run needs; it ends with `stack`."""
    folder, holds = stack.enter_context(_folder(plan.keep))
    say("Starting private PostgreSQL, Redis and RabbitMQ")
    servers = await _servers(plan, stack)
    say("Starting the provider simulator")
    simulator = await _simulator(plan, stack, folder, expected, holds)
    environment = {**os.environ, **servers, **simulator.settings, **_settings(plan)}
    loaded = settings.load(environment)
    pool = await asyncpg.create_pool(loaded.postgres_dsn, min_size=1, max_size=2)
    stack.push_async_callback(pool.close)
    async with pool.acquire() as connection:
        await migrations.up(connection)
        await provider_rows.add_missing(connection, SPECS.values())
        if plan.catalogue is None:
            await say_invented(pool)
    broker = await open_broker(loaded)
    stack.push_async_callback(broker.close)
    depths = topology.Depths(broker)
    run = Stage(environment, simulator.url, pool, depths, folder, holds)
    stack.push_async_callback(run.stop_workers)
    say(f"Starting {plan.workers} worker{'s' * (plan.workers != 1)}")
    await run.start_workers(plan.workers)
    return run


async def say_invented(pool: asyncpg.Pool) -> None:
    """Write on the database that its values are invented; exports read it."""
    await pool.execute(_SAY_INVENTED.format(INVENTED.replace("'", "''")))


def _devstack() -> Any:  # noqa: ANN401 (a module)
    """Return what starts servers; raise ConfigurationError where it is missing."""
    try:
        import devstack  # noqa: PLC0415 (not in an image)
    except ImportError as error:  # an image of ours, without the development tools
        raise ConfigurationError(
            "replay needs devstack, which is part of a checkout: git clone, make setup"
        ) from error
    return devstack


async def _servers(plan: Plan, stack: AsyncExitStack) -> Mapping[str, str]:
    """Start private servers and forget all others; give their addresses."""
    devstack = _devstack()
    devstack.forget_named_servers()
    _forget_providers()
    servers = devstack.open_stack(folder=plan.keep and plan.keep / "servers")
    opening = asyncio.ensure_future(asyncio.to_thread(servers.__enter__))
    stack.push_async_callback(_close, servers, opening)
    try:
        opened = await asyncio.shield(opening)
    except devstack.DevstackError as error:
        raise EnrichmentError(str(error)) from error
    addresses: Mapping[str, str] = opened.environment
    return addresses


def _forget_providers() -> None:
    """Forget what the environment says of providers, of installed packages as well."""
    for spec in SPECS.values():
        for setting in spec.settings.model_fields:
            os.environ.pop(spec.variable(setting), None)
            os.environ.pop(f"{spec.variable(setting)}_FILE", None)


async def _close(
    servers: AbstractContextManager[Any], opening: asyncio.Future[Any]
) -> None:
    """End the servers, also where we were told to end while they started."""
    await asyncio.wait({opening})
    if opening.exception() is None:
        await asyncio.to_thread(servers.__exit__, None, None, None)


def _settings(plan: Plan) -> dict[str, str]:
    """Run limits as fast as the simulator's clock, with credentials that it takes."""
    scale = plan.time_scale
    day = (
        {} if plan.spotify_day is None else {"SPOTIFY_CALLS_PER_DAY": plan.spotify_day}
    )
    return {
        **{
            spec.variable(setting): _CREDENTIAL
            for spec in SPECS.values()
            for setting in spec.needs
        },
        "ENRICHMENT_PROVIDERS": ",".join(plan.providers),
        "ENRICHMENT_TIME_SCALE": str(scale),
        "ENRICHMENT_SWEEP_INTERVAL_SECONDS": str(max(0.5, 2 / scale)),
        "PREFETCH_COUNT": str(plan.prefetch),
        **{name: str(count) for name, count in day.items()},
    }


@contextmanager
def _folder(keep: Path | None) -> Iterator[tuple[Path, Sequence[int]]]:
    """
    Return a folder for logs and crawls' reports, and what its users hold open.

    A temporary one is always removed, after SIGKILL too.
    """
    if keep is not None:
        keep.mkdir(parents=True, exist_ok=True)
        yield keep, ()
        return
    with _devstack().temporary_folder("enrichment-replay") as place:
        yield place.path, (place.lock,)


async def _simulator(
    plan: Plan,
    stack: AsyncExitStack,
    folder: Path,
    expected: Mapping[str, Mapping[str, Any]],
    holds: Sequence[int],
) -> Simulator:
    """Start the simulator and say where it is; a large world takes it minutes."""
    world = ["--catalogue", str(plan.catalogue)] if plan.catalogue else []
    if not world:
        tracks = folder / "tracks.jsonl"
        # not the parser's names: providers do not know those that it breaks
        known = ("raw", *KNOWN_OF_FILES)
        printed = ({key: row.get(key) for key in known} for row in expected.values())
        tracks.write_bytes(b"".join(orjson.dumps(row) + b"\n" for row in printed))
        world = ["--printed", str(tracks), "--coverage", plan.coverage]
    if plan.spotify_day is not None:
        world += ["--set", f"spotify_day_calls={plan.spotify_day}"]
    if plan.network is not None:
        world += ["--network", plan.network]
    process = await start(
        [
            *(sys.executable, "-m", "provider_simulator", "--port", "0"),
            *("--seed", str(plan.seed), "--time-scale", str(plan.time_scale)),
            *("--ledger", str(folder / "provider-calls.jsonl")),
            *world,
        ],
        own_secrets.without(os.environ),
        folder / "simulator.log",
        announces=True,
        holds=holds,
    )
    stack.push_async_callback(process.stop, STOP_SECONDS)
    try:
        line = await process.first_line(plan.timeout_seconds)
    except RuntimeError as error:
        raise EnrichmentError(f"the provider simulator: {error}") from error
    return Simulator(**orjson.loads(line))
