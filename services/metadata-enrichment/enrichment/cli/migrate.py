"""`enrichment migrate`: the schema, and ids after a better rule of identity."""

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
    help="Apply sql/migrations, take them back, or say where this database stands.",
    no_args_is_help=True,
)


@app.command(
    "up",
    epilog=examples(
        "enrichment migrate up",
    ),
)
def migrate_up() -> None:
    """Apply what is missing, in order, under an advisory lock."""
    from enrichment.cli.actions import operations

    settings = load_settings()
    run(lambda: operations.migrate_up(settings))


@app.command(
    "down",
    epilog=examples(
        "enrichment migrate down --to 12 --yes",
    ),
)
def migrate_down(
    to: Annotated[
        int, typer.Option(help="Version to go back to; 0 takes everything away.")
    ],
    *,
    yes: Yes = False,
) -> None:
    """Take migrations back, newest first. What they held is deleted."""
    from enrichment.cli.actions import operations

    settings = load_settings()
    loss = result_of(lambda: operations.migrate_down_loss(settings, to))
    if loss.migrations:
        confirm(
            f"This takes back {', '.join(loss.migrations)} and deletes what they hold."
            f" The database has {loss.tracks:,} tracks and {loss.tracklists:,}"
            " tracklists.",
            yes=yes,
        )
    run(lambda: operations.migrate_down(settings, to))


@app.command(
    "status",
    epilog=examples(
        "enrichment migrate status",
        "enrichment migrate status --json",
    ),
)
def migrate_status(*, as_json: AsJson = False) -> None:
    """List every migration and since when it is applied."""
    from enrichment.cli.actions import operations

    settings = load_settings()
    run(lambda: operations.migrate_status(settings, as_json=as_json))


@app.command(
    "identity",
    epilog=examples(
        "enrichment migrate identity",
    ),
)
def migrate_identity() -> None:
    """Write the new ids of stored tracks after the rules of identity changed."""
    from enrichment.cli.actions import operations

    settings = load_settings()
    run(lambda: operations.migrate_identity(settings))
