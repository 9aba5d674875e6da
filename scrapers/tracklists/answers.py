"""Values of a JSON answer as a row needs them, whatever type they turn out to have."""

from collections.abc import Iterable

from scrapers.tracklists.names import row_of_fields
from scrapers.tracklists.tracklist import Row


def rows_of(names: Iterable[tuple[str, str, int | None]]) -> tuple[Row, ...]:
    """Number artist, title and cue from 1."""
    return tuple(
        row_of_fields(position, artist, title, cue_seconds=cue)
        for position, (artist, title, cue) in enumerate(names, start=1)
    )


def credit_of(artist: object) -> str:
    """Return an artist's name from a string or from an object that has it."""
    named = object_of(artist)
    return text_of(named.get("name")) or text_of(named.get("title")) or text_of(artist)


def seconds_of(*values: object) -> int | None:
    """Return the first number of seconds among the values."""
    numbers = (v for v in values if isinstance(v, int | float) and 0 <= v < 1e7)
    return next(map(int, numbers), None)


def text_of(value: object) -> str:
    """Return a string on one line, a number as printed, "" for the rest."""
    if isinstance(value, int) and not isinstance(value, bool):
        return str(value) if abs(value) < 10**15 else ""
    return " ".join(value.split()) if isinstance(value, str) else ""


def object_of(value: object) -> dict[str, object]:
    """Return an object, an empty one for anything else."""
    return value if isinstance(value, dict) else {}


def objects_of(value: object) -> list[dict[str, object]]:
    """Return the objects of a list, none for anything else."""
    return [v for v in value if isinstance(v, dict)] if isinstance(value, list) else []
