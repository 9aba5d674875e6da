"""What Last.fm keeps of a track."""

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class LastfmTrack:
    """A track as Last.fm has it; other spellings that autocorrect leads to it."""

    artist: str
    name: str
    mbid: str
    listeners: int
    playcount: int
    duration_ms: int
    album: str | None
    tags: tuple[tuple[str, int], ...]
    aliases: tuple[tuple[str, str], ...] = ()
