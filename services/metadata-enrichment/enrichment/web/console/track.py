"""A track: every value with its source, what was refused and why; edit, ask again."""

from dataclasses import dataclass
from typing import Any

import asyncpg
from starlette.requests import Request
from starlette.responses import RedirectResponse, Response

from enrichment.errors import InputInvalid
from enrichment.pipeline.enrich import DATA_VERSION
from enrichment.pipeline.explaining.explain import explain
from enrichment.pipeline.explaining.explanation import Explanation, FieldOrigin
from enrichment.pipeline.explaining.withholding import for_commercial_use
from enrichment.review import deciding, history
from enrichment.review.acts import Act, Choice, Decided, DecidedMeanwhile, NotThere
from enrichment.review.pages_of_providers import page_of
from enrichment.store.admit import ask_again
from enrichment.store.tracks.by_hand import CORRECTABLE
from enrichment.web.console.frame.forms import Form
from enrichment.web.console.frame.pages import LONGEST_SHOWN, page
from enrichment.web.console.frame.visitor import Visitor

_LATEST = 20


@dataclass(frozen=True, slots=True)
class TrackPage:
    """
    A track and what may be done with it.

    Args:
        commercial: hide values that are for non-commercial use alone.
    """

    pool: asyncpg.Pool
    commercial: bool = False

    async def show(self, request: Request, visitor: Visitor) -> Response:
        """Show all that is known of a track."""
        asked = request.query_params.get("asked", "")
        return await self._shown(request, visitor, notice=_NOTICES.get(asked, ""))

    async def edit(self, request: Request, visitor: Visitor, form: Form) -> Response:
        """Set a field to a person's value; keep what was typed at a fault."""
        choice = Choice(_id(request), form.text("field"), form.text("value") or None)
        act = Act(
            [choice],
            who=visitor.name,
            why=form.text("why") or None,
            seen=form.number("seen"),
        )
        try:
            await deciding.decide(self.pool, act, data_version=DATA_VERSION)
        except InputInvalid as error:
            return await self._shown(request, visitor, 422, str(error), form)
        except DecidedMeanwhile as error:
            return await self._shown(request, visitor, 409, str(error), form)
        return RedirectResponse(f"{_path(request)}?asked=edited", 303)

    async def ask_again(self, request: Request, _: Visitor, __: Form) -> Response:
        """Let every provider that has answered be asked again."""
        marked = await ask_again(self.pool, _id(request))
        told = "again" if marked else "nobody"
        return RedirectResponse(f"{_path(request)}?asked={told}", 303)

    async def _shown(
        self,
        request: Request,
        visitor: Visitor,
        status: int = 200,
        fault: str = "",
        form: Form | None = None,
        notice: str = "",
    ) -> Response:
        track = await explain(self.pool, [_id(request)])
        if track is None:
            raise NotThere("there is no such track")
        if self.commercial:
            track = for_commercial_use(track)
        decided = await history.decisions(
            self.pool, track_id=track.track_id, limit=_LATEST
        )
        values = track_values(track, decided, form)
        return page("track.html", visitor, status, fault=fault, notice=notice, **values)


_NOTICES = {
    "edited": "The field is set. Nothing overrides it.",
    "again": "The providers are asked again, at the pace of re-enrichment.",
    "nobody": "No provider is to be asked again: none has answered, or all wait.",
}


def track_values(
    track: Explanation, decided: tuple[Decided, ...], form: Form | None = None
) -> dict[str, Any]:
    """Return what the template of a track shows."""
    return {
        "track": track,
        "decisions": decided,
        "pages": {one.field: _page(one) for one in track.fields},
        "fields": tuple(CORRECTABLE),
        # the newest decision that the person has seen
        "seen": max((one.decision_id for one in decided), default=0),
        "typed": {
            name: form.text(name) if form else "" for name in ("field", "value", "why")
        },
    }


def _page(origin: FieldOrigin) -> str | None:
    text = str(origin.value)
    return page_of(origin.field, text) if len(text) <= LONGEST_SHOWN else None


def _id(request: Request) -> str:
    return str(request.path_params["track_id"])


def _path(request: Request) -> str:
    return f"/console/tracks/{_id(request)}"
