"""`enrichment tracks`: single tracks by hand."""

from typing import Annotated

import typer

from enrichment.cli.shared import (
    AsJson,
    Yes,
    confirm,
    examples,
    load_settings,
    result_of,
    run,
)

app = typer.Typer(
    help="Find, add, correct and delete tracks by hand.", no_args_is_help=True
)
Track = Annotated[
    str, typer.Argument(help='A track id, or "ARTIST - TITLE".', metavar="TRACK")
]


@app.command(
    "search",
    epilog=examples(
        'enrichment tracks search "orbital halcyon"',
        "enrichment tracks search GBAAP9300123 --json",
    ),
)
def tracks_search(
    text: Annotated[str, typer.Argument(help="Words of artist and title, or an id.")],
    *,
    limit: Annotated[int, typer.Option(min=1, max=1000, help="Most tracks.")] = 20,
    as_json: AsJson = False,
) -> None:
    """List tracks by words of their names, by ISRC or by an id."""
    from enrichment.cli.actions import tracks

    settings = load_settings()
    run(lambda: tracks.search(settings, text, limit=limit, as_json=as_json))


@app.command(
    "add",
    epilog=examples(
        'enrichment tracks add Orbital "Halcyon On and On"',
        "enrichment tracks add Orbital Halcyon --isrc GBAAP9300123",
    ),
)
def tracks_add(
    artist: Annotated[str, typer.Argument(help="As printed.")],
    title: Annotated[str, typer.Argument(help="As printed, version included.")],
    *,
    isrc: Annotated[str | None, typer.Option(help="If it is known.")] = None,
) -> None:
    """Ask for a track; a known one is left as it is."""
    from enrichment.cli.actions import tracks

    settings = load_settings()
    run(lambda: tracks.add(settings, artist, title, isrc))


@app.command(
    "fix",
    epilog=examples(
        'enrichment tracks fix "Orbital - Halcyon" label=FFRR release_date=1993',
        'enrichment tracks fix "Orbital - Halcyon" "album=" --unpin label',
    ),
)
def tracks_fix(
    track: Track,
    values: Annotated[
        list[str] | None,
        typer.Argument(
            help='FIELD=VALUE; "FIELD=" says that there is none.', metavar="FIELD=VALUE"
        ),
    ] = None,
    *,
    unpin: Annotated[
        list[str] | None, typer.Option(help="Give a field back to the providers.")
    ] = None,
) -> None:
    """Set fields to your own values: no provider overwrites them."""
    from enrichment.cli.actions import tracks

    settings = load_settings()
    run(lambda: tracks.fix(settings, track, values or (), unpin or ()))


@app.command(
    "delete",
    epilog=examples(
        'enrichment tracks delete "Orbital - Halcyon" --yes',
    ),
)
def tracks_delete(track: Track, *, yes: Yes = False) -> None:
    """Delete a track; rows of tracklists stay, without it."""
    from enrichment.cli.actions import tracks

    settings = load_settings()
    lost = result_of(lambda: tracks.loss(settings, track))
    if lost is None:
        raise typer.Exit(1)
    track_id, rows = lost
    confirm(f"{track_id} is deleted; {rows:,} rows of tracklists name it.", yes=yes)
    run(lambda: tracks.delete(settings, track_id))
