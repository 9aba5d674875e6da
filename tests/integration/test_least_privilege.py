"""Roles with few rights: each does its whole work, and nothing that is another's."""

import json
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import asyncpg
import pika
import pytest
import redis

import devstack
from enrichment.contract import finished_tracks, keys, queues
from scrapers.pipelines import broker_words
from tests import broker_users, pipeline, role_users
from tests.broker_users import SCRAPER, WORKER, Permissions
from tests.conftest import database_of, drop, on_server
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
    "musicdb_scraper": {
        "tracklists",
        "tracklist_rows",
        "tracklist_texts",
        "same_sets",
        "unread_files",
    },
    "musicdb_service": {
        "track_credits",
        "provider_answers",
        "review_question_tracks",
        "same_sets",
    },
    "musicdb_analyst": set(),
}
INSERTS = {
    "musicdb_worker": {
        "tracks", "artists", "track_credits", "provider_records", "provider_answers",
        "provider_calls", "provider_benches",
    },
    "musicdb_scraper": {
        "tracks", "tracklists", "tracklist_rows", "tracklist_texts", "same_sets",
        "unread_files",
    },
    "musicdb_service": {
        "tracks", "artists", "track_credits", "provider_records", "review_decisions",
        "tracklists", "tracklist_rows", "tracklist_texts", "same_sets",
    },
    "musicdb_analyst": set(),
}  # fmt: skip


@pytest.fixture(scope="module")
def owner(stack: devstack.Stack, template_database: str) -> Iterator[str]:
    """A database for all tests here: what they try is refused, or adds rows."""
    name = "test_least_privilege"
    on_server(
        stack.postgres.url, f"CREATE DATABASE {name} TEMPLATE {template_database}"
    )
    yield database_of(stack.postgres.url, name)
    drop(stack.postgres.url, name)


@pytest.fixture(scope="module")
def roles(owner: str) -> Iterator[dict[str, str]]:
    """Roles as `migrate up` makes them; the address of the database for each."""
    migrated = pipeline.run_command(
        {"DATABASE_OWNER_URL": owner, **PASSWORDS}, "migrate", "up"
    )
    assert migrated.returncode == 0, migrated.stderr
    yield {
        role: as_user(owner, role, password)
        for role, password in zip(ROLES, PASSWORDS.values(), strict=True)
    }
    for role in ROLES:
        role_users.drop_in_postgres(owner, role)


@pytest.fixture(scope="module")
def redis_users(stack: devstack.Stack) -> Iterator[dict[str, str]]:
    addresses = role_users.make_in_redis(stack.redis.url)
    yield addresses
    role_users.forget_in_redis(stack.redis.url, addresses)


@pytest.fixture(scope="module")
def broker_of(stack: devstack.Stack) -> dict[str, str]:
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
    # of no kind that is read: a person is told
    (lists / "odd.bin").write_bytes(bytes(range(256)))
    lines = [
        f'"{row["artist"]}","{row["full_title"]}",GBAAA260000{n}'
        for n, row in enumerate(tracks)
    ]
    for _ in range(2):  # the second time its rows are written anew, with their facts
        (lists / "set.csv").write_text("\n".join(["artist,title,isrc", *lines]) + "\n")
        done = crawl("tracklist_files", environment | servers_of["scraper"], path=lists)
        assert done.code == 0, done.log
        assert "permission denied" not in done.log
        lines.append("Vela Nord,Harbour Lights,GBAAA2600009")
    with pipeline.simulator(world, "--time-scale", "100") as simulator:
        fast = {**simulator.settings, "ENRICHMENT_TIME_SCALE": "100"}
        serve = starter(servers_of["service"] | fast, tmp_path)
        with serve(
            ENRICHMENT_API_TOKEN="t", ENRICHMENT_SWEEP_INTERVAL_SECONDS="0.2"
        ) as service:
            # with values that files know, and most rows of a set that is there
            upload = {"name": "mine.csv", "text": (lists / "set.csv").read_text()}
            status, told = service.call("/tracklists", upload, token="t")
            assert status == 200, told
            assert service.call("/search?text=Vela%20Nord")[0] == 200
            [odd] = json.loads(service.call("/review/files")[1])["files"]
            path = f"/review/files/{odd['file_id']}/decision"
            assert service.call(path, {"set_aside": True}, token="t")[0] == 200
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
        ("musicdb_service", "DELETE FROM review_decisions"),
        ("musicdb_worker", "UPDATE review_decisions SET choice = 'x'"),
        ("musicdb_analyst", "UPDATE tracks SET title = 'x'"),
        ("musicdb_analyst", "BEGIN; LOCK TABLE tracks IN SHARE MODE"),
        ("musicdb_analyst", "SELECT location FROM tracklist_rows"),
        ("musicdb_analyst", "SELECT r FROM tracklist_rows AS r"),
        ("musicdb_analyst", "SELECT packed FROM tracklist_texts"),
        ("musicdb_analyst", "SELECT fill_from_files('{}')"),
        ("musicdb_analyst", "SELECT review_find_conflicts()"),
        ("musicdb_scraper", "SELECT review_sync('{}')"),
        ("musicdb_service", "SELECT location FROM tracklist_rows"),
        ("musicdb_scraper", "UPDATE tracks SET isrc = 'GBAAA2600001'"),
    ],
)  # fmt: skip
async def test_what_is_anothers_is_refused(role, statement, roles):
    connection = await asyncpg.connect(roles[role])
    try:
        with pytest.raises(asyncpg.InsufficientPrivilegeError):
            await connection.execute(statement)
    finally:
        await connection.close()


