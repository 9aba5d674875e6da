"""The HTTP API: its calls, who may write, and what a fault looks like to the caller."""

import asyncio
from collections.abc import Awaitable, Callable, Collection, Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from typing import Annotated, Any
from uuid import UUID

import asyncpg
from fastapi import Depends, FastAPI, HTTPException, Query, Request, Response
from fastapi.exceptions import RequestValidationError
from fastapi.responses import JSONResponse, RedirectResponse
from fastapi.security import HTTPAuthorizationCredentials, HTTPBearer
from prometheus_client import CONTENT_TYPE_LATEST, generate_latest
from starlette.types import ASGIApp

from enrichment import logs
from enrichment.app.health import Check, states
from enrichment.contract import sources
from enrichment.contract.identity.identity import track_key
from enrichment.contract.identity.titles import parse_name
from enrichment.contract.messages import EnrichmentRequest, priority_of
from enrichment.contract.metrics import REGISTRY
from enrichment.errors import ServerAway, ServerUnusable
from enrichment.exports.catalogue import FORMATS
from enrichment.pipeline.explain import explain, ids_of_names
from enrichment.pipeline.explanation import Explanation
from enrichment.queueing.dead_letters.letters import Filter
from enrichment.queueing.dead_letters.plain import plain_letter
from enrichment.queueing.publisher import Publisher, as_requests
from enrichment.scheduling import due
from enrichment.scheduling.queue_states import QueueState, queue_state
from enrichment.store.admit import admit
from enrichment.store.coverage import coverage
from enrichment.web.access.tokens import Token, Tokens
from enrichment.web.api import review
from enrichment.web.api.bodies import (
    Coverage,
    DeadLetters,
    Faults,
    Receipt,
    Refusal,
    TrackRequest,
)
from enrichment.web.api.exports import Exports, Refused
from enrichment.web.api.letters import Looks
from enrichment.web.bounded_calls import ANSWER_HEADERS, BoundedCalls

log = logs.get("api")

# A walk over all tracks is not made anew for every caller.
COVERAGE_KEPT = timedelta(seconds=60)
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
    413: "The body is larger than 64 KiB",
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

_bearer = HTTPBearer(auto_error=False, description="ENRICHMENT_API_TOKEN")
Bearer = Annotated[HTTPAuthorizationCredentials | None, Depends(_bearer)]
Name = Annotated[str, Query(min_length=1, max_length=500)]


