"""Spotify's JSON: track, album, artist; whole, or as development mode prints them."""

import hashlib
import json

from provider_simulator.wire.spotify.entries import SpotifyTrack
from provider_simulator.world.catalogue import Album, Artist

API = "https://api.spotify.com/v1"
_VARIOUS = Artist("Various Artists", "", "0LyfQWJT6nXafLPZqxe9Of", ())
_MARKETS = ("DE", "FR", "GB", "NL", "US")


class Printer:
    """Prints each track once; development mode leaves out what it has lost."""

    def __init__(self, *, extended: bool) -> None:
        self._extended = extended
        self._printed: dict[str, str] = {}

    def track(self, track: SpotifyTrack) -> str:
        """Print a track."""
        if track.id not in self._printed:
            self._printed[track.id] = json.dumps(
                self._track_body(track), ensure_ascii=False, separators=(",", ":")
            )
        return self._printed[track.id]

    def artist(self, artist: Artist) -> str:
        """Print an artist."""
        body = _named("artist", artist.spotify_id, artist.name)
        body |= {"genres": list(artist.genres), "images": []}
        if self._extended:
            body |= {"popularity": 40, "followers": {"href": None, "total": 12_345}}
        return json.dumps(body, ensure_ascii=False)

    def _track_body(self, track: SpotifyTrack) -> dict[str, object]:
        body: dict[str, object] = {
            "album": self._album_body(track),
            "artists": [_named("artist", a.spotify_id, a.name) for a in track.artists],
            "disc_number": 1,
            "duration_ms": track.duration_ms,
            "explicit": track.explicit,
            "external_ids": {"isrc": track.isrc} if track.isrc else {},
            "is_local": False,
            "preview_url": None,
            "track_number": track.number,
        }
        if self._extended:
            body["popularity"] = track.popularity
            body["available_markets"] = list(_MARKETS)
        return body | _named("track", track.id, track.name)

    def _album_body(self, track: SpotifyTrack) -> dict[str, object]:
        album = track.album
        owners = (_VARIOUS,) if album.various else track.artists[:1]
        kinds = {"Compilation": "compilation", "Album": "album"}
        precision = ("year", "month", "day")[min(album.released.count("-"), 2)]
        body: dict[str, object] = {
            "album_type": kinds.get(album.kind, "single"),
            "artists": [_named("artist", a.spotify_id, a.name) for a in owners],
            "images": _images(album),
            "release_date": album.released,
            "release_date_precision": precision,
            "total_tracks": album.tracks,
        }
        if self._extended:
            body["available_markets"] = list(_MARKETS)
        return body | _named("album", album.spotify_id, album.title)


def _named(kind: str, spotify_id: str, name: str) -> dict[str, object]:
    return {
        "external_urls": {"spotify": f"https://open.spotify.com/{kind}/{spotify_id}"},
        "href": f"{API}/{kind}s/{spotify_id}",
        "id": spotify_id,
        "name": name,
        "type": kind,
        "uri": f"spotify:{kind}:{spotify_id}",
    }


def _images(album: Album) -> list[dict[str, object]]:
    picture = hashlib.sha256(album.spotify_id.encode()).hexdigest()[:40]
    return [
        {"url": f"https://i.scdn.co/image/{picture}", "height": size, "width": size}
        for size in (640, 300, 64)
    ]
