"""`POST /tracklists` and `GET /search`: what a person brings, and looks for."""

import base64
import binascii
from datetime import datetime
from enum import Enum
from typing import Annotated

import asyncpg
from fastapi import APIRouter, Depends, FastAPI, HTTPException, Query
from fastapi.exceptions import RequestValidationError
from pydantic import BaseModel, Field

from enrichment.errors import InputInvalid
from enrichment.store.lists import tracklists, unread
from enrichment.store.tracks import by_hand
from enrichment.web.api.bodies import Refusal, Storable
from enrichment.web.api.review import MOST, Number, Responses, Who
from enrichment.web.uploads import MOST_BYTES, Uploads

MOST_FOUND = 100


class UploadGiven(BaseModel):
    """A tracklist in any format that is read: its text, or the bytes of a file."""

    name: Annotated[Storable, Field(max_length=500)] = ""
    text: Annotated[str | None, Field(max_length=MOST_BYTES)] = None
    base64: Annotated[str | None, Field(max_length=MOST_BYTES * 2)] = None


class StoredList(BaseModel):
    """
    A tracklist that is stored now.

    `is_new`: it was not stored before. `new_tracks`: nobody had asked for them.
    """

    tracklist_id: int
    title: str
    rows: int
    is_new: bool
    new_tracks: int


class UploadTaken(BaseModel):
    """What an upload came to; `left_out`: lines that became no row, by reason."""

    tracklists: list[StoredList]
    left_out: dict[str, int]


class FoundTrack(BaseModel):
    """A track that a search found; `rows` of tracklists name it."""

    track_id: str
    artist: str
    title: str
    status: str
    outcome: str | None
    isrc: str | None
    rows: int


class FoundList(BaseModel):
    """A tracklist that a search found."""

    tracklist_id: int
    source: str
    source_key: str
    title: str | None
    artist: str | None
    recorded_on: str | None
    parsed_rows: int


class SearchAnswer(BaseModel):
    """What has these words, or this id or ISRC."""

    tracks: list[FoundTrack]
    tracklists: list[FoundList]


class WaitingFile(BaseModel):
    """A file or page that a crawl has met and not understood."""

    file_id: int
    source: str
    source_key: str
    reason: str
    bytes: int
    first_seen_at: datetime
    last_seen_at: datetime


class WaitingFiles(BaseModel):
    """Files that wait for a person, the latest first."""

    files: list[WaitingFile]


class FileDecision(BaseModel):
    """Set a file aside, or let it wait again."""

    set_aside: bool
    why: Annotated[Storable, Field(max_length=1000)] = ""


class FileDecided(BaseModel):
    """What was done."""

    file_id: int
    set_aside: bool


class Calls:
    """
    The calls.

    Args:
        pool: of connections to Postgres.
        uploads: stores what is brought.
    """

    def __init__(self, pool: asyncpg.Pool, uploads: Uploads) -> None:
        self._pool = pool
        self._uploads = uploads

    async def search(
        self,
        text: Annotated[Storable, Query(min_length=1, max_length=500)],
        limit: Annotated[int, Query(ge=1, le=MOST_FOUND)] = 50,
    ) -> SearchAnswer:
        """Find tracks by words of names, ISRC or id; tracklists by their names."""
        tracks = await by_hand.search(self._pool, text, limit)
        lists = await tracklists.listed(self._pool, None, text, limit, same=False)
        names = FoundList.model_fields.keys()
        return SearchAnswer(
            tracks=[
                FoundTrack(**{n: getattr(one, n) for n in FoundTrack.model_fields})
                for one in tracks
            ],
            tracklists=[
                FoundList(**{n: getattr(one, n) for n in names}) for one in lists
            ],
        )

    async def upload(self, given: UploadGiven) -> UploadTaken:
        """
        Store a tracklist; its new tracks are asked for.

        Give `text` or `base64`, of at most a mebibyte. The same content is stored once.
        """
        try:
            taken = await self._uploads.take(given.name, _content(given))
        except InputInvalid as error:
            told = [{"loc": ("body",), "msg": str(error)}]
            raise RequestValidationError(told) from error
        return UploadTaken(
            tracklists=[
                StoredList(
                    tracklist_id=kept.tracklist_id,
                    title=title,
                    rows=rows,
                    is_new=kept.is_new,
                    new_tracks=kept.new_tracks,
                )
                for kept, title, rows in zip(
                    taken.kept, taken.titles, taken.rows, strict=True
                )
            ],
            left_out=dict(taken.left_out),
        )

    async def files(
        self,
        before: Annotated[int | None, Query(ge=1, le=MOST)] = None,
        limit: Annotated[int, Query(ge=1, le=200)] = 50,
    ) -> WaitingFiles:
        """List the files that crawls have not understood, the latest first."""
        found = await unread.waiting(self._pool, before=before, limit=limit)
        names = WaitingFile.model_fields.keys()
        return WaitingFiles(
            files=[WaitingFile(**{n: getattr(one, n) for n in names}) for one in found]
        )

    async def decide(
        self, file_id: Number, given: FileDecision, who: str
    ) -> FileDecided:
        """Set a file aside, or let it wait again; 404 where that is done already."""
        if given.set_aside:
            done = await unread.put_aside(self._pool, file_id, who, given.why)
        else:
            done = await unread.take_back(self._pool, file_id)
        if not done:
            raise HTTPException(404, "there is no such file in this state")
        return FileDecided(file_id=file_id, set_aside=given.set_aside)


def add_calls(
    app: FastAPI, calls: Calls, who: Who, reads: Responses, writes: Responses
) -> None:
    """
    Add the calls to an application.

    Args:
        who: refuses a writing call of who may not.
        reads, writes: what any call of the kind may answer beside.
    """
    named = Annotated[str, Depends(who)]

    async def decide(file_id: Number, given: FileDecision, who: named) -> FileDecided:
        return await calls.decide(file_id, given, who)

    gone: Responses = {404: {"description": "No such file", "model": Refusal}}
    tags: list[str | Enum] = ["tracklists"]
    router = APIRouter(tags=tags)
    router.get("/search", responses=reads)(calls.search)
    router.post("/tracklists", responses=writes, dependencies=[Depends(who)])(
        calls.upload
    )
    router.get("/review/files", responses=reads)(calls.files)
    router.post(
        "/review/files/{file_id}/decision",
        responses=writes | gone,
        description=calls.decide.__doc__,
    )(decide)
    app.include_router(router)


def _content(given: UploadGiven) -> bytes:
    if (given.text is None) == (given.base64 is None):
        raise InputInvalid("give text or base64, one of them")
    if given.base64 is None:
        return str(given.text).encode("utf-8", "replace")
    try:
        return base64.b64decode(given.base64, validate=True)
    except (ValueError, binascii.Error) as error:
        raise InputInvalid("base64: it is none") from error
