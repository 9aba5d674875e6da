"""What an operator does to providers: list, pause, resume, take back, purge."""

from collections.abc import AsyncIterator, Iterator, Mapping, Sequence
from contextlib import asynccontextmanager
from dataclasses import asdict, dataclass
from datetime import UTC, datetime
from typing import Any

import asyncpg
from redis.asyncio import Redis
from rich.table import Table
from rich.text import Text

from enrichment.app import clients, provider_parts
from enrichment.app.settings import Settings
from enrichment.cli.actions.operations import postgres, say
from enrichment.cli.terminal import Terminal, cell, print_json
from enrichment.contract import finished_tracks
from enrichment.contract.keys import PREFIX
from enrichment.errors import InputInvalid, ServerAway
from enrichment.lookup.bench.bench import Bench, ProviderState
from enrichment.lookup.bench.blocked import Learnt
from enrichment.lookup.capabilities import Capabilities
from enrichment.lookup.ratelimit.rate_budget import LimitedBy
from enrichment.lookup.redis_link import RedisLink
from enrichment.model import ProviderName
from enrichment.pipeline import enrich
from enrichment.pipeline import revoke as provenance
from enrichment.pipeline.recompute import Contribution
from enrichment.providers.allowance import Limits, Quota, Window
from enrichment.providers.registry import NAMES, provider_name
from enrichment.scheduling import due, retention
from enrichment.store.benches import BenchTable
from enrichment.store.errors import server_away

_SPENT = """
SELECT provider, sum(calls)::bigint AS calls FROM provider_calls
WHERE day = (now() AT TIME ZONE 'UTC')::date GROUP BY 1
"""


@dataclass(frozen=True, slots=True)
class ProviderAccess:
    """
    Whether a provider may be asked, and how often.

    Args:
        allowance: calls and seconds of every window, as the settings give them.
        calls_today: since midnight UTC, as workers have written them down.
    """

    state: ProviderState
    enabled: bool
    allowance: tuple[str, ...]
    calls_today: int
    capabilities: Mapping[str, Learnt]

    def as_dict(self) -> dict[str, Any]:
        """Return the keys of `providers list --json`."""
        return asdict(self.state) | {
            "enabled": self.enabled,
            "allowance": self.allowance,
            "calls_today": self.calls_today,
            "capabilities": self.capabilities,
        }


async def list_providers(settings: Settings, *, as_json: bool) -> None:
    """Print each provider's allowance, why it is blocked, what accounts may call."""
    access = await _access(settings)
    if as_json:
        document = [one.as_dict() for one in access]
        print_json(document)
        return
    table = Table("provider", "allowance", "today", "state", "until", "reason")
    for one in access:
        allowance = ", ".join(one.allowance) if one.enabled else "[dim]not enabled[/]"
        for state, until, reason in _states(one.state):
            table.add_row(
                one.state.provider,
                allowance,
                f"{one.calls_today:,} calls",
                state,
                until,
                reason,
            )
    Terminal().print(table)
    Terminal().print(
        _capability_table({one.state.provider: one.capabilities for one in access})
    )


async def _access(settings: Settings) -> list[ProviderAccess]:
    limits = provider_parts.limits(settings)
    async with _bench(settings) as (bench, link, pool):
        with server_away():
            rows = await pool.fetch(_SPENT)
        spent = {row["provider"]: row["calls"] for row in rows}
        capabilities = Capabilities(link, provider_parts.accounts(settings))
        return [
            ProviderAccess(
                await bench.state(name),
                enabled=name in settings.enrichment_providers,
                allowance=_allowance(limits[name]),
                calls_today=spent.get(name, 0),
                capabilities=await capabilities.read(name),
            )
            for name in NAMES
        ]


def _allowance(limits: Limits) -> tuple[str, ...]:
    shapes: list[Window | Quota] = [*limits.windows]
    if limits.quota:
        shapes.append(limits.quota)
    return tuple(
        f"{shape.calls:,} call{'s' * (shape.calls != 1)} in {_span(shape.seconds)}"
        for shape in shapes
    )


def _span(seconds: float) -> str:
    hours = seconds / 3600
    return f"{hours:g} h" if hours >= 1 else f"{seconds:.4g} s"


