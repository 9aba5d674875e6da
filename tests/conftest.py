"""Servers and recorded data for tests: skipped locally when missing, failed in CI."""

import asyncio
import os
from collections.abc import Iterator
from pathlib import Path
from urllib.parse import urlsplit
from uuid import uuid4

import asyncpg
import pika
import pytest
import redis

import devstack
from enrichment.contract import queues
from enrichment.writing import migrations

PROJECT = Path(__file__).resolve().parent.parent
TEMPLATE = "test_template"


def missing(what: str) -> None:
    """Skip on a developer's machine; in CI nothing may be skipped."""
    if os.environ.get("CI"):
        pytest.fail(f"{what} is missing, and CI skips nothing")
    pytest.skip(f"{what} is missing")


@pytest.fixture(scope="session")
def shared_data() -> Path:
    """Recorded pages, tracklists, provider answers and labelled pairs."""
    folder = PROJECT.parent / "shared" / "data"
    if not folder.is_dir():
        missing("../shared/data")
    return folder


@pytest.fixture(scope="session")
def stack() -> Iterator[devstack.Stack]:
    """Real PostgreSQL, Redis and RabbitMQ, private to this run."""
    servers = devstack.open_stack()
    try:
        running = servers.__enter__()
    except devstack.NoServer as error:
        missing(str(error))
        raise
    yield running
    servers.__exit__(None, None, None)


def on_server(server_url: str, *statements: str) -> None:
    """Run statements that cannot stand in a transaction."""

    async def execute() -> None:
        connection = await asyncpg.connect(server_url)
        try:
            for statement in statements:
                await connection.execute(statement)
        finally:
            await connection.close()

    asyncio.run(execute())


def database_of(server_url: str, name: str) -> str:
    """Give the address of another database of the same server."""
    return urlsplit(server_url)._replace(path=f"/{name}").geturl()


@pytest.fixture(scope="session")
def template_database(stack: devstack.Stack) -> str:
    """A database with every migration applied once, to be cloned."""

    async def migrate() -> None:
        connection = await asyncpg.connect(database_of(stack.postgres.url, TEMPLATE))
        try:
            await migrations.up(connection)
        finally:
            await connection.close()

    on_server(stack.postgres.url, f"CREATE DATABASE {TEMPLATE}")
    asyncio.run(migrate())
    return TEMPLATE


@pytest.fixture
def empty_database_url(stack: devstack.Stack) -> Iterator[str]:
    """A database of its own, without a schema."""
    name = f"test_{uuid4().hex[:12]}"
    on_server(stack.postgres.url, f"CREATE DATABASE {name}")
    yield database_of(stack.postgres.url, name)
    on_server(stack.postgres.url, f"DROP DATABASE {name} WITH (FORCE)")


@pytest.fixture
def database_url(stack: devstack.Stack, template_database: str) -> Iterator[str]:
    """A database of its own, with our schema."""
    name = f"test_{uuid4().hex[:12]}"
    on_server(
        stack.postgres.url, f"CREATE DATABASE {name} TEMPLATE {template_database}"
    )
    yield database_of(stack.postgres.url, name)
    on_server(stack.postgres.url, f"DROP DATABASE {name} WITH (FORCE)")


@pytest.fixture
def redis_url(stack: devstack.Stack) -> str:
    """Redis with nothing in it."""
    client = redis.Redis.from_url(stack.redis.url)
    client.flushall()
    client.close()
    return stack.redis.url


@pytest.fixture
def rabbitmq_url(stack: devstack.Stack) -> str:
    """The broker, without our queues and exchange."""
    connection = pika.BlockingConnection(pika.URLParameters(stack.rabbitmq.url))
    channel = connection.channel()
    for queue in queues.ALL_QUEUES:
        channel.queue_delete(queue.name)
    channel.exchange_delete(queues.DEAD_LETTER_EXCHANGE)
    connection.close()
    return stack.rabbitmq.url
