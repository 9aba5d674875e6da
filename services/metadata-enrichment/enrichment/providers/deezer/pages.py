"""Deezer's objects read as candidates: tracks as rows and as pages, albums."""

from collections.abc import Mapping

from enrichment.model import SILENT, Candidate, ProviderName, Sound
from enrichment.providers.payload import (
    isrcs,
    mapping,
    mappings,
    number,
    partial_date,
    printed_name,
    tempo,
    text,
    weighted,
)

DEEZER = ProviderName("deezer")
# The word of `codes` for the album that a track is of.
ALBUM_CODE = "deezer_album"
# Addresses of covers hold this hash and a size; those of previews end in 15 minutes.
_COVER = "https://cdn-images.dzcdn.net/images/cover/{}/1000x1000-000000-80-0-0.jpg"
_MAIN = "Main"
# What others call otherwise.
_KINDS = {"compile": "compilation"}


def read_track(
    track: Mapping[str, object], *, is_whole: bool = True
) -> Candidate | None:
    """
    Read a track; None where it has no id or no name.

    Args:
        is_whole: it is the track's own page, which alone has date and tempo.
    """
    track_id, title = _id(track.get("id")), _title(track)
    artists = _artists(track)
    if track_id is None or title is None or not artists:
        return None
    album = mapping(track.get("album"))
    codes = {"deezer_id": track_id, ALBUM_CODE: _id(album.get("id"))}
    cover = text(track.get("md5_image")) or text(album.get("md5_image"))
    return Candidate(
        provider=DEEZER,
        id=track_id,
        artist=", ".join(name for name, _ in artists),
        title=title,
        artists=tuple(name for name, _ in artists),
        artist_ids=tuple(artist_id for _, artist_id in artists),
        album=printed_name(album.get("title")),
        duration_ms=(number(track.get("duration"), most=86_400) or 0) * 1000 or None,
        isrcs=isrcs([track.get("isrc")]),
        release_date=partial_date(track.get("release_date")),
        artwork_url=_COVER.format(cover) if cover else None,
        url=text(track.get("link")),
        sound=_sound(track) if is_whole else SILENT,
        codes=tuple((name, code) for name, code in codes.items() if code),
    )


def read_album(album: Mapping[str, object]) -> Candidate | None:
    """Read an album as what it says of each of its tracks."""
    album_id, title = _id(album.get("id")), printed_name(album.get("title"))
    artists = _artists(album)
    if album_id is None or title is None or not artists:
        return None
    genres = mappings(mapping(album.get("genres")).get("data"))
    named = [(name, 1) for one in genres if (name := printed_name(one.get("name")))]
    upc, kind = text(album.get("upc")), text(album.get("record_type"))
    return Candidate(
        provider=DEEZER,
        id=album_id,
        artist=", ".join(name for name, _ in artists),
        title=title,
        label=printed_name(album.get("label")),
        genres=weighted(named),
        album_type=_KINDS.get(kind, kind) if kind else None,
        codes=(("barcode", upc),) if upc and upc.isdecimal() else (),
    )


def _title(track: Mapping[str, object]) -> str | None:
    """Return title and version; older rows have the version apart."""
    title = printed_name(track.get("title"))
    version = text(track.get("title_version"))
    if title is None or version is None or version.casefold() in title.casefold():
        return title
    return f"{title} {version}"


def _artists(of: Mapping[str, object]) -> list[tuple[str, str]]:
    """Return the credited artists with their ids, main ones first."""
    credited = mappings(of.get("contributors"))
    credited.sort(key=lambda one: one.get("role") not in {None, _MAIN})
    return [
        (name, _id(one.get("id")) or "")
        for one in credited or mappings(of.get("artist"))
        if (name := printed_name(one.get("name")))
    ]


def _id(value: object) -> str | None:
    """Return an id of digits; 0 and below are none."""
    return str(number(value) or "") or None


def _sound(track: Mapping[str, object]) -> Sound:
    """Read what Deezer measured; its `gain` is what a player adds, no loudness."""
    return Sound(bpm=tempo(track.get("bpm")))
