"""XSPF playlists, and the same in JSON (JSPF) as ListenBrainz writes it."""

from collections.abc import Iterable, Mapping

from scrapers.tracklists.answers import object_of, objects_of, text_of
from scrapers.tracklists.bounds import Bounds
from scrapers.tracklists.facts import facts, isrc_of
from scrapers.tracklists.formats import markup
from scrapers.tracklists.names import row_of_entry
from scrapers.tracklists.tracklist import NoTracklist, Row, Tracklist

_DATE_CHARACTERS = 10
_TEXTS = ("title", "creator", "album", "duration", "image", "location", "identifier")


def parse(content: str) -> tuple[Tracklist, ...]:
    """
    Read the playlist of an XSPF file, with or without its namespace.

    Raises:
        NotUnderstood: it is no XML.
        NoTracklist: there are no tracks in it.
    """
    document = markup.load(content, "track")
    tracks = map(markup.texts, markup.all_named(document.root, "track"))
    return document.told(_tracklist(markup.texts(document.root), tracks))


def parse_json(document: dict[str, object]) -> tuple[Tracklist, ...] | None:
    """
    Read JSPF; None for JSON of another kind.

    Raises:
        NoTracklist: there are no tracks in it.
    """
    playlist = object_of(document.get("playlist"))
    if not isinstance(playlist.get("track"), list):
        return None
    tracks = (
        {name: _first(track.get(name)) for name in _TEXTS}
        for track in objects_of(playlist["track"])
    )
    tracklist = _tracklist(
        {name: _first(value) for name, value in playlist.items()}, tracks
    )
    if not tracklist.rows:
        raise NoTracklist("the JSPF playlist has no tracks")
    return (tracklist,)


def _first(value: object) -> str:
    """Return a value of JSPF, which has lists of locations and identifiers."""
    return text_of(value[0] if isinstance(value, list) and value else value)


def _tracklist(
    playlist: Mapping[str, str], tracks: Iterable[Mapping[str, str]]
) -> Tracklist:
    rows = (_row(position, track) for position, track in enumerate(tracks, start=1))
    return Tracklist(
        format="xspf",
        rows=tuple(Bounds().counted(rows)),
        title=playlist.get("title") or None,
        artist=playlist.get("creator") or None,
        url=playlist.get("info") or None,
        source_key=playlist.get("identifier") or None,
        recorded_on=playlist.get("date", "")[:_DATE_CHARACTERS] or None,
    )


def _row(position: int, track: Mapping[str, str]) -> Row:
    return row_of_entry(
        position,
        track.get("creator", ""),
        track.get("title", ""),
        path=track.get("location", ""),
        facts=facts(
            isrc=isrc_of(track.get("identifier", "")),
            duration_ms=track.get("duration"),
            album=track.get("album"),
            artwork=track.get("image"),
            location=track.get("location"),
        ),
    )
