"""Write a decision: its row, the pin, and what the track is by it."""

from collections.abc import Sequence
from typing import TYPE_CHECKING, Any
from uuid import UUID, uuid4

import asyncpg
import orjson

from enrichment.contract.tracklist_rows import fill_from_files
from enrichment.errors import InputInvalid
from enrichment.matching.by_person import PROVIDERS_OF_COLUMNS, value_of
from enrichment.pipeline import revoke
from enrichment.pipeline.recompute import Contribution, recomputed_track
from enrichment.providers.registry import NAMES
from enrichment.review import snapshot
from enrichment.review.acts import LONGEST_TEXT, Act, DecidedMeanwhile, NotThere
from enrichment.store.errors import server_away
from enrichment.store.tracks import by_hand, decisions, revocations
from enrichment.store.tracks.known import lock

if TYPE_CHECKING:
    from asyncpg.pool import PoolConnectionProxy

    Connection = PoolConnectionProxy[Any]

_NEWER = """
SELECT d.decided_by, d.decided_at, d.field, d.choice, d.undone_by
FROM review_decisions AS d
WHERE d.track_id = ANY ($1::uuid[]) AND d.decision_id > $2
  AND (d.track_id::text, d.field) IN (SELECT * FROM unnest($3::text[], $4::text[]))
  AND d.undone_at IS NULL AND d.replaced_by IS NULL
ORDER BY d.decision_id LIMIT 1
"""
_NOTE = """
INSERT INTO review_decisions
    (act_id, track_id, field, choice, kind, question_id, decided_by, reason, candidates,
     before)
VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10) RETURNING decision_id
"""
_REPLACE = """
UPDATE review_decisions SET replaced_by = $3
WHERE track_id = $1 AND field = $2 AND decision_id <> $3
  AND undone_at IS NULL AND replaced_by IS NULL
"""
_OF_ACT = """
SELECT decision_id, track_id, field, before, undone_at, undone_by, replaced_by
FROM review_decisions WHERE act_id = $1 ORDER BY track_id, decision_id DESC FOR UPDATE
"""
_UNDO = (
    "UPDATE review_decisions SET undone_at = now(), undone_by = $2 WHERE act_id = $1"
)
# What an undone decision had taken the place of stands again.
_RESTORE = """
UPDATE review_decisions SET replaced_by = NULL WHERE replaced_by = ANY ($1::bigint[])
"""
# Of a track that has become one with this one, or of this one beside that.
_BESIDE = """
SELECT DISTINCT ON (track_id, field) track_id, field, choice FROM review_decisions
WHERE track_id = ANY ($1::uuid[]) AND act_id <> $2
  AND undone_at IS NULL AND replaced_by IS NULL
ORDER BY track_id, field, decision_id DESC
"""
# A person may name a recording that no answer has shown: its provider is asked for it.
_ASK = """
UPDATE provider_records SET due_at = now(), due_reason = 'marked', published_at = NULL
WHERE track_id = $1 AND provider = $2 AND due_at IS NULL
  AND outcome IN ('found', 'absent', 'ambiguous')
"""
# A question that no row tells of by itself is closed by its answer; others close where
# their rows change.
_CLOSE = """
DELETE FROM review_question_tracks AS l USING review_questions AS q
WHERE l.question_id = $1 AND q.question_id = l.question_id
  AND (q.kind = 'conflicting_ids'
       OR q.kind = 'fields_in_conflict' AND q.subject <> '')
"""
# No provider's contribution goes: its answers are what is decided from.
_NOTHING = Contribution(provider=None, rule=-1)


async def decide(pool: asyncpg.Pool, act: Act, *, data_version: str) -> UUID:
    """
    Write what a person decides, all or nothing; return the act's id.

    Raises:
        InputInvalid: a value is none of its field's.
        NotThere: a track is gone.
        DecidedMeanwhile: somebody decided one of the fields since the person looked.
    """
    _see_whole(act)
    act_id = uuid4()
    ids = sorted({choice.track_id for choice in act.choices})
    with server_away():
        async with pool.acquire() as connection, connection.transaction():
            await connection.execute(revocations.HOLD)
            await connection.execute(decisions.HOLD_ALONE)
            rows = await revoke.lock_rows(connection, [UUID(id_) for id_ in ids])
            if len(rows) < len(ids):
                raise NotThere("the track is not there any more")
            await _see_newest(connection, act)
            before = await snapshot.take(connection, ids)
            for choice in act.choices:
                value = choice.value or ""
                await by_hand.correct(connection, choice.track_id, choice.field, value)
            await _note(connection, act, act_id, before)
            await _anew(connection, rows, _decided_ids(act), data_version)
            for choice in act.choices:
                await _ask_for_unseen(connection, choice.track_id, choice.field)
            if act.question_id is not None:
                await connection.execute(_CLOSE, act.question_id)
            await decisions.sync_questions(connection, ids)
    return act_id


