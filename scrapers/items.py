"""What a spider may yield: one schema from the page to the queue and to the row."""

import hashlib
import zlib
from collections.abc import Sequence
from dataclasses import astuple, dataclass, replace
from datetime import datetime
from typing import overload

from enrichment.contract.identity.identity import IDENTITY_VERSION
from enrichment.contract.messages import EnrichmentRequest
from scrapers.tracklists.facts import NO_FACTS, Facts
from scrapers.tracklists.tracklist import Row, Tracklist

# Longer lines are kept only in their first part: nobody's track is longer.
MAX_RAW_LENGTH = 4000
# An index of Postgres holds 2,700 bytes, source and key together.
MAX_KEY_BYTES = 1000
# Postgres' integer.
MAX_COUNT = 2**31 - 1
# Text of tracklists takes a twentieth at best when it is packed: more is not tried.
_BEST_RATIO = 20


@dataclass(frozen=True, slots=True)
class TrackItem:
    """
    One identified track of a tracklist, ready to be a row and a message.

    Args:
        track_key: readable identity that `track_id` is made of.
        title: as printed, version included, label not.
        isrc, spotify_id, musicbrainz_id: known from the shared cache, if at all.
    """

    track_id: str
    track_key: str
    artist: str
    title: str
    version: str | None = None
    remixers: tuple[str, ...] = ()
    featured: tuple[str, ...] = ()
    isrc: str | None = None
    spotify_id: str | None = None
    musicbrainz_id: str | None = None


@dataclass(frozen=True, slots=True)
class KeptText:
    """
    What tracklists were read from, so that they can be read again.

    Args:
        digest: SHA-256 of the bytes as they came.
        packed: these bytes, packed by zlib.
        bytes: how many they are.
    """

    digest: str
    packed: bytes
    bytes: int


@dataclass(frozen=True, slots=True)
class TracklistItem:
    """
    One tracklist on its way through the pipelines; each fills what it is there for.

    Args:
        source: spider or importer, as in `tracklists.source`.
        source_key: the source's own key of the page or file.
        content_hash: equal for equal rows under equal identity rules.
        text: what it was read from; None where that is not kept.
        part: which of the tracklists in the text it is.
        tracks: identified tracks, each once, in order of appearance (validation).
        requests: what is committed and waits to be published (persistence).
    """

    tracklist: Tracklist
    source: str
    source_key: str
    retrieved_at: datetime
    content_hash: str
    revision: str | None = None
    url: str | None = None
    licence: str | None = None
    text: KeptText | None = None
    part: str | None = None
    tracks: tuple[TrackItem, ...] = ()
    requests: tuple[EnrichmentRequest, ...] = ()


def tracklist_item(
    tracklist: Tracklist,
    *,
    source: str,
    source_key: str,
    retrieved_at: datetime,
    url: str | None = None,
    licence: str | None = None,
) -> TracklistItem:
    """Make an item of what a parser gave, its texts fit for Postgres."""
    cleaned = replace(
        tracklist,
        rows=tuple(_storable_row(row) for row in tracklist.rows),
        title=storable(tracklist.title),
        artist=storable(tracklist.artist),
        recorded_on=storable(tracklist.recorded_on),
        declared_rows=_storable_count(tracklist.declared_rows),
    )
    return TracklistItem(
        tracklist=cleaned,
        source=source,
        source_key=storable_key(source_key),
        retrieved_at=retrieved_at,
        content_hash=content_hash(cleaned),
        revision=storable(tracklist.revision),
        url=storable(url or tracklist.url),
        licence=storable(licence or tracklist.licence),
    )


@overload
def storable(text: str) -> str: ...
@overload
def storable(text: str | None) -> str | None: ...
def storable(text: str | None) -> str | None:
    """Drop what Postgres text cannot hold: U+0000 and halves of surrogate pairs."""
    if text is None:
        return text
    return text.replace("\x00", "").encode("utf-8", "replace").decode("utf-8")


def storable_key(key: str) -> str:
    """Return a key that an index holds: the end of a longer one is its hash."""
    key = storable(key)
    if len(key.encode()) <= MAX_KEY_BYTES:
        return key
    digest = hashlib.sha256(key.encode()).hexdigest()
    kept = key.encode()[: MAX_KEY_BYTES - len(digest) - 1].decode("utf-8", "ignore")
    return f"{kept}~{digest}"


def kept_text(content: bytes, most: int) -> KeptText | None:
    """Pack what tracklists were read from; None where it takes more than `most`."""
    if len(content) > most * _BEST_RATIO:
        return None
    packed = zlib.compress(content)
    if len(packed) > most:
        return None
    return KeptText(hashlib.sha256(content).hexdigest(), packed, len(content))


def parts_of(tracklists: Sequence[Tracklist]) -> tuple[str, ...]:
    """
    Name the tracklists within their text: by their own keys, else by their places.

    A key that a tracklist above has, too, is told from it by the place.
    """
    parts: list[str] = []
    for number, tracklist in enumerate(tracklists, 1):
        own = storable_key(tracklist.source_key or str(number))
        parts.append(f"{own}#{number}" if own in parts else own)
    return tuple(parts)


def _storable_count(count: int | None) -> int | None:
    return count if count is not None and 0 <= count <= MAX_COUNT else None


def content_hash(tracklist: Tracklist) -> str:
    """Return a hash that changes when the rows or the rules of identity change."""
    content = (
        IDENTITY_VERSION,
        tracklist.title,
        tracklist.artist,
        tracklist.recorded_on,
        tracklist.declared_rows,
        tracklist.gaps_after,
        tuple(map(_content_of, tracklist.rows)),
    )
    return hashlib.sha256(repr(content).encode()).hexdigest()


def _content_of(row: Row) -> tuple[object, ...]:
    """Return all of a row; what no file knows is not told, as before it could be."""
    content = tuple(row)[:-1]
    return content if row.facts == NO_FACTS else (*content, astuple(row.facts))


def _storable_row(row: Row) -> Row:
    return row._replace(
        raw=storable(row.raw)[:MAX_RAW_LENGTH],
        artist=storable(row.artist),
        title=storable(row.title),
        full_title=storable(row.full_title),
        artists=tuple(map(storable, row.artists)),
        featured=tuple(map(storable, row.featured)),
        remixers=tuple(map(storable, row.remixers)),
        version=storable(row.version),
        label=storable(row.label),
        catalog_number=storable(row.catalog_number),
        facts=row.facts if row.facts is NO_FACTS else _storable_facts(row.facts),
    )


def _storable_facts(known: Facts) -> Facts:
    return replace(
        known,
        album=storable(known.album),
        artwork_url=storable(known.artwork_url),
        location=storable(known.location),
    )
