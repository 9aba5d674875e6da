"""`enrichment plan`: what a crawl or a query will cost, before anything is spent."""

import os
from collections.abc import AsyncIterator, Iterable, Mapping, Sequence
from contextlib import asynccontextmanager
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

import asyncpg
from rich.table import Table

from enrichment.app import clients as servers
from enrichment.app import provider_parts
from enrichment.app.settings import Settings
from enrichment.cli.actions.operations import at_once
from enrichment.cli.actions.tracklist_folders import identified_rows
from enrichment.cli.terminal import Terminal, print_json
from enrichment.contract.identity.titles import parse_name
from enrichment.contract.servers.postgres_faults import is_query_fault
from enrichment.errors import InputInvalid, ServerAway
from enrichment.lookup import costs
from enrichment.lookup.cache.answers import AnswerCache
from enrichment.lookup.costs import Forecast, Work
from enrichment.lookup.dispatch.dispatcher import CALLS_IN_FLIGHT
from enrichment.lookup.redis_link import RedisLink
from enrichment.model import ProviderName, Question, Wanted
from enrichment.providers import Provider
from enrichment.providers.registry import CHAINS, SPECS
from enrichment.providers.spec import AnySpec, ProviderSettings
from enrichment.store.errors import server_away
from enrichment.store.tracks.write import Store

_LARGEST_SLICE = 1000


@dataclass(frozen=True, slots=True)
class Plan:
    """What was counted and what follows from it."""

    tracks: int
    known: int
    forecasts: tuple[Forecast, ...]
    # until the last row is written
    seconds: float


async def plan(
    settings: Settings, subject: str, *, as_json: bool, servers: bool
) -> None:
    """
    Print calls per provider, time at present allowances and useful workers.

    Args:
        subject: a file or folder of tracklists, or a SELECT of track ids.
        servers: look into Postgres and Redis for what is known already.
    """
    providers = provider_parts.providers(_without_contact(settings))
    async with _servers(settings, wanted=servers or _is_sql(subject)) as (pool, cache):
        if _is_sql(subject):
            if pool is None:
                raise ServerAway("a SELECT needs Postgres: set DATABASE_URL")
            tracks = await _selected(pool, subject)
        else:
            tracks = _parsed(Path(subject))
        open_, known = await _open_questions(tracks, providers, pool, cache)
    limits = provider_parts.limits(settings)
    made = costs.forecast(
        {name: _work(providers[name], open_[name]) for name in providers},
        limits,
        in_flight=CALLS_IN_FLIGHT,
        time_scale=settings.enrichment_time_scale,
    )
    seconds = costs.total_seconds(
        made, limits, CHAINS, time_scale=settings.enrichment_time_scale
    )
    result = Plan(len(tracks), known, tuple(made), seconds)
    _show(result, as_json=as_json)


def _without_contact(settings: Settings) -> Settings:
    """Return settings that need no contact of ours: a plan asks nobody."""
    given = {
        name: own.model_copy(update=_nominal(SPECS[name], own))
        for name, own in settings.providers.items()
    }
    return settings.model_copy(update={"providers": given})


def _nominal(spec: AnySpec, own: ProviderSettings) -> dict[str, str]:
    return {
        setting: "enrichment-plan/1.0 ( nobody@localhost )"
        for setting in spec.needs
        if spec.variable(setting) not in spec.secret_variables
        and not getattr(own, setting)
    }


def _is_sql(subject: str) -> bool:
    """Distinguish a query from a path that begins like one, such as select.txt."""
    words = subject.split(maxsplit=1)
    begins_so = len(words) > 1 and words[0].lower() in {"select", "with"}
    return begins_so and not os.path.lexists(subject)


def _parsed(path: Path) -> list[Wanted]:
    """
    Return the tracks of all files that can be read; the others are named in the log.

    Raises:
        InputMissing: there is no such path.
        InputInvalid: no file of it names a track.
    """
    found: dict[str, Wanted] = {}
    for row in identified_rows(path):
        name = parse_name(row["artist"], row["full_title"])
        found[row["track_id"]] = Wanted(row["track_id"], name)
    if not found:
        raise InputInvalid(f"{path}: no file of it names a track")
    return list(found.values())


