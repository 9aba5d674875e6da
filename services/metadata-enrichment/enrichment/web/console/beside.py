"""What needs a person and is no question of tracks: dead letters, files not read."""

import asyncio
from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass

import asyncpg

from enrichment.contract import queues
from enrichment.store.lists import unread

# A list does not wait for a broker that is away.
_PATIENCE_SECONDS = 2.0

Depths = Callable[[], Awaitable[Mapping[str, tuple[int, int]]]]


@dataclass(frozen=True, slots=True)
class Beside:
    """
    Counts of what waits beside the questions.

    Args:
        dead_letters: None: the broker cannot be asked.
    """

    dead_letters: int | None
    files: int

    @property
    def all(self) -> int:
        """How many of them wait, as far as it is known."""
        return (self.dead_letters or 0) + self.files


async def beside(pool: asyncpg.Pool, depths: Depths) -> Beside:
    """Count dead letters and files."""
    return Beside(await _dead_letters(depths), await unread.how_many(pool))


async def _dead_letters(depths: Depths) -> int | None:
    try:
        async with asyncio.timeout(_PATIENCE_SECONDS):
            found = await depths()
    except Exception:  # noqa: BLE001 (whatever it is: the count is not known)
        return None
    return found.get(queues.DEAD_LETTER_QUEUE, (0, 0))[0]
