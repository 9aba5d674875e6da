"""Taking decisions back, one or many."""

from collections.abc import Sequence
from dataclasses import dataclass
from uuid import UUID

import asyncpg
from starlette.requests import Request
from starlette.responses import RedirectResponse, Response

from enrichment.errors import InputInvalid
from enrichment.pipeline.enrich import DATA_VERSION
from enrichment.review import deciding
from enrichment.review.acts import DecidedMeanwhile, NotThere
from enrichment.web.console.frame.forms import Form, own_page
from enrichment.web.console.frame.pages import page
from enrichment.web.console.frame.visitor import Visitor


@dataclass(frozen=True, slots=True)
class Undoing:
    """The form that undoes."""

    pool: asyncpg.Pool

    async def undo(self, _: Request, visitor: Visitor, form: Form) -> Response:
        """Undo what a form names; many at once are told by their number."""
        acts = [_act(text) for text in form.texts("act")]
        if not acts:
            raise InputInvalid("no decision was named")
        back = own_page(form.text("back"))
        if len(acts) == 1:
            await self._undo(acts[0], visitor)
            return RedirectResponse(back, 303)
        return await self._undo_many(acts, visitor, back)

    async def _undo_many(
        self, acts: Sequence[UUID], visitor: Visitor, back: str
    ) -> Response:
        undone, left = 0, list[str]()
        for act in acts:
            try:
                await self._undo(act, visitor)
                undone += 1
            except (DecidedMeanwhile, NotThere) as error:
                left.append(str(error))
        return page("undone.html", visitor, undone=undone, left=left, back=back)

    async def _undo(self, act: UUID, visitor: Visitor) -> None:
        await deciding.undo(self.pool, act, visitor.name, data_version=DATA_VERSION)


def _act(text: str) -> UUID:
    try:
        return UUID(text)
    except ValueError as error:
        raise InputInvalid("this is no decision's id") from error
