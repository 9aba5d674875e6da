"""Tracks that a person looks for, corrects and deletes."""

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, TypeAlias

import asyncpg

from enrichment.contract.tracklist_rows import fill_from_files
from enrichment.errors import InputInvalid
from enrichment.store.errors import server_away
from enrichment.store.tracks import decisions, removals

if TYPE_CHECKING:
    from asyncpg.pool import PoolConnectionProxy

# What a person may correct, with the type that Postgres reads the text as.
CORRECTABLE: Mapping[str, str] = {
    "isrc": "text",
    "spotify_id": "text",
    "musicbrainz_id": "uuid",
    "lastfm_url": "text",
    "deezer_id": "text",
    "discogs_id": "text",
    "duration_ms": "integer",
    "release_date": "date",
    "album": "text",
    "label": "text",
    "genres": "text[]",
    "artwork_url": "text",
    "bpm": "numeric",
    "musical_key": "text",
    "camelot_key": "text",
}
# Who has undone decisions, where a person set the field or deleted the track.
_FIX, _DELETE = "tracks fix", "tracks delete"
_DATE = re.compile(r"(\d{4})(?:-(\d{2}))?(?:-(\d{2}))?", re.ASCII)
_PRECISIONS = ("year", "month", "day")

_SEARCH = """
SELECT track_id::text, artist, title, status, outcome, isrc,
       (SELECT count(*) FROM tracklist_rows AS r WHERE r.track_id = t.track_id) AS rows
FROM tracks AS t
WHERE (SELECT bool_and(strpos(lower(artist || ' ' || title), word) > 0)
       FROM unnest($1::text[]) AS word)
   OR isrc = upper($2) OR track_id::text = lower($2) OR spotify_id = $2
   OR musicbrainz_id::text = lower($2)
ORDER BY artist, title, track_id LIMIT $3
"""
_UNPIN = """
UPDATE tracks SET pinned_fields = array_remove(pinned_fields, $2)
WHERE track_id = $1 AND $2 = ANY (pinned_fields)
"""
_MENTIONS = "SELECT count(*) FROM tracklist_rows WHERE track_id = $1"
_UNNAME = """
UPDATE tracklist_rows SET track_id = NULL, identified = false WHERE track_id = $1
"""

# Where a statement is run: a pool, or a connection in a transaction.
Place: TypeAlias = "asyncpg.Pool[Any] | PoolConnectionProxy[Any]"


@dataclass(frozen=True, slots=True)
class Found:
    """A track as a search shows it."""

    track_id: str
    artist: str
    title: str
    status: str
    outcome: str | None
    isrc: str | None
    rows: int


async def search(pool: asyncpg.Pool, text: str, limit: int) -> Sequence[Found]:
    """Return the tracks with all words in their names, or with this id or ISRC."""
    with server_away():
        rows = await pool.fetch(_SEARCH, text.lower().split(), text.strip(), limit)
    return tuple(Found(**row) for row in rows)


async def fix(
    pool: asyncpg.Pool,
    track_id: str,
    values: Mapping[str, str],
    unpinned: Sequence[str],
) -> frozenset[str]:
    """
    Set fields to a person's values and give others back, all or none.

    Decisions on these fields are not in force any more. Return those given back that a
    person had.

    Raises:
        InputInvalid: a person may not set a field, or a value is none of it.
    """
    with server_away():
        async with pool.acquire() as connection, connection.transaction():
            for field, value in values.items():
                await correct(connection, track_id, field, value)
            given_back = frozenset(
                [f for f in unpinned if await unpin(connection, track_id, f)]
            )
            if given_back:
                await fill_from_files(connection, [track_id])
            await decisions.end(connection, track_id, _FIX, {*values, *unpinned})
            await decisions.sync_questions(connection, [track_id])
    return given_back


async def correct(at: Place, track_id: str, field: str, value: str) -> bool:
    """
    Set a field to a person's value and pin it; "" says that there is none.

    Return whether there is such a track.

    Raises:
        InputInvalid: a person may not set the field, or the value is none of it.
    """
    column = f"{field} = $2::text::{_kind(field)}"
    values: tuple[str | None, ...] = (value or None,)
    if field == "release_date":
        column += ", release_date_precision = $3"
        values = _date(value) if value else (None, None)
    elif field == "genres":
        column = "genres = string_to_array($2::text, '|')"
        values = ("|".join(filter(None, map(str.strip, value.split(",")))),)
    statement = (
        f"UPDATE tracks SET {column},"  # noqa: S608 (a name of the closed list)
        f" pinned_fields = array_append(array_remove(pinned_fields, '{field}'),"
        f" '{field}') WHERE track_id = $1"
    )
    try:
        with server_away():
            tag = await at.execute(statement, track_id, *values)
    except (asyncpg.DataError, asyncpg.CheckViolationError) as error:
        raise InputInvalid(f"{field} cannot be {value!r}: {error}") from error
    return bool(tag == "UPDATE 1")


async def unpin(at: Place, track_id: str, field: str) -> bool:
    """Return a field back to the providers; return whether a person had it."""
    _kind(field)
    with server_away():
        return bool(await at.execute(_UNPIN, track_id, field) == "UPDATE 1")


async def mentions(pool: asyncpg.Pool, track_id: str) -> int:
    """Return how many rows of tracklists name a track."""
    with server_away():
        return int(await pool.fetchval(_MENTIONS, track_id))


async def delete(pool: asyncpg.Pool, track_id: str) -> bool:
    """
    Delete a track for good: no message from before brings it back.

    Rows of tracklists stay, without it. Return whether there was such a track.
    """
    with server_away():
        async with pool.acquire() as connection, connection.transaction():
            await removals.hold(connection)
            await connection.execute(_UNNAME, track_id)
            # a track that comes back under this id is a new one
            await decisions.end(connection, track_id, _DELETE, None)
            return (await removals.take_away(connection, [track_id])).tracks > 0


def _kind(field: str) -> str:
    if field not in CORRECTABLE:
        known = ", ".join(CORRECTABLE)
        raise InputInvalid(f"{field!r} is no field of a person's; there are {known}")
    return CORRECTABLE[field]


def _date(value: str) -> tuple[str, str]:
    """Return a whole date, and how much of it is known."""
    found = _DATE.fullmatch(value)
    if found is None:
        raise InputInvalid(
            f"release_date: {value!r} is no date such as 2009 or 2009-09"
        )
    parts = [part for part in found.groups() if part]
    return "-".join([*parts, "01", "01"][:3]), _PRECISIONS[len(parts) - 1]
