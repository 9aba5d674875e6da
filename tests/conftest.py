"""Servers and recorded data for tests: skipped locally when missing, failed in CI."""

import asyncio
import time
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, contextmanager
from pathlib import Path
from typing import Any, Protocol
from urllib.parse import urlsplit
from uuid import uuid4

import asyncpg
import pika
import pytest
import redis

import devstack
from enrichment.contract import queues
from enrichment.contract.messages import Lane
from enrichment.store import migrations
from tests import pipeline
from tests.needed import missing

# No test knows a server or an account that the shell names.
devstack.forget_named_servers()

PROJECT = Path(__file__).resolve().parent.parent
TEMPLATE = "test_template"


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


def drop(server_url: str, name: str) -> None:
    """
    Drop a database, whoever is still connected to it.

    A vacuum that the server itself has begun there is none of ours to end, and forbids
    the whole; it is over soon.
    """
    end = time.monotonic() + 120
    while True:
        try:
            on_server(server_url, f"DROP DATABASE {name} WITH (FORCE)")
        except asyncpg.InsufficientPrivilegeError:
            if time.monotonic() > end:
                raise
            time.sleep(0.2)
        else:
            return


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
    drop(stack.postgres.url, name)


@pytest.fixture
def database_url(stack: devstack.Stack, template_database: str) -> Iterator[str]:
    """A database of its own, with our schema."""
    name = f"test_{uuid4().hex[:12]}"
    on_server(
        stack.postgres.url, f"CREATE DATABASE {name} TEMPLATE {template_database}"
    )
    yield database_of(stack.postgres.url, name)
    drop(stack.postgres.url, name)


@pytest.fixture
def redis_url(stack: devstack.Stack) -> str:
    """Redis with nothing in it."""
    client = redis.Redis.from_url(stack.redis.url)
    client.flushall()
    client.close()
    return stack.redis.url


@pytest.fixture(scope="session")
def broker_restarts() -> list[str]:
    """Addresses of the broker after restarts that no test has begun from yet."""
    return []


@pytest.fixture
def rabbitmq_url(stack: devstack.Stack, broker_restarts: list[str]) -> str:
    """The broker, without our queues and exchange."""
    with _channel(stack.rabbitmq.url) as channel:
        while broker_restarts:
            # a test that failed may have left none of them
            pipeline.declare(stack.rabbitmq.url)
            _see_dead_lettering_work(channel)
            broker_restarts.pop()
        for queue in queues.ALL_QUEUES:
            channel.queue_delete(queue.name)
        channel.exchange_delete(queues.DEAD_LETTER_EXCHANGE)
    return stack.rabbitmq.url


@contextmanager
def _channel(url: str) -> Iterator[Any]:
    connection = pika.BlockingConnection(pika.URLParameters(url))
    try:
        yield connection.channel()
    finally:
        connection.close()


class BrokerOutage(Protocol):
    """Stops the broker for a block, and starts it again whatever happens there."""

    def __call__(self) -> AbstractContextManager[None]: ...


@pytest.fixture
def broker_outage(stack: devstack.Stack, broker_restarts: list[str]) -> BrokerOutage:
    """An outage of the broker, after which the next test finds it in order."""

    @contextmanager
    def outage() -> Iterator[None]:
        stack.rabbitmq.stop()
        try:
            yield
        finally:
            stack.rabbitmq.start()
            broker_restarts.append(stack.rabbitmq.url)

    return outage


def _see_dead_lettering_work(channel: Any) -> None:
    """Wait until a broker that was started again dead-letters what is rejected.

    It sets up the dead-lettering of its queues after it opened its port. A queue
    that is deleted in that moment takes the supervisor of all of it down in
    RabbitMQ 3.10, and no queue works from then on; a test's first deed is that.
    """

    def soon(what: str, condition: Callable[[], bool]) -> None:
        end = time.monotonic() + 120
        while not condition():
            assert time.monotonic() < end, what
            time.sleep(0.02)

    def dead_letters() -> int:
        declared = channel.queue_declare(queues.DEAD_LETTER_QUEUE, passive=True)
        return int(declared.method.message_count)

    for lane in Lane:
        queue = queues.QUEUES[lane].name
        channel.queue_purge(queues.DEAD_LETTER_QUEUE)
        channel.queue_purge(queue)
        channel.basic_publish("", queue, b"is dead-lettering at work?")

        def rejected(queue: str = queue) -> bool:
            method, _, _ = channel.basic_get(queue)
            if method is not None:
                channel.basic_reject(method.delivery_tag, requeue=False)
            return method is not None

        soon(f"{queue} hands nothing out", rejected)
        soon(f"{queue} dead-letters nothing", lambda: dead_letters() > 0)
