"""Users of each role at each server, made as the Compose files make them."""

import json
import os
import subprocess
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any
from urllib.parse import quote, urlsplit

import pika
import redis

from tests.conftest import on_server

PROJECT = Path(__file__).resolve().parent.parent
BROKER_ROLES = ("QUEUE_INIT", "WORKER", "SCRAPER", "SERVICE")
REDIS_ROLES = ("WORKER", "SCRAPER", "SERVICE")


def as_user(url: str, user: str, password: str) -> str:
    """Give the address of a server for another user."""
    parts = urlsplit(url)
    login = f"{user}:{quote(password, safe='')}"
    return parts._replace(netloc=f"{login}@{parts.hostname}:{parts.port}").geturl()


def drop_in_postgres(url: str, role: str) -> None:
    """Drop a role, and its rights in this database."""
    on_server(
        url,
        f"GRANT {role} TO musicdb_user",
        f"DROP OWNED BY {role}",
        f"DROP ROLE {role}",
    )


def _named(server: str, secret: str, roles: tuple[str, ...]) -> dict[str, str]:
    """Give the variables of a script, every password being the user's name."""
    return {
        f"{role}_{server}_{what}": f"musicdb_{role.lower()}"
        for role in roles
        for what in ("USER", secret)
    }


def make_in_redis(url: str) -> dict[str, str]:
    """Make the users of services/redis/users.sh; give the address for each."""
    script = [str(PROJECT / "services/redis/users.sh")]
    variables = _named("REDIS", "PASSWORD", REDIS_ROLES)
    made = subprocess.run(
        ["sh", *script],
        env={"PATH": os.environ["PATH"], "ENRICHMENT_ENV_FILE": "", **variables},
        capture_output=True, text=True, check=True,
    )  # fmt: skip
    assert made.stderr == ""
    client = redis.Redis.from_url(url)
    reads_only = int(client.info("server")["redis_version"].split(".")[0]) >= 7
    addresses = {}
    for line in made.stdout.splitlines():
        _, name, *rules = line.split()
        # rights that only read are Redis 7's
        rules = [rule if reads_only else rule.replace("%R~", "~") for rule in rules]
        client.execute_command("ACL", "SETUSER", name, *rules)
        addresses[name] = as_user(url, name, name)
    client.close()
    return addresses


def forget_in_redis(url: str, names: dict[str, str]) -> None:
    client = redis.Redis.from_url(url)
    client.execute_command("ACL", "DELUSER", *names)
    client.close()


def broker_definitions(folder: Path, **changed: str) -> Any:
    """Give what services/rabbitmq/start.sh tells RabbitMQ."""
    file = folder / "definitions.json"
    variables = _named("RABBITMQ", "PASS", BROKER_ROLES) | changed
    subprocess.run(
        ["sh", PROJECT / "services/rabbitmq/start.sh", "true"],
        env={
            "PATH": os.environ["PATH"], "ENRICHMENT_ENV_FILE": "",
            "DEFINITIONS": str(file),
            "RABBITMQ_PASS": "of-the-administrator",
            "RABBITMQ_DEFAULT_VHOST": "musicdb",
            **variables,
        },
        capture_output=True, check=True,
    )  # fmt: skip
    return json.loads(file.read_text())


@contextmanager
def broker_channel(url: str) -> Iterator[Any]:
    """Give a channel of a user, and close its connection."""
    connection = pika.BlockingConnection(pika.URLParameters(url))
    try:
        yield connection.channel()
    finally:
        connection.close()
