"""`enrichment providers`: who may be asked; pause and resume for all workers."""

from datetime import UTC, datetime
from functools import partial
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
from enrichment.cli.streams import tell

# What Postgres holds of a version.
MOST_SMALLINT = 2**15 - 1

app = typer.Typer(
    help="See why a provider is blocked; pause and resume providers for all workers.",
    no_args_is_help=True,
)


@app.command(
    "list",
    epilog=examples(
        "enrichment providers list",
        "enrichment providers list --json",
    ),
)
def providers_list(
    *,
    as_json: AsJson = False,
) -> None:
    """Show each provider's allowance, benches and pauses, for the whole cluster."""
    from enrichment.cli.actions import providers as operations

    settings = load_settings()
    run(lambda: operations.list_providers(settings, as_json=as_json))


@app.command(
    "pause",
    epilog=examples(
        "enrichment providers pause spotify",
    ),
)
def providers_pause(provider: str) -> None:
    """Keep every worker from asking a provider, until resumed."""
    from enrichment.cli.actions import providers as operations

    settings = load_settings()
    run(lambda: operations.pause_provider(settings, provider))


@app.command(
    "resume",
    epilog=examples(
        "enrichment providers resume spotify",
        "enrichment providers resume spotify --lift-bench",
    ),
)
def providers_resume(
    provider: str,
    *,
    lift_bench: Annotated[
        bool,
        typer.Option(
            "--lift-bench", help="End its benches too, those by quota included."
        ),
    ] = False,
) -> None:
    """End a pause; what waited for a person is probed at once."""
    from enrichment.cli.actions import providers as operations

    settings = load_settings()
    run(
        lambda: operations.resume_provider(settings, provider, lift_bench=lift_bench),
    )


@app.command(
    "revoke",
    epilog=examples(
        "enrichment providers revoke lastfm --dry-run",
        "enrichment providers revoke spotify --since 2026-11-01 --yes",
    ),
)
def providers_revoke(
    provider: Annotated[
        str | None, typer.Argument(help="Whose values; leave out to name a rule.")
    ] = None,
    *,
    rule: Annotated[
        int | None,
        typer.Option(
            min=1,
            max=MOST_SMALLINT,
            help="Only what this version of merging wrote.",
        ),
    ] = None,
    since: Annotated[
        datetime | None, typer.Option(help="Only what was fetched since, UTC.")
    ] = None,
    before: Annotated[
        datetime | None, typer.Option(help="Only what was fetched before, UTC.")
    ] = None,
    dry_run: Annotated[
        bool, typer.Option("--dry-run", help="Only say how much it is.")
    ] = False,
    yes: Yes = False,
) -> None:
    """Take back what a provider or a rule gave; rows are made again without a call."""
    from enrichment.cli.actions import providers as operations

    settings = load_settings()

    revoke = partial(
        operations.revoke,
        settings,
        provider,
        rule=rule,
        since=since and since.replace(tzinfo=UTC),
        before=before and before.replace(tzinfo=UTC),
    )
    if not dry_run:
        loss = result_of(lambda: revoke(dry_run=True))
        confirm(f"{loss}.", yes=yes)
    tell(result_of(lambda: revoke(dry_run=dry_run)))


@app.command(
    "purge",
    epilog=examples(
        "enrichment providers purge",
    ),
)
def providers_purge() -> None:
    """Delete kept answers that providers' terms want gone by now."""
    from enrichment.cli.actions import providers as operations

    settings = load_settings()
    run(lambda: operations.purge_answers(settings))
