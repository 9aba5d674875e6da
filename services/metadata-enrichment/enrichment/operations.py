"""What an operator does by hand: declare queues, migrate, see what waits where."""

from collections.abc import AsyncIterator, Iterator, Mapping, Sequence
from contextlib import asynccontextmanager, contextmanager
from dataclasses import asdict, dataclass
from datetime import UTC, datetime

import asyncpg
import orjson
from aio_pika.exceptions import AMQPError
from redis.asyncio import Redis
from rich.console import Console
from rich.table import Table

from enrichment import enrich, servers, wiring
from enrichment.contract import finished_tracks, queues
from enrichment.contract.cache_keys import PREFIX, ROWS_PREFIX
from enrichment.errors import ConfigurationError, ServerAway
from enrichment.lookup.bench import Bench
from enrichment.lookup.capabilities import Capabilities, Learnt
from enrichment.lookup.rate_budget import PacedBy
from enrichment.lookup.redis_link import RedisLink
from enrichment.queueing import topology
from enrichment.settings import Settings
from enrichment.tracks import ProviderName
from enrichment.writing import migrations, provenance, rekeying, retention, waiting
from enrichment.writing.away import server_away
from enrichment.writing.benches import BenchTable
from enrichment.writing.recomputing import Contribution

_STATUSES = "SELECT status, count(*) AS tracks FROM tracks GROUP BY 1 ORDER BY 1"


@dataclass(frozen=True, slots=True)
class QueueDepth:
    """Messages that nobody holds yet, and who consumes."""

    ready: int
    consumers: int


@dataclass(frozen=True, slots=True)
class WaitingParts:
    """Parts of tracks that wait for one provider, for one reason."""

    provider: str
    reason: str
    parts: int


@dataclass(frozen=True, slots=True)
class QueueState:
    """What is queued, what stands in rows, what waits; a queue not declared is out."""

    queues: Mapping[str, QueueDepth]
    tracks: Mapping[str, int]
    unpublished: int
    waiting: tuple[WaitingParts, ...]


async def init_queues(settings: Settings) -> None:
    """Declare the topology; waits for the broker. Raises TopologyDrift."""
    connection = await servers.open_broker(settings)
    try:
        await topology.declare(connection)
    finally:
        await connection.close()


async def show_queues(settings: Settings, *, as_json: bool) -> None:
    """Print depth and consumers by queue, tracks by status, waiting parts by reason."""
    with at_once("RabbitMQ"):
        connection = await servers.open_broker(settings, wait=False)
    try:
        depths = await topology.depths(connection)
    finally:
        await connection.close()
    async with _postgres(settings) as pool:
        state = await queue_state(pool, depths)
    if as_json:
        Console().print_json(orjson.dumps(asdict(state)).decode())
        return
    console = Console()
    console.print(_queue_table(depths))
    statuses = sorted(state.tracks.items())
    console.print(_count_table("Tracks by status", "status", statuses))
    waits = [(f"{w.provider}: {w.reason}", w.parts) for w in state.waiting]
    console.print(_count_table("Waiting in Postgres", "provider: reason", waits))


async def queue_state(
    pool: asyncpg.Pool, depths: Mapping[str, tuple[int, int]]
) -> QueueState:
    """Add what stands in Postgres to the queues' depths and consumers."""
    with server_away():
        rows = await pool.fetch(_STATUSES)
    unpublished, parts = await waiting.counts(pool)
    return QueueState(
        queues={name: QueueDepth(*depth) for name, depth in depths.items()},
        tracks={row["status"]: row["tracks"] for row in rows},
        unpublished=unpublished,
        waiting=tuple(WaitingParts(*part) for part in parts),
    )


def _queue_table(depths: Mapping[str, tuple[int, int]]) -> Table:
    table = Table(title="Queues", title_justify="left")
    table.add_column("queue")
    table.add_column("ready", justify="right")
    table.add_column("consumers", justify="right")
    for queue in queues.ALL_QUEUES:
        if queue.name in depths:
            ready, consumers = depths[queue.name]
            table.add_row(queue.name, f"{ready:,}", str(consumers))
        else:
            table.add_row(queue.name, "[red]not declared: enrichment queue-init[/]", "")
    return table


