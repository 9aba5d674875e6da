"""`enrichment dlq`: dead letters listed, shown, replayed and purged by a person."""

import json
from collections import Counter
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Any

import orjson
from aio_pika.abc import AbstractRobustConnection
from rich.console import Console
from rich.table import Table

from enrichment import servers
from enrichment.operations import at_once
from enrichment.queueing import dead_letter_box as box
from enrichment.queueing.dead_letter_box import Filter, Letter
from enrichment.settings import Settings


async def list_letters(settings: Settings, wanted: Filter, *, as_json: bool) -> None:
    """Print the letters, a line each, and how many there are by reason."""
    async with _broker(settings) as connection:
        letters = await box.look(connection, wanted)
    if as_json:
        for letter in letters:
            print(orjson.dumps(plain_letter(letter)).decode())  # noqa: T201 (JSON Lines out)
        return
    table = Table("#", "failed at", "reason", "queue", "track", "detail")
    for letter in letters:
        table.add_row(
            str(letter.number),
            letter.failed_at[:19],
            letter.reason,
            letter.queue,
            letter.track or "[dim]unreadable[/]",
            letter.detail[:60],
        )
    counts = Counter(letter.reason for letter in letters)
    by_reason = ", ".join(f"{n:,} {reason}" for reason, n in counts.most_common())
    table.caption = f"{len(letters):,} dead letters" + (f": {by_reason}" * bool(counts))
    Console().print(table)


async def show_letter(settings: Settings, number: int) -> int:
    """Print one letter whole; give 1 when there is none of that number."""
    async with _broker(settings) as connection:
        letters = await box.look(connection, Filter())
    chosen = next((letter for letter in letters if letter.number == number), None)
    if chosen is None:
        Console(stderr=True).print(f"no letter {number}: there are {len(letters):,}")
        return 1
    Console().print_json(orjson.dumps(plain_letter(chosen)).decode())
    return 0


async def replay_letters(
    settings: Settings, wanted: Filter, *, per_second: float, dry_run: bool
) -> None:
    """Publish the letters that match to their queues again."""
    await _act(settings, wanted, "replayed", dry_run=dry_run, per_second=per_second)


async def purge_letters(settings: Settings, wanted: Filter, *, dry_run: bool) -> None:
    """Remove the letters that match; each is printed whole, so that it can be kept."""
    await _act(settings, wanted, "purged", dry_run=dry_run)


async def _act(
    settings: Settings,
    wanted: Filter,
    done: str,
    *,
    dry_run: bool,
    per_second: float = 0.0,
) -> None:
    def tell(letter: Letter) -> None:
        print(orjson.dumps(plain_letter(letter)).decode())  # noqa: T201 (JSON Lines out)

    async with _broker(settings) as connection:
        if dry_run:
            letters = await box.look(connection, wanted)
            for letter in letters:
                tell(letter)
            count = len(letters)
        elif per_second:
            count = await box.replay(
                connection, wanted, per_second=per_second, told=tell
            )
        else:
            count = await box.purge(connection, wanted, told=tell)
    word = f"would be {done}" if dry_run else done
    Console(stderr=True).print(f"{count:,} letters {word}")


def plain_letter(letter: Letter) -> dict[str, Any]:
    """Give a letter as JSON has it; a body that is not JSON as text."""
    return {
        "number": letter.number,
        "reason": letter.reason,
        "detail": letter.detail,
        "queue": letter.queue,
        "failed_at": letter.failed_at,
        "first_queued_at": letter.first_queued_at,
        "attempts": letter.attempts,
        "message_id": letter.message_id,
        "track": letter.track,
        "body": _readable(letter.body),
        "headers": {name: str(value) for name, value in letter.headers.items()},
    }


def _readable(body: bytes) -> object:
    try:
        return json.loads(body)
    except ValueError:
        return body.decode("utf-8", "backslashreplace")


@asynccontextmanager
async def _broker(settings: Settings) -> AsyncIterator[AbstractRobustConnection]:
    with at_once("RabbitMQ"):
        connection = await servers.open_broker(settings, wait=False)
    try:
        yield connection
    finally:
        await connection.close()
