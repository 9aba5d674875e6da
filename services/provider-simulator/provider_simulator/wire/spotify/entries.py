"""What Spotify keeps of a track."""

from dataclasses import dataclass

from provider_simulator.world.catalogue import Album, Artist


@dataclass(frozen=True, slots=True)
class SpotifyTrack:
    """A track as Spotify has it."""

    id: str
    name: str
    artists: tuple[Artist, ...]
    album: Album
    isrc: str | None
    duration_ms: int
    popularity: int
    number: int
    explicit: bool = False
