"""The servers all contestants share, prepared: schema, topology, caches, empty rows."""

import asyncio
import contextlib
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime

import aio_pika
import asyncpg
import orjson
from redis.asyncio import Redis

import devstack
from benchmarks.catalogue import Entry
from benchmarks.contestants import peers
from benchmarks.peers import same_work, work
from enrichment.contract import queues
from enrichment.contract.identity.titles import parse_name
from enrichment.contract.messages import EnrichmentRequest, encode
from enrichment.lookup.cache import freshness
from enrichment.lookup.cache.answers import AnswerCache
from enrichment.lookup.cache.entries import encode as encoded
from enrichment.lookup.redis_link import RedisLink
from enrichment.model import Candidate, Found, ProviderName, Question, Wanted
from enrichment.providers.lastfm.provider import LastFm
from enrichment.providers.musicbrainz.provider import MusicBrainz
from enrichment.providers.spotify.provider import Spotify
from enrichment.queueing import topology
from enrichment.store import migrations

# Nothing of a benchmark may reach a provider: what is not in the cache fails at once.
NOWHERE = "http://127.0.0.1:9"
SETTINGS: Mapping[str, str] = {
    "ENRICHMENT_PROVIDERS": devstack.COMPARED_PROVIDERS,
    "SPOTIFY_BASE_URL": NOWHERE,
    "SPOTIFY_TOKEN_URL": NOWHERE,
    "MUSICBRAINZ_BASE_URL": NOWHERE,
    "LASTFM_BASE_URL": NOWHERE,
    "SPOTIFY_CLIENT_ID": "bench",
    "SPOTIFY_CLIENT_SECRET": "bench",
    "LASTFM_API_KEY": "bench",
    "MUSICBRAINZ_USER_AGENT": "SongNodesBench/1.0 ( bench@localhost )",
    "ENRICHMENT_METRICS_PORT": "0",
}
_TABLES = """
SELECT quote_ident(schemaname) || '.' || quote_ident(tablename) AS name
FROM pg_tables WHERE schemaname NOT IN ('pg_catalog', 'information_schema')
ORDER BY name
"""
_FILLED_BY_MIGRATIONS = frozenset(
    {
        "public.mentions_seen",
        "public.provider_batches",
        "public.provider_fields",
        "public.schema_migrations",
        "public.staleness_rules",
    }
)
# So many tracks go into Redis in one round trip.
_SLICE = 500


class NotEmpty(Exception):  # noqa: N818 (it says what is the matter)
    """A server that a benchmark was given holds what others may need."""


@dataclass(frozen=True, slots=True)
class Servers:
    """Their addresses."""

    rabbitmq_url: str
    redis_url: str
    database_url: str

    @property
    def environment(self) -> dict[str, str]:
        """What every contestant finds in its environment."""
        return {
            "RABBITMQ_URL": self.rabbitmq_url,
            "REDIS_URL": self.redis_url,
            "DATABASE_URL": self.database_url,
        }


@contextmanager
def open_servers(given: Servers | None = None) -> Iterator[Servers]:
    """
    Run private servers, or use those given, which have to be empty.

    Raises:
        NotEmpty: a given server holds what no benchmark has written.
    """
    if given is not None:
        asyncio.run(refuse_unless_empty(given))
        asyncio.run(_prepare(given))
        yield given
        return
    with devstack.open_stack() as stack:
        servers = Servers(stack.rabbitmq.url, stack.redis.url, stack.postgres.url)
        asyncio.run(_prepare(servers))
        yield servers


async def refuse_unless_empty(servers: Servers) -> None:
    """Raise NotEmpty, naming what is there: a benchmark empties its servers."""
    found = [
        *await _tables_with_rows(servers.database_url),
        *await _keys(servers.redis_url),
        *await _queues_with_messages(servers.rabbitmq_url),
    ]
    if found:
        raise NotEmpty(
            f"the servers given are not empty: {', '.join(found)}. A benchmark"
            " deletes what its servers hold: give it empty ones, or none"
        )


async def _tables_with_rows(url: str) -> list[str]:
    connection = await asyncpg.connect(url)
    try:
        tables = [row["name"] for row in await connection.fetch(_TABLES)]
        return [
            f"rows in {table}"
            for table in tables
            if table not in _FILLED_BY_MIGRATIONS
            and await connection.fetchval(f"SELECT EXISTS (SELECT FROM {table})")  # noqa: S608 (quoted by Postgres)
        ]
    finally:
        await connection.close()


async def _keys(url: str) -> list[str]:
    async with Redis.from_url(url) as redis:
        count = await redis.dbsize()
    return [f"{count} keys in Redis"] if count else []


async def _queues_with_messages(url: str) -> list[str]:
    found = []
    names = [*(q.name for q in queues.ALL_QUEUES), *(p.queue for p in peers())]
    connection = await aio_pika.connect(url)
    async with connection:
        for name in names:
            # a queue that is not there closes the channel
            with contextlib.suppress(aio_pika.exceptions.ChannelNotFoundEntity):
                channel = await connection.channel()
                queue = await channel.declare_queue(name, passive=True)
                count = queue.declaration_result.message_count
                found += [f"{count} messages in {name}"] if count else []
    return found


