"""The pages as an application: their paths, and what a fault looks like to a person."""

import asyncio
from collections.abc import Callable, Mapping
from typing import Any

import asyncpg
from starlette.applications import Starlette
from starlette.exceptions import HTTPException
from starlette.requests import Request
from starlette.responses import RedirectResponse, Response
from starlette.routing import Route
from starlette.types import ASGIApp

from enrichment import logs
from enrichment.errors import InputInvalid, ServerAway
from enrichment.queueing.dead_letters.looking import BoxBusy
from enrichment.review.acts import DecidedMeanwhile, NotThere
from enrichment.web.console.beside import Depths
from enrichment.web.console.dead_letters import Box, DeadLettersPage
from enrichment.web.console.decided import Decisions
from enrichment.web.console.exporting import ExportPage
from enrichment.web.console.files import FilesPage
from enrichment.web.console.frame.assets import asset
from enrichment.web.console.frame.door import Door
from enrichment.web.console.frame.forms import HOME
from enrichment.web.console.frame.headers import SecureHeaders
from enrichment.web.console.frame.pages import page
from enrichment.web.console.help import show_help
from enrichment.web.console.inbox import Inbox
from enrichment.web.console.live import Gauge, LivePage
from enrichment.web.console.question import QuestionPage
from enrichment.web.console.search import Search
from enrichment.web.console.track import TrackPage
from enrichment.web.console.tracklists import TracklistsPage
from enrichment.web.console.undoing import Undoing
from enrichment.web.uploads import Uploads

log = logs.get("console")


def console(
    door: Door,
    pool: asyncpg.Pool,
    box: Box,
    depths: Depths,
    stopping: asyncio.Event,
    *,
    commercial: bool = False,
) -> ASGIApp:
    """
    Return the application under /console.

    Args:
        depths: ready messages and consumers by queue, now.
        stopping: set when the service is told to end.
        commercial: hide values of a track that are for non-commercial use alone.
    """
    inbox, question = Inbox(pool, depths), QuestionPage(pool)
    files = FilesPage(pool)
    live = LivePage(Gauge(pool, depths), door.stays, stopping)
    track = TrackPage(pool, commercial=commercial)
    letters = DeadLettersPage(box)
    lists = TracklistsPage(pool, Uploads(pool))
    routes = [
        Route("/", _to_first),
        Route("/assets/{name}", asset),
        Route("/login", door.show_login),
        Route("/login", door.log_in, methods=["POST"]),
        Route("/logout", door.log_out, methods=["POST"]),
        Route("/enter", door.by_link),
        Route("/inbox", door.reads(inbox.show)),
        Route("/bulk", door.writes(inbox.bulk), methods=["POST"]),
        Route("/bulk-all", door.writes(inbox.bulk_all), methods=["POST"]),
        Route("/next", door.reads(question.skip)),
        Route("/questions/{number:int}", door.reads(question.show)),
        Route(
            "/questions/{number:int}/decision",
            door.writes(question.decide),
            methods=["POST"],
        ),
        Route("/tracks/{track_id:uuid}", door.reads(track.show)),
        Route(
            "/tracks/{track_id:uuid}/decision",
            door.writes(track.edit),
            methods=["POST"],
        ),
        Route(
            "/tracks/{track_id:uuid}/ask-again",
            door.writes(track.ask_again),
            methods=["POST"],
        ),
        Route("/tracklists", door.reads(lists.list)),
        Route("/tracklists", door.writes(lists.upload), methods=["POST"]),
        Route("/tracklists/{number:int}", door.reads(lists.show)),
        Route("/search", door.reads(Search(pool).show)),
        Route("/export", door.reads(ExportPage(pool, commercial).show)),
        Route("/decisions", door.reads(Decisions(pool).show)),
        Route("/dead-letters", door.reads(letters.show)),
        Route("/dead-letters/ask", door.writes(letters.ask), methods=["POST"]),
        Route("/dead-letters/do", door.writes(letters.do), methods=["POST"]),
        Route("/files", door.reads(files.show)),
        Route("/files", door.writes(files.decide), methods=["POST"]),
        Route("/live", door.reads(live.show)),
        Route("/live/events", door.reads(live.events)),
        Route("/help", door.reads(show_help)),
        Route("/undo", door.writes(Undoing(pool).undo), methods=["POST"]),
    ]
    app = Starlette(routes=routes, exception_handlers=_FAULTS)
    return SecureHeaders(app)


async def _to_first(_: Request) -> Response:
    return RedirectResponse(HOME)


def _told(status: int, text: str) -> Response:
    return page("told.html", None, status, fault=text)


async def _http(_: Request, error: Exception) -> Response:
    assert isinstance(error, HTTPException)  # noqa: S101 (registered for it)
    return _told(error.status_code, error.detail)


async def _away(_: Request, error: Exception) -> Response:
    """Name the server; its own words may hold addresses and are only logged."""
    log.warning(
        "A server is away", event_name="enrichment.console.away", error=str(error)
    )
    return _told(503, f"{str(error).split(':', 1)[0]} is away: try again")


async def _ours(_: Request, __: Exception) -> Response:
    # the application around this one logs it
    return _told(500, "An internal error: the service's log has it.")


def _as(status: int) -> Callable[[Request, Exception], Any]:
    async def handler(_: Request, error: Exception) -> Response:
        return _told(status, str(error))

    return handler


_FAULTS: Mapping[Any, Callable[[Request, Exception], Any]] = {
    HTTPException: _http,
    InputInvalid: _as(422),
    NotThere: _as(404),
    DecidedMeanwhile: _as(409),
    BoxBusy: _as(503),
    ServerAway: _away,
    Exception: _ours,
}
