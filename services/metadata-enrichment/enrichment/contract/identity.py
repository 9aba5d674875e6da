"""Which names are the same track: a normalised, versioned key and the id made of it."""

from dataclasses import dataclass

from enrichment.contract.titles import TrackName

# Raised when the rules below change which names are equal; a migration goes with it.
IDENTITY_VERSION = 1


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
    raise NotImplementedError
