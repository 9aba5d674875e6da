"""A database that cannot hold our rows is told in one line, before anything is done."""

import asyncio
import json
from uuid import uuid4

import asyncpg
import pytest

from enrichment.contract import queues
from enrichment.store import migrations
from tests import pipeline
from tests.conftest import database_of, drop, on_server
from tests.pooler import pooled
from tests.service import starter

pytestmark = pytest.mark.timeout(300)

UNREACHED = pipeline.Simulator("http://127.0.0.1:9")


@pytest.fixture
def servers(redis_url, rabbitmq_url):
    return {
        "REDIS_URL": redis_url,
        "RABBITMQ_URL": rabbitmq_url,
        **UNREACHED.settings,
    }


@pytest.fixture
def workers(servers, tmp_path):
    started = pipeline.Workers(servers, tmp_path)
    yield started
    started.end()


@pytest.fixture
def older_url(empty_database_url):
    """A database as the version before left it."""

    async def migrate() -> None:
        connection = await asyncpg.connect(empty_database_url)
        try:
            await migrations.up(
                connection, [m for m in migrations.known() if m.version <= 8]
            )
        finally:
            await connection.close()

    asyncio.run(migrate())
    return empty_database_url


@pytest.fixture
def latin_url(stack):
    name = f"test_{uuid4().hex[:12]}"
    on_server(
        stack.postgres.url,
        f"CREATE DATABASE {name} ENCODING 'LATIN1' LC_COLLATE 'C' LC_CTYPE 'C'"
        " TEMPLATE template0",
    )
    yield database_of(stack.postgres.url, name)
    drop(stack.postgres.url, name)


def refused(worker, *words):
    """The worker ended as misconfigured, in one line that holds these words."""
    assert worker.wait() == 78, worker.said()
    said = worker.said()
    assert "Traceback" not in said
    assert said.strip().count("enrichment: ") == 1
    for word in words:
        assert word in said


def waiting_message(rabbitmq_url):
    pipeline.declare(rabbitmq_url)
    pipeline.publish(rabbitmq_url, pipeline.requests_of(pipeline.track_rows(20)))


def untouched(rabbitmq_url):
    return (
        pipeline.depth(rabbitmq_url, queues.MAIN_QUEUE),
        pipeline.depth(rabbitmq_url, queues.DEAD_LETTER_QUEUE),
    ) == (20, 0)


def test_a_worker_consumes_nothing_of_an_older_schema(workers, older_url, rabbitmq_url):
    waiting_message(rabbitmq_url)

    worker = workers.start("--burst", DATABASE_URL=older_url)

    refused(worker, "misses 009 reenrichment", "enrichment migrate up")
    assert untouched(rabbitmq_url)


def test_a_worker_consumes_nothing_without_tables(
    workers, empty_database_url, rabbitmq_url
):
    waiting_message(rabbitmq_url)

    worker = workers.start("--burst", DATABASE_URL=empty_database_url)

    refused(worker, "the schema is not there", "enrichment migrate up")
    assert untouched(rabbitmq_url)


def test_a_worker_consumes_nothing_where_names_cannot_be_stored(
    workers, latin_url, rabbitmq_url
):
    waiting_message(rabbitmq_url)

    refused(workers.start("--burst", DATABASE_URL=latin_url), "LATIN1", "UTF8")

    assert untouched(rabbitmq_url)


def test_a_pooler_that_nobody_told_of_is_named_with_its_setting(
    workers, database_url, rabbitmq_url
):
    waiting_message(rabbitmq_url)
    with pooled(database_url) as url:
        refused(workers.start("--burst", DATABASE_URL=url), "DATABASE_POOLER=true")

        told = workers.start(DATABASE_URL=url, DATABASE_POOLER="true")
        pipeline.until(lambda: "Waiting for enrichment" in told.said())
        assert told.process.poll() is None
        told.kill()


def test_the_service_starts_with_the_schema_it_needs_alone(
    servers, older_url, tmp_path
):
    with starter({**servers, "DATABASE_URL": older_url}, tmp_path)() as service:
        assert service.process.wait(timeout=120) == 78
        assert "enrichment migrate up" in service.said()
        assert "Traceback" not in service.said()


def test_migrate_refuses_a_database_that_cannot_hold_every_name(servers, latin_url):
    done = pipeline.run_command({**servers, "DATABASE_URL": latin_url}, "migrate", "up")

    assert done.returncode == 78
    assert b"LATIN1" in done.stderr
    assert b"Traceback" not in done.stderr
    assert (
        pipeline.rows(latin_url, "SELECT 1 FROM pg_tables WHERE tablename='tracks'")
        == []
    )


@pytest.mark.parametrize("fault", ["schema", "encoding", "pooler"])
def test_doctor_tells_it(fault, servers, older_url, latin_url, database_url):
    with pooled(database_url) as behind:
        url = {"schema": older_url, "encoding": latin_url, "pooler": behind}[fault]
        done = pipeline.run_command(
            {**servers, "DATABASE_URL": url}, "doctor", "--json"
        )

    findings = {one["subject"]: one for one in json.loads(done.stdout)}
    assert done.returncode == 1
    assert not findings[fault]["well"]
    assert findings[fault]["advice"]
