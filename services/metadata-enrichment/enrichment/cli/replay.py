"""`enrichment replay`: the whole pipeline on private servers, invented providers."""

import os
from enum import StrEnum
from pathlib import Path
from typing import Annotated, Literal

import typer

from enrichment.cli.shared import CANNOT_CREATE, WRONG_CALL, examples, fail, run

EXAMPLES = examples(
    "enrichment replay tracklists/ --workers 2 --time-scale 4",
    "enrichment replay night.txt --html night.html --unresolved night.csv",
    "enrichment replay tracklists/ --keep .replay --json",
    "enrichment replay tracklists/ --time-scale 4 --console",
)


class Network(StrEnum):
    """How far the providers of a replay are away."""

    NEAR = "near"
    FAR = "far"


def replay(  # noqa: PLR0913 (each option is one of the run's facts)
    path: Annotated[Path, typer.Argument(help="A tracklist file or a folder of them.")],
    *,
    workers: Annotated[int, typer.Option(min=1, max=64)] = 1,
    passes: Annotated[int, typer.Option(min=1, max=100)] = 1,
    report: Annotated[
        Path | None, typer.Option(help="Write the JSON report to this file.")
    ] = None,
    catalogue: Annotated[
        Path | None,
        typer.Option(
            exists=True,
            dir_okay=False,
            readable=True,
            help="The simulator's world; default: made of the text of each row.",
        ),
    ] = None,
    coverage: Annotated[
        Literal["full", "festival"],
        typer.Option(help="What providers know: full, or festival as measured."),
    ] = "full",
    providers: Annotated[
        str | None,
        typer.Option(
            metavar="LIST",
            help="Ask these alone, as spotify,lastfm. Default: all of ours.",
        ),
    ] = None,
    seed: Annotated[int, typer.Option(help="Of the invented world.")] = 7,
    time_scale: Annotated[
        float,
        typer.Option(min=0.1, max=100_000, help="Run all limits this much faster."),
    ] = 1.0,
    spotify_day: Annotated[
        int | None,
        typer.Option(min=1, help="Spotify calls a day, for workers and simulator."),
    ] = None,
    network: Annotated[
        Network | None,
        typer.Option(
            help="Ask the providers over TLS, near or far: 300 ms to open a connection,"
            " 120 ms for a round trip, 1 % of requests reset. Default: no TLS."
        ),
    ] = None,
    prefetch: Annotated[
        int | None, typer.Option(min=1, max=2000, help="Default: as a worker's own.")
    ] = None,
    keep: Annotated[
        Path | None,
        typer.Option(
            help="Keep the servers' files here, and start from them next time."
        ),
    ] = None,
    unresolved: Annotated[
        Path | None,
        typer.Option(help="Write the rows that were not resolved to this CSV file."),
    ] = None,
    html: Annotated[
        Path | None, typer.Option(help="Write a report with plots to this HTML file.")
    ] = None,
    console: Annotated[
        bool,
        typer.Option(
            "--console",
            help="Leave the console open on the rows; print a link that logs in once.",
        ),
    ] = False,
    timeout: Annotated[
        float, typer.Option(min=1, help="Give up after so many seconds.")
    ] = 3600.0,
    summary: Annotated[
        bool, typer.Option(help="Show progress and a summary for people.")
    ] = True,
    as_json: Annotated[
        bool, typer.Option("--json", help="Print the report instead of a summary.")
    ] = False,
) -> None:
    """
    Run the real pipeline on private servers against the provider simulator.

    Real RabbitMQ, Redis and Postgres are started for this run alone; the file spider
    crawls PATH, workers enrich, and the report says what the simulator counted. What
    the environment names is not used. The run ends when nothing is due within a minute
    of the providers' clock; exit code 75 says that something waits until later.
    """
    from enrichment.app.settings import PREFETCH_COUNT
    from enrichment.providers.registry import listed
    from rehearsal import replay as play

    try:
        asked = listed(providers)
    except ValueError as error:
        raise typer.BadParameter(str(error), param_hint="--providers") from error
    files = [file for file in (report, unresolved, html) if file is not None]
    if len({file.resolve() for file in files}) < len(files):
        fail("--report, --unresolved, --html: each needs its own file", WRONG_CALL)
    for file in files:
        _make(file.parent)
        if file.is_dir():
            fail(f"{file}: cannot be written: it is a folder", CANNOT_CREATE)
    if keep is not None:
        _make(keep)

    plan = play.Plan(
        path=path,
        workers=workers,
        passes=passes,
        catalogue=catalogue,
        coverage=coverage,
        seed=seed,
        time_scale=time_scale,
        spotify_day=spotify_day,
        network=network and network.value,
        prefetch=prefetch or PREFETCH_COUNT,
        keep=keep,
        timeout_seconds=timeout,
        unresolved=unresolved,
        html=html,
        console=console,
        providers=asked,
    )
    run(lambda: play.replay(plan, report=report, summary=summary and not as_json))


def _make(folder: Path) -> None:
    """Make a folder that a long run will write to, before the run begins."""
    try:
        folder.mkdir(parents=True, exist_ok=True)
    except OSError as error:
        fail(f"{folder}: cannot be written to: {error.strerror}", CANNOT_CREATE)
    if not os.access(folder, os.W_OK):
        fail(f"{folder}: cannot be written to", CANNOT_CREATE)
