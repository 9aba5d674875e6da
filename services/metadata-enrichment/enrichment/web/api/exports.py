"""`GET /export`: rows in formats of other programs, streamed from one snapshot."""

import asyncio
from collections.abc import Coroutine, Sequence
from dataclasses import replace
from enum import StrEnum
from typing import Annotated, Any, TypeVar
from uuid import UUID

import asyncpg
from fastapi import HTTPException, Query, Response
from pydantic import BaseModel
from starlette.responses import JSONResponse
from starlette.types import Receive, Scope, Send

from enrichment.app.showing import shown_json
from enrichment.errors import ConfigurationError, InputInvalid
from enrichment.exports.catalogue import FORMATS, Format
from enrichment.exports.preflight import Preflight
from enrichment.exports.reading import Reader, reader
from enrichment.exports.row import Head
from enrichment.exports.selection import Everything, Tracklists, Tracks, Wish
from enrichment.exports.tracklists import meant
from enrichment.web.api.bodies import Storable

# Each holds a connection of the pool for as long as its caller reads.
AT_ONCE = 2
# Nobody's million rows take longer; a snapshot keeps Postgres from tidying up.
LONGEST_SECONDS = 3600.0
# What the address of a call holds.
MOST_NAMES, MOST_IDS = 100, 500
# The counts are beside the rows: an answer of 200 may have left rows out.
COUNTS_HEADER = "Enrichment-Export"

T = TypeVar("T")
FormatName = StrEnum("FormatName", {name: name for name in FORMATS})  # type: ignore[misc]


class Refused(BaseModel):
    """Why nothing was exported: the counts, and the first rows that are left out."""

    detail: str
    preflight: dict[str, Any]


class Exports:
    """
    The exports of one process.

    Args:
        pool: of connections to Postgres.
        commercial: leave out values for non-commercial use alone, whoever asks.
    """

    def __init__(self, pool: asyncpg.Pool, *, commercial: bool = False) -> None:
        self._pool = pool
        self._commercial = commercial
        self._room = asyncio.Semaphore(AT_ONCE)

    async def export(  # noqa: PLR0913 (each parameter is one of the call's)
        self,
        format: FormatName,  # noqa: A002 (the call's name)
        *,
        tracklist: Annotated[
            list[Storable] | None, Query(max_length=MOST_NAMES)
        ] = None,
        tracklists: bool = False,
        track_id: Annotated[list[UUID] | None, Query(max_length=MOST_IDS)] = None,
        commercial: bool = False,
        skip_unresolved: bool = False,
        keep_unresolved: bool = False,
        title: Annotated[str, Query(max_length=500)] = "",
        service: Annotated[str, Query(max_length=500)] = "",
    ) -> Response:
        """
        Export tracks, or rows of tracklists, in a format of `enrichment export`.

        409 with the counts where rows cannot be exported, unless `skip_unresolved`
        leaves them out or `keep_unresolved` exports tracks that no provider knows. What
        was left out of a 200 is in the header Enrichment-Export. Formats of files
        (m3u8, rekordbox) need the caller's own files, which the command alone reads.
        """
        if (bool(tracklist) + tracklists + bool(track_id)) > 1:
            raise HTTPException(400, "one of tracklist, tracklists and track_id")
        chosen = FORMATS[str(format)]
        try:
            chosen.ready()
        except ConfigurationError as error:
            raise HTTPException(406, str(error)) from error
        wish = Wish(
            subject=Tracks(track_id) if track_id else Everything(),
            commercial=commercial or self._commercial,
            keep_unresolved=keep_unresolved,
            library={} if chosen.needs_files else None,
            report=chosen.report,
        )
        if tracklists:
            wish = replace(wish, subject=Tracklists())
        if tracklist:
            wish, title = await self._of(wish, tracklist, title)
        head = Head(title or "SongNodes", 0, service=service)
        return _Streamed(self._pool, self._room, chosen, wish, head, skip_unresolved)

    async def _of(
        self, wish: Wish, names: Sequence[str], title: str
    ) -> tuple[Wish, str]:
        try:
            found = await meant(self._pool, names)
        except InputInvalid as error:
            raise HTTPException(404, str(error)) from error
        subject = Tracklists([each.tracklist_id for each in found])
        return replace(wish, subject=subject), title or found[0].title


