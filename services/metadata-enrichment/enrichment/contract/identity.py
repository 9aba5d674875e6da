"""Which names are the same track: a normalised, versioned key and the id made of it."""

import uuid
from dataclasses import dataclass

from enrichment.contract.spelling import folded
from enrichment.contract.titles import TrackName

__all__ = ["IDENTITY_VERSION", "TrackKey", "folded", "track_key"]

# Raised when the rules below change which names are equal; a migration goes with it.
IDENTITY_VERSION = 1
# Ours alone, so that no other program's UUIDs of the same text are equal to ours.
_NAMESPACE = uuid.UUID("6f1d1a52-6a0b-4b8e-9f57-2f1f6a1f6c11")
_UNKNOWN = frozenset(
    {"id", "unknown", "intro", "outro", "unknown artist", "unknown title", "untitled"}
)


@dataclass(frozen=True, slots=True)
class TrackKey:
    """
    The identity of a track.

    Args:
        text: normalised, readable, unambiguous ("deadmau5|strobe|chris lake remix").
        track_id: UUID (text form) made of `text` and `IDENTITY_VERSION`.
    """

    text: str
    track_id: str


def track_key(name: TrackName) -> TrackKey | None:
    """Give the identity of a name, or None when artist or title is unknown."""
    artists = sorted({_artist(a) for a in (*name.artists, *name.featured)} - {""})
    title = folded(name.title)
    if not artists or _is_unknown(title) or all(map(_is_unknown, artists)):
        return None
    version = folded(name.version or "")
    if version in {"original mix", "original", "original version"}:
        version = ""
    text = f"{'+'.join(artists)}|{title}|{version}"
    return TrackKey(text, str(uuid.uuid5(_NAMESPACE, f"{IDENTITY_VERSION}:{text}")))


def _artist(name: str) -> str:
    flat = folded(name)
    return flat.removeprefix("the ")


def _is_unknown(flat: str) -> bool:
    return flat in _UNKNOWN or not any(map(str.isalnum, flat))
