"""`enrichment review`: decide what providers leave in doubt, without a browser."""

import re
from typing import Annotated
from uuid import UUID

import typer

from enrichment.cli.shared import AsJson, examples, load_settings, run

app = typer.Typer(
    help="Decide what providers leave in doubt; nothing overrides a decision.",
    no_args_is_help=True,
)
# Postgres' bigint.
Number = Annotated[
    int, typer.Argument(min=1, max=2**63 - 1, help="As `review list` shows it.")
]


@app.command(
    "list",
    epilog=examples(
        "enrichment review list --kind ambiguous",
        'enrichment review list --text "orbital" --json',
    ),
)
def review_list(
    *,
    kind: Annotated[str | None, typer.Option(help="Only of this kind.")] = None,
    subject: Annotated[
        str | None, typer.Option(help="Only of this provider or field.")
    ] = None,
    text: Annotated[str, typer.Option(help="Only with these words.")] = "",
    limit: Annotated[int, typer.Option(min=1, max=10_000)] = 50,
    as_json: AsJson = False,
) -> None:
    """List open questions, most played first, and how many there are."""
    from enrichment.cli.actions import review

    settings = load_settings()
    run(
        lambda: review.show_list(
            settings, kind=kind, subject=subject, text=text, limit=limit,
            as_json=as_json,
        )
    )  # fmt: skip


@app.command(
    "show",
    epilog=examples("enrichment review show 12", "enrichment review show 12 --json"),
)
def review_show(question: Number, *, as_json: AsJson = False) -> None:
    """Show a question: what the tracklists say, and what may be taken."""
    from enrichment.cli.actions import review

    settings = load_settings()
    run(lambda: review.show(settings, question, as_json=as_json))


@app.command(
    "decide",
    epilog=examples(
        "enrichment review decide 12 --take 1",
        "enrichment review decide 12 --take 4uLU6hMCjMI75M1A2tKUQC",
        'enrichment review decide 12 --none --why "all are edits"',
        "enrichment review decide 12 --paste https://open.spotify.com/track/…",
    ),
)
def review_decide(
    question: Number,
    *,
    take: Annotated[
        str | None,
        typer.Option(
            help="An offer: its id as shown, or its number as offers stand now."
        ),
    ] = None,
    none: Annotated[bool, typer.Option("--none", help="None of these.")] = False,
    paste: Annotated[
        str | None, typer.Option(help="A link or an id of a known service.")
    ] = None,
    why: Annotated[str | None, typer.Option(help="For whoever reads it.")] = None,
    who: Annotated[
        str, typer.Option(envvar="USER", help="Your name; default: of the account.")
    ] = "operator",
    as_json: AsJson = False,
) -> None:
    """Decide a question; no provider, job or rule overrides it."""
    from enrichment.cli.actions import review
    from enrichment.review.answering import Answer

    settings = load_settings()
    # no id is one digit
    number = int(take) if take and re.fullmatch("[0-9]", take) else None
    named = take if number is None else None
    given = Answer(number=number, take=named, none=none, paste=paste, why=why)
    run(lambda: review.decide(settings, question, given, who, as_json=as_json))


@app.command(
    "undo",
    epilog=examples("enrichment review undo 0b9f6c1e-5a0e-4c4f-9d0c-6f0f6f1f2a3b"),
)
def review_undo(
    act: Annotated[UUID, typer.Argument(help="As `review decide` printed it.")],
    *,
    who: Annotated[
        str, typer.Option(envvar="USER", help="Your name; default: of the account.")
    ] = "operator",
    as_json: AsJson = False,
) -> None:
    """Take a decision back: values, candidates and the question are as before."""
    from enrichment.cli.actions import review

    settings = load_settings()
    run(lambda: review.undo(settings, act, who, as_json=as_json))


@app.command("export", epilog=examples("enrichment review export --json"))
def review_export(
    *,
    as_json: Annotated[
        bool, typer.Option("--json", help="Errors in JSON, too; cases always are.")
    ] = False,
) -> None:
    """
    Write decisions as cases of the matcher's regression set, JSON Lines.

    Each line is one that `enrichment match` reads, and holds what is expected.
    """
    from enrichment.cli.actions import review

    del as_json
    settings = load_settings()
    run(lambda: review.export(settings))
