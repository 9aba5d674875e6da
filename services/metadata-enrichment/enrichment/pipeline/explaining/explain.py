"""Read what the rows say of a track, and judge the kept answers again, call-free."""

import re
from collections.abc import Iterable, Sequence
from datetime import UTC, datetime
from typing import Any
from uuid import UUID

import asyncpg
import orjson

from enrichment import matching
from enrichment.contract.identity.identity import track_key
from enrichment.contract.identity.titles import parse_name
from enrichment.exports.fields import PERSON, VALUES, licence_of
from enrichment.model import (
    Decision,
    Outcome,
    ProviderName,
    ProviderRecord,
    Verdict,
    Wanted,
)
from enrichment.pipeline.explaining.explanation import (
    Credit,
    Explanation,
    FieldOrigin,
    FileFact,
    JudgedCandidate,
    Mention,
    Moment,
    ProviderPart,
    judge,
)
from enrichment.pipeline.explaining.mixing import mixing
from enrichment.pipeline.recompute import place_in_asking
from enrichment.providers.registry import SPECS
from enrichment.store.answers import kept_candidates
from enrichment.store.errors import server_away
from enrichment.store.tracks.known import known_of

# Tracklists shown of a track that is on many.
MENTIONS = 50

_FIELDS = ("release_date_precision", *VALUES)

_TRACK = f"""
SELECT track_id, track_key, artist, title, version, remixers, featured, status,
       status_reason, outcome, lane, priority, source, attempts, enrichment_source_api,
       source_data_version, provenance, pinned_fields, file_facts, created_at,
       first_queued_at,
       published_at, completed_at, enrichment_timestamp, {", ".join(_FIELDS)}
FROM tracks WHERE track_id = ANY ($1::uuid[])
"""  # noqa: S608 (column names are the constants above)

_PARTS = """
SELECT r.*, a.payload, a.expires_at, a.licence_class,
       r.fetched_at + s.stale_after AS stale_at, s.reason AS stale_why
FROM provider_records AS r
LEFT JOIN provider_answers AS a
  ON a.provider = r.provider AND a.question_md5 = md5(r.question)::uuid
LEFT JOIN staleness_rules AS s
  ON (s.provider, s.outcome, s.unreleased, s.absences)
   = (r.provider, r.outcome, r.unreleased, r.absences)
WHERE r.track_id = $1
"""

_CREDITS = """
SELECT credited_as AS name, role FROM track_credits
WHERE track_id = $1 ORDER BY position
"""

_MENTIONS = """
SELECT l.tracklist_id, l.source, l.source_key, l.title, l.artist, l.url,
       r.position, r.cue_seconds, r.raw, l.retrieved_at
FROM tracklist_rows AS r JOIN tracklists AS l USING (tracklist_id)
WHERE r.track_id = $1 ORDER BY l.retrieved_at DESC, l.tracklist_id, r.position LIMIT $2
"""
_MENTIONED = "SELECT count(*) FROM tracklist_rows WHERE track_id = $1"

# Where the audio lies is no fact of a track: it is nobody's but the user's.
_FILES = """
SELECT f.field, f.value, f.rows, f.tracklists, d.track_id IS NOT NULL AS differs
FROM file_facts AS f
LEFT JOIN file_disagreements AS d ON d.track_id = f.track_id AND d.field = f.field
WHERE f.track_id = $1 ORDER BY f.field, f.rows DESC, f.first_tracklist_id, f.value
"""

_DASH = re.compile(r"\s+[-‐-―−]\s+")

_OUTCOME_OF = {
    Verdict.ACCEPT: Outcome.FOUND,
    Verdict.AMBIGUOUS: Outcome.AMBIGUOUS,
    Verdict.NONE: Outcome.ABSENT,
}


def ids_of(subject: str) -> list[str]:
    """Return the ids that a track id or "ARTIST - TITLE" may mean, likeliest first."""
    text = subject.strip()
    try:
        return [str(UUID(text))]
    except ValueError:
        pass
    # either name may hold a dash itself: the first one is the likeliest border
    halves = [(text[: m.start()], text[m.end() :]) for m in _DASH.finditer(text)]
    return ids_of_names(halves)


def ids_of_names(names: Iterable[tuple[str, str]]) -> list[str]:
    """Return the ids of artists and titles; what names no track is left out."""
    keys = (track_key(parse_name(artist, title)) for artist, title in names)
    return list(dict.fromkeys(key.track_id for key in keys if key is not None))


async def explain(pool: asyncpg.Pool, track_ids: Sequence[str]) -> Explanation | None:
    """Explain the first of these tracks that has a row."""
    with server_away():
        async with (
            pool.acquire() as connection,
            # one moment for all: a worker may be writing
            connection.transaction(isolation="repeatable_read", readonly=True),
        ):
            rows = await connection.fetch(_TRACK, track_ids)
            row = min(
                rows, key=lambda r: track_ids.index(str(r["track_id"])), default=None
            )
            if row is None:
                return None
            track_id = row["track_id"]
            parts = await connection.fetch(_PARTS, track_id)
            credited = await connection.fetch(_CREDITS, track_id)
            mentions = await connection.fetch(_MENTIONS, track_id, MENTIONS)
            mentioned = await connection.fetchval(_MENTIONED, track_id)
            told = await connection.fetch(_FILES, track_id)
    files = tuple(FileFact(**fact) for fact in told)
    return _explanation(row, _parts(row, parts), credited, mentions, mentioned, files)


