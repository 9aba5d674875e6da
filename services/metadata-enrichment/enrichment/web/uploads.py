"""A tracklist that a person uploads: parsed in a child process, then stored."""

import asyncio
from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from pathlib import PurePosixPath

import asyncpg

from enrichment import logs
from enrichment.contract.sources import UPLOAD
from enrichment.errors import InputInvalid
from enrichment.store.lists import uploads
from enrichment.store.lists.uploads import Kept, Text, Upload
from scrapers.items import (
    KeptText,
    TracklistItem,
    kept_text,
    parts_of,
    tracklist_item,
)
from scrapers.parsing.parent import ParseFailed, Parser
from scrapers.rows.columns import rows_json, tracklist_columns, tracks_json
from scrapers.rows.validating import has_places, validated
from scrapers.tracklists.facts import NO_FACTS
from scrapers.tracklists.tracklist import Tracklist, TracklistError

log = logs.get("uploads")

# A page or a list of a night; a whole collection is for `python -m scrapers.crawl`.
MOST_BYTES = 2**20
# Two megabytes of text take a parser a few seconds.
PARSE_SECONDS = 20.0
_LONGEST_NAME = 120
# Two files of one name are two tracklists: this much of their content tells them apart.
_DIGEST_LETTERS = 12


@dataclass(frozen=True, slots=True)
class Taken:
    """
    What an upload came to.

    Args:
        titles, rows: of each tracklist that is stored now, in their order.
        left_out: lines among the rows that became no row, by reason.
    """

    kept: tuple[Kept, ...]
    titles: tuple[str, ...]
    rows: tuple[int, ...]
    left_out: Mapping[str, int]


class Uploads:
    """
    Takes uploads one after the other: a parse is the only work that lasts here.

    Args:
        pool: of connections to Postgres.
    """

    def __init__(self, pool: asyncpg.Pool) -> None:
        self._pool = pool
        self._one_by_one = asyncio.Lock()

    async def take(self, name: str, content: bytes) -> Taken:
        """
        Store the tracklists of a content.

        Args:
            name: of the file, as a person knows it.

        Raises:
            InputInvalid: there is none in it; the message says why.
        """
        if not content.strip():
            raise InputInvalid("nothing was given: paste a tracklist, or choose a file")
        if len(content) > MOST_BYTES:
            raise InputInvalid(f"a tracklist has at most {MOST_BYTES:,} bytes")
        async with self._one_by_one:
            parsed = await _parsed(content)
        packed = await asyncio.to_thread(_packed, content)
        items = _items(parsed, _named(name), packed)
        if not items:
            raise InputInvalid("no row of a tracklist is in it")
        kept = await uploads.keep(
            self._pool,
            [_upload(one) for one in items],
            Text(packed.digest, packed.packed, packed.bytes),
        )
        log.info(
            "A tracklist was uploaded",
            event_name="enrichment.uploads.kept",
            tracklists=[one.tracklist_id for one in kept],
        )
        return Taken(
            kept,
            titles=tuple(one.tracklist.title or one.source_key for one in items),
            rows=tuple(len(one.tracklist.rows) for one in items),
            left_out=_left_out(parsed),
        )


async def _parsed(content: bytes) -> tuple[Tracklist, ...]:
    # a child for each: one that waits for the next upload would hold its memory
    parser = Parser(PARSE_SECONDS)
    try:
        return await parser.parse(content)
    except TracklistError as error:
        raise InputInvalid(f"it is not understood: {error}") from error
    except ParseFailed as error:
        log.warning(
            "An upload was not parsed",
            event_name="enrichment.uploads.failed",
            error=str(error),
        )
        raise InputInvalid("it cannot be parsed") from error
    finally:
        await asyncio.to_thread(parser.close)


def _packed(content: bytes) -> KeptText:
    # what cannot be packed grows by a thousandth
    packed = kept_text(content, 2 * MOST_BYTES)
    assert packed is not None  # noqa: S101 (a content has at most MOST_BYTES)
    return packed


def _items(
    parsed: Sequence[Tracklist], name: str, text: KeptText
) -> tuple[TracklistItem, ...]:
    at, key = datetime.now(UTC), f"{name} {text.digest[:_DIGEST_LETTERS]}"
    items = []
    for tracklist, part in zip(parsed, parts_of(parsed), strict=True):
        item = tracklist_item(
            tracklist,
            source=UPLOAD,
            source_key=key if len(parsed) == 1 else f"{key}#{part}",
            retrieved_at=at,
        )
        if has_places(item):
            items.append(replace(validated(item)[0], text=text, part=part))
    return tuple(items)


def _upload(item: TracklistItem) -> Upload:
    rows = item.tracklist.rows
    told = {row.track_id for row in rows if row.track_id and row.facts != NO_FACTS}
    return Upload(
        tracklist_columns(item), tracks_json(item.tracks), rows_json(item), sorted(told)
    )


def _named(name: str) -> str:
    """Return the last part of a file's name: where it lies is the person's own."""
    last = PurePosixPath(name.replace("\\", "/")).name.strip()
    return (last or "tracklist")[:_LONGEST_NAME]


def _left_out(parsed: Sequence[Tracklist]) -> Mapping[str, int]:
    lines = (line for one in parsed for line in one.left_out if line.within)
    return Counter(line.reason for line in lines)
