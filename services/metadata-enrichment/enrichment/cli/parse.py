"""`enrichment parse`: rows of a tracklist out, and what was left out of it."""

import sys
from pathlib import Path
from typing import Annotated

import typer

from enrichment.cli.shared import (
    NOT_A_TRACKLIST,
    ErrorsAsJson,
    InputFile,
    examples,
    fail,
    read_input,
)
from enrichment.cli.streams import tell

EXAMPLES = examples(
    "enrichment parse night.txt",
    "enrichment parse - --format lines",
    "enrichment parse rekordbox.xml --explain",
)

_AUTO, _LINES = "auto", "lines"


def _print_formats(wanted: bool) -> None:  # noqa: FBT001 (typer calls it so)
    if not wanted:
        return
    from scrapers.tracklists import FORMATS

    for name, what in FORMATS:
        tell(f"{name:15} {what}")
    raise typer.Exit


def parse(
    source: InputFile,
    *,
    form: Annotated[
        str,
        typer.Option(
            "--format",
            help="auto: a whole tracklist, its format told by its content."
            " lines: one track a line, exactly one object for each line, in order.",
        ),
    ] = _AUTO,
    explain: Annotated[
        bool,
        typer.Option(
            "--explain",
            help="Print each line that became no row on standard error, and why.",
        ),
    ] = False,
    formats: Annotated[  # noqa: ARG001 (its callback ends it)
        bool,
        typer.Option(
            "--formats",
            callback=_print_formats,
            is_eager=True,
            help="List the formats that are understood, and end.",
        ),
    ] = False,
    as_json: ErrorsAsJson = False,  # noqa: ARG001 (shapes errors alone)
) -> None:
    """Print the rows of a tracklist as JSON Lines; unknown rows keep their place."""
    if form not in {_AUTO, _LINES}:
        fail(f"--format {form}: {_AUTO} or {_LINES}", 2)
    content = read_input(source)
    if form == _LINES:
        _print_lines(content)
    else:
        _print_tracklists(source, content, explain=explain)


def _print_lines(content: bytes) -> None:
    from enrichment.cli.actions import parse_lines

    for line in parse_lines.each_line(content):
        sys.stdout.buffer.write(line)


def _print_tracklists(source: Path, content: bytes, *, explain: bool) -> None:
    from enrichment.cli.actions import parse_lines
    from enrichment.contract.texts.plain_text import shown
    from scrapers.tracklists.tracklist import TracklistError

    try:
        tracklists = parse_lines.tracklists(content)
    except TracklistError as error:
        kind = parse_lines.KINDS.get(type(error).__name__, "no tracklist")
        fail(
            f"{source}: {kind}: {error}. Understood are {parse_lines.understood()};"
            " `enrichment parse --formats` tells more",
            NOT_A_TRACKLIST,
        )
    for line in parse_lines.rows(tracklists):
        sys.stdout.buffer.write(line)
    sys.stdout.flush()
    for sentence in parse_lines.left_out(tracklists, each=explain):
        tell(shown(f"enrichment: {source}: {sentence}"), error=True)
