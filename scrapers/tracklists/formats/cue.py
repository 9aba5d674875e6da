"""CUE sheets: one album or mix, its tracks and where they begin."""

import re
from collections.abc import Sequence
from dataclasses import dataclass, field
from itertools import pairwise

from enrichment.contract.identity.versions import is_version
from scrapers.tracklists.decoding import lines_of
from scrapers.tracklists.facts import facts
from scrapers.tracklists.names import row_of_fields
from scrapers.tracklists.reading.names import parted
from scrapers.tracklists.tracklist import NoTracklist, Row, Tracklist

_COMMAND = re.compile(r"\s*(REM\s+)?([A-Za-z_]+)\s+(.*\S)\s*")
_TRACK = re.compile(r"(\d{1,4})\s+AUDIO", re.IGNORECASE | re.ASCII)
_INDEX_01 = re.compile(r"0?1\s+(\d{1,4}):(\d{1,2})(?::(\d{1,3}))?", re.ASCII)
# Of a DJ's tracks, the share that name their artist in TITLE.
_LEAST_NAMED_SHARE = 0.75
_LEAST_NAMED = 2
_SHEET = re.compile(
    r"^[ \t]*TRACK[ \t]+\d{1,4}[ \t]+AUDIO\b", re.IGNORECASE | re.MULTILINE
)


@dataclass(slots=True)
class _Part:
    """The sheet itself, or one track of it, as far as it is read."""

    words: dict[str, str] = field(default_factory=dict)
    file: int = 0
    index: tuple[int, int, int] | None = None


def looks_like_sheet(text: str) -> bool:
    """Recognise a CUE sheet by its TRACK lines."""
    return _SHEET.search(text) is not None


def parse(content: str) -> tuple[Tracklist, ...]:
    """
    Read a sheet; a track without a performer is by the sheet's performer.

    Raises:
        NoTracklist: there is no audio track in it.
    """
    sheet, tracks = _parts(content)
    if not tracks:
        raise NoTracklist("the CUE sheet has no audio track")
    if _performed_by_the_dj(tracks):
        for track in tracks:
            track.words.pop("PERFORMER", None)
    in_mix = _begin_in_mix(tracks)
    return (
        Tracklist(
            format="cue",
            rows=tuple(
                _row(position, track, sheet, in_mix=in_mix)
                for position, track in enumerate(tracks, start=1)
            ),
            title=sheet.words.get("TITLE"),
            artist=sheet.words.get("PERFORMER"),
            recorded_on=_date(sheet.words.get("DATE", "")),
            declared_rows=len(tracks),
        ),
    )


def _parts(content: str) -> tuple[_Part, list[_Part]]:
    sheet = part = _Part()
    tracks: list[_Part] = []
    files = 0
    between: dict[str, str] = {}
    for line in lines_of(content):
        found = _COMMAND.fullmatch(line)
        if not found:
            continue
        command, value = found[2].upper(), found[3]
        if command == "TRACK":
            # A data track of a mixed CD is read into a part that nobody asks for.
            part = _Part(words=between, file=files)
            between = {}
            if _TRACK.match(value):
                tracks.append(part)
        elif command == "FILE":
            # rekordbox names each track's own file within the track
            if not tracks or part.index is not None:
                files += 1
            if tracks and part.index is not None:
                # what is between a later FILE and its TRACK is of that track
                part = _Part(words=between)
        elif command == "INDEX":
            index = _INDEX_01.fullmatch(value)
            if index:
                part.index = (int(index[1]), int(index[2]), int(index[3] or 0))
        else:
            part.words.setdefault(command, _unquoted(value))
    return sheet, tracks


def _unquoted(value: str) -> str:
    if value.startswith('"'):
        value = value[1:]
        value = value.removesuffix('"')
    return value.strip()


def _performed_by_the_dj(tracks: Sequence[_Part]) -> bool:
    """Return whether every PERFORMER is the mix's, and the TITLE names the artist."""
    performers = {track.words.get("PERFORMER", "") for track in tracks}
    if len(performers) != 1 or len(tracks) < _LEAST_NAMED or performers == {""}:
        return False
    named = sum(_names_artist(track.words.get("TITLE", "")) for track in tracks)
    return named >= _LEAST_NAMED_SHARE * len(tracks)


def _begin_in_mix(tracks: Sequence[_Part]) -> bool:
    """Return whether all tracks are in one mix: in files of their own each is at 0."""
    begins = [track.index for track in tracks if track.index is not None]
    return tracks[-1].file <= 1 or all(
        earlier < later for earlier, later in pairwise(begins)
    )


def _names_artist(title: str) -> bool:
    """Return whether a title holds an artist: "Night - Radio Edit" does not."""
    parts = parted(title)
    return parts is not None and not is_version(parts[1])


def _row(position: int, track: _Part, sheet: _Part, *, in_mix: bool) -> Row:
    title = track.words.get("TITLE", "")
    artist = track.words.get("PERFORMER", "")
    # Mixes by one DJ often carry "Artist - Title" in TITLE and no performer.
    if not artist and parted(title) is None:
        artist = sheet.words.get("PERFORMER", "")
    # where one FILE is one track, its beginning is no place in the mix
    cue = _cue(track, sheet) if in_mix else None
    row = row_of_fields(position, artist, title, cue_seconds=cue)
    return row._replace(facts=facts(isrc=track.words.get("ISRC")))


def _cue(track: _Part, sheet: _Part) -> int | None:
    if track.index is None:
        return None
    first, second, third = track.index
    # rekordbox writes h:mm:ss where the format says mm:ss:ff (75 frames a second).
    if "rekordbox" in sheet.words.get("RECORDED_BY", "").lower():
        return first * 3600 + second * 60 + third
    return first * 60 + second


def _date(text: str) -> str | None:
    found = re.match(r"\d{4}(?:-\d{2}(?:-\d{2})?)?(?!\d)", text, re.ASCII)
    return found[0] if found else None
