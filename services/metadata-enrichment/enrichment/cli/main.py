"""The command `enrichment`: arguments in, words for people or JSON Lines out."""

import asyncio
import gc
import os
import sys
from enum import StrEnum
from pathlib import Path
from typing import Annotated, Literal

import typer

from enrichment.cli import (
    cache,
    dlq,
    export,
    migrate,
    parse,
    providers,
    rematch,
    tracklists,
    tracks,
)
from enrichment.cli.shared import (
    CANNOT_CREATE,
    NOT_A_TRACKLIST,
    AsJson,
    InputFile,
    fail,
    input_lines,
    load_settings,
    run,
)

# Commands import what they need themselves: `parse` must not wait for aio-pika.

app = typer.Typer(
    name="enrichment",
    no_args_is_help=True,
    pretty_exceptions_enable=False,
    context_settings={"help_option_names": ["-h", "--help"]},
)
app.add_typer(migrate.app, name="migrate")
app.add_typer(providers.app, name="providers")
app.add_typer(dlq.app, name="dlq")
app.add_typer(cache.app, name="cache")
app.add_typer(tracklists.app, name="tracklists")
app.add_typer(tracks.app, name="tracks")


def _tell_version(asked: bool) -> None:  # noqa: FBT001 (as typer calls it)
    from importlib.metadata import version

    if asked:
        typer.echo(f"enrichment {version('songnodes-enrichment')}")
        raise typer.Exit


@app.callback()
def enrichment(
    *,
    version: Annotated[
        bool,
        typer.Option(
            "--version",
            is_eager=True,
            callback=_tell_version,
            help="Print the version.",
        ),
    ] = False,
) -> None:
    """Find out which recording each track is, and fill in its metadata."""
    from enrichment.cli.streams import make_printable

    del version
    make_printable(sys.stdout, sys.stderr)


class Network(StrEnum):
    """How far the providers of a replay are away."""

    NEAR = "near"
    FAR = "far"


app.command()(parse.parse)
app.command()(rematch.rematch)
app.command(epilog=export.EXAMPLES)(export.export)


@app.command()
def match(source: InputFile) -> None:
    """
    Decide which candidate is the wanted recording, JSON Lines in and out.

    In: {"query": {artist, title, album?, duration_ms?, isrc?, year?}, "candidates":
    [{id, …the same}]}. Out: {"decision": "accept"|"ambiguous"|"none", "id", "score",
    "reasons"}. A line that cannot be read gets "none" with the fault as its reason, is
    named on standard error, and makes the exit code 65.
    """
    import orjson

    from enrichment.cli.actions import match_lines
    from enrichment.showing import shown

    gc.freeze()
    gc.set_threshold(*match_lines.COLLECT_AFTER)
    faults = 0
    for number, line in enumerate(input_lines(source), 1):
        if not line.strip():
            continue
        try:
            decision = match_lines.match_json(orjson.loads(line))
        except ValueError as error:
            faults += 1
            typer.echo(shown(f"{source}:{number}: {error}"), err=True)
            decision = {
                "decision": "none",
                "id": None,
                "score": 0.0,
                "reasons": [f"invalid input: {error}"],
            }
        sys.stdout.buffer.write(orjson.dumps(decision) + b"\n")
    if faults:
        raise typer.Exit(NOT_A_TRACKLIST)


@app.command()
def worker(
    queue: Annotated[
        str | None,
        typer.Option(help="Queue to consume; default QUEUE_NAME, else the main one."),
    ] = None,
    prefetch: Annotated[
        int | None,
        typer.Option(min=1, max=2000, help="Messages in hand; default PREFETCH_COUNT."),
    ] = None,
    *,
    burst: Annotated[
        bool, typer.Option("--burst", help="Stop when the queue is empty.")
    ] = False,
) -> None:
    """Consume a queue until SIGTERM: look up, match, merge, write, acknowledge."""
    import uvloop

    from enrichment.app import worker as root

    settings = load_settings(prefetch_count=prefetch)
    run(
        lambda: root.run(settings, queue or settings.queue_name, burst=burst),
        runner=uvloop.run,
    )


