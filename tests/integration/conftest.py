"""A Redis that a test may stop, kill and empty, beside the stack that all share."""

from collections.abc import AsyncIterator, Iterator

import pytest
from redis.asyncio import Redis

from devstack import NoServer, Server, open_stack
from enrichment.lookup.redis_link import open_client
from tests.conftest import missing


@pytest.fixture(scope="session")
def private_redis() -> Iterator[Server]:
    """A server of these tests alone; a test that stops it starts it again."""
    servers = open_stack(names=("redis",))
    try:
        running = servers.__enter__()
    except NoServer as error:
        missing(str(error))
        raise
    yield running.redis
    servers.__exit__(None, None, None)


@pytest.fixture
async def redis_client(private_redis: Server) -> AsyncIterator[Redis]:
    """A client as a worker has it, of a Redis with nothing in it."""
    private_redis.start()
    client = open_client(private_redis.url)
    await client.flushall()
    yield client
    await client.aclose()
