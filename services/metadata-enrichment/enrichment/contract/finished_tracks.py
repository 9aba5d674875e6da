"""A finished track in Redis: its ids, each with who said so and when."""

import json
from collections.abc import Mapping
from dataclasses import dataclass

# The ids that make the next question about a track an exact one.
FIELDS = ("isrc", "spotify_id", "musicbrainz_id")
PREFIX = "enrichment:v1:track:"


@dataclass(frozen=True, slots=True)
class KnownId:
    """One id of a track; `fetched_at` is Unix seconds."""

    value: str
    provider: str
    fetched_at: float


def key(track_id: str) -> str:
    """Return the Redis key of a finished track."""
    return PREFIX + track_id


def encode(ids: Mapping[str, KnownId]) -> bytes:
    """Return the JSON body: `{"isrc": ["USUS11000001", "spotify", 1700000000]}`."""
    return json.dumps(
        {name: [i.value, i.provider, i.fetched_at] for name, i in ids.items()}
    ).encode()


def decode(body: bytes) -> dict[str, KnownId]:
    """Read a body; what cannot be read is not there, as in any cache."""
    try:
        entries = json.loads(body)
        return {
            name: KnownId(str(value), str(provider), float(fetched_at))
            for name, (value, provider, fetched_at) in entries.items()
            if name in FIELDS
        }
    except (ValueError, TypeError, AttributeError):
        return {}
