"""The questions that are open: counted, listed most played first, and looked at."""

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import UUID

import asyncpg

from enrichment.errors import InputInvalid
from enrichment.model import Candidate, ProviderName
from enrichment.pipeline import revoke
from enrichment.pipeline.explaining.explain import explain
from enrichment.pipeline.explaining.explanation import Explanation
from enrichment.review.acts import NotThere
from enrichment.store.errors import server_away

# In the order in which they are shown.
KINDS: Mapping[str, str] = {
    "ambiguous": "Ambiguous",
    "conflicting_ids": "Conflicting ids",
    "fields_in_conflict": "Fields in conflict",
    "decisions_differ": "Decisions differ",
    "no_match": "No match",
}
PAGE = 50
# Tracks of one question that are looked at in full; an id on more of them is no
# question that candidates decide.
MOST_TRACKS = 20

# Two numbers that bigint holds.
_PLACE = re.compile(r"(\d{1,18}):(\d{1,18})", re.ASCII)

_PAGE = """
SELECT q.question_id, q.kind, q.subject, q.key, q.plays, q.opened_at, of.track_ids,
       t.artist, t.title, m.rows, m.sets
FROM (
    SELECT * FROM review_questions
    WHERE {where} ORDER BY plays DESC, question_id DESC LIMIT {limit}
) AS q
CROSS JOIN LATERAL (
    SELECT array_agg(l.track_id ORDER BY l.track_id) AS track_ids
    FROM review_question_tracks AS l WHERE l.question_id = q.question_id OFFSET 0
) AS of
CROSS JOIN LATERAL (
    SELECT artist, title FROM tracks WHERE track_id = of.track_ids[1] OFFSET 0
) AS t
CROSS JOIN LATERAL (
    SELECT count(*) AS rows, count(DISTINCT r.tracklist_id) AS sets
    FROM unnest(of.track_ids) AS one (id)
    JOIN tracklist_rows AS r ON r.track_id = one.id OFFSET 0
) AS m
ORDER BY q.plays DESC, q.question_id DESC
"""
_COUNTS = "SELECT kind, subject, sum(open)::bigint FROM review_counts GROUP BY 1, 2"
_FOLD = "SELECT fold_review_changes()"
SEEN = "SELECT coalesce(max(decision_id), 0) FROM review_decisions"
_STATED = """
SELECT DISTINCT choice FROM review_decisions
WHERE track_id = ANY ($1::uuid[]) AND field = $2
  AND undone_at IS NULL AND replaced_by IS NULL ORDER BY choice
"""
# What is walked over is an index, however small the tables were at the first plan.
_BY_INDEX = "SET LOCAL enable_seqscan = off"


@dataclass(frozen=True, slots=True)
class Wish:
    """
    Which questions are meant.

    Args:
        kind: None: all.
        subject: a provider or a field of the kind.
        text: words of artist and title.
        after: plays and number of the question after which the list continues.
    """

    kind: str | None = None
    subject: str | None = None
    text: str = ""
    after: tuple[int, int] | None = None

    def __post_init__(self) -> None:
        if self.kind is not None and self.kind not in KINDS:
            raise InputInvalid(
                f"{self.kind!r} is no kind; there are {', '.join(KINDS)}"
            )


@dataclass(frozen=True, slots=True)
class Question:
    """
    One thing to decide, over all tracks that it concerns.

    Args:
        subject: the provider, or the field; "": all providers.
        rows, sets: how many rows of how many tracklists name its tracks.
    """

    question_id: int
    kind: str
    subject: str
    key: str
    plays: int
    opened_at: datetime
    track_ids: tuple[UUID, ...]
    artist: str
    title: str
    rows: int
    sets: int

    @property
    def place(self) -> str:
        """Where the list continues after it."""
        return f"{self.plays}:{self.question_id}"


