"""A DJ's own files by track id: a library of his program, a playlist or a folder."""

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path

from enrichment.errors import InputInvalid, InputMissing
from scrapers import files
from scrapers.tracklists import collections
from scrapers.tracklists.collections import Held
from scrapers.tracklists.formats import m3u
from scrapers.tracklists.tracklist import TracklistError

_ONE_LINE = re.compile(r"[^\r\n]*")


@dataclass(frozen=True, slots=True)
class Library:
    """
    Where the audio lies; it never leaves the user's own files.

    Args:
        locations: paths by track id; of several files of a track the first.
        files: how many the library names.
        gone: how many of them are not there any more; they are left out.
        elsewhere: none of them is on this machine, so that nothing was checked.
    """

    locations: Mapping[str, str]
    files: int
    gone: int = 0
    elsewhere: bool = False


def read(path: Path) -> Library:
    """
    Read a library.

    Raises:
        InputMissing: there is no such file or folder.
        InputInvalid: it is no library, or it names no file.
    """
    if not path.exists():
        raise InputMissing(f"{files.shown(path)}: no such file or folder")
    try:
        held = list(_of_folder(path) if path.is_dir() else _of_file(path))
    except (files.CannotRead, TracklistError) as error:
        raise InputInvalid(f"{files.shown(path)}: {error}") from error
    if not held:
        raise InputInvalid(f"{files.shown(path)}: it names no audio file")
    there = [each for each in held if Path(each.location).is_file()]
    kept = there or held
    locations: dict[str, str] = {}
    for each in kept:
        if each.track_id is not None:
            locations.setdefault(each.track_id, each.location)
    gone = len(held) - len(there) if there else 0
    return Library(locations, len(held), gone, elsewhere=not there)


def _of_folder(folder: Path) -> Iterator[Held]:
    for file in files.below(folder.resolve()):
        if not isinstance(file, Path) or not _ONE_LINE.fullmatch(str(file)):
            continue
        if m3u.is_audio(file.name):
            yield collections.named_by_path(str(file))


def _of_file(path: Path) -> Iterator[Held]:
    for each in collections.read(files.contents(path)):
        place = each.location
        if "://" in place or not place or not _ONE_LINE.fullmatch(place):
            # a stream is no file, and no playlist holds a path of two lines
            continue
        is_absolute = place.startswith(("/", "\\")) or place[1:2] == ":"
        # a playlist names files from where it lies itself
        own = place if is_absolute else str(path.resolve().parent / place)
        yield Held(each.track_id, own)