async def _selected(pool: asyncpg.Pool, query: str) -> list[Wanted]:
    """Run the SELECT read-only; its first column names tracks."""
    with server_away():
        async with (
            pool.acquire() as connection,
            connection.transaction(readonly=True),
        ):
            try:
                rows = await connection.fetch(
                    "SELECT track_id, artist, title, isrc"  # noqa: S608 (the operator's own, read-only)
                    " FROM tracks WHERE track_id IN"
                    f" (SELECT chosen.* FROM ({query}) AS chosen)"
                )
            except Exception as error:
                if not is_query_fault(error):
                    raise
                raise InputInvalid(f"the query cannot be run: {error}") from error
    return [
        Wanted(
            str(row["track_id"]),
            parse_name(row["artist"], row["title"]),
            isrc=row["isrc"],
        )
        for row in rows
    ]


async def _open_questions(
    tracks: Sequence[Wanted],
    providers: Mapping[ProviderName, Provider],
    pool: asyncpg.Pool | None,
    cache: AnswerCache | None,
) -> tuple[dict[ProviderName, set[Question]], int]:
    """Return the questions that neither rows nor cache answer, and how many they do."""
    settled = await _settled(tracks, pool)
    open_: dict[ProviderName, set[Question]] = {name: set() for name in providers}
    known = 0
    for track in tracks:
        for name, provider in providers.items():
            question = provider.question(track)
            if name in settled.get(track.track_id, ()):
                known += 1
            elif question is not None:
                open_[name].add(question)
    if cache is not None:
        for name, questions in open_.items():
            for part in _slices(list(questions)):
                remembered = await cache.get_many(part)
                known += len(remembered)
                open_[name] -= set(remembered)
    return open_, known


async def _settled(
    tracks: Sequence[Wanted], pool: asyncpg.Pool | None
) -> dict[str, frozenset[ProviderName]]:
    """Return the providers that have answered already, by track."""
    if pool is None:
        return {}
    store = Store(pool, data_version="")
    settled = {}
    for part in _slices([track.track_id for track in tracks]):
        for track_id, row in (await store.read(part)).items():
            done = (n for n, r in row.records.items() if r.due_at is None)
            settled[track_id] = frozenset(done)
    return settled


def _slices(items: Sequence[Any]) -> Iterable[Sequence[Any]]:
    return (
        items[start : start + _LARGEST_SLICE]
        for start in range(0, len(items), _LARGEST_SLICE)
    )


def _work(provider: Provider, questions: Iterable[Question]) -> Work:
    by_isrc = sum(question.operation == "isrc" for question in questions)
    total = len(list(questions))
    operation = next(
        (q.operation for q in questions if q.operation != "isrc"), "search"
    )
    return Work(
        by_name=total - by_isrc,
        by_isrc=by_isrc,
        name_batch=provider.batch_size(operation),
        isrc_batch=_isrc_batch(provider),
    )


def _isrc_batch(provider: Provider) -> int:
    try:
        return provider.batch_size("isrc")
    except KeyError:  # Last.fm has no such question
        return 1


@asynccontextmanager
async def _servers(
    settings: Settings, *, wanted: bool
) -> AsyncIterator[tuple[asyncpg.Pool | None, AnswerCache | None]]:
    if not wanted:
        yield None, None
        return
    with at_once("Postgres"):
        pool = await servers.open_pool(settings, 2, wait=False)
    redis = servers.open_redis(settings)
    try:
        yield (
            pool,
            AnswerCache(RedisLink(redis), provider_parts.cache_lifetimes(settings)),
        )
    finally:
        await redis.aclose()
        await pool.close()


def _show(plan: Plan, *, as_json: bool) -> None:
    console = Terminal()
    workers = costs.useful_workers(list(plan.forecasts))
    if as_json:
        document = {
            "tracks": plan.tracks,
            "known_answers": plan.known,
            "providers": {
                f.provider: {k: v for k, v in asdict(f).items() if k != "provider"}
                for f in plan.forecasts
            },
            "calls": sum(f.calls for f in plan.forecasts),
            "drain_seconds": plan.seconds,
            "useful_workers": workers,
        }
        print_json(document)
        return
    table = Table(title=f"{plan.tracks:,} tracks", title_justify="left")
    for heading in ("provider", "to be asked", "calls", "time at present allowance"):
        table.add_column(heading, justify="left" if heading == "provider" else "right")
    for part in plan.forecasts:
        table.add_row(
            part.provider,
            f"{part.tracks:,}",
            f"{part.calls:,}",
            _duration(part.seconds),
        )
    table.caption = (
        f"{plan.known:,} answers are known already. Done in about"
        f" {_duration(plan.seconds)}; useful workers: {workers}"
    )
    console.print(table)


def _duration(seconds: float) -> str:
    hours, rest = divmod(round(seconds), 3600)
    if hours >= 48:
        return f"{seconds / 86_400:.1f} days"
    return f"{hours} h {rest // 60} min" if hours else f"{rest // 60} min {rest % 60} s"
