"""What a track is asked with: the readable key that equal questions share."""

from functools import lru_cache

from enrichment.contract.identity.identity import folded, track_key
from enrichment.contract.identity.titles import TrackName


@lru_cache(maxsize=1024)
def search_key(name: TrackName, title: str, *more: str) -> str | None:
    """
    Return "artists:title" normalised, or None where artist or title is unknown.

    The order of a credit's artists makes no other question.
    """
    artists = sorted({folded(artist) for artist in name.single_artists})
    parts = ["+".join(filter(None, artists)), folded(title)]
    if track_key(name, vouched=True) is None or not all(parts):
        return None
    return ":".join([*parts, *filter(None, map(folded, more))])


@lru_cache(maxsize=1024)
def is_plain(name: TrackName) -> bool:
    """Return whether the version says no more than the title ("Original Mix")."""
    return track_key(name) == track_key(name._replace(version=None, remixers=()))
