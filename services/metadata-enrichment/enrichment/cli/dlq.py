"""`enrichment dlq`: dead letters, by what they say of themselves."""

from datetime import UTC, datetime
from typing import Annotated, Any

import typer

from enrichment.cli.shared import (
    ErrorsAsJson,
    confirm,
    examples,
    load_settings,
    result_of,
    run,
)

app = typer.Typer(
    help="Dead letters: list, show, replay, purge; nothing leaves by itself.",
    no_args_is_help=True,
)

Reason = Annotated[
    str | None, typer.Option(help="Only this class of fault: not_json, schema, …")
]
FromQueue = Annotated[
    str | None, typer.Option("--queue", help="Only what came from this queue.")
]
Text = Annotated[
    str | None, typer.Option("--text", help="Only letters with this text in them.")
]
Since = Annotated[
    datetime | None, typer.Option(help="Only what failed at or after this time, UTC.")
]
Before = Annotated[
    datetime | None, typer.Option(help="Only what failed before this time, UTC.")
]
Limit = Annotated[int | None, typer.Option(min=1, help="No more than so many.")]
DryRun = Annotated[bool, typer.Option("--dry-run", help="Only say which.")]


@app.command(
    "list",
    epilog=examples(
        "enrichment dlq list --reason schema --limit 20",
        "enrichment dlq list --since 2026-11-01 --json",
    ),
)
def dlq_list(
    *,
    reason: Reason = None,
    queue: FromQueue = None,
    text: Text = None,
    since: Since = None,
    before: Before = None,
    limit: Limit = None,
    as_json: Annotated[bool, typer.Option("--json", help="JSON Lines.")] = False,
) -> None:
    """List dead letters; they stay where they are."""
    from enrichment.cli.actions import dlq as letters

    wanted = _letters(reason, queue, text, since, before, limit)
    settings = load_settings()
    run(lambda: letters.list_letters(settings, wanted, as_json=as_json))


@app.command(
    "show",
    epilog=examples(
        "enrichment dlq show 3",
    ),
)
def dlq_show(
    number: Annotated[int, typer.Argument(help="Its number in the list.")],
    *,
    as_json: ErrorsAsJson = False,  # noqa: ARG001 (shapes errors alone)
) -> None:
    """Show one dead letter whole: body, headers, reason."""
    from enrichment.cli.actions import dlq as letters

    settings = load_settings()
    run(lambda: letters.show_letter(settings, number))


@app.command(
    "replay",
    epilog=examples(
        "enrichment dlq replay --reason provider --per-second 10",
        "enrichment dlq replay --text Orbital --dry-run",
    ),
)
def dlq_replay(
    *,
    reason: Reason = None,
    queue: FromQueue = None,
    text: Text = None,
    since: Since = None,
    before: Before = None,
    limit: Limit = None,
    per_second: Annotated[
        float,
        typer.Option(min=0.01, max=10_000, help="No more than so many each second."),
    ] = 50.0,
    dry_run: DryRun = False,
) -> None:
    """Publish dead letters to their queues again, confirmed before they leave."""
    from enrichment.cli.actions import dlq as letters

    wanted = _letters(reason, queue, text, since, before, limit)
    settings = load_settings()
    run(
        lambda: letters.replay_letters(
            settings, wanted, per_second=per_second, dry_run=dry_run
        )
    )


@app.command(
    "purge",
    epilog=examples(
        "enrichment dlq purge --before 2026-01-01 --dry-run",
        "enrichment dlq purge --reason not_json --yes",
    ),
)
def dlq_purge(
    *,
    reason: Reason = None,
    queue: FromQueue = None,
    text: Text = None,
    since: Since = None,
    before: Before = None,
    limit: Limit = None,
    dry_run: DryRun = False,
    yes: Annotated[bool, typer.Option("--yes", help="Do not ask.")] = False,
) -> None:
    """Remove dead letters for good; each is printed whole as it goes."""
    from enrichment.cli.actions import dlq as letters

    wanted = _letters(reason, queue, text, since, before, limit)
    settings = load_settings()
    if not dry_run and not yes:
        loss = result_of(lambda: letters.told_letters(settings, wanted))
        confirm(f"{loss}: they will be removed for good.", yes=False)
    run(lambda: letters.purge_letters(settings, wanted, dry_run=dry_run))


def _letters(
    reason: str | None,
    queue: str | None,
    text: str | None,
    since: datetime | None,
    before: datetime | None,
    limit: int | None,
) -> Any:  # noqa: ANN401 (a Filter, imported lazily)
    from enrichment.queueing.dead_letters.letters import Filter

    return Filter(
        reason=reason,
        queue=queue,
        text=text,
        since=since and since.replace(tzinfo=UTC),
        before=before and before.replace(tzinfo=UTC),
        limit=limit,
    )
