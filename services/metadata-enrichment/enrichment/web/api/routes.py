"""The HTTP API: its calls, and who may write."""

import asyncio
from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from typing import Annotated
from uuid import UUID

import asyncpg
from fastapi import Depends, HTTPException, Query, Request, Response
from fastapi.exceptions import RequestValidationError
from fastapi.responses import JSONResponse
from fastapi.security import HTTPAuthorizationCredentials, HTTPBearer
from prometheus_client import CONTENT_TYPE_LATEST, generate_latest

from enrichment import logs
from enrichment.app.health import Check, states
from enrichment.contract import sources
from enrichment.contract.identity.identity import track_key
from enrichment.contract.identity.titles import parse_name
from enrichment.contract.messages import EnrichmentRequest, priority_of
from enrichment.contract.metrics import REGISTRY
from enrichment.errors import ServerAway
from enrichment.pipeline.explaining.explain import explain, ids_of_names
from enrichment.pipeline.explaining.explanation import Explanation
from enrichment.pipeline.explaining.withholding import for_commercial_use
from enrichment.queueing.dead_letters.letters import Filter
from enrichment.queueing.dead_letters.plain import plain_letter
from enrichment.queueing.publisher import Publisher, as_requests
from enrichment.scheduling import due
from enrichment.scheduling.queue_states import QueueState, queue_state
from enrichment.store.admit import admit
from enrichment.store.coverage import coverage
from enrichment.web.access.tokens import Token, Tokens
from enrichment.web.api.bodies import Coverage, DeadLetters, Receipt, TrackRequest
from enrichment.web.api.letters import Looks

log = logs.get("api")

# A walk over all tracks is not made anew for every caller.
COVERAGE_KEPT = timedelta(seconds=60)

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
        commercial: hide values that are for non-commercial use alone.
    """

    pool: asyncpg.Pool
    publisher: Publisher
    depths: Callable[[], Awaitable[Mapping[str, tuple[int, int]]]]
    letters: Looks
    checks: Mapping[str, Check]
    tokens: Tokens = field(default_factory=Tokens)
    alive: Callable[[], bool] = lambda: True
    loops: Callable[[], Mapping[str, str]] = dict
    commercial: bool = False
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
        return for_commercial_use(told) if self.commercial else told

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


def _nameless(place: str = "body") -> RequestValidationError:
    return RequestValidationError(
        [{"loc": (place,), "msg": "artist or title names nothing that can be known"}]
    )
