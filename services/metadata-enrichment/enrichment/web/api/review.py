"""What people decide, as JSON calls: questions, answers, decisions, undoing."""

from collections.abc import Awaitable, Callable, Iterator
from contextlib import contextmanager
from dataclasses import asdict
from datetime import datetime
from enum import Enum
from typing import Annotated, Any
from uuid import UUID

import asyncpg
from fastapi import APIRouter, Depends, FastAPI, HTTPException, Path, Query
from fastapi.exceptions import RequestValidationError
from pydantic import BaseModel, Field

from enrichment.errors import InputInvalid
from enrichment.pipeline.enrich import DATA_VERSION
from enrichment.review import answering, deciding, history, questions
from enrichment.review.acts import Act, Choice, DecidedMeanwhile, NotThere
from enrichment.review.answering import Answer
from enrichment.review.options import Option, options_of
from enrichment.review.questions import Question, Wish
from enrichment.web.api.bodies import Refusal, Storable

# Postgres' bigint.
MOST = 2**63 - 1
Text = Annotated[Storable, Field(max_length=1000)]
Number = Annotated[int, Path(ge=1, le=MOST)]
Who = Callable[..., Awaitable[str]]

_GONE: dict[int | str, dict[str, Any]] = {
    404: {"description": "It is not there, or not open any more", "model": Refusal}
}
_MEANWHILE: dict[int | str, dict[str, Any]] = {
    409: {"description": "Somebody else decided it meanwhile", "model": Refusal}
}
Responses = dict[int | str, dict[str, Any]]


class OpenQuestion(BaseModel):
    """A question that is open; `place` is where a list continues after it."""

    question_id: int
    kind: str
    subject: str
    artist: str
    title: str
    track_ids: list[UUID]
    rows: int
    sets: int
    opened_at: datetime
    place: str


class Count(BaseModel):
    """How many questions of a kind are open."""

    kind: str
    subject: str
    open: int


class Inbox(BaseModel):
    """Open questions, most played first; `after` of the next page, if there is one."""

    counts: list[Count]
    questions: list[OpenQuestion]
    after: str | None


class Offer(BaseModel):
    """One thing to take: `value` is what the field would hold."""

    value: str
    field: str
    provider: str
    page: str | None
    note: str
    recording: dict[str, Any] | None


class WholeQuestion(BaseModel):
    """A question with what may be taken; `seen` goes back with the answer."""

    question: OpenQuestion
    options: list[Offer]
    seen: int


class AnswerGiven(BaseModel):
    """One of take, none and paste."""

    take: Text | None = None
    none: bool = False
    paste: Annotated[str | None, Field(max_length=1000)] = None
    why: Text | None = None
    seen: Annotated[int | None, Field(ge=0, le=MOST)] = None


class Edit(BaseModel):
    """A person's value of a field; null: there is none."""

    field: Annotated[Storable, Field(max_length=100)]
    value: Text | None
    why: Text | None = None
    seen: Annotated[int | None, Field(ge=0, le=MOST)] = None


class ActDone(BaseModel):
    """What was decided at once, and can be undone at once."""

    act_id: UUID


class Undone(BaseModel):
    """The tracks that an act was of."""

    track_ids: list[UUID]


class Decisions(BaseModel):
    """What people decided, the latest first."""

    decisions: list[dict[str, Any]]


