"""What a finished track looks like in Redis: its rows, as other workers write them."""

from collections.abc import Mapping
from datetime import UTC, datetime, timedelta

import msgspec

from enrichment.contract import finished_tracks
from enrichment.contract.finished_tracks import KnownId
from enrichment.lookup.cache.freshness import ABSENT_FIRST, JITTER, SOON_PART, Lifetime
from enrichment.lookup.cache.packing import NULL_CHARACTER, Packer
from enrichment.model import (
    EnrichedTrack,
    Outcome,
    ProviderName,
    ProviderRecord,
    TrackRows,
)

# First byte of every value; raised with any change below, that of the text included.
FORMAT = 1
# Rows are alike: what they have in common is in here, so it is not stored.
_PACKER = Packer(
    b'["identity-1.match-1.merge-1",""{\\"exact artist\\",\\"exact title\\"}","search:'
    b'isrc:track:",null,"0",null,null],["spotify","found","musicbrainz","lastfm",'
    b'"absent","ambiguous",[["1","main","2","featured","remixer","completed","matched",'
    b'"no_match","{\\"duration_ms\\":[\\"spotify\\",0.95,17,1],\\"release_date\\":['
    b'\\"musicbrainz\\",0.9,17\\"genres\\":[\\"lastfm\\",0.7,17\\"listeners\\":[\\"lastfm'
    b'\\",0.95,17\\"playcount\\":[\\"popularity\\":[\\"spotify\\"\\"artwork_url\\":['
    b'\\"album\\":[\\"label\\":[\\"isrc\\":[\\"spotify_id\\":[\\"musicbrainz_id\\":['
    b'\\"lastfm_url\\":[","day","https://www.last.fm/music/https://i.scdn.co/image/'
    b'ab67616d0000b273","isrc:spotify spotify_id:spotify musicbrainz_id:musicbrainz '
    b"lastfm_url:lastfm duration_ms:spotify release_date:musicbrainz album:spotify "
    b"label:musicbrainz genres:lastfm popularity:spotify listeners:lastfm "
    b'playcount:lastfm artwork_url:spotify","musicbrainz, spotify, lastfm"',
    longest=1024 * 1024,
)


class FinishedTrack(msgspec.Struct, frozen=True, gc=False, array_like=True):
    """
    A track as one worker has written it, for all others.

    Args:
        rules: the versions of identity, matching and merging that made it.
        artist, title: as the request printed them; of another spelling it says nothing.
        ids: what the request or its row may have known beforehand.
        fetched_at: when each provider said what stands in the rows, Unix seconds.
        fresh_until: its first answer ends soon after this, Unix seconds.
    """

    rules: str
    artist: str
    title: str
    ids: tuple[str | None, str | None, str | None]
    fetched_at: dict[str, float]
    fresh_until: float
    rows: TrackRows


_read = msgspec.json.Decoder(FinishedTrack).decode
_write = msgspec.json.Encoder().encode


def ids_of(track: EnrichedTrack) -> dict[str, KnownId]:
    """Give the ids of a track, each with who said so."""
    return {
        name: KnownId(
            str(value.value), value.provider.value, value.fetched_at.timestamp()
        )
        for name in finished_tracks.FIELDS
        if (value := track.values.get(name)) is not None
    }


def finished(
    track: EnrichedTrack,
    rows: TrackRows,
    printed: tuple[str, str],
    rules: str,
    lifetimes: Mapping[ProviderName, Lifetime],
) -> FinishedTrack | None:
    """
    Give what other workers may write without asking, or None: not this track.

    Only what every provider has answered, and for the names alone: what a duration, a
    person's pin or an id of another recording decided, the names do not decide again.

    Args:
        printed: artist and title as the request had them.
    """
    wanted = track.wanted
    values = [track.values.get(name) for name in finished_tracks.FIELDS]
    ids = tuple(None if v is None else str(v.value) for v in values)
    before = (wanted.isrc, wanted.spotify_id, wanted.musicbrainz_id)
    if (
        wanted.duration_ms is not None
        or any(b not in {None, known} for b, known in zip(before, ids, strict=True))
        or any(r.due_at or not r.outcome.is_answer for r in track.records)
    ):
        return None
    ends = [_fresh_until(record, lifetimes) for record in track.records]
    return FinishedTrack(
        rules,
        *printed,
        (ids[0], ids[1], ids[2]),
        {r.provider.value: r.fetched_at.timestamp() for r in track.records},
        min(ends, default=datetime.min.replace(tzinfo=UTC)).timestamp(),
        rows,
    )


def encode(track: FinishedTrack) -> bytes:
    """Give the value."""
    return bytes((FORMAT,)) + _PACKER.pack(_write(track))


def decode(value: bytes) -> FinishedTrack | None:
    """Read a value; None for damage and another format."""
    if value[:1] != bytes((FORMAT,)):
        return None
    try:
        body = _PACKER.unpack(memoryview(value)[1:])
        return None if NULL_CHARACTER in body else _read(body)
    except ValueError:
        return None


def _fresh_until(
    record: ProviderRecord, lifetimes: Mapping[ProviderName, Lifetime]
) -> datetime:
    """
    Give when this is no longer served: before the answer could be asked for early.

    What the cache holds of it is not known here; this is the shortest it can be.
    """
    absent = record.outcome is Outcome.ABSENT
    fresh = ABSENT_FIRST if absent else lifetimes[record.provider].fresh
    shortest: timedelta = fresh * (1 - JITTER) * (SOON_PART - 1) / SOON_PART
    return record.fetched_at + shortest
