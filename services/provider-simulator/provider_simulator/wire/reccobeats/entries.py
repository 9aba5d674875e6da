"""What ReccoBeats keeps of a track."""

from dataclasses import dataclass

from provider_simulator.world.sound import TrueSound


@dataclass(frozen=True, slots=True)
class ReccoBeatsTrack:
    """A track as ReccoBeats has it, with its id at Spotify."""

    id: str
    title: str
    artists: tuple[str, ...]
    isrc: str
    spotify_id: str
    duration_ms: int
    popularity: int
    tempo: float
    is_key_known: bool
    sound: TrueSound
