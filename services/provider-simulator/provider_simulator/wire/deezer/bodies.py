"""Deezer's objects as it writes them: a row of a search, a track's page, an album's."""

from provider_simulator.chance import Chance
from provider_simulator.wire.deezer.entries import DeezerTrack

_SITE = "https://www.deezer.com"


def row(track: DeezerTrack) -> dict[str, object]:
    """Return a row of a search: it has no date, no tempo, and one artist alone."""
    image = _hash(f"cover {track.album_id}")
    return {
        "id": track.id,
        "readable": True,
        "title": track.title,
        "title_short": _short(track),
        "title_version": track.version,
        "isrc": track.isrc,
        "link": f"{_SITE}/track/{track.id}",
        "duration": round(track.duration_ms / 1000),
        "rank": track.popularity * 10_000,
        "explicit_lyrics": False,
        "explicit_content_lyrics": 0,
        "explicit_content_cover": 0,
        "preview": "",
        "md5_image": image,
        "artist": _artist(track.artists[0]),
        "album": {
            "id": track.album_id,
            "title": track.album,
            "md5_image": image,
            "tracklist": f"https://api.deezer.com/album/{track.album_id}/tracks",
            "type": "album",
        },
        "type": "track",
    }


def page(track: DeezerTrack) -> dict[str, object]:
    """Return a track's own page."""
    return {
        **row(track),
        "track_position": 1,
        "disk_number": 1,
        "release_date": track.released,
        "bpm": track.bpm,
        "gain": -9.3,
        "contributors": [_artist(name) | {"role": "Main"} for name in track.artists],
    }


def album(track: DeezerTrack) -> dict[str, object]:
    """Return an album's page."""
    return {
        "id": track.album_id,
        "title": track.album,
        "upc": track.barcode,
        "link": f"{_SITE}/album/{track.album_id}",
        "md5_image": _hash(f"cover {track.album_id}"),
        "genre_id": 113,
        "genres": {"data": [{"id": 113, "name": "Dance", "type": "genre"}]},
        "label": track.label,
        "nb_tracks": 1,
        "release_date": track.released,
        "record_type": track.kind,
        "artist": _artist(track.artists[0]),
        "contributors": [_artist(track.artists[0]) | {"role": "Main"}],
        "type": "album",
    }


def _short(track: DeezerTrack) -> str:
    return track.title.removesuffix(track.version).rstrip()


def _artist(name: str) -> dict[str, object]:
    number = Chance(0, "deezer artist", name.casefold()).between("id", 1, 10**8)
    return {
        "id": number,
        "name": name,
        "link": f"{_SITE}/artist/{number}",
        "type": "artist",
    }


def _hash(text: str) -> str:
    return f"{Chance(0, text).number('hash'):064x}"[:32]
