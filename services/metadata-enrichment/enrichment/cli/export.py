"""`enrichment export`: rows in formats that other programs open."""

import sys
from pathlib import Path
from typing import Annotated, Any

import typer

from enrichment.cli.shared import (
    NO_INPUT,
    NOT_A_TRACKLIST,
    WRONG_CALL,
    AsJson,
    examples,
    fail,
    load_settings,
    read_input,
    run,
)
from enrichment.cli.streams import tell

EXAMPLES = examples(
    "enrichment export --format csv --output tracks.csv",
    'enrichment export --format rekordbox --tracklist "A night" --library rekordbox.xml'
    " --skip-unresolved -o night.xml",
    "enrichment export --format parquet --commercial -o tracks.parquet --query"
    ' "SELECT track_id FROM tracks WHERE bpm > 130 ORDER BY bpm"',
)


def export(  # noqa: PLR0913 (each option is a fact of the export)
    *,
    format_name: Annotated[
        str | None,
        typer.Option("--format", help="See --formats.", metavar="FORMAT"),
    ] = None,
    formats: Annotated[
        bool, typer.Option("--formats", help="List the formats and end.")
    ] = False,
    output: Annotated[
        Path,
        typer.Option("--output", "-o", help="A file, or - for standard output."),
    ] = Path("-"),
    tracklist: Annotated[
        list[str] | None,
        typer.Option(
            help="Rows of a tracklist, by number, key or title; may be repeated."
        ),
    ] = None,
    tracklists: Annotated[
        bool, typer.Option("--tracklists", help="Rows of all tracklists.")
    ] = False,
    query: Annotated[
        str | None,
        typer.Option(help="A SELECT of track ids, in its order; run read-only."),
    ] = None,
    ids: Annotated[
        Path | None,
        typer.Option(
            help="A playlist: a file with a track id in each line.",
            metavar="FILE|-",
            allow_dash=True,
        ),
    ] = None,
    library: Annotated[
        Path | None,
        typer.Option(
            help="Where your own audio lies: rekordbox XML, Traktor NML, M3U or a"
            " folder. For m3u8 and rekordbox.",
            metavar="FILE|FOLDER",
        ),
    ] = None,
    commercial: Annotated[
        bool,
        typer.Option("--commercial", help="Leave out values for other use alone."),
    ] = False,
    skip_unresolved: Annotated[
        bool,
        typer.Option("--skip-unresolved", help="Leave out what cannot be exported."),
    ] = False,
    keep_unresolved: Annotated[
        bool,
        typer.Option(
            "--keep-unresolved",
            help="Export tracks that no provider knows, with the tracklist's names.",
        ),
    ] = False,
    left_out: Annotated[
        Path | None,
        typer.Option(help="Write the rows that are left out to this CSV file."),
    ] = None,
    title: Annotated[
        str | None, typer.Option(help="Of the playlist, or the programme.")
    ] = None,
    service: Annotated[str, typer.Option(help="The station of a report of use.")] = "",
    exact_cells: Annotated[
        bool,
        typer.Option(
            "--exact-cells", help="Leave cells that spreadsheets would run as they are."
        ),
    ] = False,
    as_json: AsJson = False,
) -> None:
    """
    Export tracks, a tracklist, a query or a playlist, in formats of other programs.

    Without a choice of rows every track is exported. What is unresolved is named, and
    nothing is written, unless --skip-unresolved or --keep-unresolved is given (exit
    code 1).
    """
    from enrichment.cli.actions import export as export_command
    from enrichment.exports.catalogue import FORMATS
    from enrichment.exports.selection import Wish

    if formats:
        export_command.tell_formats(as_json=as_json)
        return
    if format_name is None or format_name not in FORMATS:
        fail(f"--format: one of {', '.join(FORMATS)}", WRONG_CALL)
    chosen = FORMATS[format_name]
    if chosen.name == "parquet" and str(output) == "-" and sys.stdout.isatty():
        fail("--output: Parquet is no text for a terminal", WRONG_CALL)
    if left_out is not None and left_out.resolve() == output.resolve():
        fail("--left-out: it is the file of --output", WRONG_CALL)
    if chosen.needs_files and library is None:
        fail(f"--format {chosen.name} is of your own files: --library", WRONG_CALL)
    held = _library(library) if chosen.needs_files and library else None
    wish = Wish(
        subject=_subject(tracklist or [], query, ids, all_tracklists=tracklists),
        commercial=commercial,
        keep_unresolved=keep_unresolved,
        library=held and held.locations,
        report=chosen.report,
    )
    order = export_command.Order(
        format=chosen,
        wish=wish,
        tracklists=tuple(tracklist or ()),
        output=output,
        left_out=left_out,
        title=title,
        service=service,
        skip_unresolved=skip_unresolved,
        safe_cells=not exact_cells,
        as_json=as_json,
    )
    settings = load_settings()
    run(lambda: export_command.export(settings, order))


def _library(path: Path) -> Any:  # noqa: ANN401 (a Library, imported lazily)
    from enrichment.cli.actions import library
    from enrichment.errors import InputInvalid, InputMissing

    try:
        held = library.read(path)
    except InputMissing as error:
        fail(str(error), NO_INPUT)
    except InputInvalid as error:
        fail(str(error), NOT_A_TRACKLIST)
    told = f"the library names {held.files:,} files: {len(held.locations):,} tracks"
    if held.gone:
        told += f"; {held.gone:,} files are not there any more"
    if held.elsewhere:
        told += "; none of them is on this machine, so they are not looked for"
    tell(told, error=True)
    return held


def _subject(
    names: list[str], query: str | None, ids: Path | None, *, all_tracklists: bool
) -> Any:  # noqa: ANN401 (a Subject, imported lazily)
    from enrichment.errors import InputInvalid
    from enrichment.exports.selection import (
        Everything,
        Query,
        Tracklists,
        playlist_of,
    )

    if sum((bool(names), query is not None, ids is not None, all_tracklists)) > 1:
        fail(
            "one of --tracklist, --tracklists, --query and --ids chooses the rows",
            WRONG_CALL,
        )
    if all_tracklists:
        return Tracklists()
    if query is not None:
        return Query(query)
    if ids is not None:
        lines = read_input(ids).decode("utf-8-sig", "replace").splitlines()
        try:
            return playlist_of(lines, str(ids))
        except InputInvalid as error:
            fail(str(error), NOT_A_TRACKLIST)
    return Everything()
