"""`enrichment console`: a link that opens the console without typing a token."""

from typing import Annotated

import typer

from enrichment.cli.shared import AsJson, examples, load_settings, run

EXAMPLES = examples(
    "enrichment console",
    "enrichment console --name ada --address https://music.example.org",
)


def console(
    *,
    name: Annotated[
        str, typer.Option(help="Of the token that the reader is logged in with.")
    ] = "operator",
    address: Annotated[
        str | None, typer.Option(help="Of the service; else as it listens.")
    ] = None,
    as_json: AsJson = False,
) -> None:
    """Print a link to the console's pages; it works once, for ten minutes."""
    from enrichment.cli.actions import console as action

    settings = load_settings()
    run(
        lambda: action.print_link(settings, name=name, address=address, as_json=as_json)
    )
