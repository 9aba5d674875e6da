"""JSON of stations and services: episodes, play logs, setlists, releases."""

from collections.abc import Callable, Iterable, Iterator

from scrapers.tracklists import text
from scrapers.tracklists.clock import clock_seconds
from scrapers.tracklists.decoding import lines_of
from scrapers.tracklists.names import row_of_fields, row_of_name
from scrapers.tracklists.tracklist import (
    Blocked,
    NoTracklist,
    NotUnderstood,
    Row,
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
        NotUnderstood: a list of tracks is there that has neither artist nor title.
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
    embedded = _dict(_dict(document.get("embeds")).get("tracklist"))
    tracklist = _dict(document.get("tracklist")) or embedded
    if "results" not in tracklist:
        raise Blocked("NTS left the tracklist out, as it does when it throttles")
    rows = _rows(
        (
            _string(track.get("artist")),
            _string(track.get("title")),
            _seconds(track.get("offset"), track.get("offset_estimate")),
        )
        for track in _dicts(tracklist["results"])
    )
    if not rows:
        raise NoTracklist("NTS has no tracklist of this episode")
    resultset = _dict(_dict(tracklist.get("metadata")).get("resultset"))
    count = resultset.get("count")
    return (
        Tracklist(
            format="nts",
            rows=rows,
            title=_string(document.get("name")) or None,
            source_key=_string(document["episode_alias"]),
            recorded_on=_string(document.get("broadcast"))[:10] or None,
            declared_rows=count if isinstance(count, int) else None,
        ),
    )


def _bbc_sounds(document: dict[str, object]) -> tuple[Tracklist, ...] | None:
    """Read the segments of a page's state, wherever in it they are."""
    segments: list[tuple[str, str, int | None]] = []
    episode: dict[str, object] = {}
    for node in _nodes(document):
        titles = _dict(node.get("titles"))
        if node.get("type") == "segment_item":
            start = _dict(node.get("offset")).get("start")
            names = (_string(titles.get("primary")), _string(titles.get("secondary")))
            segments.append((*names, _seconds(start)))
        elif node.get("type") == "playable_item":
            episode = episode or node
        elif "segment" in node and "version_offset" in node:
            segment = _dict(node["segment"])
            if segment.get("type") in ("music", "classical"):
                names = (
                    _string(segment.get("artist")),
                    _string(segment.get("track_title"))
                    or _string(segment.get("title")),
                )
                segments.append((*names, _seconds(node["version_offset"])))
    if not segments:
        return None
    titles = _dict(episode.get("titles"))
    named = (_string(titles.get(part)) for part in ("primary", "secondary"))
    return (
        Tracklist(
            format="bbc_sounds",
            rows=_rows(segments),
            title=" - ".join(name for name in named if name) or None,
            source_key=_string(episode.get("urn")).rpartition(":")[2] or None,
            recorded_on=_string(_dict(episode.get("release")).get("date"))[:10] or None,
        ),
    )


def _setlist_fm(document: dict[str, object]) -> tuple[Tracklist, ...] | None:
    """Read one setlist or a page of them; covers are by whom they are of."""
    setlists = _dicts(document.get("setlist")) or [document]
    tracklists = []
    for setlist in setlists:
        artist = _string(_dict(setlist.get("artist")).get("name"))
        sets = _dicts(_dict(setlist.get("sets")).get("set"))
        rows = _rows(
            (
                _string(_dict(song.get("cover")).get("name")) or artist,
                _string(song.get("name")),
                None,
            )
            for part in sets
            for song in _dicts(part.get("song"))
        )
        if not rows:
            continue
        venue = _string(_dict(setlist.get("venue")).get("name"))
        day, _, rest = _string(setlist.get("eventDate")).partition("-")
        month, _, year = rest.partition("-")
        tracklists.append(
            Tracklist(
                format="setlistfm",
                rows=rows,
                title=" @ ".join(part for part in (artist, venue) if part) or None,
                artist=artist or None,
                url=_string(setlist.get("url")) or None,
                source_key=_string(setlist.get("id")) or None,
                revision=_string(setlist.get("versionId")) or None,
                recorded_on=f"{year}-{month}-{day}" if year else None,
            )
        )
    return tuple(tracklists)


def _soulection(document: dict[str, object]) -> tuple[Tracklist, ...] | None:
    """Read chapters of markers; the raw line is what was printed for listeners."""
    chapters = _dicts(document.get("chapters"))
    markers = [
        marker for chapter in chapters for marker in _dicts(chapter.get("markers"))
    ]
    rows = []
    for position, marker in enumerate(markers, start=1):
        track, raw = _dict(marker.get("track")), _string(marker.get("rawTrack"))
        cue = clock_seconds(_string(marker.get("timestamp")))
        if raw:
            rows.append(row_of_name(position, raw, cue_seconds=cue))
        else:
            artist, title = _credit(track.get("artist")), _string(track.get("title"))
            rows.append(row_of_fields(position, artist, title, cue_seconds=cue))
    if not rows:
        return None
    return (
        Tracklist(
            format="soulection",
            rows=tuple(rows),
            title=_string(document.get("title")) or None,
            source_key=_string(document.get("slug")) or None,
        ),
    )


def _mixcloud(document: dict[str, object]) -> tuple[Tracklist, ...] | None:
    """Read the sections that shows had while Mixcloud gave them away."""
    rows = _rows(
        (
            _credit(_dict(section.get("track")).get("artist")),
            _string(_dict(section.get("track")).get("name")),
            _seconds(section.get("start_time")),
        )
        for section in _dicts(document.get("sections"))
        if _dict(section.get("track"))
    )
    if not rows:
        return None
    return (
        Tracklist(
            format="mixcloud",
            rows=rows,
            title=_string(document.get("name")) or None,
            url=_string(document.get("url")) or None,
            source_key=_string(document.get("key")) or None,
        ),
    )


def _discogs(document: dict[str, object]) -> tuple[Tracklist, ...] | None:
    """Read a release; a track without artists is by the release's."""
    tracks = _dicts(document.get("tracklist"))
    by = _joined(_dicts(document.get("artists")))
    rows = _rows(
        (_joined(_dicts(track.get("artists"))) or by, _string(track.get("title")), None)
        for track in tracks
        if track.get("type_", "track") == "track"
    )
    if not rows:
        return None
    return (
        Tracklist(
            format="discogs",
            rows=rows,
            title=_string(document.get("title")) or None,
            artist=by or None,
            url=_string(document.get("uri")) or None,
            source_key=_string(document.get("id")) or None,
            recorded_on=_string(document.get("year")) or None,
        ),
    )


def _songs(document: dict[str, object]) -> tuple[Tracklist, ...] | None:
    """Read one song played (KEXP, KCRW) or the list of those lately played."""
    for name in ("songs", "results", "tracks", "plays"):
        songs = document.get(name)
        if isinstance(songs, list) and any(_song(song) for song in _dicts(songs)):
            return _song_list(songs)
    if _song(document):
        return _song_list([document])
    return None


def _song_list(songs: list[object]) -> tuple[Tracklist, ...]:
    names = [name for name in map(_song, _dicts(songs)) if name]
    if not names:
        raise NoTracklist("the JSON is a list of something else than songs played")
    rows = _rows((artist, title, None) for artist, title in names)
    return (Tracklist(format="station", rows=rows),)


def _song(document: dict[str, object]) -> tuple[str, str] | None:
    """Give artist and title of a song played; None for speech, breaks and the rest."""
    if "artist" not in document or document.get("play_type") == "airbreak":
        return None
    artist = _credit(document["artist"])
    title = _string(document.get("song")) or _string(document.get("title"))
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
    _setlist_fm,
    _soulection,
    _mixcloud,
    _discogs,
    _songs,
    _description,
)


