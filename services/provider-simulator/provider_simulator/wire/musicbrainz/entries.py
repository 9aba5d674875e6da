"""What MusicBrainz keeps of a recording."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from provider_simulator.world.catalogue import Album, Artist


@dataclass(frozen=True, slots=True)
class Credit:
    """One name of an artist credit, as credited, with what joins it to the next."""

    artist: Artist
    name: str
    join: str = ""


@dataclass(frozen=True, slots=True)
class Recording:
    """
    A recording as MusicBrainz has it.

    Args:
        length: milliseconds, often unknown.
        indexed: known to the search too (the index lags the database).
        urls: streaming and purchase addresses with their relation's type.
        merged: ids that were merged into this one.
        video: it is a video, whatever its remark says.
    """

    mbid: str
    title: str
    credit: tuple[Credit, ...]
    length: int | None
    isrcs: tuple[str, ...]
    albums: tuple[Album, ...]
    first_released: str
    tags: tuple[tuple[str, int], ...]
    disambiguation: str = ""
    indexed: bool = True
    urls: tuple[tuple[str, str], ...] = ()
    merged: tuple[str, ...] = ()
    video: bool = False

    @property
    def is_video(self) -> bool:
        """Return whether it is no audio recording."""
        return self.video or self.disambiguation == "music video"


def joined(
    artists: Iterable[tuple[str, str]], featured: Sequence[str]
) -> list[tuple[str, str]]:
    """Return the names of a credit with what joins each to the next."""
    parts = [*artists]
    if featured:
        parts[-1] = (parts[-1][0], " feat. ")
        last = len(featured) - 1
        parts += [
            (name, " & " if place < last else "") for place, name in enumerate(featured)
        ]
    return parts