def _explanation(
    row: asyncpg.Record,
    parts: tuple[ProviderPart, ...],
    credited: Sequence[asyncpg.Record],
    mentions: Sequence[asyncpg.Record],
    mentioned: int,
    files: tuple[FileFact, ...],
) -> Explanation:
    fields = _fields(row)
    return Explanation(
        **{
            name: row[name]
            for name in (
                *("track_id", "track_key", "artist", "title", "version", "status"),
                *("status_reason", "outcome", "lane", "priority", "source", "attempts"),
            )
        },
        remixers=tuple(row["remixers"]),
        featured=tuple(row["featured"]),
        main_source=row["enrichment_source_api"],
        data_version=row["source_data_version"],
        fields=fields,
        files=files,
        mixing=mixing(fields, parts, files),
        credits=tuple(Credit(**credit) for credit in credited),
        providers=parts,
        timeline=_timeline(row, parts, mentions),
        mentioned=mentioned,
        mentions=tuple(Mention(**mention) for mention in mentions),
    )


def _fields(row: asyncpg.Record) -> tuple[FieldOrigin, ...]:
    provenance = orjson.loads(row["provenance"])
    origins = []
    for name in _FIELDS:
        value = row[name]
        if value is None or value == [] or name == "release_date_precision":
            continue
        if name == "release_date":
            length = {"year": 4, "month": 7}.get(row["release_date_precision"], 10)
            value = value.isoformat()[:length]
        elif not isinstance(value, str | int | float | list):
            value = float(value) if name == "bpm" else str(value)
        pinned = name in row["pinned_fields"]
        # what a person set is no provider's, whoever gave a value before
        origin = (PERSON, None, None, None) if pinned else provenance.get(name)
        provider, confidence, at, rule = origin or (None,) * 4
        origins.append(
            FieldOrigin(
                field=name,
                value=value,
                provider=provider,
                confidence=confidence,
                fetched_at=datetime.fromtimestamp(at, UTC) if at is not None else None,
                rule_version=rule,
                pinned=pinned,
                licence_class=licence_of(provider, name),
            )
        )
    return tuple(origins)


def _parts(
    track: asyncpg.Record, rows: Sequence[asyncpg.Record]
) -> tuple[ProviderPart, ...]:
    """Judge each provider's kept answer in the order in which a worker asks."""
    known = known_of(track)
    wanted = Wanted(
        track_id=str(track["track_id"]),
        name=parse_name(track["artist"], track["title"]),
        isrc=known.asked_by("isrc"),
        duration_ms=known.length_known,
        learnt=known.learnt,
        held=known.held,
    )
    ordered = sorted(rows, key=_place)
    # a provider that only a newer version knows cannot be judged by this one
    told = {
        row["provider"]: judge(wanted, kept_candidates(row["payload"]))
        for row in ordered
        if row["provider"] in SPECS and row["payload"] is not None
    }
    against = matching.conflicts(
        {
            ProviderName(name): decision.candidate
            for name, (decision, _) in told.items()
            if decision.verdict is Verdict.ACCEPT and decision.candidate is not None
        }
    )
    return tuple(
        _part(row, told.get(row["provider"]), against.get(row["provider"]))
        for row in ordered
    )


def _place(row: asyncpg.Record) -> tuple[bool, str]:
    if row["provider"] not in SPECS:
        return True, row["provider"]
    return place_in_asking(
        ProviderRecord(
            ProviderName(row["provider"]),
            Outcome(row["outcome"]),
            question=row["question"],
            fetched_at=row["fetched_at"],
        )
    )


def _part(
    row: asyncpg.Record,
    told: tuple[Decision, tuple[JudgedCandidate, ...]] | None,
    conflict: str | None,
) -> ProviderPart:
    return ProviderPart(
        **{
            name: row[name]
            for name in (
                *("provider", "outcome", "question", "fetched_at"),
                *("provider_track_id", "score", "due_at", "due_reason", "due_detail"),
                "licence_class",
            )
        },
        reasons=tuple(row["reasons"]),
        failed_attempts=row["attempts"],
        under_way_since=row["published_at"],
        # what waits is asked again when due, whatever its age
        stale_at=row["stale_at"] if row["due_at"] is None else None,
        stale_why=row["stale_why"] if row["due_at"] is None else None,
        answer_kept=row["payload"] is not None,
        answer_expires_at=row["expires_at"],
        outcome_today=_OUTCOME_OF[told[0].verdict].value if told else None,
        candidates=told[1] if told else (),
        conflict=conflict,
        bpm=row["bpm"],
    )


def _timeline(
    row: asyncpg.Record,
    parts: Sequence[ProviderPart],
    mentions: Sequence[asyncpg.Record],
) -> tuple[Moment, ...]:
    """Return what happened when, and what is to happen; oldest first."""
    told: list[tuple[Any, str]] = [
        (row["created_at"], f"row written, from {row['source']}"),
        (row["first_queued_at"], "first queued"),
        (row["published_at"], f"published to lane {row['lane']}"),
        (row["enrichment_timestamp"], f"written by {row['source_data_version']}"),
        (row["completed_at"], "completed"),
    ]
    for part in parts:
        what = part.outcome
        if part.score is not None:
            what += f", score {part.score:.2f}"
        told.append((part.fetched_at, f"{part.provider}: {what} ({part.question})"))
        told.append((part.under_way_since, f"{part.provider}: asked again, under way"))
        told.append((part.due_at, f"{part.provider}: due again, {part.due_reason}"))
        told.append((part.stale_at, f"{part.provider}: stale, {part.stale_why}"))
    told += [
        (m["retrieved_at"], f"mentioned in {m['title'] or m['source_key']}")
        for m in mentions
    ]
    return tuple(
        Moment(at, what)
        for at, what in sorted((t for t in told if t[0]), key=lambda t: t[0])
    )
