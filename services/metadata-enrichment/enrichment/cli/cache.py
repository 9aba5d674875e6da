"""`enrichment cache`: what is remembered, warming, advice."""

from typing import Annotated

import typer

from enrichment.cli.shared import AsJson, load_settings, run

app = typer.Typer(
    help="See what is remembered, warm what is played most, get advice on lifetimes.",
    no_args_is_help=True,
)


@app.command("stats")
def cache_stats(
    *,
    as_json: AsJson = False,
) -> None:
    """Count remembered answers by provider: found, absent, stale, bytes each."""
    from enrichment.cli.actions import cache

    settings = load_settings()
    run(lambda: cache.stats(settings, as_json=as_json))


@app.command("warm")
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


@app.command("advise")
def cache_advise() -> None:
    """Say whether each lifetime fits the use that the workers have seen."""
    from enrichment.cli.actions import cache

    settings = load_settings()
    run(lambda: cache.advise(settings))


@app.command("show")
def cache_show(
    artist: str,
    title: str,
    *,
    drop: Annotated[bool, typer.Option("--drop", help="And forget it.")] = False,
) -> None:
    """Show what is remembered of a track, by the names in its tracklist line."""
    from enrichment.cli.actions import cache

    settings = load_settings()
    run(lambda: cache.show(settings, artist, title, drop=drop))
