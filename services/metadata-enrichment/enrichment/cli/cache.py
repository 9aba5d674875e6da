"""`enrichment cache`: what is remembered, warming, advice."""

from typing import Annotated

import typer

from enrichment.cli.shared import (
    AsJson,
    examples,
    load_settings,
    run,
)

app = typer.Typer(
    help="See what is remembered, warm what is played most, get advice on lifetimes.",
    no_args_is_help=True,
)


@app.command(
    "stats",
    epilog=examples(
        "enrichment cache stats",
        "enrichment cache stats --json",
    ),
)
def cache_stats(
    *,
    as_json: AsJson = False,
) -> None:
    """Count remembered answers by provider: found, absent, stale, bytes each."""
    from enrichment.cli.actions import cache

    settings = load_settings()
    run(lambda: cache.stats(settings, as_json=as_json))


@app.command(
    "warm",
    epilog=examples(
        "enrichment cache warm --calls 500",
        "enrichment cache warm --calls 200 --provider spotify --tracks 5000",
    ),
)
def cache_warm(
    *,
    calls: Annotated[int, typer.Option(min=1, help="Spend no more calls than this.")],
    provider: Annotated[str | None, typer.Option(help="Ask this one alone.")] = None,
    tracks: Annotated[
        int, typer.Option(min=1, help="Look at so many of the most played tracks.")
    ] = 1000,
) -> None:
    """Ask for the most played tracks' answers before they end, inside a budget."""
    from enrichment.cli.actions import cache

    settings = load_settings()
    run(lambda: cache.warm(settings, calls, provider, tracks))


@app.command(
    "advise",
    epilog=examples(
        "enrichment cache advise",
        "enrichment cache advise --json",
    ),
)
def cache_advise(*, as_json: AsJson = False) -> None:
    """Print whether each lifetime fits the use that the workers have seen."""
    from enrichment.cli.actions import cache

    settings = load_settings()
    run(lambda: cache.advise(settings, as_json=as_json))


@app.command(
    "show",
    epilog=examples(
        "enrichment cache show Orbital Halcyon",
        'enrichment cache show "Daft Punk" "One More Time" --drop',
    ),
)
def cache_show(
    artist: str,
    title: str,
    *,
    drop: Annotated[bool, typer.Option("--drop", help="And forget it.")] = False,
    as_json: AsJson = False,
) -> None:
    """Show what is remembered of a track, by the names in its tracklist line."""
    from enrichment.cli.actions import cache

    settings = load_settings()
    run(lambda: cache.show(settings, artist, title, drop=drop, as_json=as_json))
