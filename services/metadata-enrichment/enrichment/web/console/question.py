"""One question: seen side by side, decided, skipped."""

from dataclasses import dataclass
from uuid import UUID

import asyncpg
from starlette.requests import Request
from starlette.responses import RedirectResponse, Response

from enrichment.errors import InputInvalid
from enrichment.pipeline.enrich import DATA_VERSION
from enrichment.review import questions
from enrichment.review.acts import DecidedMeanwhile, NotThere
from enrichment.review.answering import Answer, answer
from enrichment.review.links import EXPECTED
from enrichment.review.options import options_of
from enrichment.review.questions import KINDS, Case
from enrichment.web.console.filters import Filters, filters_of
from enrichment.web.console.frame.forms import HOME, Form
from enrichment.web.console.frame.pages import page
from enrichment.web.console.frame.visitor import Visitor
from enrichment.web.console.sides import known_of, shown_facts, sides

# Postgres' bigint.
_MOST = 2**63 - 1


@dataclass(frozen=True, slots=True)
class QuestionPage:
    """A question and what may be done with it."""

    pool: asyncpg.Pool

    async def show(self, request: Request, visitor: Visitor) -> Response:
        """Show a question side by side."""
        asked = await self._case(request)
        done = request.query_params.get("done", "")
        return shown_case(asked, visitor, filters_of(request), done=done)

    async def decide(self, request: Request, visitor: Visitor, form: Form) -> Response:
        """Decide a question, and go to the next; keep what was typed at a fault."""
        here = filters_of(request)
        number = _number(request)
        try:
            act = await answer(
                self.pool,
                number,
                _answer(form),
                visitor.name,
                data_version=DATA_VERSION,
            )
        except InputInvalid as error:
            fault, status = str(error), 422
        except DecidedMeanwhile as error:
            fault, status = str(error), 409
        else:
            return await self._next(here, form.text("place"), act)
        try:
            asked = await questions.case(self.pool, number)
        except NotThere:
            return page(
                "meanwhile.html", visitor, status, here=HOME, fault=fault, filters=here
            )
        return shown_case(asked, visitor, here, status, fault=fault, form=form)

    async def skip(self, request: Request, _: Visitor) -> Response:
        """Go to the question after a place; back to the list at its end."""
        here = filters_of(request)
        return await self._next(here, request.query_params.get("past", ""), None)

    async def _next(self, here: Filters, place: str, act: UUID | None) -> Response:
        done = f"done={act}" if act else ""
        found = await questions.page(self.pool, here.wish(place), 1)
        path = f"/console/questions/{found[0].question_id}" if found else HOME
        query = "&".join(part for part in (here.query, done) if part)
        return RedirectResponse(f"{path}?{query}" if query else path, 303)

    async def _case(self, request: Request) -> Case:
        return await questions.case(self.pool, _number(request))


def _number(request: Request) -> int:
    number = int(request.path_params["number"])
    if number > _MOST:
        raise NotThere("there is no such question")
    return number


def _answer(form: Form) -> Answer:
    paste = form.text("paste") if "paste" in form.fields else None
    if paste == "":
        raise InputInvalid(f"nothing was pasted; expected {EXPECTED}")
    return Answer(
        take=form.text("take") or None,
        none=bool(form.text("none")),
        paste=paste,
        why=form.text("why") or None,
        seen=form.number("seen"),
    )


def shown_case(
    asked: Case,
    visitor: Visitor,
    here: Filters,
    status: int = 200,
    *,
    done: str = "",
    fault: str = "",
    form: Form | None = None,
) -> Response:
    """
    Return the page of a question.

    Args:
        done: the decision that was just made of another question.
        form: what was typed, where it could not be taken.
    """
    options = options_of(asked)
    first = asked.tracks[0] if asked.tracks else None
    return page(
        "question.html",
        visitor,
        status,
        here=HOME,
        fault=fault,
        filters=here,
        question=asked.question,
        kind=KINDS[asked.question.kind],
        tracks=asked.tracks,
        known=shown_facts(known_of(first)) if first else (),
        words=f"{asked.question.artist} {asked.question.title}",
        sides=sides(asked, options),
        seen=asked.seen,
        expected=EXPECTED,
        done=_act(done),
        typed_paste=form.text("paste") if form else "",
        typed_why=form.text("why") if form else "",
    )


def _act(text: str) -> str:
    try:
        return str(UUID(text)) if text else ""
    except ValueError:
        return ""
