"""The rows that a run left behind, without their times, and how two runs differ."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

import asyncpg
import orjson

Key = tuple[Any, ...]
Rows = Mapping[str, Mapping[Key, Any]]

# Key columns first, as many as the number says; the rest are values. What depends on
# when and how often something was tried is left out: times, attempts, lane, priority,
# and which evidence there was at that time (reasons, question).
_TABLES: Mapping[str, tuple[int, str]] = {
    "tracks": (
        1,
        """SELECT track_id::text, track_key, identity_version, artist, title, version,
        remixers, featured, source, status, outcome, isrc, spotify_id,
        musicbrainz_id::text, lastfm_url, duration_ms, release_date::text,
        release_date_precision, album, label, genres, popularity, listeners, playcount,
        artwork_url, enrichment_source_api, source_data_version, provenance
        FROM tracks""",
    ),
    "provider_records": (
        2,
        """SELECT track_id::text, provider, outcome, provider_track_id, score,
        due_at IS NULL FROM provider_records""",
    ),
    "track_credits": (
        2,
        """SELECT track_id::text, position, role, name_key, credited_as
        FROM track_credits JOIN artists USING (artist_id)""",
    ),
    "artists": (1, "SELECT name_key, name, spotify_id, musicbrainz_id FROM artists"),
    "tracklists": (
        2,
        """SELECT source, source_key, parsed_rows, declared_rows, content_hash::text
        FROM tracklists""",
    ),
    "tracklist_rows": (
        3,
        """SELECT source, source_key, position, raw, r.track_id::text
        FROM tracklist_rows AS r JOIN tracklists USING (tracklist_id)""",
    ),
}


@dataclass(slots=True)
class Difference:
    """How the rows of one run differ from those of another, by table."""

    missing: dict[str, int] = field(default_factory=dict)
    extra: dict[str, int] = field(default_factory=dict)
    changed: dict[str, int] = field(default_factory=dict)
    examples: list[str] = field(default_factory=list)

    @property
    def equal(self) -> bool:
        """Whether there is no difference at all."""
        return not any((*self.missing.values(), *self.changed.values(), self.extras))

    @property
    def extras(self) -> int:
        """Rows that only the first run has."""
        return sum(self.extra.values())


async def read(database_url: str) -> Rows:
    """Read the rows of every table that the pipeline writes."""
    connection = await asyncpg.connect(database_url)
    try:
        tables: dict[str, dict[Key, Any]] = {}
        for name, (width, query) in _TABLES.items():
            rows = await connection.fetch(query)
            found: dict[Key, Any] = {}
            for row in rows:
                values = tuple(map(_comparable, row))
                # a key that comes twice is a row too many
                key = values[:width]
                found[(*key, "again") if key in found else key] = values[width:]
            tables[name] = found
        return tables
    finally:
        await connection.close()


def _comparable(value: Any) -> Any:  # noqa: ANN401 (whatever a column holds)
    """Return lists as tuples, and provenance without the time of the answer."""
    if isinstance(value, list):
        return tuple(value)
    if isinstance(value, str) and value.startswith("{"):
        provenance = orjson.loads(value)
        return tuple(
            (name, provider, confidence, rule)
            for name, (provider, confidence, _, rule) in sorted(provenance.items())
        )
    return value


def compare(run: Rows, reference: Rows) -> Difference:
    """Return what the run lacks, has beyond, and has otherwise than the reference."""
    difference = Difference()
    for table, expected in reference.items():
        found = run[table]
        changed = [k for k in found.keys() & expected.keys() if found[k] != expected[k]]
        difference.missing[table] = len(expected.keys() - found.keys())
        difference.extra[table] = len(found.keys() - expected.keys())
        difference.changed[table] = len(changed)
        difference.examples += [
            f"{table} {key}: {found[key]} instead of {expected[key]}"
            for key in changed[:3]
        ]
    return difference