@app.command("queue-init")
def queue_init() -> None:
    """Declare exchange, queues and binding; safe to repeat, waits for the broker."""
    from enrichment.cli.actions import operations

    settings = load_settings()
    run(lambda: operations.init_queues(settings))
    typer.echo("✅ Queue initialization successful!")
    typer.echo("Workers can now connect to: metadata_enrichment_queue")


@app.command()
def queues(
    *,
    as_json: AsJson = False,
) -> None:
    """Show depth and consumers of every queue, and what waits in Postgres."""
    from enrichment.cli.actions import operations

    settings = load_settings()
    run(lambda: operations.show_queues(settings, as_json=as_json))


@app.command()
def explain(
    track: Annotated[
        str, typer.Argument(help='A track id, or "ARTIST - TITLE".', metavar="TRACK")
    ],
    *,
    as_json: AsJson = False,
) -> None:
    """Tell what is known of a track, who said so, what was refused and why."""
    from enrichment.cli.actions import explain as explain_command

    settings = load_settings()
    run(lambda: explain_command.explain_track(settings, track, as_json=as_json))


@app.command()
def serve() -> None:
    """Serve the HTTP API and run a scheduler until SIGTERM."""
    import uvloop

    from enrichment.web import app as serving

    settings = load_settings()
    run(lambda: serving.run(settings), runner=uvloop.run)


@app.command()
def doctor(
    *,
    as_json: AsJson = False,
) -> None:
    """Check settings, servers, schema, topology and clocks; say what to do."""
    from enrichment.cli.actions import doctor as examination

    code = asyncio.run(examination.examine(as_json=as_json))
    raise typer.Exit(code)


@app.command()
def plan(
    subject: Annotated[
        str,
        typer.Argument(
            help="A tracklist file, a folder of them, or a SELECT of track ids.",
            metavar="PATH|SQL",
        ),
    ],
    *,
    servers: Annotated[
        bool,
        typer.Option(help="Leave out what Postgres and Redis know already."),
    ] = False,
    as_json: AsJson = False,
) -> None:
    """Price a piece of work before anything is spent: calls, hours, useful workers."""
    from enrichment.cli.actions import plan as planning

    settings = load_settings()
    run(
        lambda: planning.plan(settings, subject, as_json=as_json, servers=servers),
    )


@app.command()
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
    timeout: Annotated[
        float, typer.Option(min=1, help="Give up after so many seconds.")
    ] = 3600.0,
    summary: Annotated[
        bool, typer.Option(help="Show progress and a summary for people.")
    ] = True,
) -> None:
    """
    Run the real pipeline on private servers against the provider simulator.

    Real RabbitMQ, Redis and Postgres are started for this run alone; the file spider
    crawls PATH, workers enrich, and the report says what the simulator counted. What
    the environment names is not used. The run ends when nothing is due within a minute
    of the providers' clock; exit code 75 says that something waits until later.
    """
    from enrichment.app.settings import PREFETCH_COUNT
    from rehearsal import replay as play

    files = (report, unresolved, html)
    for folder in (*(file and file.parent for file in files), keep):
        if folder is not None:
            _make(folder)
    if report is not None and report.is_dir():
        fail(f"{report}: cannot be written: it is a folder", CANNOT_CREATE)

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
    )
    run(lambda: play.replay(plan, report=report, summary=summary))


def _make(folder: Path) -> None:
    """Make a folder that a long run will write to, before the run begins."""
    try:
        folder.mkdir(parents=True, exist_ok=True)
    except OSError as error:
        fail(f"{folder}: cannot be written to: {error.strerror}", CANNOT_CREATE)
    if not os.access(folder, os.W_OK):
        fail(f"{folder}: cannot be written to", CANNOT_CREATE)
