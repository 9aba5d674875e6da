"""A track as rows: which columns there are, and what is in them; pure."""

from collections import Counter
from collections.abc import Iterable, Iterator, Mapping
from datetime import date, datetime
from functools import lru_cache

import orjson

from enrichment.contract.identity.identity import IDENTITY_VERSION, folded
from enrichment.model import (
    Artists,
    EnrichedTrack,
    FieldValue,
)

# Columns that merging fills, with their type; pinned ones keep theirs.
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
    "genres": "text[]",
    "popularity": "smallint",
    "listeners": "bigint",
    "playcount": "bigint",
    "artwork_url": "text",
    "deezer_id": "text",
    "catalogue_number": "text",
    "barcode": "text",
    "bpm": "numeric",
    "musical_key": "text",
    "camelot_key": "text",
    "energy": "real",
    "danceability": "real",
    "valence": "real",
    "loudness": "real",
}
IDENTITY: Mapping[str, str] = {
    "track_id": "uuid",
    "track_key": "text",
    "identity_version": "smallint",
    "artist": "text",
    "title": "text",
    "version": "text",
    "remixers": "text[]",
    "featured": "text[]",
}
STATE: Mapping[str, str] = {
    "status": "text",
    "outcome": "text",
    "provenance": "jsonb",
    "enrichment_source_api": "text",
    "source_data_version": "text",
}
# What came with the request, for a row that is not there yet.
REQUEST: Mapping[str, str] = {"source": "text", "lane": "text"}
TRACK: Mapping[str, str] = {**REQUEST, **IDENTITY, **VALUES, **STATE}
RECORD: Mapping[str, str] = {
    "track_id": "uuid",
    "provider": "text",
    "outcome": "text",
    "provider_track_id": "text",
    "score": "real",
    "reasons": "text[]",
    "question": "text",
    "fetched_at": "timestamptz",
    "attempts": "integer",
    "due_at": "timestamptz",
    "due_reason": "text",
    "due_detail": "text",
    "artists": "jsonb",
    "bpm": "real",
}
CREDIT: Mapping[str, str] = {
    "track_id": "uuid",
    "position": "smallint",
    "role": "text",
    "name_key": "text",
    "name": "text",
    "spotify_id": "text",
    "musicbrainz_id": "uuid",
}
_RECORDED = tuple(name for name in RECORD if name not in {"track_id", "artists"})
Row = Mapping[str, object]


def track_row(track: EnrichedTrack, data_version: str) -> Row:
    """
    Return the row of `tracks`.

    Args:
        data_version: the rules that it was made by, for `source_data_version`.
    """
    name, values = track.wanted.name, track.values
    row: dict[str, object] = {
        column: value.value for column, value in values.items() if column in VALUES
    }
    if (printed := row.get("release_date")) is not None:
        day, precision = _release_date(str(printed))
        row |= {"release_date": day, "release_date_precision": precision}
    said = {column: _provenance(value) for column, value in values.items()}
    return row | {
        "source": track.source,
        "lane": track.lane,
        "track_id": track.wanted.track_id,
        "track_key": track.track_key,
        "identity_version": IDENTITY_VERSION,
        "artist": name.artist,
        "title": name.full_title,
        "version": name.version,
        "remixers": name.remixers,
        "featured": name.featured,
        "genres": row.get("genres") or (),
        "status": track.status,
        "outcome": track.outcome,
        "provenance": said,
        "enrichment_source_api": _main_source(values.values()),
        "source_data_version": data_version,
    }


def record_rows(track: EnrichedTrack) -> Iterator[Row]:
    """Return the rows of `provider_records`, one for each provider."""
    for record in track.records:
        row = {name: getattr(record, name) for name in _RECORDED}
        yield row | {
            "track_id": track.wanted.track_id,
            "artists": None if record.artists is None else _plain(record.artists),
        }


def credit_rows(track: EnrichedTrack) -> Iterator[Row]:
    """Return one row for each credited artist whose name can be a key."""
    for credit in track.credits:
        # a name that cannot be a key is left out
        if key := folded(credit.name):
            yield {
                "track_id": track.wanted.track_id,
                "position": credit.position,
                "role": credit.role,
                "name_key": key,
                "name": credit.name,
                "spotify_id": credit.spotify_id,
                "musicbrainz_id": credit.musicbrainz_id,
            }


def as_json(rows: Iterable[Row]) -> str:
    """Return rows as the one parameter of a statement that reads `given`."""
    return orjson.dumps(list(rows)).decode()


def given(columns: Mapping[str, str]) -> str:
    """Return the part of a statement that reads rows from its parameter `$1`."""
    typed = ", ".join(f"{name} {kind}" for name, kind in columns.items())
    return f"json_to_recordset($1::json) AS given ({typed})"


def _plain(artists: Artists) -> list[tuple[str, str]]:
    # U+0000 is JSON but not jsonb
    return [
        (name.replace("\x00", ""), id_.replace("\x00", "")) for name, id_ in artists
    ]


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


def _main_source(values: Iterable[FieldValue]) -> str | None:
    """Name the provider most values come from; the alphabet decides between equals."""
    counts = Counter([value.provider for value in values])
    return min(counts, key=lambda name: (-counts[name], name)) if counts else None
