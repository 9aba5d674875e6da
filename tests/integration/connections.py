"""Connections of one test, closed when it ends; tests import the fixtures by name."""

from collections.abc import AsyncIterator

import asyncpg
import pytest

from enrichment.queueing import raw_deliveries, topology
from enrichment.queueing.raw_deliveries import StreamConnection


@pytest.fixture
async def pool(database_url: str) -> AsyncIterator[asyncpg.Pool]:
    """A pool of a database of its own, with our schema."""
    opened = await asyncpg.create_pool(database_url, min_size=1, max_size=4)
    yield opened
    await opened.close()


@pytest.fixture
async def broker(rabbitmq_url: str) -> AsyncIterator[StreamConnection]:
    """A connection to the broker, nothing declared."""
    connection = await raw_deliveries.connect(rabbitmq_url, reconnect_interval=0.2)
    yield connection
    await connection.close()


@pytest.fixture
async def declared(broker: StreamConnection) -> StreamConnection:
    """A connection to the broker, our topology declared."""
    await topology.declare(broker)
    return broker
