"""`enrichment cache`: what is remembered, warming what is played most, advice."""

import asyncio
from collections import Counter
from collections.abc import AsyncIterator, Mapping, Sequence
from contextlib import AsyncExitStack, asynccontextmanager
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Any

from redis.asyncio import Redis
from rich.table import Table

from enrichment.app import clients, provider_parts
from enrichment.app.settings import Settings
from enrichment.app.wiring import open_path
from enrichment.cli.actions.operations import at_once
from enrichment.cli.terminal import Terminal, print_json
from enrichment.contract import finished_tracks
from enrichment.contract.identity.identity import track_key
from enrichment.contract.identity.titles import parse_name
from enrichment.contract.keys import PREFIX
from enrichment.contract.messages import Lane
from enrichment.errors import InputInvalid
from enrichment.lookup.cache import entries
from enrichment.lookup.cache.answers import answer_key
from enrichment.lookup.cache.reuse import Reuse, advice
from enrichment.model import Absent, Found, ProviderName, Question, Wanted
from enrichment.providers.registry import NAMES, SPECS, provider_name
from enrichment.store.errors import server_away

# Values looked into for shares and sizes; the keys are all counted.
SAMPLE = 2000
_SCAN = 1000
# An answer that ends within this is worth asking again before it is missed.
SOON = timedelta(days=1)

_MOST_PLAYED = """
SELECT t.track_id, t.artist, t.title, t.isrc, count(*) AS mentions
FROM played_rows AS r JOIN tracks AS t USING (track_id)
GROUP BY t.track_id ORDER BY mentions DESC, t.track_id LIMIT $1
"""


@dataclass(slots=True)
class Kept:
    """What Redis holds of one provider."""

    keys: int = 0
    sampled: int = 0
    found: int = 0
    absent: int = 0
    stale: int = 0
    value_bytes: int = 0


async def stats(settings: Settings, *, as_json: bool) -> None:
    """Print what is remembered, by provider, and what it takes in Redis."""
    kept = {name: Kept() for name in NAMES}
    async with _redis(settings) as redis:
        now = datetime.now(UTC)
        for name, part in kept.items():
            async for keys in _keys(redis, name):
                part.keys += len(keys)
                if part.sampled < SAMPLE:
                    _look(part, await redis.mget(keys), now)
        memory = (await redis.info("memory"))["used_memory"]
    if as_json:
        document = {
            "redis_bytes": memory,
            "providers": {
                name: {
                    "answers": part.keys,
                    "sampled": part.sampled,
                    "found": part.found,
                    "absent": part.absent,
                    "stale": part.stale,
                    "bytes_per_answer": _mean(part),
                }
                for name, part in kept.items()
            },
        }
        print_json(document)
        return
    table = Table("provider", "answers", "found", "absent", "stale", "bytes each")
    for name, part in kept.items():
        shares = (part.found, part.absent, part.stale)
        table.add_row(
            name,
            f"{part.keys:,}",
            *(f"{n / part.sampled:.0%}" if part.sampled else "" for n in shares),
            f"{_mean(part):,}",
        )
    table.caption = f"Redis holds {memory / 1_048_576:,.1f} MB in all"
    Terminal().print(table)


async def advise(settings: Settings, *, as_json: bool) -> None:
    """Print, by provider, whether the lifetime fits the use that workers have seen."""
    lifetimes = provider_parts.cache_lifetimes(settings)
    async with _redis(settings) as redis:
        uses = await Reuse(clients.link_to(redis)).read()
    told = [
        {
            "provider": use.provider,
            "lifetime_days": lifetimes[use.provider].fresh.days,
            "used_again": sum(use.by_age_days.values()),
            "advice": advice(
                use, lifetimes[use.provider].fresh, _longest(use.provider)
            ),
        }
        for use in uses
    ]
    if as_json:
        print_json(told)
        return
    table = Table("provider", "lifetime", "used again", "advice")
    for provider, days, again, advised in (one.values() for one in told):
        table.add_row(f"{provider}", f"{days} d", f"{again:,}", f"{advised}")
    Terminal().print(table)


def _longest(provider: ProviderName) -> timedelta:
    """Return the longest lifetime that a provider's terms allow."""
    return timedelta(days=SPECS[provider].terms.longest_cache_days)


async def show(
    settings: Settings, artist: str, title: str, *, drop: bool, as_json: bool
) -> None:
    """Print what is remembered of a track, and forget it where asked to."""
    questions = _questions(settings, artist, title)
    async with _redis(settings) as redis:
        kept = [await _kept_of(redis, question) for question in questions]
        if drop:
            await _drop(redis, questions, artist, title)
    if as_json:
        print_json({"dropped": drop, "questions": kept})
        return
    table = Table("provider", "question", "answer", "fetched", "fresh until")
    for one in kept:
        table.add_row(*map(str, (one["provider"], one["question"])), *_answer(one))
    Terminal().print(table)
    if drop:
        Terminal().print("forgotten in Redis; workers forget within 10 minutes")