def _count_table(title: str, what: str, rows: Sequence[tuple[str, int]]) -> Table:
    table = Table(title=title, title_justify="left")
    table.add_column(what)
    table.add_column("count", justify="right")
    for name, count in rows:
        table.add_row(name, f"{count:,}")
    if not rows:
        table.add_row("[dim]none[/]", "0")
    return table


async def migrate_up(settings: Settings) -> None:
    """Apply what is missing; say what was done."""
    async with _postgres(settings) as pool, pool.acquire() as connection:
        done = await migrations.up(connection)
    for migration in done:
        _say(f"applied {migration.version:03} {migration.name}")
    _say("schema is up to date")


async def migrate_down(settings: Settings, to: int) -> None:
    """Take migrations above `to` back; say what was done."""
    async with _postgres(settings) as pool, pool.acquire() as connection:
        done = await migrations.down(connection, to)
    for migration in done:
        _say(f"took back {migration.version:03} {migration.name}")
    _say(f"schema is at {to:03}")


async def migrate_identity(settings: Settings) -> None:
    """Give stored tracks their new ids; safe to repeat, safe beside workers."""
    async with _postgres(settings) as pool:
        done = await rekeying.rekey(pool)
    _say(f"{done.renamed:,} renamed, {done.merged:,} merged, {done.kept:,} kept")


async def migrate_status(settings: Settings) -> None:
    """List migrations and since when each is applied."""
    async with _postgres(settings) as pool, pool.acquire() as connection:
        have = await migrations.applied(connection)
    table = Table("version", "name", "applied")
    for migration in migrations.known():
        at = have.get(migration.version)
        since = f"{at:%Y-%m-%d %H:%M:%S %Z}" if at else "[yellow]missing[/]"
        table.add_row(f"{migration.version:03}", migration.name, since)
    Console().print(table)


async def list_providers(settings: Settings, *, as_json: bool) -> None:
    """Print what keeps each provider from being asked, and what accounts may call."""
    async with _bench(settings) as (bench, link):
        states = [await bench.state(name) for name in ProviderName]
        capabilities = Capabilities(link, wiring.accounts(settings))
        learnt = {name: await capabilities.read(name) for name in ProviderName}
    if as_json:
        document = [
            asdict(state) | {"capabilities": learnt[state.provider]} for state in states
        ]
        Console().print_json(orjson.dumps(document).decode())
        return
    table = Table("provider", "enabled", "state", "until", "reason")
    for state in states:
        enabled = "yes" if state.provider in settings.enrichment_providers else "no"
        if state.paused:
            table.add_row(state.provider, enabled, "[yellow]paused[/]", "resumed", "")
        for standing in state.benches:
            until = datetime.fromtimestamp(standing.until, UTC)
            over = until <= datetime.now(UTC)
            table.add_row(
                state.provider,
                enabled,
                "waits for its probe" if over else "[red]benched[/]",
                f"{until:%Y-%m-%d %H:%M:%S} UTC",
                f"{standing.reason} {standing.operation}".strip(),
            )
        if not state.paused and not state.benches:
            table.add_row(state.provider, enabled, "[green]may be asked[/]", "", "")
    Console().print(table)
    Console().print(_capability_table(learnt))


def _capability_table(
    learnt: Mapping[ProviderName, Mapping[str, Learnt]],
) -> Table:
    """Show what answers have shown of our accounts, as workers rely on it."""
    table = Table(title="What accounts may call", title_justify="left")
    for column in ("provider", "capability", "state", "learnt"):
        table.add_column(column)
    for provider, capabilities in learnt.items():
        for name, one in sorted(capabilities.items()):
            state = "[green]open[/]" if one.is_open else "[yellow]closed[/]"
            at = f"{datetime.fromtimestamp(one.at, UTC):%Y-%m-%d %H:%M:%S} UTC"
            table.add_row(provider, name.replace("_", " "), state, at)
    if not table.rows:
        table.add_row("[dim]nothing learnt yet: the first answers show it[/]")
    return table


