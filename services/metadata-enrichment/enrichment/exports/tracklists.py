"""Find the tracklists that a person means by number, key or title."""

from collections.abc import Sequence
from dataclasses import dataclass

import asyncpg

from enrichment.errors import InputInvalid
from enrichment.exports.entries import TITLE
from enrichment.store.errors import server_away

# Shown where a name means none, or several.
_SHOWN = 10
_MEANT = f"""
SELECT tracklist_id, {TITLE} AS title,
       tracklist_id::text = $1 AS by_number
FROM tracklists AS l
WHERE tracklist_id::text = $1 OR source_key = $1 OR {TITLE} = $1
ORDER BY by_number DESC, tracklist_id LIMIT $2
"""  # noqa: S608 (a constant)
_NEWEST = f"""
SELECT tracklist_id, {TITLE} AS title
FROM tracklists AS l ORDER BY tracklist_id DESC LIMIT $1
"""  # noqa: S608 (a constant)


@dataclass(frozen=True, slots=True)
class Meant:
    """A tracklist that a person means."""

    tracklist_id: int
    title: str


async def meant(pool: asyncpg.Pool, names: Sequence[str]) -> tuple[Meant, ...]:
    """
    Return the tracklists that are meant, in the order of their names.

    Raises:
        InputInvalid: a name means none, or several.
    """
    return tuple([await _meant(pool, name) for name in names])


async def _meant(pool: asyncpg.Pool, name: str) -> Meant:
    with server_away():
        found = await pool.fetch(_MEANT, name, _SHOWN)
        if not found:
            newest = await pool.fetch(_NEWEST, _SHOWN)
            raise InputInvalid(f"{name!r} is no tracklist; there are {_told(newest)}")
    if len(found) > 1 and not found[0]["by_number"]:
        raise InputInvalid(
            f"{name!r} means several tracklists, name its number: {_told(found)}"
        )
    return Meant(found[0]["tracklist_id"], found[0]["title"])


def _told(found: Sequence[asyncpg.Record]) -> str:
    if not found:
        return "none"
    return "; ".join(f"{row['tracklist_id']} {row['title']}" for row in found)
