"""What people decided, the latest first, each to be undone."""

from dataclasses import dataclass

import asyncpg
from starlette.requests import Request
from starlette.responses import Response

from enrichment.review import history
from enrichment.web.console.frame.forms import number
from enrichment.web.console.frame.pages import page
from enrichment.web.console.frame.visitor import Visitor

PATH = "/console/decisions"
_PAGE = 50


@dataclass(frozen=True, slots=True)
class Decisions:
    """The list of decisions."""

    pool: asyncpg.Pool

    async def show(self, request: Request, visitor: Visitor) -> Response:
        """List decisions."""
        before = number(request.query_params.get("before", ""))
        found = await history.decisions(self.pool, before=before, limit=_PAGE)
        return page(
            "decisions.html",
            visitor,
            here=PATH,
            decisions=found,
            before=found[-1].decision_id if len(found) == _PAGE else None,
        )
