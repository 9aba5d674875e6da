"""What people have decided: listed, and as cases of the matcher's regression set."""

from collections.abc import AsyncIterator, Mapping
from typing import Any
from uuid import UUID

import asyncpg
import orjson

from enrichment.matching.by_person import PROVIDERS_OF_COLUMNS
from enrichment.review.acts import Decided
from enrichment.store.errors import server_away

_LIST = """
SELECT d.decision_id, d.act_id, d.track_id, t.artist, t.title, d.field, d.choice,
       d.kind, d.decided_by, d.decided_at, d.reason, d.undone_at, d.undone_by,
       d.replaced_by
FROM review_decisions AS d LEFT JOIN tracks AS t USING (track_id)
WHERE ($1::bigint IS NULL OR d.decision_id < $1)
  AND ($2::uuid IS NULL OR d.track_id = $2)
ORDER BY d.decision_id DESC LIMIT $3
"""
_CASES = """
SELECT d.decision_id, d.track_id, t.artist, t.title, t.file_facts, d.field, d.choice,
       d.decided_by, d.reason, d.candidates
FROM review_decisions AS d JOIN tracks AS t USING (track_id)
WHERE d.decision_id > $1 AND d.field = ANY ($2::text[])
  AND d.undone_at IS NULL AND d.replaced_by IS NULL
ORDER BY d.decision_id LIMIT 500
"""
# What `enrichment match` reads of a candidate.
_READ = ("artist", "title", "album", "duration_ms", "isrc", "year")


async def decisions(
    pool: asyncpg.Pool,
    *,
    before: int | None = None,
    track_id: UUID | None = None,
    limit: int = 50,
) -> tuple[Decided, ...]:
    """Return decisions, the latest first."""
    with server_away():
        rows = await pool.fetch(_LIST, before, track_id, limit)
    return tuple(Decided(**row) for row in rows)


async def cases(pool: asyncpg.Pool) -> AsyncIterator[Mapping[str, Any]]:
    """
    Yield decisions in force as `enrichment match` reads them, with what is expected.

    One whose candidates are not known any more, or never were, teaches nothing.
    """
    after = 0
    while True:
        with server_away():
            rows = await pool.fetch(_CASES, after, [*PROVIDERS_OF_COLUMNS])
        if not rows:
            return
        for row in rows:
            after = row["decision_id"]
            if found := _case(row):
                yield found


def _case(row: asyncpg.Record) -> Mapping[str, Any] | None:
    provider = PROVIDERS_OF_COLUMNS[row["field"]]
    seen = [
        one
        for one in orjson.loads(row["candidates"])
        if one["provider"] == provider and one.get("title")
    ]
    chosen = next((one["id"] for one in seen if _is(one, row)), None)
    if not seen or (row["choice"] is not None and chosen is None):
        return None
    return {
        "query": {"artist": row["artist"], "title": row["title"]},
        "candidates": [_candidate(one) for one in seen],
        "expected": {
            "decision": "none" if row["choice"] is None else "accept",
            "id": chosen,
        },
        "provider": provider,
        "track_id": str(row["track_id"]),
        "why": row["reason"],
    }


def _is(one: Mapping[str, Any], row: asyncpg.Record) -> bool:
    return row["choice"] is not None and row["choice"] in (one["id"], one.get("url"))


def _candidate(one: Mapping[str, Any]) -> dict[str, Any]:
    isrcs, date = one.get("isrcs") or (), one.get("release_date")
    known = {
        **one,
        "isrc": isrcs[0] if isrcs else None,
        "year": int(date[:4]) if date and date[:4].isdigit() else None,
    }
    told = {name: known[name] for name in _READ if known.get(name) is not None}
    return {"id": one["id"], **told}
