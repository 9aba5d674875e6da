"""A track as rows: which columns there are, and what is in them; pure."""

from collections import Counter
from collections.abc import Iterable, Mapping
from datetime import date, datetime
from functools import lru_cache
from zlib import crc32

import orjson

from enrichment.contract.identity.identity import IDENTITY_VERSION, folded
from enrichment.model import (
    ArtistCredit,
    Artists,
    EnrichedTrack,
    FieldValue,
    Outcome,
    ProviderRecord,
    TrackRows,
)
from enrichment.store.tracks.array_literals import text_array

# Columns that merging fills, with their type in an unnest; pinned ones keep theirs.
VALUES: Mapping[str, str] = {
    "isrc": "text",
    "spotify_id": "text",
    "musicbrainz_id": "uuid",
    "lastfm_url": "text",
    "duration_ms": "integer",
    "release_date": "date",
    "release_date_precision": "text",
    "album": "text",
    "label": "text",
    "genres": "text",  # a text[] travels as its literal: unnest would flatten it
    "popularity": "smallint",
    "listeners": "bigint",
    "playcount": "bigint",
    "artwork_url": "text",
}
IDENTITY: Mapping[str, str] = {
    "track_id": "uuid",
    "track_key": "text",
    "identity_version": "smallint",
    "artist": "text",
    "title": "text",
    "version": "text",
    "remixers": "text",
    "featured": "text",
}
STATE: Mapping[str, str] = {
    "status": "text",
    "outcome": "text",
    "provenance": "jsonb",
    "enrichment_source_api": "text",
    "source_data_version": "text",
}
# `TrackRows.track`, in its order.
TRACK: Mapping[str, str] = {**IDENTITY, **VALUES, **STATE}
# What came with the request; it precedes the others.
REQUEST: Mapping[str, str] = {"source": "text", "lane": "text"}
LISTS = frozenset({"remixers", "featured", "genres"})
# `TrackRows.records`, in its order; the track's id is before them.
RECORD: Mapping[str, str] = {
    "provider": "text",
    "outcome": "text",
    "provider_track_id": "text",
    "score": "real",
    "reasons": "text",  # as genres
    "question": "text",
    "fetched_at": "timestamptz",
    "attempts": "integer",
    "due_at": "timestamptz",
    "due_reason": "text",
    "due_detail": "text",
    "artists": "jsonb",
}
# `TrackRows.credits`, in its order; the track's id is before them.
CREDIT: Mapping[str, str] = {
    "position": "smallint",
    "role": "text",
    "name_key": "text",
    "name": "text",
    "spotify_id": "text",
    "musicbrainz_id": "uuid",
}
# Which columns there are, in a few letters: rows of another layout cannot be written.
LAYOUT = f"{crc32(' '.join((*TRACK, *RECORD, *CREDIT)).encode()):08x}"

_NAMES = tuple(VALUES)
_GENRES = _NAMES.index("genres")
_DATE = _NAMES.index("release_date")
_PRECISION = _NAMES.index("release_date_precision")
_ARTIST, _TITLE = list(TRACK).index("artist"), list(TRACK).index("title")


def rows_of(track: EnrichedTrack, data_version: str) -> TrackRows:
    """
    Return the rows of a track.

    Args:
        data_version: the rules that it was made by, for `source_data_version`.
    """
    wanted, name, values = track.wanted, track.wanted.name, track.values
    merged = [
        None if (value := values.get(column)) is None else value.value
        for column in _NAMES
    ]
    merged[_GENRES] = text_array(merged[_GENRES] or ())  # type: ignore[arg-type]
    if (date_ := merged[_DATE]) is not None:
        merged[_DATE], merged[_PRECISION] = _release_date(str(date_))
    said = {column: _provenance(value) for column, value in values.items()}
    return TrackRows(
        track=(
            wanted.track_id,
            track.track_key,
            str(IDENTITY_VERSION),
            name.artist,
            name.full_title,
            name.version,
            text_array(name.remixers),
            text_array(name.featured),
            *[None if value is None else str(value) for value in merged],
            track.status,
            track.outcome,
            orjson.dumps(said).decode(),
            _main_source(values.values()),
            data_version,
        ),
        records=tuple(map(_record, track.records)),
        credits=tuple(
            (str(c.position), c.role, key, c.name, c.spotify_id, c.musicbrainz_id)
            for c, key in _keyed(track.credits)
        ),
        status=track.status,
        outcome=track.outcome,
        sources=", ".join(
            r.provider for r in track.records if r.outcome is Outcome.FOUND
        ),
        fields=" ".join(f"{name}:{value.provider}" for name, value in values.items()),
    )


def track_id_of(rows: TrackRows) -> str:
    """Return the id that the rows are under."""
    return str(rows.track[0])


def printed_name(rows: TrackRows) -> str:
    """Return artist and title as a person writes them."""
    return f"{rows.track[_ARTIST]} - {rows.track[_TITLE]}"


def _record(r: ProviderRecord) -> tuple[str | None, ...]:
    return (
        r.provider.value,
        r.outcome.value,
        r.provider_track_id,
        None if r.score is None else str(r.score),
        text_array(r.reasons),
        r.question,
        _moment(r.fetched_at),
        str(r.attempts),
        None if r.due_at is None else str(r.due_at),
        r.due_reason,
        r.due_detail,
        None if r.artists is None else _json(r.artists),
    )


def _json(artists: Artists) -> str:
    # U+0000 is JSON but not jsonb
    named = [
        (name.replace("\x00", ""), id_.replace("\x00", "")) for name, id_ in artists
    ]
    return orjson.dumps(named).decode()


def _keyed(credits_: Iterable[ArtistCredit]) -> Iterable[tuple[ArtistCredit, str]]:
    """Return each credit with its artist's key; impossible names are left out."""
    return ((credit, key) for credit in credits_ if (key := folded(credit.name)))


def _release_date(text: str) -> tuple[date | None, str | None]:
    """Return date and precision of "2009", "2009-09" or "2009-09-22"; else nothing."""
    parts = text.split("-")
    try:
        numbers = [int(part) for part in parts][:3]
        day = date(numbers[0], *(numbers[1:] + [1] * (3 - len(numbers))))
    except (ValueError, IndexError):
        return None, None
    return day, ("year", "month", "day")[len(numbers) - 1]


def _provenance(value: FieldValue) -> tuple[object, ...]:
    return (
        value.provider,
        round(value.confidence, 2),
        _epoch(value.fetched_at),
        value.rule_version,
    )


# All values of an answer are of one moment.
@lru_cache(maxsize=1024)
def _epoch(at: datetime) -> int:
    return int(at.timestamp())


@lru_cache(maxsize=1024)
def _moment(at: datetime) -> str:
    return str(at)


def _main_source(values: Iterable[FieldValue]) -> str | None:
    """Name the provider most values come from; the alphabet decides between equals."""
    counts = Counter([value.provider for value in values])
    return min(counts, key=lambda name: (-counts[name], name)) if counts else None
