"""What a remembered answer looks like in Redis: one version byte, then zstd of JSON."""

import threading
from datetime import UTC, datetime
from typing import Any, Literal

import msgspec
import orjson
import zstandard

from enrichment.lookup.cache.freshness import Remembered
from enrichment.model import SILENT, Absent, Candidate, Found

# First byte of every value; raised with any change below, the dictionary included.
FORMAT = 1
# U+0000 in JSON: no column of text can hold it, so no value of ours has it.
_NULL_CHARACTER = b"\\u0000"
# No answer is larger, bytes; one that claims to be is damaged.
_LONGEST = 8 * 1024 * 1024
# Answers are small and alike: half of each is in here, so half of each is not stored.
_ALIKE = (
    b'"album":"Single","duration_ms":2"release_date":"201"artwork_url":"https://'
    b'i.scdn.co/image/ab67616d0000b273"url":"https://www.last.fm/music/","listeners":'
    b'"playcount":"url":"https://open.spotify.com/track/"popularity":'
    b'"genres":[["electronic",100],["house",50],["techno",20],["trance",10],'
    b'["progressive house",5],["dance",3],["electro",2],["edm",1]],'
    b'"score":100},{"provider":"musicbrainz","id":"'
    b'{"provider":"lastfm","id":"'
    b'{"key":"","answer":"absent","fetched_at":17"fresh_until":17"stale_until":17'
    b'"absences":0,"answer":"found","candidates":[{"provider":"spotify","id":"'
    b'","artist":"","title":" (Original Mix)","artists":["'
    b'"],"artist_ids":["","isrcs":["'
)
_EMPTY: tuple[object, ...] = (None, (), "", SILENT)
_NAMES = frozenset({"id", "artist", "title"})
_FIELDS = Candidate.__struct_fields__
_ABSENT = Absent()


class _Entry(msgspec.Struct, frozen=True, gc=False):
    """The JSON; what a newer version has written beside it is left out."""

    key: str
    answer: Literal["found", "absent"]
    # Unix seconds
    fetched_at: float
    fresh_until: float
    stale_until: float
    absences: int = 0
    candidates: tuple[Candidate, ...] = ()


class _Packer(threading.local):
    """Compresses by what answers have in common; contexts are dear: one a thread."""

    def __init__(self) -> None:
        shared = zstandard.ZstdCompressionDict(
            _ALIKE, dict_type=zstandard.DICT_TYPE_RAWCONTENT
        )
        self.pack = zstandard.ZstdCompressor(
            level=3, dict_data=shared, write_content_size=True, write_dict_id=False
        ).compress
        self._unpack = zstandard.ZstdDecompressor(dict_data=shared).decompress

    def unpack(self, frame: memoryview) -> bytes:
        """Return what was packed. Raises ValueError for what is damaged."""
        if not 0 <= zstandard.frame_content_size(frame) <= _LONGEST:
            raise ValueError("damaged: of no size that a value has")
        return self._unpack(frame)


_PACKER = _Packer()
_read = msgspec.json.Decoder(_Entry).decode


def encode(key: str, remembered: Remembered) -> bytes:
    """Return the value; `key` is the question's readable one, for people."""
    answer = remembered.answer
    body: dict[str, Any] = {
        "key": key,
        "fetched_at": remembered.fetched_at.timestamp(),
        "fresh_until": remembered.fresh_until.timestamp(),
        "stale_until": remembered.stale_until.timestamp(),
    }
    if isinstance(answer, Found):
        body |= {"answer": "found", "candidates": [*map(_plain, answer.candidates)]}
    else:
        body |= {"answer": "absent", "absences": remembered.absences}
    return bytes((FORMAT,)) + _PACKER.pack(orjson.dumps(body))


def decode(value: bytes) -> tuple[str, Remembered] | None:
    """Read a value, its readable key first; None for what is damaged or not ours."""
    if not value or value[0] != FORMAT:
        return None
    try:
        body = _PACKER.unpack(memoryview(value)[1:])
        if _NULL_CHARACTER in body:
            return None
        entry = _read(body)
        return entry.key, _remembered(entry)
    except (ValueError, OverflowError, zstandard.ZstdError):
        return None


def _remembered(entry: _Entry) -> Remembered:
    return Remembered(
        Found(entry.candidates) if entry.answer == "found" else _ABSENT,
        _time(entry.fetched_at),
        _time(entry.fresh_until),
        _time(entry.stale_until),
        entry.absences,
    )


def _time(seconds: float) -> datetime:
    return datetime.fromtimestamp(seconds, UTC)


def _plain(candidate: Candidate) -> dict[str, object]:
    values = ((name, getattr(candidate, name)) for name in _FIELDS)
    return {n: value for n, value in values if n in _NAMES or value not in _EMPTY}