async def test_no_function_with_the_owners_rights_is_everybodys(owner):
    connection = await asyncpg.connect(owner)
    try:
        found = await connection.fetch(
            "SELECT proname FROM pg_proc WHERE prosecdef"
            " AND pronamespace = 'public'::regnamespace"
            # triggers are run by who writes, and by nobody else
            " AND prorettype <> 'trigger'::regtype"
            " AND has_function_privilege('public', oid, 'EXECUTE')"
        )
    finally:
        await connection.close()

    assert [row["proname"] for row in found] == []


async def test_an_analyst_reads_what_files_know_but_where_the_audio_lies(roles):
    connection = await asyncpg.connect(roles["musicdb_analyst"])
    try:
        columns = await connection.fetchval(
            "SELECT string_agg(column_name, ', ') FROM information_schema.columns"
            " WHERE table_name = 'tracklist_rows' AND column_name <> 'location'"
        )
        assert "isrc" in columns
        for table in ("file_facts", "file_disagreements", "played_rows"):
            await connection.fetch(f"TABLE {table}")
        rest = f"SELECT {columns} FROM tracklist_rows"  # noqa: S608 (the schema's)
        await connection.fetch(rest)
    finally:
        await connection.close()


def test_what_destroys_asks_for_the_owner(roles, redis_users, owner):
    """The worker's role alone is refused in one line; with the owner's it is done."""
    worker = {
        "DATABASE_URL": roles["musicdb_worker"],
        "REDIS_URL": redis_users["musicdb_worker"],
    }
    for command in (
        ("migrate", "down", "--to", "0", "--yes"),
        ("providers", "revoke", "spotify", "--yes"),
    ):
        refused = pipeline.run_command(worker, *command)
        assert refused.returncode == NO_PERMISSION, refused.stderr
        assert b"DATABASE_OWNER_URL" in refused.stderr
        assert refused.stderr.count(b"\n") == 1
    done = pipeline.run_command({**worker, "DATABASE_OWNER_URL": owner}, *command)
    assert done.returncode == 0, done.stderr


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
        ("service", "GET enrichment:v1:console:link:x"),
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

    assert keys.PREFIX.startswith("enrichment:")
    assert keys.RELEASES_CHANNEL.startswith("enrichment:")
    assert f"%R~{finished_tracks.PREFIX}*" in rules
    assert "~enrichment:v1:crawl:*" in rules
    assert keys.used_link_key("x").startswith("enrichment:v1:console:")
    assert "~enrichment:v1:console:*" in rules


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

    with (
        role_users.broker_channel(broker_of[user]) as channel,
        pytest.raises(pika.exceptions.ChannelClosedByBroker) as refusal,
    ):
        deed(channel)

    assert refusal.value.reply_code == broker_words.ACCESS_REFUSED


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
    made = {"RABBITMQ_USER": "administrator", "WORKER_RABBITMQ_PASS": password}
    definitions = role_users.broker_definitions(tmp_path, **made)

    assert password not in (tmp_path / "definitions.json").read_text()
    stack.rabbitmq.control("import_definitions", str(tmp_path / "definitions.json"))
    try:
        worker = as_user(rabbitmq_url, "musicdb_worker", password)
        with pipeline.channel(worker) as channel:
            assert channel.is_open
    finally:
        for one in definitions["users"]:
            stack.rabbitmq.control("delete_user", one["name"])


def test_a_role_without_a_user_is_told_and_left_to_the_administrator(tmp_path):
    definitions = role_users.broker_definitions(tmp_path, SCRAPER_RABBITMQ_USER="")

    names = {one["name"] for one in definitions["users"]}
    assert names == {"musicdb", *PERMISSIONS} - {"musicdb_scraper"}