async def _kept_of(redis: Redis, question: Question) -> dict[str, Any]:
    """Return what is remembered of a question; no answer where nothing is."""
    kept: dict[str, Any] = {
        "provider": question.provider,
        "question": f"{question.provider}:{question.operation}:{question.key}",
    }
    [value] = await redis.mget([answer_key(question)])
    entry = entries.decode(value) if isinstance(value, bytes) else None
    if entry is None:
        return kept | {"answer": None}
    remembered = entry[1]
    answer = remembered.answer
    kept |= (
        {"answer": "found", "candidates": len(answer.candidates)}
        if isinstance(answer, Found)
        else {"answer": "absent", "times": remembered.absences}
    )
    return kept | {
        "fetched_at": remembered.fetched_at,
        "fresh_until": remembered.fresh_until,
    }


def _answer(kept: Mapping[str, Any]) -> tuple[str, ...]:
    """Return the answer as cells of a table."""
    if kept["answer"] is None:
        return "[dim]cache miss[/]", "", ""
    said = (
        f"{kept['candidates']} candidates"
        if kept["answer"] == "found"
        else f"absent, {kept['times']} times"
    )
    dates = (f"{kept[name]:%Y-%m-%d %H:%M}" for name in ("fetched_at", "fresh_until"))
    return f"cache hit: {said}", *dates


async def _drop(
    redis: Redis, questions: Sequence[Question], artist: str, title: str
) -> None:
    """Forget the answers to questions, and the ids that crawls read of their track."""
    if keys := [answer_key(question) for question in questions]:
        await redis.delete(*keys)
    if (track := track_key(parse_name(artist, title))) is not None:
        await redis.delete(finished_tracks.key(track.track_id))


async def warm(
    settings: Settings, calls: int, provider: str | None, tracks: int
) -> None:
    """
    Ask again for the most played tracks whose answers end soon or are missing.

    Args:
        calls: spend no more than this, over all providers.
        tracks: how far down the list of the most played to look.
    """
    provider_parts.require_credentials(settings)
    only = _provider(provider)
    async with AsyncExitStack() as stack:
        with at_once("Postgres"):
            pool = await clients.open_pool(settings, 2, wait=False)
        stack.push_async_callback(pool.close)
        redis = clients.open_redis(settings)
        stack.push_async_callback(redis.aclose)
        with server_away():
            rows = await pool.fetch(_MOST_PLAYED, tracks)
        parts, background = await open_path(settings, stack, pool, redis, Lane.BACKLOG)
        running = [asyncio.create_task(loop) for loop in background.values()]
        chosen: list[Question] = []
        left = float(calls)
        for row in rows:
            wanted = Wanted(
                str(row["track_id"]),
                parse_name(row["artist"], row["title"]),
                isrc=row["isrc"],
            )
            for name, asked in parts.providers.items():
                question = asked.question(wanted) if only in {None, name} else None
                if question is None or await parts.lookup.is_fresh(question, SOON):
                    continue
                left -= 1 / asked.batch_size(question.operation)
                if left >= 0:
                    chosen.append(question)
        replies = await parts.lookup.ask_again(chosen)
        for task in running:
            task.cancel()
        await asyncio.gather(*running, return_exceptions=True)
    came = Counter(type(reply.answer).__name__.lower() for reply in replies.values())
    Terminal().print(
        f"{len(chosen):,} answers of the {len(rows):,} most played tracks asked for: "
        + (", ".join(f"{n:,} {what}" for what, n in came.items()) or "none was due")
    )


def _look(part: Kept, values: Sequence[Any], now: datetime) -> None:
    for value in values:
        entry = entries.decode(value) if isinstance(value, bytes) else None
        if entry is None:
            continue
        part.sampled += 1
        part.value_bytes += len(value)
        part.found += isinstance(entry[1].answer, Found)
        part.absent += isinstance(entry[1].answer, Absent)
        part.stale += not entry[1].is_fresh(now)


def _mean(part: Kept) -> int:
    return round(part.value_bytes / part.sampled) if part.sampled else 0


async def _keys(redis: Redis, provider: ProviderName) -> AsyncIterator[Sequence[Any]]:
    cursor = 0
    while True:
        cursor, keys = await redis.scan(
            cursor, match=f"{PREFIX}:{provider}:*", count=_SCAN
        )
        if keys:
            yield keys
        if cursor == 0:
            return


def _questions(settings: Settings, artist: str, title: str) -> list[Question]:
    wanted = Wanted("", parse_name(artist, title))
    asked = (p.question(wanted) for p in provider_parts.providers(settings).values())
    return [question for question in asked if question is not None]


def _provider(name: str | None) -> ProviderName | None:
    try:
        return provider_name(name) if name else None
    except ValueError as error:
        raise InputInvalid(str(error)) from None


@asynccontextmanager
async def _redis(settings: Settings) -> AsyncIterator[Redis]:
    redis = clients.open_redis(settings)
    try:
        yield redis
    finally:
        await redis.aclose()