class _Streamed(Response):
    """An answer that is read from Postgres while its caller takes it."""

    def __init__(
        self,
        pool: asyncpg.Pool,
        room: asyncio.Semaphore,
        form: Format,
        wish: Wish,
        head: Head,
        skip_unresolved: bool,  # noqa: FBT001 (as above)
    ) -> None:
        super().__init__(media_type=form.media_type)
        self._pool, self._room = pool, room
        self._form, self._wish, self._head = form, wish, head
        self._skip_unresolved = skip_unresolved
        del self.headers["content-length"]

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answer with the preflight, or with the rows."""
        # here, since nothing comes between looking for room and taking it
        if self._room.locked():
            await _full()(scope, receive, send)
            return
        async with self._room, asyncio.timeout(LONGEST_SECONDS):
            gone = asyncio.create_task(_gone(receive))
            try:
                await self._answer(gone, scope, receive, send)
            finally:
                gone.cancel()

    async def _answer(
        self, gone: asyncio.Task[None], scope: Scope, receive: Receive, send: Send
    ) -> None:
        async with reader(self._pool, self._wish) as reading:
            safe_cells = self._form.for_spreadsheets
            found = await _unless(gone, reading.preflight(safe_cells=safe_cells))
            if found is None:
                return
            allowed = self._skip_unresolved or not found.left_out_rows
            if not (found.exported and allowed):
                await _refusal(found)(scope, receive, send)
                return
            await self._stream(reading, found, gone, send)

    async def _stream(
        self, reading: Reader, found: Preflight, gone: asyncio.Task[None], send: Send
    ) -> None:
        counts = found.as_json()
        del counts["left_out_rows"]
        self.headers[COUNTS_HEADER] = _ascii(counts)
        self.headers["Content-Disposition"] = (
            f'attachment; filename="songnodes.{self._form.suffix}"'
        )
        head = Head(
            self._head.title,
            found.exported,
            entries=reading.of_entries,
            notices=found.notices,
            service=self._head.service,
        )
        chunks = self._form.written(
            reading, head, safe_cells=self._form.for_spreadsheets
        )
        start = {"type": "http.response.start", "status": 200}
        await send(start | {"headers": self.raw_headers})
        try:
            async for chunk in chunks:
                if gone.done():
                    return
                part = {"type": "http.response.body", "body": chunk}
                await send(part | {"more_body": True})
            await send({"type": "http.response.body", "body": b""})
        finally:
            await chunks.aclose()


async def _unless(gone: asyncio.Task[None], act: Coroutine[Any, Any, T]) -> T | None:
    """Return the result of an act; None where the caller has left before."""
    acting = asyncio.create_task(act)
    try:
        await asyncio.wait({acting, gone}, return_when=asyncio.FIRST_COMPLETED)
        return acting.result() if acting.done() else None
    finally:
        acting.cancel()
        await asyncio.gather(acting, return_exceptions=True)


def _full() -> JSONResponse:
    detail = f"{AT_ONCE} exports are at work, try again"
    return JSONResponse({"detail": detail}, 503, {"Retry-After": "30"})


def _refusal(found: Preflight) -> JSONResponse:
    detail = (
        "rows cannot be exported: skip_unresolved leaves them out, keep_unresolved"
        " exports tracks that no provider knows"
        if found.exported
        else "no row can be exported"
    )
    return JSONResponse({"detail": detail, "preflight": found.as_json()}, 409)


def _ascii(counts: dict[str, Any]) -> str:
    """Return JSON that a header holds."""
    return shown_json(counts).encode("ascii", "backslashreplace").decode()


async def _gone(receive: Receive) -> None:
    """End when the caller has left."""
    while (await receive())["type"] != "http.disconnect":
        pass
