"""Roles with few rights: each does its whole work, and nothing that is another's."""

from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path
from urllib.parse import urlsplit

import asyncpg
import pytest
import redis

from enrichment.contract import cache_keys, finished_tracks, queues
from tests import broker_users, pipeline, role_users
from tests.broker_users import SCRAPER, WORKER, Permissions
from tests.conftest import on_server
from tests.crawls import crawl, environment
from tests.role_users import as_user
from tests.service import starter

__all__ = ["environment"]

SERVICE = replace(SCRAPER, read="^metadata_enrichment_dlq$")
QUEUE_INIT = Permissions("^metadata_", "^metadata_enrichment_(dlx|dlq)$", "^metadata_")
NO_PERMISSION = 77
PASSWORDS = {
    "ENRICHMENT_DB_PASSWORD": "of the worker's",
    "SCRAPER_DB_PASSWORD": "of the ' scraper",
    "SERVICE_DB_PASSWORD": "of the service ü",
    "ANALYST_DB_PASSWORD": "of-the-analyst",
}
ROLES = ("musicdb_worker", "musicdb_scraper", "musicdb_service", "musicdb_analyst")
# What each role may delete from, and the tables that it may insert into.
DELETES = {
    "musicdb_worker": {"track_credits", "provider_answers"},
    "musicdb_scraper": {"tracklist_rows"},
    "musicdb_service": {"provider_answers"},
    "musicdb_analyst": set(),
}
INSERTS = {
    "musicdb_worker": {
        "tracks", "artists", "track_credits", "provider_records", "provider_answers",
        "provider_calls", "provider_benches",
    },
    "musicdb_scraper": {"tracks", "tracklists", "tracklist_rows"},
    "musicdb_service": {"tracks"},
    "musicdb_analyst": set(),
}  # fmt: skip


def drop_role(database_url: str, role: str) -> None:
    on_server(database_url, f"DROP OWNED BY {role}", f"DROP ROLE {role}")


@pytest.fixture
def roles(database_url: str) -> Iterator[dict[str, str]]:
    """Roles as `migrate up` makes them; the address of the database for each."""
    migrated = pipeline.run_command(
        {"DATABASE_OWNER_URL": database_url, **PASSWORDS}, "migrate", "up"
    )
    assert migrated.returncode == 0, migrated.stderr
    yield {
        role: as_user(database_url, role, password)
        for role, password in zip(ROLES, PASSWORDS.values(), strict=True)
    }
    for role in ROLES:
        drop_role(database_url, role)


@pytest.fixture
def redis_users(redis_url: str) -> Iterator[dict[str, str]]:
    addresses = role_users.make_in_redis(redis_url)
    yield addresses
    role_users.forget_in_redis(redis_url, addresses)


@pytest.fixture
def broker_of(stack, rabbitmq_url: str) -> dict[str, str]:
    wanted = {"worker": WORKER, "scraper": SCRAPER, "service": SERVICE}
    return broker_users.make(stack.rabbitmq, {**wanted, "queue_init": QUEUE_INIT})


@pytest.fixture
def servers_of(
    roles: dict[str, str], redis_users: dict[str, str], broker_of: dict[str, str]
) -> dict[str, dict[str, str]]:
    """Give the servers as each role is told of them."""
    return {
        role: {
            "DATABASE_URL": roles[f"musicdb_{role}"],
            "REDIS_URL": redis_users[f"musicdb_{role}"],
            "RABBITMQ_URL": broker_of[role],
        }
        for role in ("worker", "scraper", "service")
    }


def test_every_role_does_its_whole_work(
    environment, servers_of, broker_of, tmp_path: Path
):
    """Queues, a crawl, the service and a worker: nothing is refused to any of them."""
    declared = pipeline.run_command(
        {"RABBITMQ_URL": broker_of["queue_init"]}, "queue-init"
    )
    assert declared.returncode == 0, declared.stderr
    tracks = pipeline.track_rows(3)
    world = pipeline.write_tracks(tmp_path / "world.jsonl", tracks)
    lists = tmp_path / "lists"
    lists.mkdir()
    lines = [f"{row['artist']} - {row['full_title']}" for row in tracks]
    for _ in range(2):  # the second time its rows are written anew
        (lists / "set.txt").write_text("\n".join(lines) + "\n")
        done = crawl("tracklist_files", environment | servers_of["scraper"], path=lists)
        assert done.code == 0, done.log
        lines.append("Vela Nord - Harbour Lights")
    with pipeline.simulator(world, "--time-scale", "100") as simulator:
        fast = {**simulator.settings, "ENRICHMENT_TIME_SCALE": "100"}
        serve = starter(servers_of["service"] | fast, tmp_path)
        with serve(ENRICHMENT_API_TOKEN="t", ENRICHMENT_SWEEP_INTERVAL_SECONDS="0.2"):
            worked = pipeline.run_command(
                {**fast, **servers_of["worker"]}, "worker", "--burst"
            )
    assert worked.returncode == 0, worked.stderr
    service_log = "".join(file.read_text() for file in tmp_path.glob("*.log"))
    for log in (worked.stderr.decode(), service_log):
        for refused in ("permission denied", "NOPERM", "not permitted", "ermission"):
            assert refused not in log


