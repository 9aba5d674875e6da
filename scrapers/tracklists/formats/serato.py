"""Serato's binary history sessions: chunks of a tag, a length and a payload."""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, datetime

from scrapers.tracklists.clock import since_first
from scrapers.tracklists.facts import Facts, facts
from scrapers.tracklists.names import row_of_entry
from scrapers.tracklists.tracklist import NoTracklist, NotUnderstood, Tracklist

SIGNATURE = b"vrsn"

_HEAD_BYTES = 8
# Numbers of the fields of one played track, as found in recorded sessions.
_ALBUM, _LENGTH, _BPM, _YEAR, _KEY = 8, 10, 15, 23, 51
_ROW_ID, _PATH, _TITLE, _ARTIST, _LABEL, _STARTED_AT = 1, 2, 6, 7, 21, 28
_TIME_BYTES = (4, 8)
# 2000 to 2100: what lies outside is no time.
_PLAUSIBLE_TIMES = range(946_684_800, 4_102_444_800)


@dataclass(frozen=True, slots=True)
class _Played:
    row_id: bytes
    path: str
    title: str
    artist: str
    label: str
    started_at: int | None
    facts: Facts


def parse(content: bytes) -> tuple[Tracklist, ...]:
    """
    Read one session; every track loaded is a row, in the order of loading.

    Raises:
        NotUnderstood: the file is cut short or damaged.
        NoTracklist: nothing was played, or it is another Serato file.
    """
    entries: dict[bytes, _Played] = {}
    for number, (tag, payload) in enumerate(_tagged(content)):
        if tag != b"oent":
            continue
        for inner_tag, fields in _tagged(payload):
            if inner_tag == b"adat":
                played = _played(fields)
                # A later chunk with the same id is the same play, brought up to date.
                entries[played.row_id or b"chunk %d" % number] = played
    if not entries:
        raise NoTracklist("the Serato file holds no played tracks")
    return (_tracklist(tuple(entries.values())),)


def _tracklist(played: tuple[_Played, ...]) -> Tracklist:
    cues = since_first(entry.started_at for entry in played)
    rows = tuple(
        row_of_entry(
            position,
            entry.artist,
            entry.title,
            path=entry.path,
            label=entry.label or None,
            cue_seconds=cue,
            facts=entry.facts,
        )
        for position, (entry, cue) in enumerate(zip(played, cues, strict=True), start=1)
    )
    started_at = next((e.started_at for e in played if e.started_at is not None), None)
    return Tracklist(
        format="serato",
        rows=rows,
        recorded_on=None
        if started_at is None
        else datetime.fromtimestamp(started_at, tz=UTC).date().isoformat(),
        declared_rows=len(rows),
    )


def _tagged(content: bytes) -> Iterator[tuple[bytes, bytes]]:
    position = 0
    while position < len(content):
        tag = content[position : position + 4]
        length = int.from_bytes(content[position + 4 : position + _HEAD_BYTES], "big")
        position += _HEAD_BYTES
        if position + length > len(content):
            raise NotUnderstood("the Serato file is cut short")
        yield tag, content[position : position + length]
        position += length


def _played(chunk: bytes) -> _Played:
    values = {
        int.from_bytes(number, "big"): payload for number, payload in _tagged(chunk)
    }

    def text(number: int) -> str:
        return values.get(number, b"").decode("utf-16-be", "replace").strip("\0 ")

    started = values.get(_STARTED_AT, b"")
    started_at = int.from_bytes(started, "big") if len(started) in _TIME_BYTES else 0
    return _Played(
        row_id=values.get(_ROW_ID, b""),
        path=text(_PATH),
        title=text(_TITLE),
        artist=text(_ARTIST),
        label=text(_LABEL),
        started_at=started_at if started_at in _PLAUSIBLE_TIMES else None,
        facts=facts(
            seconds=text(_LENGTH),
            bpm=int.from_bytes(values.get(_BPM, b""), "big"),
            key=text(_KEY),
            album=text(_ALBUM),
            released=text(_YEAR),
            location=text(_PATH),
        ),
    )
