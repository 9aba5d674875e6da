"""`enrichment tracklists`: what was crawled, taken back or read again."""

from typing import Annotated

import typer

from enrichment.cli.shared import (
    NOT_A_TRACKLIST,
    WRONG_CALL,
    AsJson,
    Yes,
    confirm,
    examples,
    fail,
    load_settings,
    result_of,
    run,
)
from enrichment.cli.streams import tell

app = typer.Typer(
    help="See stored tracklists; take one back, or read it again without a crawl.",
    no_args_is_help=True,
)

# Postgres' bigint.
Id = Annotated[
    int, typer.Argument(min=1, max=2**63 - 1, help="As `tracklists list` shows it.")
]
Ids = Annotated[
    list[int] | None,
    typer.Argument(min=1, max=2**63 - 1, help="As `tracklists list` shows them."),
]
DryRun = Annotated[bool, typer.Option("--dry-run", help="Only say what would change.")]


@app.command(
    "list",
    epilog=examples(
        'enrichment tracklists list --text "Essential Mix"',
        "enrichment tracklists list --source mixesdb --same --json",
    ),
)
def tracklists_list(
    *,
    source: Annotated[
        str | None, typer.Option(help="Only of this spider or importer.")
    ] = None,
    text: Annotated[
        str | None, typer.Option(help="Only with this in key, title or artist.")
    ] = None,
    same: Annotated[
        bool,
        typer.Option("--same", help="Only those of which another is the same set."),
    ] = False,
    limit: Annotated[int, typer.Option(min=1, max=1_000_000)] = 50,
    as_json: AsJson = False,
) -> None:
    """List tracklists, the latest first, and which of them are the same set."""
    from enrichment.cli.actions import tracklists as command

    settings = load_settings()
    run(
        lambda: command.show_list(
            settings, source=source, text=text, same=same, limit=limit, as_json=as_json
        )
    )


@app.command(
    "show",
    epilog=examples(
        "enrichment tracklists show 12",
        "enrichment tracklists show 12 --json",
    ),
)
def tracklists_show(tracklist: Id, *, as_json: AsJson = False) -> None:
    """Show one tracklist with its rows and what is the same set."""
    from enrichment.cli.actions import tracklists as command

    settings = load_settings()
    run(lambda: command.show(settings, tracklist, as_json=as_json))


@app.command(
    "remove",
    epilog=examples(
        "enrichment tracklists remove 12 13 --dry-run",
        "enrichment tracklists remove 12 --yes",
    ),
)
def tracklists_remove(
    tracklists: Annotated[
        list[int],
        typer.Argument(min=1, max=2**63 - 1, help="As `tracklists list` shows them."),
    ],
    *,
    dry_run: DryRun = False,
    yes: Yes = False,
) -> None:
    """
    Take tracklists back, as if they had never been crawled.

    Their rows go, and the tracks that no other tracklist lists, with the answers and
    credits on them. Tracks that were asked for by other ways, or that a person has
    changed, stay. It needs the rights of the tables' owner.
    """
    from enrichment.cli.actions import tracklists as command

    settings = load_settings()
    loss = result_of(lambda: command.remove(settings, tracklists, dry_run=True))
    if dry_run:
        tell(loss)
        return
    confirm(f"{loss}.", yes=yes)
    tell(result_of(lambda: command.remove(settings, tracklists, dry_run=False)))


@app.command(
    "reparse",
    epilog=examples(
        "enrichment tracklists reparse 12",
        "enrichment tracklists reparse --all --dry-run",
    ),
)
def tracklists_reparse(
    tracklists: Ids = None,
    *,
    all_: Annotated[bool, typer.Option("--all", help="All that are stored.")] = False,
    dry_run: DryRun = False,
    yes: Yes = False,
) -> None:
    """
    Read tracklists again by today's parsers, from the texts that crawls have kept.

    No page is fetched. New tracks are asked for; those that nothing lists any more go
    as by `remove`. What today's parser refuses stays as it is, and the exit code is 65.
    It needs the rights of the tables' owner.
    """
    from enrichment.cli.actions import tracklists as command

    if bool(tracklists) == all_:
        fail("tracklists reparse: give ids, or --all", WRONG_CALL)
    settings = load_settings()
    wanted = None if all_ else tracklists
    looked = result_of(lambda: command.reparse(settings, wanted, dry_run=True))
    if dry_run:
        _tell_refused(looked.sentence(dry_run=True), looked.refused)
        return
    if looked.changed:
        confirm(f"{looked.sentence(dry_run=True)}.", yes=yes)
    done = result_of(lambda: command.reparse(settings, wanted, dry_run=False))
    _tell_refused(done.sentence(dry_run=False), done.refused)


def _tell_refused(sentence: str, refused: int) -> None:
    """Print what was done, and end with the code of refused input where some was."""
    tell(sentence)
    if refused:
        fail(
            f"tracklists reparse: {refused:,} of them could not be read or written",
            NOT_A_TRACKLIST,
        )
