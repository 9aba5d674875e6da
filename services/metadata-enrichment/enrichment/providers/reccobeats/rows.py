"""ReccoBeats' rows read as candidates: tracks with names, features without."""

from collections.abc import Mapping
from urllib.parse import urlsplit

from enrichment.model import Candidate, ProviderName, Sound
from enrichment.providers.payload import (
    decimal,
    isrcs,
    mappings,
    milliseconds,
    number,
    printed_name,
    tempo,
    text,
)

RECCOBEATS = ProviderName("reccobeats")
_TONES = ("C", "C#", "D", "D#", "E", "F", "F#", "G", "G#", "A", "A#", "B")
_MODES = ("minor", "major")
# Quieter than that is silence, and nothing is louder than full scale by much.
_QUIETEST, _LOUDEST = -60.0, 10.0


def read_track(row: Mapping[str, object]) -> Candidate | None:
    """Read a track; None where it has no id or no name."""
    id_, title = text(row.get("id")), printed_name(row.get("trackTitle"))
    artists = tuple(
        name
        for one in mappings(row.get("artists"))
        if (name := printed_name(one.get("name")))
    )
    if id_ is None or title is None or not artists:
        return None
    barcode = text(row.get("upc")) or text(row.get("ean"))
    codes = {"spotify_id": spotify_id(row), "barcode": barcode}
    return Candidate(
        provider=RECCOBEATS,
        id=id_,
        artist=", ".join(artists),
        title=title,
        artists=artists,
        duration_ms=milliseconds(row.get("durationMs")),
        isrcs=isrcs([row.get("isrc")]),
        codes=tuple((name, code) for name, code in codes.items() if code),
    )


def read_features(row: Mapping[str, object]) -> Candidate | None:
    """Read how a track sounds; its names are in its row of tracks."""
    id_ = text(row.get("id"))
    if id_ is None:
        return None
    sound = Sound(
        bpm=tempo(row.get("tempo")),
        musical_key=musical_key(row.get("key"), row.get("mode")),
        energy=decimal(row.get("energy"), 0, 1),
        danceability=decimal(row.get("danceability"), 0, 1),
        valence=decimal(row.get("valence"), 0, 1),
        loudness=decimal(row.get("loudness"), _QUIETEST, _LOUDEST),
    )
    if sound == Sound():
        return None
    return Candidate(provider=RECCOBEATS, id=id_, artist="", title="", sound=sound)


def musical_key(tone: object, mode: object) -> str | None:
    """Return "F# minor"; a tone of -1 is unknown, and so is one without its mode."""
    place, kind = number(tone, most=len(_TONES) - 1), number(mode, most=1)
    return None if place is None or kind is None else f"{_TONES[place]} {_MODES[kind]}"


def spotify_id(row: Mapping[str, object]) -> str | None:
    """Return the id at the end of `href`, where that leads to Spotify."""
    try:
        address = urlsplit(text(row.get("href")) or "")
    except ValueError:
        return None
    kind, _, id_ = address.path.rpartition("/")
    is_track = address.hostname == "open.spotify.com" and kind.endswith("/track")
    return id_ if is_track and id_.isalnum() else None
