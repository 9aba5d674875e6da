"""Playlists of Spotify as JSON: its interface's, a backup's, the account's own data."""

from collections.abc import Iterator
from urllib.parse import unquote_plus

from scrapers.tracklists.answers import credit_of, object_of, objects_of, text_of
from scrapers.tracklists.bounds import Bounds
from scrapers.tracklists.facts import facts
from scrapers.tracklists.names import row_of_entry
from scrapers.tracklists.tracklist import Row, Tracklist

_LOCAL = "spotify:local:"
_DATE_CHARACTERS = 10


def parse(document: object) -> tuple[Tracklist, ...] | None:
    """Read every playlist, or the history of plays; None for JSON of another kind."""
    bounds = Bounds()
    if isinstance(document, list):
        playlists = [
            one
            for entry in objects_of(document)
            if (one := _playlist(entry, bounds)) is not None
        ]
        return tuple(playlists) or _single(document, bounds)
    of = object_of(document)
    found = [_playlist(one, bounds) for one in objects_of(of.get("playlists"))]
    found = found or [_playlist(of, bounds)]
    return tuple(one for one in found if one is not None) or None


def _single(entries: list[object], bounds: Bounds) -> tuple[Tracklist, ...] | None:
    rows = _rows(entries, bounds)
    return (Tracklist(format="spotify", rows=rows),) if rows else None


def _playlist(playlist: dict[str, object], bounds: Bounds) -> Tracklist | None:
    entries: object = playlist.get("items", playlist.get("tracks"))
    if isinstance(entries, dict):
        entries = entries.get("items")
    rows = _rows(entries, bounds) if isinstance(entries, list) else ()
    if not rows:
        return None
    total = object_of(playlist.get("tracks")).get("total")
    return Tracklist(
        format="spotify",
        rows=rows,
        title=text_of(playlist.get("name")) or None,
        url=text_of(object_of(playlist.get("external_urls")).get("spotify")) or None,
        source_key=text_of(playlist.get("id")) or None,
        revision=text_of(playlist.get("snapshot_id")) or None,
        declared_rows=total if isinstance(total, int) else None,
    )


def _rows(entries: list[object], bounds: Bounds) -> tuple[Row, ...]:
    named = (track for entry in objects_of(entries) for track in _track(entry))
    rows = (_row(position, *track) for position, track in enumerate(named, start=1))
    return tuple(bounds.counted(rows))


def _track(entry: dict[str, object]) -> Iterator[tuple[str, str, dict[str, object]]]:
    """Yield artist, title and what else is known of an entry; nothing for speech."""
    track = object_of(entry.get("track")) or object_of(entry.get("item")) or entry
    local = object_of(entry.get("localTrack"))
    uri = text_of(local.get("uri") or track.get("uri") or track.get("trackUri"))
    if title := text_of(
        track.get("trackName") or track.get("master_metadata_track_name")
    ):
        artist = track.get("artistName", track.get("master_metadata_album_artist_name"))
        yield text_of(artist), title, track
    elif (title := text_of(track.get("track"))) and text_of(track.get("artist")):
        # the account's library
        yield text_of(track["artist"]), title, {"albumName": track.get("album")}
    elif uri.startswith(_LOCAL):
        # a file of the user's own: artist, album, title and seconds
        parts = [unquote_plus(part) for part in uri[len(_LOCAL) :].split(":")]
        artist, album, title, seconds = (*parts, "", "", "", "")[:4]
        if title:
            yield artist, title, {"albumName": album, "seconds": seconds}
    elif _is_of_spotify(track):
        artists = objects_of(track.get("artists"))
        yield ", ".join(map(credit_of, artists)), text_of(track["name"]), track


def _is_of_spotify(track: dict[str, object]) -> bool:
    return bool(text_of(track.get("name"))) and bool(objects_of(track.get("artists")))


def _row(position: int, artist: str, title: str, track: dict[str, object]) -> Row:
    album = object_of(track.get("album"))
    images = objects_of(album.get("images"))
    return row_of_entry(
        position,
        artist,
        title,
        facts=facts(
            isrc=object_of(track.get("external_ids")).get("isrc"),
            seconds=track.get("seconds"),
            duration_ms=track.get("duration_ms"),
            album=text_of(album.get("name"))
            or text_of(track.get("albumName"))
            or text_of(track.get("master_metadata_album_album_name")),
            released=text_of(album.get("release_date"))[:_DATE_CHARACTERS],
            artwork=images[0].get("url") if images else None,
        ),
    )
