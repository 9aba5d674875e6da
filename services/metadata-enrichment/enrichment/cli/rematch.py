"""`enrichment rematch`: decide stored rows again by today's rules, without a call."""

import sys
from datetime import UTC, datetime
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

EXAMPLES = examples(
    "enrichment rematch --dry-run",
    "enrichment rematch --since 2026-11-01 --yes --json",
)


def rematch(
    *,
    dry_run: Annotated[
        bool, typer.Option("--dry-run", help="Only list what would change.")
    ] = False,
    since: Annotated[
        datetime | None,
        typer.Option(help="Only tracks with an answer fetched since, UTC."),
    ] = None,
    yes: Yes = False,
    as_json: AsJson = False,
) -> None:
    """
    Decide matches again from kept answers; no provider is asked.

    Lists what was accepted and is another recording or none now, and what is accepted
    now. Parts whose answer is not kept are priced, and marked to be asked again. What a
    person pinned stays. Cut off, run it again. At a terminal the number of changes is
    told, and confirmed, before anything is written.
    """
    from enrichment.cli.actions import rematch as rematch_command

    settings = load_settings()
    at = since and since.replace(tzinfo=UTC)
    if not dry_run and not yes and sys.stdin.isatty():
        coming = result_of(lambda: rematch_command.told(settings, since=at))
        confirm(coming, yes=False)
    run(
        lambda: rematch_command.rematch(
            settings, since=at, dry_run=dry_run, as_json=as_json
        )
    )
