"""Tracklists: the latest, one with its rows, and the form that takes a new one."""

from dataclasses import dataclass

import asyncpg
from starlette.requests import Request
from starlette.responses import RedirectResponse, Response

from enrichment.errors import InputInvalid
from enrichment.review.acts import NotThere
from enrichment.store.lists import tracklists
from enrichment.web.console.filters import text_of
from enrichment.web.console.frame.forms import Form
from enrichment.web.console.frame.pages import page
from enrichment.web.console.frame.visitor import Visitor
from enrichment.web.uploads import MOST_BYTES, Taken, Uploads

PATH = "/console/tracklists"
LISTED = 50
# Postgres' bigint.
_MOST = 2**63 - 1


@dataclass(frozen=True, slots=True)
class TracklistsPage:
    """The list of tracklists, each of them, and the upload."""

    pool: asyncpg.Pool
    uploads: Uploads

    async def list(self, request: Request, visitor: Visitor) -> Response:
        """List the latest tracklists."""
        return await self._list(visitor, text_of(request))

    async def show(self, request: Request, visitor: Visitor) -> Response:
        """Show a tracklist with its rows."""
        number = int(request.path_params["number"])
        found = await tracklists.some(self.pool, [number]) if number <= _MOST else []
        if not found:
            raise NotThere("there is no such tracklist")
        return page(
            "tracklists/one.html",
            visitor,
            here=PATH,
            one=found[0],
            rows=await tracklists.rows_of(self.pool, number),
            same=await tracklists.same_as(self.pool, number),
            notice=_NOTICES.get(request.query_params.get("upload", ""), ""),
        )

    async def upload(self, _: Request, visitor: Visitor, form: Form) -> Response:
        """Store what was pasted or chosen; keep what was pasted at a fault."""
        file = form.files.get("file")
        pasted = form.fields.get("text", [""])[0]
        name = file.name if file and file.content else form.text("name")
        content = file.content if file and file.content else pasted.encode()
        try:
            taken = await self.uploads.take(name, content)
        except InputInvalid as error:
            return await self._list(visitor, "", str(error), form)
        if len(taken.kept) == 1 and not taken.left_out:
            told = "new" if taken.kept[0].is_new else "known"
            return RedirectResponse(
                f"{PATH}/{taken.kept[0].tracklist_id}?upload={told}", 303
            )
        return _told(visitor, taken)

    async def _list(
        self, visitor: Visitor, text: str, fault: str = "", form: Form | None = None
    ) -> Response:
        found = await tracklists.listed(
            self.pool, None, text or None, LISTED, same=False
        )
        return page(
            "tracklists/list.html",
            visitor,
            422 if fault else 200,
            here=PATH,
            fault=fault,
            text=text,
            lists=found,
            most=LISTED,
            most_bytes=MOST_BYTES,
            typed=form.fields.get("text", [""])[0] if form else "",
            typed_name=form.text("name") if form else "",
        )


_NOTICES = {
    "new": "The tracklist is stored. Its new tracks are asked for.",
    "known": "This tracklist is stored already; nothing was changed.",
}


def _told(visitor: Visitor, taken: Taken) -> Response:
    return page(
        "tracklists/taken.html",
        visitor,
        here=PATH,
        lists=list(zip(taken.kept, taken.titles, taken.rows, strict=True)),
        left_out=taken.left_out,
    )
