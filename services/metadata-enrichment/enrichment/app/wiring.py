"""The path of a batch, wired: its parts, and what runs beside them."""

from collections.abc import Coroutine, Mapping
from contextlib import AsyncExitStack
from functools import partial
from itertools import pairwise
from typing import Any

import asyncpg
from redis.asyncio import Redis

from enrichment.app import clients, provider_parts
from enrichment.app.settings import Settings
from enrichment.contract.messages import Lane
from enrichment.lookup.bench.bench import Bench
from enrichment.lookup.bench.blocked import MonthlyBudget
from enrichment.lookup.cache.answers import AnswerCache
from enrichment.lookup.cache.reuse import Reuse
from enrichment.lookup.cache.track_ids import TrackIds
from enrichment.lookup.capabilities import Capabilities
from enrichment.lookup.dispatch.dispatcher import Dispatcher
from enrichment.lookup.dispatch.leases import Leases
from enrichment.lookup.dispatch.shared_state import SharedState
from enrichment.lookup.lookup import Lookup
from enrichment.lookup.ratelimit.budget_script import LOOK_AGAIN_SECONDS, Patience
from enrichment.lookup.ratelimit.rate_budget import RateBudget
from enrichment.lookup.redis_link import RedisLink
from enrichment.lookup.spending import Spending
from enrichment.model import ProviderName
from enrichment.pipeline import enrich
from enrichment.providers import Provider
from enrichment.providers.http.sender import HttpSender
from enrichment.providers.registry import CHAINS
from enrichment.store.answers import AnswerArchive
from enrichment.store.benches import BenchTable
from enrichment.store.call_ledger import CallLedger, days_spent
from enrichment.store.clock import PostgresClock
from enrichment.store.tracks.write import Store


async def open_path(
    settings: Settings,
    stack: AsyncExitStack,
    pool: asyncpg.Pool,
    redis: Redis,
    lane: Lane,
) -> tuple[enrich.Deps, dict[str, Coroutine[Any, Any, None]]]:
    """
    Wire the path of a batch; give its parts and the loops to run beside it, by name.

    Args:
        stack: closes what is opened here.
    """
    # what is in rows is dated by Postgres: workers' clocks differ
    clock = PostgresClock(pool)
    await clients.patiently("Postgres", clock.look)
    link = clients.link_to(redis)
    lifetimes = provider_parts.cache_lifetimes(settings)
    cache = AnswerCache(link, lifetimes, clock=clock.seconds)
    reuse = Reuse(link)
    budget = MonthlyBudget(
        provider_parts.usd_per_call(settings), settings.enrichment_monthly_budget_usd
    )
    spending = Spending(budget)
    ledger = CallLedger(pool, spending, lane)
    stack.push_async_callback(ledger.flush)
    http = provider_parts.sender(settings, link, spending)
    stack.push_async_callback(http.close)
    shared = _shared_state(settings, link, pool, cache, spending)
    stack.push_async_callback(shared.leases.close)
    known = provider_parts.providers(settings, shared.capabilities)
    for name in known:
        await shared.capabilities.read(name)
    dispatchers = _dispatchers(settings, known, http, shared, lane, clock)
    parts = enrich.Deps(
        store=Store(pool, data_version=enrich.DATA_VERSION),
        lookup=Lookup(cache, dispatchers, reuse, clock.now, spending=spending),
        track_ids=TrackIds(link),
        providers=known,
        time_scale=settings.enrichment_time_scale,
        now=clock.now,
    )
    loops: dict[str, Coroutine[Any, Any, None]] = {
        **{name: each.run() for name, each in dispatchers.items()},
        "reuse": reuse.run(),
        "ledger": ledger.run(),
        "clock": clock.run(),
    }
    return parts, loops


def _shared_state(
    settings: Settings,
    link: RedisLink,
    pool: asyncpg.Pool,
    cache: AnswerCache,
    spending: Spending,
) -> SharedState:
    bench = Bench(link, BenchTable(pool), ladder=provider_parts.ladder(settings))
    look_again = LOOK_AGAIN_SECONDS / settings.enrichment_time_scale
    budget = RateBudget(
        link,
        provider_parts.limits(settings),
        bench,
        patience=Patience(look_again=look_again),
        ledger=partial(days_spent, pool),
    )
    return SharedState(
        budget,
        bench,
        Leases(link),
        cache,
        AnswerArchive(pool),
        Capabilities(link, provider_parts.accounts(settings)),
        spending,
    )


def _dispatchers(
    settings: Settings,
    known: Mapping[ProviderName, Provider],
    http: HttpSender,
    shared: SharedState,
    lane: Lane,
    clock: PostgresClock,
) -> dict[ProviderName, Dispatcher]:
    """Return each provider's dispatcher; one of a chain knows the next."""
    dispatchers = {
        name: Dispatcher(
            provider,
            sender=http,
            shared=shared,
            lane=lane,
            time_scale=settings.enrichment_time_scale,
            late_seconds=provider_parts.LATE_SECONDS / 2,  # the rest is the network's
            now=clock.now,
        )
        for name, provider in known.items()
    }
    for chain in CHAINS:
        for name, following in pairwise(n for n in chain if n in dispatchers):
            dispatchers[name].comes_before(dispatchers[following])
    return dispatchers
