"""`enrichment dlq`: dead letters listed, shown, replayed and purged by a person."""

import asyncio
from collections import Counter
from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager

from rich.table import Table
from rich.text import Text

from enrichment.app import clients
from enrichment.app.settings import Settings
from enrichment.app.showing import shown_json
from enrichment.cli.actions.operations import at_once
from enrichment.cli.terminal import Terminal, cell, print_json, tell_none
from enrichment.queueing.dead_letters import box
from enrichment.queueing.dead_letters.letters import Filter, Letter
from enrichment.queueing.dead_letters.looking import LARGEST_LOOK, looking
from enrichment.queueing.dead_letters.plain import plain_letter
from enrichment.queueing.raw_deliveries import StreamConnection


async def list_letters(settings: Settings, wanted: Filter, *, as_json: bool) -> None:
    """Print the letters, a line each, and how many there are by reason."""
    table = Table("#", "failed at", "reason", "queue", "track", "detail")
    counts: Counter[str] = Counter()
    async with _broker(settings) as connection, looking(connection) as under_way:
        async for letter, _ in box.matching(under_way, wanted):
            counts[letter.reason] += 1
            if as_json:
                await _print(letter)
            else:
                table.add_row(*_cells(letter))
        if under_way.looked_at == LARGEST_LOOK < under_way.in_box:
            _note(f"only the first {LARGEST_LOOK:,} letters were looked at")
    if as_json:
        return
    table.caption = cell(_by_reason(counts))
    Terminal().print(table)


def _cells(letter: Letter) -> Iterator[Text]:
    yield cell(str(letter.number))
    for value in (letter.failed_at[:19], letter.reason, letter.queue):
        yield cell(value)
    yield cell(letter.track) if letter.track else cell("unreadable", "dim")
    yield cell(letter.detail[:60])


async def show_letter(settings: Settings, number: int) -> int:
    """Print one letter whole; give 1 when there is none of that number."""
    async with _broker(settings) as connection:
        chosen, there = await box.find(connection, number)
    if chosen is None:
        tell_none(f"no letter {number}: there are {there:,}")
        return 1
    print_json(plain_letter(chosen))
    return 0


async def replay_letters(
    settings: Settings, wanted: Filter, *, per_second: float, dry_run: bool
) -> None:
    """Publish the letters that match to their queues again."""
    if dry_run:
        await _only_tell(settings, wanted, "replayed")
        return
    async with _broker(settings) as connection:
        done = await box.replay(connection, wanted, per_second=per_second, told=_tell)
    _note(f"{done.published:,} letters replayed")
    if done.left:
        _note(f"{done.left:,} letters stay: their bodies were too large to be kept")


async def purge_letters(settings: Settings, wanted: Filter, *, dry_run: bool) -> None:
    """Remove the letters that match; each is printed whole, so that it can be kept."""
    if dry_run:
        await _only_tell(settings, wanted, "purged")
        return
    async with _broker(settings) as connection:
        count = await box.purge(connection, wanted, told=_tell)
    _note(f"{count:,} letters purged")


async def told_letters(settings: Settings, wanted: Filter) -> str:
    """Return how many letters match, and how many there are of each reason."""
    counts: Counter[str] = Counter()
    async with _broker(settings) as connection, looking(connection) as under_way:
        async for letter, _ in box.matching(under_way, wanted):
            counts[letter.reason] += 1
    return _by_reason(counts)


def _by_reason(counts: Counter[str]) -> str:
    by_reason = ", ".join(f"{n:,} {reason}" for reason, n in counts.most_common())
    return f"{counts.total():,} dead letters" + (f" ({by_reason})" * bool(counts))


async def _only_tell(settings: Settings, wanted: Filter, done: str) -> None:
    count = 0
    async with _broker(settings) as connection, looking(connection) as under_way:
        async for letter, _ in box.matching(under_way, wanted):
            await _print(letter)
            count += 1
    _note(f"{count:,} letters would be {done}")


def _tell(letter: Letter) -> None:
    print(shown_json(plain_letter(letter)))  # noqa: T201 (JSON Lines out)


async def _print(letter: Letter) -> None:
    # whoever reads us may be slow, and the broker wants to hear from us meanwhile
    await asyncio.to_thread(_tell, letter)


def _note(sentence: str) -> None:
    Terminal(stderr=True, highlight=False).print(cell(sentence))


@asynccontextmanager
async def _broker(settings: Settings) -> AsyncIterator[StreamConnection]:
    with at_once("RabbitMQ"):
        connection = await clients.open_broker(settings, wait=False)
    try:
        yield connection
    finally:
        await connection.close()
