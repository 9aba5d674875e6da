"""What an export will hold and leave out, and a button for each format."""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from urllib.parse import urlencode
from uuid import UUID

import asyncpg
from starlette.requests import Request
from starlette.responses import Response

from enrichment.errors import ConfigurationError, InputInvalid
from enrichment.exports.catalogue import FORMATS, Format
from enrichment.exports.preflight import Preflight
from enrichment.exports.reading import reader
from enrichment.exports.selection import SENTENCES, Tracklists, Tracks, Wish
from enrichment.store.tracks import by_hand
from enrichment.web.console.filters import text_of
from enrichment.web.console.frame.forms import number
from enrichment.web.console.frame.pages import page
from enrichment.web.console.frame.visitor import Visitor
from enrichment.web.console.search import MOST

PATH = "/console/export"
# Of the rows that are left out, so many are named.
NAMED = 100


@dataclass(frozen=True, slots=True)
class Wanted:
    """
    What is exported: a tracklist, or tracks.

    Args:
        fields: what `GET /export` calls it.
    """

    wish: Wish
    fields: Sequence[tuple[str, str]]
    commercial: bool
    keep_unresolved: bool

    @property
    def query(self) -> str:
        """Return what is exported as a part of an address."""
        return urlencode(self.fields)


@dataclass(frozen=True, slots=True)
class ExportPage:
    """
    The page before a file.

    Args:
        commercial: values for non-commercial use alone are left out, whoever asks.
    """

    pool: asyncpg.Pool
    commercial: bool = False

    async def show(self, request: Request, visitor: Visitor) -> Response:
        """Show what can be exported, and offer the formats."""
        wanted = await self._wanted(request)
        async with reader(self.pool, wanted.wish) as reading:
            found = await reading.preflight()
        return page(
            "export.html",
            visitor,
            wanted=wanted,
            found=found,
            reasons=_reasons(found),
            named=found.left_out[:NAMED],
            formats=[one for one in FORMATS.values() if _is_here(one)],
        )

    async def _wanted(self, request: Request) -> Wanted:
        given = request.query_params
        commercial = self.commercial or bool(given.get("commercial"))
        keep = bool(given.get("keep_unresolved"))
        wish = Wish(commercial=commercial, keep_unresolved=keep)
        if tracklist := number(given.get("tracklist", "")):
            wish = replace(wish, subject=Tracklists([tracklist]))
            return Wanted(wish, [("tracklist", str(tracklist))], commercial, keep)
        ids = await self._track_ids(request)
        wish = replace(wish, subject=Tracks(ids))
        return Wanted(wish, [("track_id", str(one)) for one in ids], commercial, keep)

    async def _track_ids(self, request: Request) -> Sequence[UUID]:
        """Return the tracks that are named, or those that a search finds."""
        texts = request.query_params.getlist("track_id")[:MOST]
        if not texts and (text := text_of(request)):
            found = await by_hand.search(self.pool, text, MOST)
            texts = [one.track_id for one in found]
        try:
            ids = [UUID(one) for one in texts]
        except ValueError as error:
            raise InputInvalid("track_id: this is no track's id") from error
        if not ids:
            raise InputInvalid("nothing to export: a tracklist or tracks were expected")
        return ids


def _is_here(one: Format) -> bool:
    """Return whether the service can write a format; files are the command's."""
    if one.needs_files:
        return False
    try:
        one.ready()
    except ConfigurationError:
        return False
    return True


def _reasons(found: Preflight) -> Sequence[tuple[int, str]]:
    return [(count, SENTENCES[reason]) for reason, count in found.reasons.items()]
