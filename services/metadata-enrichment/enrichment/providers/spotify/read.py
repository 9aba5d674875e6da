"""Bodies of Spotify: a page of tracks, several by their ids, one."""

from collections.abc import Mapping, Sequence

from enrichment.errors import Transient
from enrichment.model import Absent, Answer, Candidate, Found, ProviderName, Question
from enrichment.providers.payload import (
    isrc,
    mapping,
    mappings,
    milliseconds,
    number,
    partial_date,
    printed_name,
    text,
)

SPOTIFY = ProviderName("spotify")


def items_of(body: Mapping[str, object]) -> list[object]:
    """Return a page's rows; none only where the page says that there are none."""
    page = mapping(body.get("tracks")) or body
    items = page.get("items")
    if not isinstance(items, list):
        raise Transient("Spotify: a search page without items", status=200)
    if not items and number(page.get("total")) != 0:
        raise Transient("Spotify: an empty page that is not the whole", status=200)
    return items


def tracks_by_id(body: Mapping[str, object], asked: int) -> list[Mapping[str, object]]:
    """Return what is at each id's place; nothing where the id is unknown."""
    several = body.get("tracks")
    tracks = several if isinstance(several, list) else [body]
    if len(tracks) != asked:
        raise Transient("Spotify: other tracks than were asked for", status=200)
    if any(track is not None and not mapping(track).get("id") for track in tracks):
        raise Transient("Spotify: a track without an id", status=200)
    return [mapping(track) for track in tracks]


def search_answer(question: Question, items: Sequence[object]) -> Answer:
    """Return what a page answers; rows that cannot be read are no absence."""
    # what states another ISRC is not the answer; what states none may be
    code = question.isrc if question.operation == "isrc" else None
    candidates = tuple(
        candidate
        for item in items
        if (candidate := _candidate(mapping(item))) is not None
        and (code is None or code in candidate.isrcs or not candidate.isrcs)
    )
    if not candidates and any(map(_is_lost, items)):
        raise Transient("Spotify: a page of rows that cannot be read", status=200)
    return Found(candidates) if candidates else Absent()


def answer_by_id(track: Mapping[str, object]) -> Answer:
    """Return what a track answers who was asked for by its id."""
    # what was removed keeps its id and has lost its names
    candidate = _candidate(track)
    return Found((candidate,)) if candidate else Absent()


def _is_lost(item: object) -> bool:
    """Distinguish an empty row from a local file, which has a name and no id."""
    track = mapping(item)
    return not track or printed_name(track.get("name")) is None


def _candidate(track: Mapping[str, object]) -> Candidate | None:
    """Read a track; None for local files (no id) and episodes."""
    track_id, title = text(track.get("id")), printed_name(track.get("name"))
    if track_id is None or title is None or track.get("type", "track") != "track":
        return None
    credited = [
        (credit_name, text(artist.get("id")) or "")
        for artist in mappings(track.get("artists"))
        if (credit_name := printed_name(artist.get("name")))
    ]
    album = mapping(track.get("album"))
    code = isrc(mapping(track.get("external_ids")).get("isrc"))
    return Candidate(
        provider=SPOTIFY,
        id=track_id,
        artist=", ".join(credit_name for credit_name, _ in credited),
        title=title,
        artists=tuple(credit_name for credit_name, _ in credited),
        artist_ids=tuple(artist_id for _, artist_id in credited),
        album=printed_name(album.get("name")),
        duration_ms=milliseconds(track.get("duration_ms")),
        isrcs=(code,) if code else (),
        release_date=partial_date(
            album.get("release_date"), album.get("release_date_precision")
        ),
        album_type=text(album.get("album_type")),
        popularity=number(track.get("popularity"), most=100),
        artwork_url=_largest_image(album),
        label=text(album.get("label")),
        url=text(mapping(track.get("external_urls")).get("spotify")),
    )


def _largest_image(album: Mapping[str, object]) -> str | None:
    images = mappings(album.get("images"))
    widest = max(images, key=lambda image: number(image.get("width")) or 0, default={})
    return text(mapping(widest).get("url"))
