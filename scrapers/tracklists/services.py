"""JSON of services that keep setlists, shows and releases."""

from scrapers.tracklists.answers import (
    credit_of,
    object_of,
    objects_of,
    rows_of,
    seconds_of,
    text_of,
)
from scrapers.tracklists.tracklist import Tracklist


def setlist_fm(document: dict[str, object]) -> tuple[Tracklist, ...] | None:
    """Read one setlist or a page of them; covers are by whom they are of."""
    setlists = objects_of(document.get("setlist")) or [document]
    tracklists = []
    for setlist in setlists:
        artist = text_of(object_of(setlist.get("artist")).get("name"))
        sets = objects_of(object_of(setlist.get("sets")).get("set"))
        rows = rows_of(
            (
                text_of(object_of(song.get("cover")).get("name")) or artist,
                text_of(song.get("name")),
                None,
            )
            for part in sets
            for song in objects_of(part.get("song"))
        )
        if not rows:
            continue
        venue = text_of(object_of(setlist.get("venue")).get("name"))
        day, _, rest = text_of(setlist.get("eventDate")).partition("-")
        month, _, year = rest.partition("-")
        tracklists.append(
            Tracklist(
                format="setlistfm",
                rows=rows,
                title=" @ ".join(part for part in (artist, venue) if part) or None,
                artist=artist or None,
                url=text_of(setlist.get("url")) or None,
                source_key=text_of(setlist.get("id")) or None,
                revision=text_of(setlist.get("versionId")) or None,
                recorded_on=f"{year}-{month}-{day}" if year else None,
            )
        )
    return tuple(tracklists)


def mixcloud(document: dict[str, object]) -> tuple[Tracklist, ...] | None:
    """Read the sections that shows had while Mixcloud gave them away."""
    rows = rows_of(
        (
            credit_of(object_of(section.get("track")).get("artist")),
            text_of(object_of(section.get("track")).get("name")),
            seconds_of(section.get("start_time")),
        )
        for section in objects_of(document.get("sections"))
        if object_of(section.get("track"))
    )
    if not rows:
        return None
    return (
        Tracklist(
            format="mixcloud",
            rows=rows,
            title=text_of(document.get("name")) or None,
            url=text_of(document.get("url")) or None,
            source_key=text_of(document.get("key")) or None,
        ),
    )


def discogs(document: dict[str, object]) -> tuple[Tracklist, ...] | None:
    """Read a release; a track without artists is by the release's."""
    tracks = objects_of(document.get("tracklist"))
    by = _joined(objects_of(document.get("artists")))
    rows = rows_of(
        (
            _joined(objects_of(track.get("artists"))) or by,
            text_of(track.get("title")),
            None,
        )
        for track in tracks
        if track.get("type_", "track") == "track"
    )
    if not rows:
        return None
    return (
        Tracklist(
            format="discogs",
            rows=rows,
            title=text_of(document.get("title")) or None,
            artist=by or None,
            url=text_of(document.get("uri")) or None,
            source_key=text_of(document.get("id")) or None,
            recorded_on=text_of(document.get("year")) or None,
        ),
    )


def _joined(artists: list[dict[str, object]]) -> str:
    credit = ""
    for artist in artists:
        join = text_of(artist.get("join"))
        name = text_of(artist.get("anv")) or text_of(artist.get("name"))
        credit += name + (", " if join == "," else f" {join} " if join else " & ")
    return credit.removesuffix(" & ").strip(" ,")
