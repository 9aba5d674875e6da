"""`enrichment providers`: who may be asked; pause and resume for all workers."""

import typer

from enrichment.commands import AsJson, load_settings, run

app = typer.Typer(
    help="See what keeps providers from being asked; pause and resume them for all.",
    no_args_is_help=True,
)


@app.command("list")
def providers_list(
    *,
    as_json: AsJson = False,
) -> None:
    """Show each provider's allowance, benches and pauses, for the whole cluster."""
    from enrichment import operations

    settings = load_settings()
    run(lambda: operations.list_providers(settings, as_json=as_json))


@app.command("pause")
def providers_pause(provider: str) -> None:
    """Keep every worker from asking a provider, until resumed."""
    from enrichment import operations

    settings = load_settings()
    run(lambda: operations.pause_provider(settings, provider, paused=True))


@app.command("resume")
def providers_resume(provider: str) -> None:
    """Let workers ask again; what waited for a person is probed at once."""
    from enrichment import operations

    settings = load_settings()
    run(lambda: operations.pause_provider(settings, provider, paused=False))