async def _prepare(servers: Servers) -> None:
    connection = await asyncpg.connect(servers.database_url)
    await migrations.up(connection)
    await connection.close()
    broker = await aio_pika.connect_robust(servers.rabbitmq_url)
    async with broker:
        await topology.declare(broker)


async def clear_rows(servers: Servers) -> None:
    """Leave no track and no artist."""
    connection = await asyncpg.connect(servers.database_url)
    await connection.execute("TRUNCATE tracks, artists, provider_answers CASCADE")
    await connection.close()


async def remember(servers: Servers, entries: Sequence[Entry]) -> None:
    """Fill the caches: ours as the worker would, the peers' with plain JSON."""
    redis = Redis.from_url(servers.redis_url)
    cache = AnswerCache(RedisLink(redis), memory_bytes=1)
    for start in range(0, len(entries), _SLICE):
        some = entries[start : start + _SLICE]
        await cache.put_many(
            {
                question: Found(entry.answers[question.provider])
                for entry in some
                for question in _questions(entry)
            }
        )
        await redis.mset(
            {
                key: value
                for entry in some
                for key, value in (_plain_answers(entry) | _answers(entry)).items()
            }
        )
    await redis.aclose()


def _questions(entry: Entry) -> list[Question]:
    """Return what the worker asks: by names, then Spotify by the ISRC it has learnt."""
    name = parse_name(entry.request.artist, entry.request.title)
    wanted = Wanted(entry.request.track_id, name)
    isrc = next(iter(entry.answers.values()))[0].isrcs[0]
    asked = [
        MusicBrainz(SETTINGS["MUSICBRAINZ_USER_AGENT"]).question(wanted),
        LastFm("bench").question(wanted),
        Spotify().question(Wanted(entry.request.track_id, name, isrc=isrc)),
    ]
    return [question for question in asked if question is not None]


def _answers(entry: Entry) -> dict[str, bytes]:
    """Return what a peer of the same work finds: our worker's own answers."""
    now = datetime.now(UTC)
    asked = {question.provider: question for question in _questions(entry)}
    keys = same_work.cache_keys(entry.request.track_id)
    found = {}
    for key, name in zip(keys, map(ProviderName, work.PROVIDERS), strict=True):
        answer = Found(entry.answers[name])
        lifetime = freshness.LIFETIMES[name]
        kept = freshness.remember(answer, lifetime, now, absences_before=0, draw=0.5)
        found[key] = encoded(asked[name].key, kept)
    return found


def _plain_answers(entry: Entry) -> dict[str, bytes]:
    """Return what a peer finds: one recording by provider, nothing to choose from."""
    request = entry.request
    answers = entry.answers
    values: Mapping[str, Callable[[Candidate], dict[str, object]]] = {
        "musicbrainz": lambda c: {
            "musicbrainz_id": c.id,
            "isrc": c.isrcs[0],
            "duration_ms": c.duration_ms,
            "release_date": c.release_date,
            "label": c.label,
        },
        "lastfm": lambda c: {
            "lastfm_url": c.url,
            "genres": [name for name, _ in c.genres],
            "listeners": c.listeners,
            "playcount": c.playcount,
        },
        "spotify": lambda c: {
            "spotify_id": c.id,
            "isrc": c.isrcs[0],
            "duration_ms": c.duration_ms,
            "release_date": c.release_date,
            "album": c.album,
            "popularity": c.popularity,
            "artwork_url": c.artwork_url,
        },
    }
    return {
        key: orjson.dumps(values[provider](answers[ProviderName(provider)][0]))
        for key, provider in zip(
            work.cache_keys(request.artist, request.title), work.PROVIDERS, strict=True
        )
    }


async def publish(servers: Servers, entries: Sequence[Entry]) -> None:
    """Put one message a track into the main queue; all are there when it returns."""
    await publish_requests(servers.rabbitmq_url, [entry.request for entry in entries])


async def publish_requests(
    rabbitmq_url: str,
    requests: Sequence[EnrichmentRequest],
    queue: str = queues.MAIN_QUEUE,
) -> None:
    """Put messages into a queue, hundreds at once: workers find them all there."""
    connection = await aio_pika.connect(rabbitmq_url)
    async with connection:
        channel = await connection.channel()
        for start in range(0, len(requests), _SLICE):
            await asyncio.gather(
                *(
                    channel.default_exchange.publish(
                        aio_pika.Message(
                            encode(request),
                            content_type="application/json",
                            delivery_mode=aio_pika.DeliveryMode.PERSISTENT,
                            priority=request.priority,
                            message_id=request.message_id,
                        ),
                        queue,
                    )
                    for request in requests[start : start + _SLICE]
                )
            )


async def purge(servers: Servers, queue: str) -> None:
    """Empty a queue, if it is there."""
    connection = await aio_pika.connect(servers.rabbitmq_url)
    async with connection:
        channel = await connection.channel()
        with contextlib.suppress(aio_pika.exceptions.AMQPError):
            await (await channel.get_queue(queue)).purge()
