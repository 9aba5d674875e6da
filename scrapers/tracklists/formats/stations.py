"""JSON of stations, their episodes and play logs; and which service an answer is of."""

from collections.abc import Callable, Iterator

from scrapers.tracklists.answers import (
    credit_of,
    object_of,
    objects_of,
    rows_of,
    seconds_of,
    text_of,
)
from scrapers.tracklists.clock import clock_seconds
from scrapers.tracklists.decoding import lines_of
from scrapers.tracklists.formats import services, text
from scrapers.tracklists.names import row_of_fields, row_of_name
from scrapers.tracklists.tracklist import (
    Blocked,
    NoTracklist,
    NotUnderstood,
    Tracklist,
)

_Reader = Callable[[dict[str, object]], tuple[Tracklist, ...] | None]

# What KCRW and others write in place of an artist while nobody plays music.
_BREAKS = frozenset({"[break]", "airbreak", "[station id]", "[commercial]"})
_MAX_NODES = 200_000


def parse(document: object) -> tuple[Tracklist, ...]:
    """
    Read the answer of a station or service, told by the fields it has.

    Raises:
        NoTracklist: it is known, or its description read, and there is none in it.
        Blocked: the service has left the tracklist out, as it does when it throttles.
    """
    if isinstance(document, list):
        return _song_list(document)
    if not isinstance(document, dict):
        raise NoTracklist("the JSON is neither an object nor a list")
    for read in _READERS:
        tracklists = read(document)
        if tracklists:
            return tracklists
    raise NoTracklist("the JSON is of no known station or service, or holds no tracks")


def _nts(document: dict[str, object]) -> tuple[Tracklist, ...] | None:
    if not isinstance(document.get("episode_alias"), str):
        return None
    embedded = object_of(object_of(document.get("embeds")).get("tracklist"))
    tracklist = object_of(document.get("tracklist")) or embedded
    if "results" not in tracklist:
        raise Blocked("NTS left the tracklist out, as it does when it throttles")
    rows = rows_of(
        (
            text_of(track.get("artist")),
            text_of(track.get("title")),
            seconds_of(track.get("offset"), track.get("offset_estimate")),
        )
        for track in objects_of(tracklist["results"])
    )
    if not rows:
        raise NoTracklist("NTS has no tracklist of this episode")
    resultset = object_of(object_of(tracklist.get("metadata")).get("resultset"))
    count = resultset.get("count")
    return (
        Tracklist(
            format="nts",
            rows=rows,
            title=text_of(document.get("name")) or None,
            source_key=text_of(document["episode_alias"]),
            recorded_on=text_of(document.get("broadcast"))[:10] or None,
            declared_rows=count if isinstance(count, int) else None,
        ),
    )


def _bbc_sounds(document: dict[str, object]) -> tuple[Tracklist, ...] | None:
    """Read the segments of a page's state, wherever in it they are."""
    segments: list[tuple[str, str, int | None]] = []
    episode: dict[str, object] = {}
    for node in _nodes(document):
        titles = object_of(node.get("titles"))
        if node.get("type") == "segment_item":
            start = object_of(node.get("offset")).get("start")
            names = (text_of(titles.get("primary")), text_of(titles.get("secondary")))
            segments.append((*names, seconds_of(start)))
        elif node.get("type") == "playable_item":
            episode = episode or node
        elif "segment" in node and "version_offset" in node:
            segment = object_of(node["segment"])
            if segment.get("type") in ("music", "classical"):
                names = (
                    text_of(segment.get("artist")),
                    text_of(segment.get("track_title"))
                    or text_of(segment.get("title")),
                )
                segments.append((*names, seconds_of(node["version_offset"])))
    if not segments:
        return None
    titles = object_of(episode.get("titles"))
    named = (text_of(titles.get(part)) for part in ("primary", "secondary"))
    return (
        Tracklist(
            format="bbc_sounds",
            rows=rows_of(segments),
            title=" - ".join(name for name in named if name) or None,
            source_key=text_of(episode.get("urn")).rpartition(":")[2] or None,
            recorded_on=text_of(object_of(episode.get("release")).get("date"))[:10]
            or None,
        ),
    )


def _soulection(document: dict[str, object]) -> tuple[Tracklist, ...] | None:
    """Read chapters of markers; the raw line is what was printed for listeners."""
    chapters = objects_of(document.get("chapters"))
    markers = [
        marker for chapter in chapters for marker in objects_of(chapter.get("markers"))
    ]
    rows = []
    for position, marker in enumerate(markers, start=1):
        track, raw = object_of(marker.get("track")), text_of(marker.get("rawTrack"))
        cue = clock_seconds(text_of(marker.get("timestamp")))
        if raw:
            rows.append(row_of_name(position, raw, cue_seconds=cue))
        else:
            artist, title = credit_of(track.get("artist")), text_of(track.get("title"))
            rows.append(row_of_fields(position, artist, title, cue_seconds=cue))
    if not rows:
        return None
    return (
        Tracklist(
            format="soulection",
            rows=tuple(rows),
            title=text_of(document.get("title")) or None,
            source_key=text_of(document.get("slug")) or None,
        ),
    )


def _songs(document: dict[str, object]) -> tuple[Tracklist, ...] | None:
    """Read one song played (KEXP, KCRW) or the list of those lately played."""
    for name in ("songs", "results", "tracks", "plays"):
        songs = document.get(name)
        if isinstance(songs, dict):
            # Deezer's playlists
            songs = songs.get("data")
        if isinstance(songs, list) and any(_song(song) for song in objects_of(songs)):
            return _song_list(songs)
    if _song(document):
        return _song_list([document])
    return None


def _song_list(songs: list[object]) -> tuple[Tracklist, ...]:
    names = [name for name in map(_song, objects_of(songs)) if name]
    if not names:
        raise NoTracklist("the JSON is a list of something else than songs played")
    rows = rows_of((artist, title, None) for artist, title in names)
    return (Tracklist(format="station", rows=rows),)


def _song(document: dict[str, object]) -> tuple[str, str] | None:
    """Return artist and title of a song; None for speech, breaks and the rest."""
    if "artist" not in document or document.get("play_type") == "airbreak":
        return None
    artist = credit_of(document["artist"])
    title = text_of(document.get("song")) or text_of(document.get("title"))
    if artist.lower() in _BREAKS or not (artist and title):
        return None
    return artist, title


def _description(document: dict[str, object]) -> tuple[Tracklist, ...] | None:
    """Look into the description of a video or an upload, as a listener would."""
    described = document.get("description")
    if not isinstance(described, str) or not described.strip():
        return None
    try:
        found = text.parse("\n".join(lines_of(described)))
    except NotUnderstood as error:
        raise NoTracklist("the description holds no tracklist") from error
    return (found,)


_READERS: tuple[_Reader, ...] = (
    _nts,
    _bbc_sounds,
    services.setlist_fm,
    _soulection,
    services.mixcloud,
    services.discogs,
    _songs,
    _description,
)


def _nodes(document: dict[str, object]) -> Iterator[dict[str, object]]:
    """Walk all objects of a document in their order, without recursion."""
    waiting: list[object] = [document]
    for _ in range(_MAX_NODES):
        if not waiting:
            return
        node = waiting.pop()
        if isinstance(node, dict):
            yield node
            waiting.extend(reversed(node.values()))
        elif isinstance(node, list):
            waiting.extend(reversed(node))
