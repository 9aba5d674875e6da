"""The command `enrichment`: arguments in, words for people or JSON Lines out."""

import asyncio
import gc
import sys
from typing import Annotated

import typer

from enrichment.cli import (
    cache,
    console,
    dlq,
    export,
    migrate,
    parse,
    providers,
    rematch,
    replay,
    review,
    tracklists,
    tracks,
)
from enrichment.cli.errors_told import Commands
from enrichment.cli.shared import (
    NOT_A_TRACKLIST,
    AsJson,
    ErrorsAsJson,
    InputFile,
    examples,
    input_lines,
    load_settings,
    run,
)
from enrichment.cli.streams import make_printable, tell

# Commands import what they need themselves: `parse` must not wait for aio-pika.

app = typer.Typer(
    name="enrichment",
    cls=Commands,
    epilog="Exit codes: docs/commands.md. Each command has examples in its --help.",
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
app.add_typer(review.app, name="review")


def _tell_version(asked: bool) -> None:  # noqa: FBT001 (as typer calls it)
    from importlib.metadata import version

    if asked:
        tell(f"enrichment {version('songnodes-enrichment')}")
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
    del version
    make_printable(sys.stdout, sys.stderr)


app.command(epilog=parse.EXAMPLES)(parse.parse)
app.command(epilog=rematch.EXAMPLES)(rematch.rematch)
app.command(epilog=replay.EXAMPLES)(replay.replay)
app.command(epilog=export.EXAMPLES)(export.export)
app.command(epilog=console.EXAMPLES)(console.console)


@app.command(
    epilog=examples(
        "enrichment match questions.jsonl",
        "enrichment match - --json",
    ),
)
def match(
    source: InputFile,
    *,
    as_json: ErrorsAsJson = False,  # noqa: ARG001 (shapes errors alone)
) -> None:
    """
    Decide which candidate is the wanted recording, JSON Lines in and out.

    In: {"query": {artist, title, album?, duration_ms?, isrc?, year?}, "candidates":
    [{id, …the same}]}. Out: {"decision": "accept"|"ambiguous"|"none", "id", "score",
    "reasons"}. A line that cannot be read gets "none" with the fault as its reason, is
    named on standard error, and makes the exit code 65.
    """
    import orjson

    from enrichment.cli.actions import match_lines
    from enrichment.contract.texts.plain_text import shown

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
            tell(shown(f"{source}:{number}: {error}"), error=True)
            decision = {
                "decision": "none",
                "id": None,
                "score": 0.0,
                "reasons": [f"invalid input: {error}"],
            }
        sys.stdout.buffer.write(orjson.dumps(decision) + b"\n")
    if faults:
        raise typer.Exit(NOT_A_TRACKLIST)


@app.command(
    epilog=examples(
        "enrichment worker",
        "enrichment worker --queue metadata_enrichment_backlog_queue --prefetch 150",
        "enrichment worker --burst",
    ),
)
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


@app.command(
    "queue-init",
    epilog=examples(
        "enrichment queue-init",
    ),
)
def queue_init() -> None:
    """Declare exchange, queues and binding; safe to repeat, waits for the broker."""
    from enrichment.cli.actions import operations

    settings = load_settings()
    run(lambda: operations.init_queues(settings))
    tell("✅ Queue initialization successful!")
    tell("Workers can now connect to: metadata_enrichment_queue")


@app.command(
    epilog=examples(
        "enrichment queues",
        "enrichment queues --json",
    ),
)
def queues(
    *,
    as_json: AsJson = False,
) -> None:
    """Show depth and consumers of every queue, and what waits in Postgres."""
    from enrichment.cli.actions import operations

    settings = load_settings()
    run(lambda: operations.show_queues(settings, as_json=as_json))


@app.command(
    epilog=examples(
        'enrichment explain "Orbital - Halcyon"',
        "enrichment explain 0233026f-0782-5f16-93fb-9c95ade582ff --json",
    ),
)
def explain(
    track: Annotated[
        str, typer.Argument(help='A track id, or "ARTIST - TITLE".', metavar="TRACK")
    ],
    *,
    as_json: AsJson = False,
) -> None:
    """Explain a track: each value with its source, and what was refused and why."""
    from enrichment.cli.actions import explain as explain_command

    settings = load_settings()
    run(lambda: explain_command.explain_track(settings, track, as_json=as_json))


@app.command(
    epilog=examples(
        "enrichment serve",
    ),
)
def serve() -> None:
    """Serve the HTTP API and run a scheduler until SIGTERM."""
    import uvloop

    from enrichment.web import app as serving

    settings = load_settings()
    run(lambda: serving.run(settings), runner=uvloop.run)


@app.command(
    epilog=examples(
        "enrichment doctor",
        "enrichment doctor --json",
    ),
)
def doctor(
    *,
    as_json: AsJson = False,
) -> None:
    """Check settings, servers, schema, topology and clocks; say what to do."""
    from enrichment.cli.actions import doctor as examination

    code = asyncio.run(examination.examine(as_json=as_json))
    raise typer.Exit(code)


@app.command(
    epilog=examples(
        "enrichment plan tracklists/",
        "enrichment plan night.txt --servers --json",
        'enrichment plan "SELECT track_id FROM tracks WHERE isrc IS NULL"',
    ),
)
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
