"""JSON Lines: one object for each row, with who gave each value."""

from collections.abc import AsyncGenerator
from typing import Any

import orjson
from msgspec import to_builtins

from enrichment.exports.row import ExportRow, Head, Origin, Rows


async def encode(rows: Rows, _head: Head) -> AsyncGenerator[bytes, None]:
    """Yield a line for each row; what is unknown is left out of it."""
    async for some in rows:
        yield b"".join(orjson.dumps(_object(row)) + b"\n" for row in some)


def _object(row: ExportRow) -> dict[str, Any]:
    names = {} if row.entry is None else to_builtins(row.entry)
    names |= {
        "track_id": row.track_id,
        "artist": row.artist,
        "title": row.title,
        "version": row.version,
        "remixers": row.remixers,
        "featured": row.featured,
        "status": row.status,
        "outcome": row.outcome,
        "enriched_at": row.enriched_at,
    }
    known = {name: value for name, value in names.items() if value not in (None, ())}
    return {
        **known,
        **row.values,
        "provenance": {name: of(origin) for name, origin in row.origins.items()},
    }


def of(origin: Origin) -> dict[str, Any]:
    """Return who gave a value, as JSON holds it."""
    facts = {name: getattr(origin, name) for name in origin.__struct_fields__}
    return {name: fact for name, fact in facts.items() if fact is not None}