def _states(state: ProviderState) -> Iterator[tuple[str, str, str | Text]]:
    """Yield what blocks a provider, in a table's words; one row where nothing does."""
    if state.paused:
        yield "[yellow]paused[/]", "resumed", ""
    for standing in state.benches:
        until = datetime.fromtimestamp(standing.until, UTC)
        is_over = until <= datetime.now(UTC)
        yield (
            "waits for its probe" if is_over else "[red]benched[/]",
            _utc(until),
            cell(f"{standing.reason} {standing.operation}".strip()),
        )
    if not state.paused and not state.benches:
        yield "[green]may be asked[/]", "", ""


def _utc(at: datetime) -> str:
    return f"{at:%Y-%m-%d %H:%M:%S} UTC"


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
            table.add_row(provider, cell(name.replace("_", " ")), state, at)
    if not table.rows:
        table.add_row("[dim]nothing learnt yet: the first answers show it[/]")
    return table


async def pause_provider(settings: Settings, name: str) -> None:
    """Keep every worker of the cluster from asking a provider."""
    provider = _provider(name)
    async with _bench(settings) as (bench, _, _):
        await bench.pause(provider)
    say(f"{provider} is paused for all workers")


async def resume_provider(settings: Settings, name: str, *, lift_bench: bool) -> None:
    """
    End a pause, and say which benches stay in force.

    Args:
        lift_bench: end those as well, in Redis and in Postgres.
    """
    provider = _provider(name)
    async with _bench(settings) as (bench, _, pool):
        await bench.resume(provider)
        if lift_bench:
            await bench.lift(provider)
        left = await bench.in_force(provider)
        over = await due.bring_forward(pool, provider, LimitedBy.PAUSE)
        if lift_bench:
            over += await due.bring_forward(pool, provider, LimitedBy.BENCH)
    for standing in left:
        until = _utc(datetime.fromtimestamp(standing.until, UTC))
        what = standing.operation or "all of it"
        say(
            f"{provider} stays benched until {until} ({what}: {standing.reason});"
            f" `enrichment providers resume {provider} --lift-bench` ends that"
        )
    if not left:
        say(f"{provider} is resumed for all workers")
    say(f"{over:,} tracks that waited for it are due now")


async def revoke(
    settings: Settings,
    name: str | None,
    *,
    rule: int | None,
    since: datetime | None,
    before: datetime | None,
    dry_run: bool,
) -> str:
    """Take back a contribution, in rows and in the cache; return what it came to."""
    provider = _provider(name) if name else None
    try:
        contribution = Contribution(provider, rule, since, before)
    except ValueError as error:
        raise InputInvalid(f"revoke: {error}") from None
    async with postgres(settings, owner=True) as pool:
        done = await provenance.take_back(
            pool, contribution, data_version=enrich.DATA_VERSION, dry_run=dry_run
        )
    if not dry_run:
        all_of_it = provider is not None and rule is None
        await forget(settings, [f"{PREFIX}:{provider}:*"] if all_of_it else [])
    word = "would be taken back" if dry_run else "taken back"
    return (
        f"{done.values:,} values of {done.tracks:,} tracks {word},"
        f" {done.replaced:,} of them replaced, {done.calls:,} calls"
    )


async def forget(settings: Settings, patterns: Sequence[str] = ()) -> None:
    """Drop from Redis the ids that crawls read, and what else matches a pattern."""
    client = clients.open_redis(settings)

    async def drop(redis: Redis) -> None:
        for pattern in (f"{finished_tracks.PREFIX}*", *patterns):
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
    async with postgres(settings, owner=True) as pool:
        count = await retention.purge_expired(pool)
    say(f"{count:,} expired answers deleted")


def _provider(name: str) -> ProviderName:
    try:
        return provider_name(name)
    except ValueError as error:
        raise InputInvalid(str(error)) from None


@asynccontextmanager
async def _bench(
    settings: Settings,
) -> AsyncIterator[tuple[Bench, RedisLink, asyncpg.Pool]]:
    redis = clients.open_redis(settings)
    try:
        async with postgres(settings) as pool:
            link = RedisLink(redis)
            bench = Bench(link, BenchTable(pool))
            await bench.restore()
            yield bench, link, pool
    finally:
        await redis.aclose()