async def undo(
    pool: asyncpg.Pool, act_id: UUID, who: str, *, data_version: str
) -> Sequence[UUID]:
    """
    Take an act back: values, candidates and open questions are as before.

    Return the tracks that it was of.

    Raises:
        NotThere: there is no such act, or its track is gone.
        DecidedMeanwhile: it was undone already, or a later decision stands instead.
    """
    with server_away():
        async with pool.acquire() as connection, connection.transaction():
            await connection.execute(revocations.HOLD)
            tracks = await _tracks_of(connection, act_id)
            rows = await revoke.lock_rows(connection, tracks)
            undone = await connection.fetch(_OF_ACT, act_id)
            if not undone or len(rows) < len(tracks):
                raise NotThere("there is nothing to undo: act or track is gone")
            _see_undoable(undone)
            beside = await connection.fetch(_BESIDE, tracks, act_id)
            await _put_back(connection, undone, beside)
            await connection.execute(_UNDO, act_id, who)
            await connection.execute(_RESTORE, [d["decision_id"] for d in undone])
            asked = {str(d["track_id"]) for d in undone if _is_id(d["field"])}
            await _anew(connection, rows, asked, data_version)
            await fill_from_files(connection, tracks)
            await decisions.sync_questions(connection, tracks)
    return tracks


async def _put_back(
    connection: "Connection",
    undone: Sequence[asyncpg.Record],
    beside: Sequence[asyncpg.Record],
) -> None:
    """Restore fields; where another decision is in force, it says what they are."""
    stands = {(one["track_id"], one["field"]): one["choice"] for one in beside}
    revoked = await revocations.in_force(connection)
    for one in undone:
        place = one["track_id"], one["field"]
        if place in stands:
            await by_hand.correct(connection, *place, stands[place] or "")
            continue
        before = orjson.loads(one["before"])
        await snapshot.put_back(connection, *place, before, revoked)


async def _tracks_of(connection: "Connection", act_id: UUID) -> list[UUID]:
    rows = await connection.fetch(
        "SELECT DISTINCT track_id FROM review_decisions WHERE act_id = $1"
        " ORDER BY track_id",
        act_id,
    )
    return [row["track_id"] for row in rows]


def _see_whole(act: Act) -> None:
    if not act.choices:
        raise InputInvalid("nothing is chosen")
    if not act.who.strip():
        raise InputInvalid("who decides has no name")
    if len(act.who) > LONGEST_TEXT or len(act.why or "") > LONGEST_TEXT:
        raise InputInvalid(f"name and reason have at most {LONGEST_TEXT} letters")
    named = [(choice.track_id, choice.field) for choice in act.choices]
    if len(set(named)) < len(named):
        raise InputInvalid("one field of one track is chosen twice")


async def _see_newest(connection: "Connection", act: Act) -> None:
    """Refuse to decide over a decision that the person has not seen."""
    if act.seen is None:
        return
    newer = await connection.fetchrow(
        _NEWER,
        [UUID(choice.track_id) for choice in act.choices],
        act.seen,
        [choice.track_id for choice in act.choices],
        [choice.field for choice in act.choices],
    )
    if newer is not None:
        what = newer["choice"] or "none of these"
        raise DecidedMeanwhile(
            f"{newer['decided_by']} decided meanwhile, at"
            f" {newer['decided_at']:%Y-%m-%d %H:%M:%S} UTC: {newer['field']} is {what}"
        )


def _see_undoable(undone: Sequence[asyncpg.Record]) -> None:
    for one in undone:
        if one["undone_at"] is not None:
            raise DecidedMeanwhile(f"{one['undone_by']} has undone it already")
        if one["replaced_by"] is not None:
            raise DecidedMeanwhile("a later decision stands instead: undo that one")


async def _note(
    connection: "Connection",
    act: Act,
    act_id: UUID,
    before: dict[str, snapshot.Snapshot],
) -> None:
    for choice in act.choices:
        noted = await connection.fetchval(
            _NOTE,
            act_id,
            choice.track_id,
            choice.field,
            choice.value,
            act.kind,
            act.question_id,
            act.who.strip(),
            act.why or None,
            _json(act.candidates.get(choice.track_id, ())),
            _json(before[choice.track_id]),
        )
        await connection.execute(_REPLACE, choice.track_id, choice.field, noted)


def _json(value: object) -> str:
    # U+0000 is JSON but not jsonb
    return orjson.dumps(value).decode().replace("\\u0000", "")


def _is_id(field: str) -> bool:
    return field in PROVIDERS_OF_COLUMNS


def _decided_ids(act: Act) -> set[str]:
    return {choice.track_id for choice in act.choices if _is_id(choice.field)}


async def _anew(
    connection: "Connection",
    rows: Sequence[asyncpg.Record],
    track_ids: set[str],
    data_version: str,
) -> None:
    """Decide and merge tracks again, from the answers that are kept."""
    mine = [row for row in rows if str(row["track_id"]) in track_ids]
    if not mine:
        return
    everybody = NAMES
    known = await lock(connection, {str(r["track_id"]): everybody for r in mine})
    kept = await revoke.kept_answers(connection, [row["track_id"] for row in mine])
    anew = [
        recomputed_track(row, known[str(row["track_id"])], kept, _NOTHING)
        for row in mine
    ]
    await revoke.write_anew(connection, mine, anew, data_version)


async def _ask_for_unseen(connection: "Connection", track_id: str, field: str) -> None:
    provider = PROVIDERS_OF_COLUMNS.get(field)
    if provider is None:
        return
    known = (await lock(connection, {track_id: (provider,)}))[track_id]
    choice = dict(known.held).get(field)
    kept = await revoke.kept_answers(connection, [UUID(track_id)])
    shown = kept.get((track_id, provider), ())
    if choice is not None and not any(value_of(one) == choice for one in shown):
        await connection.execute(_ASK, track_id, provider)
