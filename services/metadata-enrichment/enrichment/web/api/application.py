"""The HTTP application: every path, and what a fault looks like to the caller."""

from collections.abc import Collection
from typing import Any

from fastapi import Depends, FastAPI, Request, Response
from fastapi.exceptions import RequestValidationError
from fastapi.responses import JSONResponse, RedirectResponse
from starlette.types import ASGIApp

from enrichment import logs
from enrichment.errors import ServerAway, ServerUnusable
from enrichment.exports.catalogue import FORMATS
from enrichment.web.api import review, tracklists
from enrichment.web.api.bodies import Faults, Receipt, Refusal
from enrichment.web.api.exports import Exports, Refused
from enrichment.web.api.routes import Api
from enrichment.web.bounded_calls import ANSWER_HEADERS, BoundedCalls
from enrichment.web.uploads import Uploads

log = logs.get("api")

# Names that no other site's name leads to.
LOOPBACK_NAMES = ("localhost", "127.0.0.1", "::1")


def _refusals(*statuses: int) -> dict[int | str, dict[str, Any]]:
    """Describe answers that say why not."""
    return {
        status: {"description": _WHY[status], "model": Refusal} for status in statuses
    }


_WHY = {
    400: "The body cannot be read",
    401: "No token, or a wrong one",
    403: "No token is set, or this one only reads",
    404: "No such track",
    406: "A library for this format is not installed",
    413: "The body is larger than 64 KiB; that of a tracklist, than 2 MiB",
    421: "The host name is not in ENRICHMENT_ALLOWED_HOSTS",
    500: "Our fault: the log has it",
    503: "A server is away, or too many calls are at work",
}
_NOT_TAKEN: dict[int | str, dict[str, Any]] = {
    422: {"description": "A field is wrong", "model": Faults}
}
_ALWAYS = _refusals(421, 500, 503)
_EXPORTED: dict[int | str, dict[str, Any]] = {
    200: {
        "description": "The rows",
        "content": {each.media_type.partition(";")[0]: {} for each in FORMATS.values()},
    },
    409: {"description": "Rows cannot be exported", "model": Refused},
}
_WELL_OR_NOT: dict[int | str, dict[str, Any]] = {
    503: {"description": "Not well: the body says what"}
}


def application(
    api: Api,
    hosts: Collection[str] = LOOPBACK_NAMES,
    console: ASGIApp | None = None,
) -> FastAPI:
    """
    Return the ASGI application: every path and what it may answer.

    Args:
        hosts: names that calls may be addressed to; see `BoundedCalls`.
        console: the pages under /console.
    """
    # the pages that FastAPI would serve load scripts from elsewhere
    app = FastAPI(
        title="metadata-enrichment",
        description="Which recording a track is, who says so, and why.",
        docs_url=None,
        redoc_url=None,
    )
    writing = [Depends(api.writer)]
    app.get("/healthz", tags=["health"], responses=_WELL_OR_NOT)(api.healthz)
    app.get("/readyz", tags=["health"], responses=_WELL_OR_NOT)(api.readyz)
    app.get("/metrics", tags=["health"], response_class=Response)(api.metrics)
    app.post(
        "/tracks",
        tags=["tracks"],
        status_code=202,
        dependencies=writing,
        responses={200: {"description": "Known already", "model": Receipt}}
        | _refusals(400, 401, 403, 413)
        | _NOT_TAKEN
        | _ALWAYS,
    )(api.enrich)
    track = _refusals(404) | _NOT_TAKEN | _ALWAYS
    app.get("/tracks", tags=["tracks"], responses=track)(api.track_by_names)
    app.get("/tracks/{track_id}", tags=["tracks"], responses=track)(api.track_by_id)
    app.get("/queues", tags=["operations"], responses=_ALWAYS)(api.queues)
    app.get("/dead-letters", tags=["operations"], responses=_NOT_TAKEN | _ALWAYS)(
        api.dead_letters
    )
    app.get("/coverage", tags=["operations"], responses=_ALWAYS)(api.coverage)
    app.get(
        "/export",
        tags=["tracks"],
        response_class=Response,
        responses=_EXPORTED | _refusals(400, 404, 406) | _NOT_TAKEN | _ALWAYS,
    )(Exports(api.pool, commercial=api.commercial).export)
    written = _refusals(400, 401, 403, 413) | _NOT_TAKEN | _ALWAYS
    review.add_calls(app, review.Review(api.pool), api.writer, written)
    brought = tracklists.Calls(api.pool, Uploads(api.pool))
    tracklists.add_calls(app, brought, api.writer, _NOT_TAKEN | _ALWAYS, written)
    if console is not None:
        app.get("/", include_in_schema=False)(_to_console)
        app.mount("/console", console)
    app.add_middleware(BoundedCalls, hosts=hosts)
    app.add_exception_handler(RequestValidationError, _bad_request)
    app.add_exception_handler(ServerAway, _server_away)
    app.add_exception_handler(ServerUnusable, _our_fault)
    app.add_exception_handler(Exception, _our_fault)
    return app


async def _to_console() -> RedirectResponse:
    return RedirectResponse("/console/")


async def _bad_request(_: Request, error: Exception) -> JSONResponse:
    """Return which field is wrong and how; what was sent is not sent back."""
    assert isinstance(error, RequestValidationError)  # noqa: S101 (registered for it)
    faults = [
        {"field": ".".join(map(str, fault["loc"])), "fault": fault["msg"]}
        for fault in error.errors()
    ]
    return JSONResponse({"detail": faults}, 422)


async def _server_away(_: Request, error: Exception) -> JSONResponse:
    """Name the server; its own words may hold addresses and are only logged."""
    log.warning(
        "A server is away", event_name="enrichment.api.server_away", error=str(error)
    )
    server = str(error).split(":", 1)[0]
    return JSONResponse(
        {"detail": f"{server} is away, try again"}, 503, {"Retry-After": "5"}
    )


async def _our_fault(request: Request, error: Exception) -> JSONResponse:
    log.error(
        "A call failed",
        event_name="enrichment.api.failed",
        path=request.url.path,
        exc_info=error,
    )
    # this one answer does not pass what adds the headers to all others
    return JSONResponse(
        {"detail": "internal error: see the service's log"}, 500, ANSWER_HEADERS
    )