@dataclass(slots=True)
class Api:
    """
    What the calls work with, handed over by `app`.

    Args:
        depths: ready messages and consumers by queue, now.
        letters: looks at the dead letters.
        tokens: what writing calls must carry one of.
        alive: whether what runs beside the calls still runs.
        loops: says of each loop of the process whether it runs.
    """

    pool: asyncpg.Pool
    publisher: Publisher
    depths: Callable[[], Awaitable[Mapping[str, tuple[int, int]]]]
    letters: Looks
    checks: Mapping[str, Check]
    tokens: Tokens = field(default_factory=Tokens)
    alive: Callable[[], bool] = lambda: True
    loops: Callable[[], Mapping[str, str]] = dict
    _coverage: Coverage | None = None
    _counting: asyncio.Lock = field(default_factory=asyncio.Lock)

    async def writer(self, given: Bearer) -> str:
        """Return the name of who writes, as decisions tell it; refuse anybody else."""
        if not self.tokens:
            raise HTTPException(
                403, "this service only reads: ENRICHMENT_API_TOKEN is not set"
            )
        holder = self._holder(given)
        if holder is None:
            raise HTTPException(
                401,
                "Authorization: Bearer ENRICHMENT_API_TOKEN is missing or wrong",
                {"WWW-Authenticate": "Bearer"},
            )
        if not holder.may_write:
            raise HTTPException(403, f"the token of {holder.name} only reads")
        return holder.name

    def _holder(self, given: Bearer) -> Token | None:
        return self.tokens.holder(given.credentials) if given else None

    async def healthz(self) -> Response:
        """Return whether the loop moves and the scheduler runs."""
        well = self.alive()
        told = {"alive": well, "loops": self.loops()}
        return JSONResponse(told, 200 if well else 503)

    async def readyz(self) -> Response:
        """Return which of our own servers answer."""
        servers = await states(self.checks)
        well = all(state == "ok" for state in servers.values())
        return JSONResponse({"ready": well, "servers": servers}, 200 if well else 503)

    async def metrics(self) -> Response:
        """Return this process's series to Prometheus."""
        return Response(generate_latest(REGISTRY), media_type=CONTENT_TYPE_LATEST)

    async def enrich(self, wanted: TrackRequest, response: Response) -> Receipt:
        """
        Ask for a track: its row is committed first, then its message is published.

        `published` false: the broker is away or full; the row stays pending and the
        scheduler publishes it. A known track is left as it is (200), unless `refresh`
        asks its providers again.
        """
        name = parse_name(wanted.artist, wanted.title)
        key = track_key(name)
        if key is None or not name.artist or not name.full_title:
            raise _nameless()
        wish = EnrichmentRequest(
            track_id=key.track_id,
            source=sources.API,
            priority=wanted.priority
            if wanted.priority is not None
            else priority_of(sources.API, wanted.lane, new=True),
            **wanted.model_dump(exclude={"priority", "refresh"}, mode="json"),
        )
        admitted = await admit(self.pool, key, wish, refresh=wanted.refresh)
        published = False
        if admitted.claimed is not None:
            published = await self._publish(admitted.claimed)
        response.status_code = 202 if admitted.claimed or admitted.marked else 200
        log.info(
            "Track asked for",
            event_name="enrichment.api.asked",
            track_id=key.track_id,
            known=admitted.known,
            published=published,
        )
        return Receipt(
            track_id=UUID(key.track_id),
            status="in_progress" if published else admitted.status,
            known=admitted.known,
            published=published,
            asked_again=admitted.marked,
        )

    async def _publish(self, claimed: asyncpg.Record) -> bool:
        try:
            confirmed = await self.publisher.publish(as_requests([claimed]))
        except ServerAway as error:
            log.warning(
                "Not published: the sweep will",
                event_name="enrichment.api.unpublished",
                error=str(error),
            )
            confirmed = []
        ids = [str(claimed["track_id"])]
        if not confirmed:
            await due.give_back_unpublished(self.pool, ids)
            return False
        await due.mark_published(self.pool, ids)
        return True

    async def track_by_id(self, track_id: UUID) -> Explanation:
        """Return a track with provenance, candidates refused and why, what waits."""
        return await self._explained([str(track_id)])

    async def track_by_names(self, artist: Name, title: Name) -> Explanation:
        """Return the same by names, in any spelling that means the same track."""
        track_ids = ids_of_names([(artist, title)])
        if not track_ids:
            raise _nameless("query")
        return await self._explained(track_ids)

    async def _explained(self, track_ids: list[str]) -> Explanation:
        told = await explain(self.pool, track_ids)
        if told is None:
            raise HTTPException(404, "no such track")
        return told

    async def queues(self) -> QueueState:
        """Return depth and consumers by queue, tracks by status, what waits and why."""
        try:
            depths = await self.depths()
        except Exception as error:
            raise ServerAway(f"broker: {error}") from error
        return await queue_state(self.pool, depths)

    async def dead_letters(
        self,
        request: Request,
        reason: str | None = None,
        queue: str | None = None,
        text: str | None = None,
        limit: Annotated[int, Query(ge=1, le=1000)] = 100,
    ) -> DeadLetters:
        """
        List dead letters, oldest first; replay and purge are `enrichment dlq`'s.

        A look is bounded: `complete` says whether it has seen all. Bodies are given
        to who knows a token, cut at 64 KiB.
        """
        wanted = Filter(reason=reason, queue=queue, text=text, limit=limit)
        seen = await self.letters.seen(request, wanted)
        # no dependency: OpenAPI would say that the token must be given
        given = await _bearer(request)
        left_out = "" if self._holder(given) else self._body_left_out()
        return DeadLetters(
            total=seen.total,
            looked_at=seen.looked_at,
            complete=seen.is_complete,
            letters=[plain_letter(one, body_left_out=left_out) for one in seen.letters],
        )

    def _body_left_out(self) -> str:
        if not self.tokens:
            return "left out: ENRICHMENT_API_TOKEN is not set"
        return "left out: Authorization: Bearer ENRICHMENT_API_TOKEN is needed"

    async def coverage(self) -> Coverage:
        """Return the analysts' views; counted again at most once a minute."""
        async with self._counting:
            kept, now = self._coverage, datetime.now(UTC)
            if kept is None or now - kept.counted_at >= COVERAGE_KEPT:
                found = await coverage(self.pool)
                kept = self._coverage = Coverage(counted_at=now, **found)
        return kept


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
    )(Exports(api.pool).export)
    review.add_calls(
        app,
        review.Review(api.pool),
        api.writer,
        _refusals(400, 401, 403, 413) | _NOT_TAKEN | _ALWAYS,
    )
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


def _nameless(place: str = "body") -> RequestValidationError:
    return RequestValidationError(
        [{"loc": (place,), "msg": "artist or title names nothing that can be known"}]
    )


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