async def pause_provider(settings: Settings, name: str, *, paused: bool) -> None:
    """Pause or resume a provider for the whole cluster."""
    provider = _provider(name)
    async with _bench(settings) as (bench, _):
        await (bench.pause(provider) if paused else bench.resume(provider))
    _say(f"{provider} is {'paused' if paused else 'resumed'} for all workers")
    if not paused:
        async with _postgres(settings) as pool:
            parts = await waiting.bring_forward(pool, provider, PacedBy.PAUSE)
        _say(f"{parts:,} tracks that waited for it are due now")


async def revoke(
    settings: Settings,
    name: str | None,
    *,
    rule: int | None,
    since: datetime | None,
    before: datetime | None,
    dry_run: bool,
) -> None:
    """Take back a contribution, in rows and in the cache; say what it came to."""
    provider = _provider(name) if name else None
    try:
        contribution = Contribution(provider, rule, since, before)
    except ValueError as error:
        raise ConfigurationError(f"revoke: {error}") from None
    async with _postgres(settings) as pool:
        done = await provenance.take_back(
            pool, contribution, data_version=enrich.DATA_VERSION, dry_run=dry_run
        )
    if not dry_run:
        # what workers would write again as it was, and the ids that crawls read
        forgotten = [f"{ROWS_PREFIX}*", f"{finished_tracks.PREFIX}*"]
        if provider is not None and rule is None:
            forgotten.append(f"{PREFIX}:{provider.value}:*")
        await _forget(settings, forgotten)
    word = "would be taken back" if dry_run else "taken back"
    _say(
        f"{done.values:,} values of {done.tracks:,} tracks {word},"
        f" {done.replaced:,} of them replaced, {done.calls:,} calls"
    )


async def _forget(settings: Settings, patterns: Sequence[str]) -> None:
    """Drop entries from Redis; workers forget theirs within minutes."""
    client = servers.open_redis(settings)

    async def drop(redis: Redis) -> None:
        for pattern in patterns:
            keys = [key async for key in redis.scan_iter(pattern, count=1000)]
            for start in range(0, len(keys), 1000):
                await redis.delete(*keys[start : start + 1000])

    try:
        await RedisLink(client).ask("forget", drop)
    except ServerAway as error:
        raise ServerAway(
            f"Taken back in the rows, not in the cache; run it again: {error}"
        ) from error
    finally:
        await client.aclose()


async def purge_answers(settings: Settings) -> None:
    """Delete kept answers that have expired by their providers' terms."""
    async with _postgres(settings) as pool:
        count = await retention.purge_expired(pool)
    _say(f"{count:,} expired answers deleted")


def _provider(name: str) -> ProviderName:
    try:
        return ProviderName(name)
    except ValueError:
        known = ", ".join(ProviderName)
        raise ConfigurationError(f"no provider {name!r}; there are {known}") from None


@asynccontextmanager
async def _bench(settings: Settings) -> AsyncIterator[tuple[Bench, RedisLink]]:
    redis = servers.open_redis(settings)
    try:
        async with _postgres(settings) as pool:
            link = RedisLink(redis)
            bench = Bench(link, BenchTable(pool))
            await bench.restore()
            yield bench, link
    finally:
        await redis.aclose()


@asynccontextmanager
async def _postgres(settings: Settings) -> AsyncIterator[asyncpg.Pool]:
    with at_once("Postgres"):
        pool = await servers.open_pool(settings, 2, wait=False)
    try:
        yield pool
    finally:
        await pool.close()


@contextmanager
def at_once(server: str) -> Iterator[None]:
    """Tell that a server is away: a command at a terminal does not wait for it."""
    try:
        yield
    except (OSError, TimeoutError, AMQPError, asyncpg.PostgresError) as error:
        said = f"{type(error).__name__}: {error}"
        raise ServerAway(f"{server} cannot be reached: {said}") from error


def _say(sentence: str) -> None:
    Console(highlight=False).print(sentence)
