"""The inbox: open questions, most played first, and one answer for many of them."""

from collections.abc import Sequence
from dataclasses import dataclass
from uuid import UUID

import asyncpg
from starlette.requests import Request
from starlette.responses import Response

from enrichment.errors import InputInvalid
from enrichment.pipeline.enrich import DATA_VERSION
from enrichment.review import questions
from enrichment.review.answering import Answer, answer_many
from enrichment.review.questions import KINDS
from enrichment.web.console.beside import Depths, beside
from enrichment.web.console.filters import Filters, filters_of, subjects, tabs
from enrichment.web.console.frame.forms import HOME, Form, number
from enrichment.web.console.frame.pages import page
from enrichment.web.console.frame.visitor import Visitor

# Decided in one call; "go on" decides the next.
MOST_AT_ONCE = 200
# What may be said of many questions at once.
ANSWERS = {"none": "none of these", "first": "the first candidate"}


@dataclass(frozen=True, slots=True)
class Inbox:
    """The list and its bulk forms."""

    pool: asyncpg.Pool
    depths: Depths

    async def show(self, request: Request, visitor: Visitor) -> Response:
        """List what needs a decision."""
        return await self._list(filters_of(request), visitor, request)

    async def _list(
        self, here: Filters, visitor: Visitor, request: Request, fault: str = ""
    ) -> Response:
        counts = await questions.counts(self.pool)
        found = await questions.page(self.pool, here.wish())
        is_full = len(found) == questions.PAGE
        return page(
            "inbox.html",
            visitor,
            422 if fault else 200,
            here=HOME,
            fault=fault,
            filters=here,
            tabs=tabs(counts, here),
            subjects=subjects(counts, here),
            kinds=KINDS,
            questions=found,
            beside=await beside(self.pool, self.depths),
            after=here.at(found[-1].place) if is_full else None,
            first=here.at("") if here.after else None,
            done=_done(request),
        )

    async def bulk(self, request: Request, visitor: Visitor, form: Form) -> Response:
        """Decide what is selected with one answer; for all that match, ask first."""
        here = filters_of(request)
        if form.text("all"):
            return await self._ask(here, visitor, form)
        ids = [number(text) for text in form.texts("q")]
        chosen = [one for one in ids if one is not None]
        if not chosen:
            told = "Nothing is selected: mark the questions first."
            return await self._list(here, visitor, request, told)
        acts, left = await self._answer(chosen[:MOST_AT_ONCE], visitor, form)
        return _told(here, visitor, form, acts, left, rest=None)

    async def _ask(self, here: Filters, visitor: Visitor, form: Form) -> Response:
        return page(
            "bulk/ask.html",
            visitor,
            here=HOME,
            filters=here.at(""),
            kinds=KINDS,
            count=await questions.how_many(self.pool, here.at("").wish()),
            answers=ANSWERS,
            why=form.text("why"),
            most=MOST_AT_ONCE,
        )

    async def bulk_all(
        self, request: Request, visitor: Visitor, form: Form
    ) -> Response:
        """Decide the next of all that match: the second, explicit step."""
        here = filters_of(request).at("")
        wish = here.wish(form.text("place"))
        found = await questions.page(self.pool, wish, MOST_AT_ONCE)
        ids = [one.question_id for one in found]
        acts, left = await self._answer(ids, visitor, form)
        rest = found[-1].place if len(found) == MOST_AT_ONCE else None
        return _told(here, visitor, form, acts, left, rest)

    async def _answer(
        self, ids: Sequence[int], visitor: Visitor, form: Form
    ) -> tuple[list[UUID], int]:
        why, what = form.text("why") or None, form.text("answer")
        if what not in ANSWERS:
            raise InputInvalid(f"an answer for many is one of: {', '.join(ANSWERS)}")
        first = what == "first"
        given = Answer(number=1 if first else None, none=not first, why=why)
        return await answer_many(
            self.pool, ids, given, visitor.name, data_version=DATA_VERSION
        )


def _told(
    here: Filters,
    visitor: Visitor,
    form: Form,
    acts: Sequence[UUID],
    left: int,
    rest: str | None,
) -> Response:
    return page(
        "bulk/done.html",
        visitor,
        here=HOME,
        filters=here,
        acts=acts,
        left=left,
        rest=rest,
        answer=form.text("answer"),
        why=form.text("why"),
        answers=ANSWERS,
    )


def _done(request: Request) -> str:
    """Return the act that was just done, for the button that undoes it."""
    text = request.query_params.get("done", "")
    try:
        return str(UUID(text)) if text else ""
    except ValueError:
        return ""
