"""Bodies of Last.fm: a track, its tags, an error, in JSON or not."""

from collections.abc import Mapping
from collections.abc import Set as AbstractSet

from enrichment.errors import Transient
from enrichment.model import Candidate, ProviderName, Question
from enrichment.providers import HttpResponse
from enrichment.providers.decoding import error_object, json_object, xml_error
from enrichment.providers.payload import (
    mapping,
    mappings,
    milliseconds,
    number,
    printed_name,
    text,
    weighted,
)

LASTFM = ProviderName("lastfm")
# track.getInfo ranks up to five tags without counts: each weighs a fifth less.
RANK_STEP = 20
# Tags kept of track.getTopTags, which gives up to 100; the rest are single people's.
TAGS_KEPT = 10
# The grey star that stands for "no picture".
_PLACEHOLDER = "2a96cbd8b46e442fc41c2b86b821562f"
# The catch-all artist that unknown names lead to.
_UNKNOWN_ARTIST = "[unknown]"


def read_body(response: HttpResponse) -> Mapping[str, object]:
    """Decode the body; an error may come as XML though JSON was asked for."""
    if error := xml_error(response):
        return {"error": error[0], "message": error[1]}
    return json_object(response) if response.status == 200 else error_object(response)


def read_track(body: Mapping[str, object]) -> Candidate | None:
    """Read track.getInfo; None for the catch-all artist."""
    track = mapping(body.get("track"))
    title = printed_name(track.get("name"))
    artist, artist_mbid = _artist(track.get("artist"))
    if title is None or artist is None:
        raise Transient("Last.fm: an answer without a track", status=200)
    if artist.casefold() == _UNKNOWN_ARTIST:
        return None
    album = next(iter(mappings(track.get("album"))), {})
    tags = mappings(mapping(track.get("toptags")).get("tag"))
    named = {artist.casefold(), title.casefold()}
    names = [name for tag in tags if (name := _tag_name(tag, named))]
    ranked = [
        (name, max(RANK_STEP, 100 - RANK_STEP * rank))
        for rank, name in enumerate(names)
    ]
    url = text(track.get("url"))
    return Candidate(
        provider=LASTFM,
        id=url or f"{artist}/_/{title}",
        artist=artist,
        title=title,
        artists=(artist,),
        artist_ids=(artist_mbid or "",),
        album=printed_name(album.get("title")),
        duration_ms=milliseconds(track.get("duration")),
        genres=weighted(ranked),
        listeners=number(track.get("listeners")),
        playcount=number(track.get("playcount")),
        artwork_url=_picture(album),
        url=url,
    )


def read_tags(body: Mapping[str, object], question: Question) -> Candidate | None:
    """Read track.getTopTags; None where nobody has tagged the track."""
    if "toptags" not in body:
        raise Transient("Last.fm: an answer without tags", status=200)
    toptags = mapping(body.get("toptags"))
    # as autocorrected, where it says so
    corrected = mapping(toptags.get("@attr"))
    artist = printed_name(corrected.get("artist")) or question.artist
    title = printed_name(corrected.get("track")) or question.title
    named = {artist.casefold(), title.casefold()}
    tags = [
        (name, number(tag.get("count")) or 0)
        for tag in mappings(toptags.get("tag"))
        if (name := _tag_name(tag, named))
    ]
    if not tags:
        return None
    return Candidate(
        provider=LASTFM,
        id=f"{artist}/_/{title}",
        artist=artist,
        title=title,
        artists=(artist,),
        artist_ids=("",),
        genres=weighted(tags)[:TAGS_KEPT],
    )


def _tag_name(tag: Mapping[str, object], named: AbstractSet[str]) -> str | None:
    """Return a tag's name; people tag tracks with their artist and title too."""
    name = printed_name(tag.get("name"))
    return None if name is None or name.casefold() in named else name


def _artist(value: object) -> tuple[str | None, str | None]:
    """Return name and MBID of an artist that is an object or a bare name."""
    if not isinstance(value, dict):
        return printed_name(value), None
    name = printed_name(value.get("name")) or text(value.get("#text"))
    return name, text(value.get("mbid"))


def _picture(album: Mapping[str, object]) -> str | None:
    """Return the last, largest picture that is none of the placeholder."""
    urls = [text(image.get("#text")) for image in mappings(album.get("image"))]
    shown = [url for url in urls if url and _PLACEHOLDER not in url]
    return shown[-1] if shown else None
