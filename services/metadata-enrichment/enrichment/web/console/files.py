"""Files that a crawl did not understand: looked at, set aside, taken back."""

from dataclasses import dataclass

import asyncpg
from starlette.requests import Request
from starlette.responses import RedirectResponse, Response

from enrichment.errors import InputInvalid
from enrichment.review.acts import LONGEST_TEXT, NotThere
from enrichment.store.lists import unread
from enrichment.web.console.frame.forms import HOME, Form, number
from enrichment.web.console.frame.pages import page
from enrichment.web.console.frame.visitor import Visitor

PATH = "/console/files"
_PAGE = 50


@dataclass(frozen=True, slots=True)
class FilesPage:
    """The list of files and its forms."""

    pool: asyncpg.Pool

    async def show(self, request: Request, visitor: Visitor) -> Response:
        """List the files that wait, and the latest that were set aside."""
        before = number(request.query_params.get("before", ""))
        waiting = await unread.waiting(self.pool, before=before, limit=_PAGE)
        return page(
            "files.html",
            visitor,
            here=HOME,
            waiting=waiting,
            aside=await unread.set_aside(self.pool),
            before=waiting[-1].file_id if len(waiting) == _PAGE else None,
        )

    async def decide(self, _: Request, visitor: Visitor, form: Form) -> Response:
        """Set a file aside, or take that back."""
        file_id, why = form.number("file"), form.text("why")
        if file_id is None or len(why) > LONGEST_TEXT:
            raise InputInvalid(
                f"a file and a reason of at most {LONGEST_TEXT} letters were expected"
            )
        if form.text("act") == "back":
            done = await unread.take_back(self.pool, file_id)
        else:
            done = await unread.put_aside(self.pool, file_id, visitor.name, why)
        if not done:
            raise NotThere("this file does not wait any more: somebody was faster")
        return RedirectResponse(PATH, 303)
