"""Roles that `migrate up` makes, or finds; and those of an older .env."""

import asyncio
from collections.abc import Iterator
from urllib.parse import urlsplit

import asyncpg
import pytest

from enrichment.store import roles
from tests import pipeline, role_users
from tests.conftest import on_server
from tests.role_users import as_user


def test_one_role_for_all_has_the_rights_of_all(database_url):
    """As with an .env of an older version, and with DATABASE_URL alone."""
    migrated = pipeline.run_command(
        {"DATABASE_OWNER_URL": database_url, "ENRICHMENT_DB_PASSWORD": "the-only-one"},
        "migrate", "up",
    )  # fmt: skip
    assert migrated.returncode == 0, migrated.stderr
    try:
        worker = as_user(database_url, "musicdb_worker", "the-only-one")
        assert pipeline.rows(
            worker,
            "SELECT has_table_privilege('tracklists', 'INSERT, UPDATE'),"
            " has_table_privilege('tracklist_rows', 'DELETE'),"
            " has_table_privilege('tracks', 'DELETE')",
        ) == [(True, True, False)]
    finally:
        role_users.drop_in_postgres(database_url, "musicdb_worker")


async def test_runners_at_once_make_each_role_once(database_url):
    async def give():
        connection = await asyncpg.connect(database_url)
        try:
            return await roles.give(connection, {"musicdb_analyst": "read-only"})
        finally:
            await connection.close()

    try:
        assert await asyncio.gather(*(give() for _ in range(5))) == 5 * [[]]
    finally:
        await asyncio.to_thread(
            role_users.drop_in_postgres, database_url, "musicdb_analyst"
        )


@pytest.fixture
def plain_owner(empty_database_url: str) -> Iterator[str]:
    """Somebody who owns a database and may make no roles."""
    name = urlsplit(empty_database_url).path[1:]
    on_server(
        empty_database_url,
        "CREATE ROLE plain_owner LOGIN PASSWORD 'plain'",
        "GRANT plain_owner TO musicdb_user",
        f"ALTER DATABASE {name} OWNER TO plain_owner",
    )
    yield as_user(empty_database_url, "plain_owner", "plain")
    on_server(empty_database_url, "REASSIGN OWNED BY plain_owner TO musicdb_user")
    for role in ("musicdb_scraper", "plain_owner"):
        role_users.drop_in_postgres(empty_database_url, role)


def test_an_owner_who_may_make_no_roles_is_told_and_migrates(
    database_url, plain_owner, stack
):
    """A role that somebody else has made keeps its password and gets its rights."""
    on_server(database_url, "CREATE ROLE musicdb_scraper LOGIN PASSWORD 'known'")
    migrated = pipeline.run_command(
        {"DATABASE_OWNER_URL": plain_owner, "SCRAPER_DB_PASSWORD": "an-unknown-word"},
        "migrate", "up",
    )  # fmt: skip

    assert migrated.returncode == 0, migrated.stderr
    assert b"role musicdb_scraper is yours to make" in migrated.stdout
    # the server logs the statement that it has refused
    said = migrated.stdout + migrated.stderr + stack.postgres.log.read_bytes()
    assert b"ALTER ROLE musicdb_scraper" in said
    assert b"an-unknown" not in said
    scraper = as_user(plain_owner, "musicdb_scraper", "known")
    assert pipeline.rows(scraper, "SELECT count(*) FROM tracks") == [(0,)]