class Review:
    """
    The calls.

    Args:
        pool: of connections to Postgres.
    """

    def __init__(self, pool: asyncpg.Pool) -> None:
        self._pool = pool

    async def inbox(
        self,
        kind: Annotated[str | None, Query(max_length=100)] = None,
        subject: Annotated[Storable | None, Query(max_length=100)] = None,
        text: Annotated[Storable, Query(max_length=500)] = "",
        after: Annotated[str | None, Query(max_length=50)] = None,
        limit: Annotated[int, Query(ge=1, le=200)] = questions.PAGE,
    ) -> Inbox:
        """List open questions, most played first."""
        with _told():
            wish = Wish(kind, subject, text, questions.place_of(after))
        kept = await questions.counts(self._pool)
        found = await questions.page(self._pool, wish, limit)
        return Inbox(
            counts=[
                Count(kind=k, subject=s, open=n) for (k, s), n in sorted(kept.items())
            ],
            questions=[_open(one) for one in found],
            after=found[-1].place if len(found) == limit else None,
        )

    async def question(self, question_id: Number) -> WholeQuestion:
        """Return a question with what may be taken."""
        with _told():
            asked = await questions.case(self._pool, question_id)
        return WholeQuestion(
            question=_open(asked.question),
            options=[_offer(one) for one in options_of(asked).options],
            seen=asked.seen,
        )

    async def decide(
        self, question_id: Number, given: AnswerGiven, who: str
    ) -> ActDone:
        """Decide a question; no provider, job or rule overrides it."""
        with _told():
            done = await answering.answer(
                self._pool,
                question_id,
                Answer(
                    take=given.take,
                    none=given.none,
                    paste=given.paste,
                    why=given.why,
                    seen=given.seen,
                ),
                who,
                data_version=DATA_VERSION,
            )
        return ActDone(act_id=done)

    async def edit(self, track_id: UUID, given: Edit, who: str) -> ActDone:
        """Set a field of a track to a person's value; nothing overrides it."""
        choice = Choice(str(track_id), given.field, given.value or None)
        act = Act([choice], who=who, why=given.why, seen=given.seen)
        with _told():
            done = await deciding.decide(self._pool, act, data_version=DATA_VERSION)
        return ActDone(act_id=done)

    async def undo(self, act_id: UUID, who: str) -> Undone:
        """Take a decision back: values, candidates and the question are as before."""
        with _told():
            tracks = await deciding.undo(
                self._pool, act_id, who, data_version=DATA_VERSION
            )
        return Undone(track_ids=list(tracks))

    async def decisions(
        self,
        track_id: UUID | None = None,
        before: Annotated[int | None, Query(ge=1, le=MOST)] = None,
        limit: Annotated[int, Query(ge=1, le=1000)] = questions.PAGE,
    ) -> Decisions:
        """List what people decided, the latest first."""
        found = await history.decisions(
            self._pool, before=before, track_id=track_id, limit=limit
        )
        return Decisions(decisions=[asdict(one) for one in found])


def add_calls(app: FastAPI, review: Review, who: Who, common: Responses) -> None:
    """
    Add the calls to an application.

    Args:
        who: names the person of a writing call, or refuses it.
        common: what any call may answer beside.
    """
    named = Annotated[str, Depends(who)]

    async def decide(question_id: Number, given: AnswerGiven, who: named) -> ActDone:
        return await review.decide(question_id, given, who)

    async def edit(track_id: UUID, given: Edit, who: named) -> ActDone:
        return await review.edit(track_id, given, who)

    async def undo(act_id: UUID, who: named) -> Undone:
        return await review.undo(act_id, who)

    tags: list[str | Enum] = ["review"]
    reads = APIRouter(tags=tags, responses=common)
    reads.get("/review/questions")(review.inbox)
    reads.get("/review/questions/{question_id}", responses=_GONE)(review.question)
    reads.get("/review/decisions")(review.decisions)
    writes = APIRouter(tags=tags, responses=common | _GONE | _MEANWHILE)
    for path, call, told in (
        ("/review/questions/{question_id}/decision", decide, review.decide),
        ("/review/decisions/{act_id}/undo", undo, review.undo),
        ("/tracks/{track_id}/decision", edit, review.edit),
    ):
        writes.post(path, description=told.__doc__)(call)
    app.include_router(reads)
    app.include_router(writes)


def _open(one: Question) -> OpenQuestion:
    names = OpenQuestion.model_fields.keys()
    return OpenQuestion(**{name: getattr(one, name) for name in names})


def _offer(option: Option) -> Offer:
    return Offer(
        value=option.value,
        field=option.field,
        provider=option.provider,
        page=option.page,
        note=option.note,
        recording=asdict(option.judged) if option.judged else None,
    )


@contextmanager
def _told() -> Iterator[None]:
    """Return why an answer is not taken."""
    try:
        yield
    except InputInvalid as error:
        raise RequestValidationError(
            [{"loc": ("answer",), "msg": str(error)}]
        ) from error
    except NotThere as error:
        raise HTTPException(404, str(error)) from error
    except DecidedMeanwhile as error:
        raise HTTPException(409, str(error)) from error
