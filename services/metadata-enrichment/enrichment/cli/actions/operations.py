"""What an operator does by hand: declare queues, migrate, see what waits where."""

from collections.abc import AsyncIterator, Iterator, Mapping, Sequence
from contextlib import asynccontextmanager, contextmanager
from dataclasses import asdict, dataclass

import asyncpg
from rich.table import Table

from enrichment.app import clients
from enrichment.app.settings import Settings
from enrichment.cli.progress import bar
from enrichment.cli.terminal import Terminal, cell, print_json
from enrichment.contract import queues
from enrichment.errors import ConfigurationError, InputInvalid, ServerAway
from enrichment.providers.registry import SPECS
from enrichment.queueing import topology
from enrichment.scheduling.queue_states import queue_state
from enrichment.store import migrations, preflight, provider_rows, rekeying, roles


async def init_queues(settings: Settings) -> None:
    """Declare the topology; waits for the broker. Raises TopologyDrift."""
    connection = await clients.open_broker(settings)
    try:
        await topology.declare(connection)
    finally:
        await connection.close()


async def show_queues(settings: Settings, *, as_json: bool) -> None:
    """Print depth and consumers by queue, tracks by status, waiting parts by reason."""
    with at_once("RabbitMQ"):
        connection = await clients.open_broker(settings, wait=False)
    try:
        depths = await topology.depths(connection)
    finally:
        await connection.close()
    async with postgres(settings) as pool:
        state = await queue_state(pool, depths)
    if as_json:
        print_json(asdict(state))
        return
    console = Terminal()
    console.print(_queue_table(depths))
    statuses = sorted(state.tracks.items())
    console.print(_count_table("Tracks by status", "status", statuses))
    waits = [(f"{w.provider}: {w.reason}", w.parts) for w in state.waiting]
    console.print(_count_table("Waiting in Postgres", "provider: reason", waits))


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
        table.add_row(cell(name), f"{count:,}")
    if not rows:
        table.add_row("[dim]none[/]", "0")
    return table


async def migrate_up(settings: Settings) -> None:
    """Apply what is missing, then give the roles their rights; say what was done."""
    async with postgres(settings, owner=True) as pool, pool.acquire() as connection:
        if (fault := await preflight.encoding_fault(connection)) is not None:
            raise ConfigurationError(f"Postgres: {fault.detail}: {fault.advice}")
        missing = len(migrations.known()) - len(await migrations.applied(connection))
        with bar("migrating", missing) as advance:
            done = await migrations.up(connection, advance=advance)
        await provider_rows.add_missing(connection, SPECS.values())
        refused = await roles.give(connection, _role_passwords(settings))
    for migration in done:
        say(f"applied {migration.version:03} {migration.name}")
    for one in refused:
        say(f"role {one.role} is yours to make, with its password: {one.said}")
    say("schema is up to date")


def _role_passwords(settings: Settings) -> dict[str, str]:
    """Return those of the roles to be made; a URL names users that are there."""
    if settings.database_url:
        return {}
    given = {
        "musicdb_worker": settings.enrichment_db_password,
        "musicdb_scraper": settings.scraper_db_password,
        "musicdb_service": settings.service_db_password,
        "musicdb_analyst": settings.analyst_db_password,
    }
    return {role: s.get_secret_value() for role, s in given.items() if s}


@dataclass(frozen=True, slots=True)
class TakenBack:
    """What going back to a version deletes: migrations, and rows that stand now."""

    migrations: tuple[str, ...]
    tracks: int
    tracklists: int


async def migrate_down_loss(settings: Settings, to: int) -> TakenBack:
    """
    Return what `migrate_down` would delete.

    Raises:
        InputInvalid: this version knows no such migration.
    """
    newest = migrations.known()[-1].version
    if not 0 <= to <= newest:
        raise InputInvalid(f"--to {to}: this version knows 0 to {newest}")
    async with postgres(settings, owner=True) as pool:
        async with pool.acquire() as connection:
            have = await migrations.applied(connection)
        counts = {
            table: await pool.fetchval(f"SELECT count(*) FROM {table}")  # noqa: S608 (a constant)
            for table in ("tracks", "tracklists")
            if await pool.fetchval("SELECT to_regclass($1)", table)
        }
    names = (
        f"{m.version:03} {m.name}"
        for m in reversed(migrations.known())
        if m.version in have and m.version > to
    )
    return TakenBack(tuple(names), counts.get("tracks", 0), counts.get("tracklists", 0))


async def migrate_down(settings: Settings, to: int) -> None:
    """Take migrations above `to` back; say what was done."""
    async with postgres(settings, owner=True) as pool, pool.acquire() as connection:
        done = await migrations.down(connection, to)
    for migration in done:
        say(f"took back {migration.version:03} {migration.name}")
    say(f"schema is at {to:03}")


async def migrate_identity(settings: Settings) -> None:
    """Write the new ids of stored tracks; safe to repeat, safe beside workers."""
    async with postgres(settings, owner=True) as pool:
        with bar("new ids", await rekeying.outdated(pool)) as advance:
            done = await rekeying.rekey(pool, advance=advance)
    say(f"{done.renamed:,} renamed, {done.merged:,} merged, {done.kept:,} kept")


async def migrate_status(settings: Settings, *, as_json: bool) -> None:
    """List migrations and since when each is applied."""
    async with postgres(settings) as pool, pool.acquire() as connection:
        have = await migrations.applied(connection)
    if as_json:
        known = [
            {"version": m.version, "name": m.name, "applied_at": have.get(m.version)}
            for m in migrations.known()
        ]
        print_json(known)
        return
    table = Table("version", "name", "applied")
    for migration in migrations.known():
        at = have.get(migration.version)
        since = f"{at:%Y-%m-%d %H:%M:%S %Z}" if at else "[yellow]missing[/]"
        table.add_row(f"{migration.version:03}", migration.name, since)
    Terminal().print(table)


@asynccontextmanager
async def postgres(
    settings: Settings, *, owner: bool = False
) -> AsyncIterator[asyncpg.Pool]:
    """Lend a small pool; a server that is away is told at once."""
    with at_once("Postgres"):
        pool = await clients.open_pool(settings, 2, wait=False, owner=owner)
    try:
        yield pool
    finally:
        await pool.close()


@contextmanager
def at_once(server: str) -> Iterator[None]:
    """Return whether a server is away: a command at a terminal does not wait for it."""
    try:
        yield
    except Exception as error:
        if clients.is_refusal(error) or not clients.is_away(error):
            # what only an operator can change is told as it is
            raise
        said = f"{type(error).__name__}: {error}"
        raise ServerAway(f"{server} cannot be reached: {said}") from error


def say(sentence: str) -> None:
    """Print one sentence as it is."""
    Terminal(highlight=False).print(cell(sentence))
