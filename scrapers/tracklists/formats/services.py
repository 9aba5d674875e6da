"""JSON of services that keep setlists, shows and releases."""

from scrapers.tracklists.answers import (
    credit_of,
    object_of,
    objects_of,
    rows_of,
    seconds_of,
    text_of,
)
from scrapers.tracklists.names import row_of_fields, row_of_name
from scrapers.tracklists.tracklist import Row, Tracklist

# {"data": {"cloudcastLookup": {…}}}, and one more for good measure.
_MOST_LEVELS = 4


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
    """Read the sections of a show: of the interface, or of the site's own answers."""
    show = _with_sections(document)
    rows = tuple(
        _section(position, section)
        for position, section in enumerate(objects_of(show.get("sections")), start=1)
    )
    if not any(row.identified for row in rows):
        return None
    return (
        Tracklist(
            format="mixcloud",
            rows=rows,
            title=text_of(show.get("name")) or None,
            artist=text_of(object_of(show.get("owner")).get("displayName"))
            or text_of(object_of(show.get("user")).get("name"))
            or None,
            url=text_of(show.get("url")) or None,
            source_key=text_of(show.get("key")) or text_of(show.get("id")) or None,
        ),
    )


def _with_sections(document: dict[str, object]) -> dict[str, object]:
    """Find the show in an answer: itself, or below "data", as GraphQL nests it."""
    nodes = [document]
    for _ in range(_MOST_LEVELS):
        for node in nodes:
            if isinstance(node.get("sections"), list):
                return node
        nodes = [child for node in nodes for child in map(object_of, node.values())]
    return {}


def _section(position: int, section: dict[str, object]) -> Row:
    track = object_of(section.get("track"))
    artist = credit_of(track.get("artist")) or text_of(section.get("artistName"))
    title = text_of(track.get("name")) or text_of(section.get("songName"))
    cue = seconds_of(section.get("start_time"), section.get("startSeconds"))
    if not title:
        chapter = text_of(section.get("chapter"))
        return row_of_name(position, chapter, cue_seconds=cue)
    return row_of_fields(position, artist, title, cue_seconds=cue)


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