def _rows(names: Iterable[tuple[str, str, int | None]]) -> tuple[Row, ...]:
    return tuple(
        row_of_fields(position, artist, title, cue_seconds=cue)
        for position, (artist, title, cue) in enumerate(names, start=1)
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


def _credit(artist: object) -> str:
    """Give an artist's name from a string or from an object that has it."""
    named = _dict(artist)
    return _string(named.get("name")) or _string(named.get("title")) or _string(artist)


def _joined(artists: list[dict[str, object]]) -> str:
    credit = ""
    for artist in artists:
        join = _string(artist.get("join"))
        name = _string(artist.get("anv")) or _string(artist.get("name"))
        credit += name + (", " if join == "," else f" {join} " if join else " & ")
    return credit.removesuffix(" & ").strip(" ,")


def _seconds(*values: object) -> int | None:
    """Give the first number of seconds among the values."""
    numbers = (v for v in values if isinstance(v, int | float) and 0 <= v < 1e7)
    return next(map(int, numbers), None)


def _string(value: object) -> str:
    if isinstance(value, int) and not isinstance(value, bool):
        return str(value) if abs(value) < 10**15 else ""
    return " ".join(value.split()) if isinstance(value, str) else ""


def _dict(value: object) -> dict[str, object]:
    return value if isinstance(value, dict) else {}


def _dicts(value: object) -> list[dict[str, object]]:
    return [v for v in value if isinstance(v, dict)] if isinstance(value, list) else []