@dataclass(frozen=True, slots=True)
class Case:
    """
    A question with all that a person needs to decide it.

    Args:
        offered: what providers answered, by track and provider.
        stated: what decisions in force say, where they differ.
        seen: the newest decision at this moment.
    """

    question: Question
    tracks: tuple[Explanation, ...]
    offered: Mapping[tuple[str, ProviderName], Sequence[Candidate]]
    stated: tuple[str | None, ...]
    seen: int


def place_of(text: str | None) -> tuple[int, int] | None:
    """Read a place in the list; what is none is its beginning."""
    found = _PLACE.fullmatch(text or "")
    return (int(found[1]), int(found[2])) if found else None


async def counts(pool: asyncpg.Pool) -> dict[tuple[str, str], int]:
    """Return how many questions are open, by kind and subject; they are kept so."""
    with server_away():
        await pool.execute(_FOLD)
        rows = await pool.fetch(_COUNTS)
    return {(kind, subject): n for kind, subject, n in rows if n > 0}


def _where(wish: Wish) -> tuple[str, list[Any]]:
    """Return a condition that an index answers, and its arguments."""
    terms, values = ["true"], list[Any]()

    def term(text: str, *given: object) -> None:
        numbers = range(len(values) + 1, len(values) + len(given) + 1)
        terms.append(text.format(*(f"${n}" for n in numbers)))
        values.extend(given)

    if wish.kind is not None:
        term("kind = {}", wish.kind)
    if wish.subject is not None:
        term("subject = {}", wish.subject)
    if words := wish.text.lower().split():
        term(
            "(SELECT bool_and(strpos(name, word) > 0) FROM unnest({}::text[]) AS word)",
            words,
        )
    if wish.after is not None:
        term("(plays, question_id) < ({}::bigint, {}::bigint)", *wish.after)
    return " AND ".join(terms), values


async def page(
    pool: asyncpg.Pool, wish: Wish, limit: int = PAGE
) -> tuple[Question, ...]:
    """Return open questions, most played first."""
    where, values = _where(wish)
    statement = _PAGE.format(where=where, limit=int(limit))
    with server_away():
        async with pool.acquire() as connection, connection.transaction():
            await connection.execute(_BY_INDEX)
            rows = await connection.fetch(statement, *values)
    return tuple(map(_question, rows))


def _question(row: asyncpg.Record) -> Question:
    # asyncpg's own class is no UUID to others
    ids = tuple(UUID(str(id_)) for id_ in row["track_ids"])
    return Question(**{**row, "track_ids": ids})


async def how_many(pool: asyncpg.Pool, wish: Wish) -> int:
    """Return how many questions match; without words the kept counts say it."""
    if not wish.text:
        kept = await counts(pool)
        return sum(
            n
            for (kind, subject), n in kept.items()
            if wish.kind in {None, kind} and wish.subject in {None, subject}
        )
    where, values = _where(wish)
    with server_away():
        found = await pool.fetchval(
            f"SELECT count(*) FROM review_questions WHERE {where}",  # noqa: S608 (made above)
            *values,
        )
    return int(found)


async def case(pool: asyncpg.Pool, question_id: int) -> Case:
    """
    Return a question with its tracks, candidates and what was decided.

    Raises:
        NotThere: it is closed or never was.
    """
    statement = _PAGE.format(where="question_id = $1", limit=1)
    with server_away():
        seen = await pool.fetchval(SEEN)
        row = await pool.fetchrow(statement, question_id)
        if row is None:
            raise NotThere("this question is not open any more")
        question = _question(row)
        ids = question.track_ids[:MOST_TRACKS]
        told = [await explain(pool, [str(id_)]) for id_ in ids]
        offered = await revoke.kept_answers(pool, ids)
        stated: list[str | None] = []
        if question.kind == "decisions_differ":
            rows = await pool.fetch(_STATED, ids, question.subject)
            stated = [row["choice"] for row in rows]
    return Case(
        question, tuple(one for one in told if one), offered, tuple(stated), seen
    )
