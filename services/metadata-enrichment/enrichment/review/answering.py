"""From a person's answer to a question to the decision that it is."""

from collections.abc import Sequence
from dataclasses import dataclass
from uuid import UUID

import asyncpg

from enrichment.errors import InputInvalid
from enrichment.matching.by_person import PROVIDERS_OF_COLUMNS
from enrichment.review import links
from enrichment.review.acts import Act, Choice, DecidedMeanwhile, NotThere
from enrichment.review.deciding import decide
from enrichment.review.options import Option, Options, options_of, seen_candidates
from enrichment.review.questions import Case, case
from enrichment.store.errors import server_away

_DECIDED = """
SELECT d.decided_by, d.decided_at, d.field, d.choice FROM review_decisions AS d
WHERE d.question_id = $1 AND d.undone_at IS NULL AND d.replaced_by IS NULL
ORDER BY d.decision_id DESC LIMIT 1
"""


@dataclass(frozen=True, slots=True)
class Answer:
    """
    What a person answers: exactly one of the first four.

    Args:
        number: of an option, from 1.
        take: the value of an option.
        none: none of these.
        paste: a link or an id of any known service.
        seen: the newest decision when the person looked.
    """

    number: int | None = None
    take: str | None = None
    none: bool = False
    paste: str | None = None
    why: str | None = None
    seen: int | None = None


async def answer(
    pool: asyncpg.Pool, question_id: int, given: Answer, who: str, *, data_version: str
) -> UUID:
    """
    Decide a question; return the act's id.

    Raises:
        InputInvalid: the answer is none; the message says what was expected.
        DecidedMeanwhile: somebody else decided it; the message says who and what.
        NotThere: the question is closed, and nobody decided it.
    """
    try:
        asked = await case(pool, question_id)
    except NotThere:
        await _see_undecided(pool, question_id)
        raise
    options = options_of(asked)
    seen = seen_candidates(options)
    act = Act(
        choices=_choices(asked, options, given),
        who=who,
        kind=asked.question.kind,
        question_id=question_id,
        why=given.why,
        seen=asked.seen if given.seen is None else given.seen,
        candidates={str(id_): seen for id_ in asked.question.track_ids},
    )
    return await decide(pool, act, data_version=data_version)


async def answer_many(
    pool: asyncpg.Pool,
    question_ids: Sequence[int],
    given: Answer,
    who: str,
    *,
    data_version: str,
) -> tuple[list[UUID], int]:
    """Return several questions one answer; return the acts, and how many were left."""
    acts, left = list[UUID](), 0
    for question_id in question_ids:
        try:
            acts.append(
                await answer(pool, question_id, given, who, data_version=data_version)
            )
        except (DecidedMeanwhile, NotThere, InputInvalid):
            left += 1
    return acts, left


async def _see_undecided(pool: asyncpg.Pool, question_id: int) -> None:
    """Return who decided a question that is closed."""
    with server_away():
        row = await pool.fetchrow(_DECIDED, question_id)
    if row is not None:
        raise DecidedMeanwhile(
            f"{row['decided_by']} decided this meanwhile, at"
            f" {row['decided_at']:%Y-%m-%d %H:%M:%S} UTC:"
            f" {row['field']} is {row['choice'] or 'none of these'}"
        )


def _choices(asked: Case, options: Options, given: Answer) -> Sequence[Choice]:
    ways = [given.number, given.take, given.paste, True if given.none else None]
    if sum(way is not None for way in ways) != 1:
        raise InputInvalid("give one answer: one to take, none of these, or a link")
    if given.none:
        return options.none
    if given.paste is not None:
        return _pasted(asked, options, given.paste)
    return _taken(options, given).choices


def _taken(options: Options, given: Answer) -> Option:
    for number, option in enumerate(options.options, 1):
        if given.number == number or (given.take and given.take == option.value):
            return option
    count = len(options.options)
    named = given.take if given.number is None else given.number
    raise InputInvalid(f"{named!r} is not offered; there are {count} to take")


def _pasted(asked: Case, options: Options, text: str) -> Sequence[Choice]:
    """Take what was pasted; where it is offered, with all that taking it means."""
    pasted = links.read(text)
    for option in options.options:
        if (option.field, option.value) == (pasted.field, pasted.value):
            return option.choices
    if (
        asked.question.kind == "conflicting_ids"
        and pasted.field in PROVIDERS_OF_COLUMNS
        and len(asked.question.track_ids) > 1
    ):
        raise InputInvalid("one id cannot be of all these tracks: decide each track")
    return [
        Choice(str(id_), pasted.field, pasted.value) for id_ in asked.question.track_ids
    ]
