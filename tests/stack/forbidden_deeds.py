"""
Tries deeds with the users that this container has; prints those that were not refused.

Runs inside a container of the stack, from standard input, with nothing of the tests:

    python - '{"postgres": [...], "redis": [[...]], "rabbitmq": [[...]]}'

A deed of Postgres is a statement, one of Redis a command, one of RabbitMQ `read QUEUE`,
`purge QUEUE`, `declare QUEUE` or `publish KEY`.
"""

import asyncio
import json
import os
import sys
from collections.abc import Callable, Sequence
from typing import Any

import asyncpg
from redis.asyncio import Redis
from redis.exceptions import NoPermissionError

# The images of workers and crawls hold one half each.
try:
    import aiormq
    from aiormq.exceptions import ChannelAccessRefused

    from enrichment.app import settings
except ImportError:
    settings = None
    import pika

    from scrapers.environment import Environment

REFUSED = 403


def address(server: str) -> str:
    """Return a server's address as the container's program knows it."""
    if settings is not None:
        return str(getattr(settings.load(), f"{server}_dsn"))
    return str(getattr(Environment(os.environ), f"{server}_dsn")())


async def not_refused_by_postgres(url: str, statements: Sequence[str]) -> list[str]:
    found = []
    connection = await asyncpg.connect(url)
    for statement in statements:
        attempt = connection.transaction()
        await attempt.start()
        try:
            await connection.execute(statement)
            found.append(statement)
        except asyncpg.InsufficientPrivilegeError:
            pass
        finally:
            await attempt.rollback()
    await connection.close()
    return found


async def not_refused_by_redis(url: str, commands: Sequence[list[str]]) -> list[str]:
    found = []
    client = Redis.from_url(url)
    for command in commands:
        try:
            await client.execute_command(*command)
            found.append(" ".join(command))
        except NoPermissionError:
            pass
    await client.aclose()
    return found


def not_refused_by_rabbitmq(url: str, deeds: Sequence[list[str]]) -> list[str]:
    """Speak the protocol by pika, or by what the workers' image has."""
    if settings is not None:
        return asyncio.run(_by_aiormq(url, deeds))
    connection = pika.BlockingConnection(pika.URLParameters(url))
    found = []
    for verb, name in deeds:
        channel = connection.channel()
        channel.confirm_delivery()
        act: dict[str, Callable[[], object]] = {
            "read": lambda at=channel, name=name: at.basic_get(name),
            "purge": lambda at=channel, name=name: at.queue_purge(name),
            "declare": lambda at=channel, name=name: at.queue_declare(name),
            "publish": lambda at=channel, name=name: at.basic_publish("", name, b""),
        }
        try:
            act[verb]()
            found.append(f"{verb} {name}")
        except pika.exceptions.ChannelClosedByBroker as error:
            if error.reply_code != REFUSED:
                raise
    connection.close()
    return found


async def _by_aiormq(url: str, deeds: Sequence[list[str]]) -> list[str]:
    found = []
    connection = await aiormq.connect(url)
    for verb, name in deeds:
        channel = await connection.channel()
        act: dict[str, Callable[[], Any]] = {
            "read": lambda at=channel, name=name: at.basic_get(name),
            "purge": lambda at=channel, name=name: at.queue_purge(name),
            "declare": lambda at=channel, name=name: at.queue_declare(name),
            "publish": lambda at=channel, name=name: at.basic_publish(
                b"", routing_key=name
            ),
        }
        try:
            await act[verb]()
            found.append(f"{verb} {name}")
        except ChannelAccessRefused:
            pass
    await connection.close()
    return found


def main() -> None:
    """Try all; print what was not refused as JSON."""
    deeds = json.loads(sys.argv[1])
    found = []
    if wanted := deeds.get("postgres"):
        found += asyncio.run(not_refused_by_postgres(address("postgres"), wanted))
    if wanted := deeds.get("redis"):
        found += asyncio.run(not_refused_by_redis(address("redis"), wanted))
    found += not_refused_by_rabbitmq(address("rabbitmq"), deeds["rabbitmq"])
    sys.stdout.write(json.dumps(found) + "\n")


main()
