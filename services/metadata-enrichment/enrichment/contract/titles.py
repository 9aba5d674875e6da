"""Inside a credit and a title: artists, featured, version, remixers; one grammar."""

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class TrackName:
    """
    A credit and a title taken apart, for tracklist lines and provider answers alike.

    Args:
        artist: the credit as printed, without featured artists.
        title: base title, without version and featured artists.
        full_title: the title with its version as printed, without featured artists.
        artists: candidates for the single artists of the credit, in printed order.
        featured: featured artists of the credit or of the title.
        remixers: who made this version.
        version: the version as printed, without brackets ("Chris Lake Remix").
    """

    artist: str
    title: str
    full_title: str
    artists: tuple[str, ...]
    featured: tuple[str, ...] = ()
    remixers: tuple[str, ...] = ()
    version: str | None = None


def parse_name(artist: str, title: str) -> TrackName:
    """Take apart a printed credit and a printed title (label already removed)."""
    raise NotImplementedError