@pytest.mark.parametrize("role", ROLES)
async def test_a_role_writes_and_deletes_where_its_work_needs_it(role, roles):
    connection = await asyncpg.connect(roles[role])
    try:
        allowed = {
            right: {
                row["relname"]
                for row in await connection.fetch(
                    "SELECT relname FROM pg_class WHERE relkind = 'r' AND relnamespace"
                    " = 'public'::regnamespace AND has_table_privilege(oid, $1)",
                    right,
                )
            }
            for right in ("INSERT", "DELETE", "TRUNCATE")
        }
    finally:
        await connection.close()

    assert allowed == {
        "INSERT": INSERTS[role],
        "DELETE": DELETES[role],
        "TRUNCATE": set(),
    }


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
        on_server(
            database_url, "DROP OWNED BY musicdb_worker", "DROP ROLE musicdb_worker"
        )


@pytest.mark.parametrize(
    ("role", "statement"),
    [
        ("musicdb_worker", "DELETE FROM tracks"),
        ("musicdb_worker", "DELETE FROM provider_records"),
        ("musicdb_worker", "TRUNCATE track_credits"),
        ("musicdb_worker", "DROP TABLE tracklists"),
        ("musicdb_worker", "CREATE TABLE mine ()"),
        ("musicdb_worker", "INSERT INTO schema_migrations SELECT 99, ''"),
        ("musicdb_worker", "INSERT INTO provider_revocations DEFAULT VALUES"),
        ("musicdb_scraper", "UPDATE tracks SET title = 'x'"),
        ("musicdb_scraper", "SELECT FROM provider_answers"),
        ("musicdb_service", "DELETE FROM tracklist_rows"),
        ("musicdb_service", "UPDATE artists SET name = 'x'"),
        ("musicdb_analyst", "UPDATE tracks SET title = 'x'"),
        ("musicdb_analyst", "LOCK TABLE tracks IN SHARE MODE"),
    ],
)  # fmt: skip
async def test_what_is_anothers_is_refused(role, statement, roles):
    connection = await asyncpg.connect(roles[role])
    try:
        with pytest.raises(asyncpg.InsufficientPrivilegeError):
            await connection.execute(statement)
    finally:
        await connection.close()


def test_what_destroys_asks_for_the_owner(roles, redis_users, database_url):
    """The worker's role alone is refused in one line; with the owner's it is done."""
    worker = {
        "DATABASE_URL": roles["musicdb_worker"],
        "REDIS_URL": redis_users["musicdb_worker"],
    }
    for command in (
        ("providers", "revoke", "spotify", "--yes"),
        ("migrate", "down", "--to", "14", "--yes"),
        ("migrate", "identity"),
    ):
        refused = pipeline.run_command(worker, *command)
        assert refused.returncode == NO_PERMISSION, refused.stderr
        assert b"DATABASE_OWNER_URL" in refused.stderr
        assert refused.stderr.count(b"\n") == 1
        done = pipeline.run_command(
            {**worker, "DATABASE_OWNER_URL": database_url}, *command
        )
        assert done.returncode == 0, done.stderr


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
    on_server(
        empty_database_url,
        "REASSIGN OWNED BY plain_owner TO musicdb_user",
        "DROP OWNED BY plain_owner",
        "DROP ROLE plain_owner",
    )


def test_an_owner_who_may_make_no_roles_is_told_and_migrates(roles, plain_owner, stack):
    """A role that somebody else has made keeps its password and gets its rights."""
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
    elsewhere = urlsplit(plain_owner).path
    scraper = urlsplit(roles["musicdb_scraper"])._replace(path=elsewhere).geturl()
    assert pipeline.rows(scraper, "SELECT count(*) FROM tracks") == [(0,)]


