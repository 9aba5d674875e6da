"""Tracks and tracklists by the words in their names, by an ISRC or an id."""

from dataclasses import dataclass

import asyncpg
from starlette.requests import Request
from starlette.responses import Response

from enrichment.store.lists import tracklists
from enrichment.store.tracks import by_hand
from enrichment.web.console.filters import text_of
from enrichment.web.console.frame.pages import page
from enrichment.web.console.frame.visitor import Visitor

PATH = "/console/search"
MOST = 100


@dataclass(frozen=True, slots=True)
class Search:
    """The page that finds."""

    pool: asyncpg.Pool

    async def show(self, request: Request, visitor: Visitor) -> Response:
        """Show what has these words; the field alone where none are given."""
        text = text_of(request)
        tracks = await by_hand.search(self.pool, text, MOST) if text else ()
        lists = (
            await tracklists.listed(self.pool, None, text, MOST, same=False)
            if text
            else []
        )
        return page(
            "search.html",
            visitor,
            here=PATH,
            text=text,
            tracks=tracks,
            lists=lists,
            most=MOST,
        )
