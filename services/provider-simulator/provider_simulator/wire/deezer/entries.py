"""What Deezer keeps of a track and its album."""

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class DeezerTrack:
    """
    A track as Deezer has it.

    Args:
        version: the part of `title` that stands apart, with its brackets.
        bpm: 0 is unknown.
        kind: of the album, as Deezer calls it.
    """

    id: int
    title: str
    version: str
    artists: tuple[str, ...]
    isrc: str
    duration_ms: int
    popularity: int
    bpm: float
    released: str
    album_id: int
    album: str
    kind: str
    label: str
    barcode: str