@pytest.mark.parametrize(
    ("user", "command"),
    [
        ("worker", "SET another:key x"),
        ("worker", "GET another:key"),
        ("worker", "FLUSHALL"),
        ("worker", "CONFIG SET requirepass x"),
        ("worker", "ACL LIST"),
        ("worker", "PUBLISH another:channel x"),
        ("scraper", "SET enrichment:v1:budget:{spotify} x"),
        ("scraper", "MGET enrichment:v1:token:spotify:x"),
        ("scraper", "DEL enrichment:v1:crawl:host"),
        ("service", "GET enrichment:v1:token:spotify:x"),
        ("service", "SET enrichment:v1:track:x y"),
        ("service", "FLUSHALL"),
    ],
)
def test_redis_refuses_what_is_anothers(user, command, redis_users):
    client = redis.Redis.from_url(redis_users[f"musicdb_{user}"])
    try:
        assert client.ping()
        with pytest.raises(redis.exceptions.NoPermissionError):
            client.execute_command(*command.split())
    finally:
        client.close()


def test_the_prefixes_are_those_of_our_keys():
    rules = (role_users.PROJECT / "services/redis/users.sh").read_text()

    assert cache_keys.PREFIX.startswith("enrichment:")
    assert cache_keys.RELEASES_CHANNEL.startswith("enrichment:")
    assert f"%R~{finished_tracks.PREFIX}*" in rules
    assert "~enrichment:v1:crawl:*" in rules


@pytest.mark.parametrize(
    ("user", "deed"),
    [
        ("scraper", lambda channel: channel.basic_get(queues.MAIN_QUEUE)),
        ("scraper", lambda channel: channel.queue_delete(queues.MAIN_QUEUE)),
        ("scraper", lambda channel: channel.queue_purge(queues.DEAD_LETTER_QUEUE)),
        ("scraper", lambda channel: channel.queue_declare("mine")),
        ("worker", lambda channel: channel.queue_delete(queues.MAIN_QUEUE)),
        ("worker", lambda channel: channel.basic_get(queues.DEAD_LETTER_QUEUE)),
        ("worker", lambda channel: channel.queue_declare("mine")),
        ("service", lambda channel: channel.basic_get(queues.MAIN_QUEUE)),
        ("service", lambda channel: channel.queue_purge(queues.MAIN_QUEUE)),
        ("queue_init", lambda channel: channel.queue_declare("mine")),
    ],
)
def test_rabbitmq_refuses_what_is_anothers(user, deed, broker_of, rabbitmq_url):
    pipeline.declare(rabbitmq_url)

    with role_users.refused_by_broker(broker_of[user]) as channel:
        deed(channel)


PERMISSIONS = {
    "musicdb_queue_init": QUEUE_INIT,
    "musicdb_worker": WORKER,
    "musicdb_scraper": SCRAPER,
    "musicdb_service": SERVICE,
}


def test_the_script_that_starts_rabbitmq_gives_these_permissions(tmp_path):
    definitions = role_users.broker_definitions(tmp_path)
    given = {one["user"]: one for one in definitions["permissions"]}
    administrator = given.pop("musicdb")

    tags = {one["name"]: one["tags"] for one in definitions["users"]}
    assert tags == {"musicdb": ["administrator"], **{user: [] for user in PERMISSIONS}}
    assert administrator["configure"] == ".*"
    for user, wanted in PERMISSIONS.items():
        one = given[user]
        assert Permissions(one["configure"], one["write"], one["read"]) == wanted


@pytest.mark.parametrize("password", ["plain", """a"b\\c 'd$e""", "ü ß"])
def test_rabbitmq_takes_what_the_script_makes_of_a_password(
    password, stack, rabbitmq_url, tmp_path
):
    """Nothing of the password stands in the file, whatever its characters are."""
    definitions = role_users.broker_definitions(tmp_path, WORKER_RABBITMQ_PASS=password)

    assert password not in (tmp_path / "definitions.json").read_text()
    stack.rabbitmq.control("import_definitions", str(tmp_path / "definitions.json"))
    try:
        worker = as_user(rabbitmq_url, "musicdb_worker", password)
        with pipeline.channel(worker) as channel:
            assert channel.is_open
    finally:
        for one in definitions["users"]:
            if not one["tags"]:
                stack.rabbitmq.control("delete_user", one["name"])


def test_a_role_without_a_user_is_told_and_left_to_the_administrator(tmp_path):
    definitions = role_users.broker_definitions(tmp_path, SCRAPER_RABBITMQ_USER="")

    names = {one["name"] for one in definitions["users"]}
    assert names == {"musicdb", *PERMISSIONS} - {"musicdb_scraper"}
