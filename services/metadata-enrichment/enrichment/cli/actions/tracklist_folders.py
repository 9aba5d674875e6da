"""The tracks of a file or folder of tracklists; a bad file costs itself alone."""

from collections.abc import Callable, Iterator, Mapping
from pathlib import Path
from typing import Any

import orjson

from enrichment import logs
from enrichment.cli.actions import parse_lines
from enrichment.errors import InputMissing
from scrapers import files
from scrapers.tracklists.tracklist import TracklistError

log = logs.get("parse")


def identified_rows(
    path: Path, leave_out: Callable[[str], None] | None = None
) -> Iterator[Mapping[str, Any]]:
    """
    Yield the rows of known tracks, as `enrichment parse` prints them.

    Args:
        leave_out: told of each file that gives no row, and why; default: the log.

    Raises:
        InputMissing: there is no such file or folder.
    """
    if not path.exists():
        raise InputMissing(f"{files.shown(path)}: no such file or folder")
    tell = leave_out or _log
    for file in files.below(path):
        if isinstance(file, files.CannotRead):
            tell(str(file))
            continue
        try:
            lines = list(parse_lines.tracklist(files.contents(file)))
        except files.CannotRead as error:
            tell(str(error))
        except TracklistError as error:
            tell(f"{files.shown(file)}: {error}")
        except Exception as error:  # noqa: BLE001 (a fault of a parser costs one file)
            tell(f"{files.shown(file)}: the parser failed: {type(error).__name__}")
        else:
            yield from (row for row in map(orjson.loads, lines) if row["track_id"])


def _log(sentence: str) -> None:
    log.warning(f"Left out: {sentence}", event_name="enrichment.parse.left_out")
