"""The command `enrichment`: arguments in, words for people or JSON Lines out."""

import asyncio
import sys
from collections.abc import Coroutine
from datetime import UTC, datetime
from pathlib import Path
from typing import Annotated, Any, NoReturn

import typer

# Commands import what they need themselves: `parse` must not wait for aio-pika.

app = typer.Typer(
    name="enrichment",
    help="Find out which recording each track is, and fill in its metadata.",
    no_args_is_help=True,
    add_completion=False,
    pretty_exceptions_enable=False,
    context_settings={"help_option_names": ["-h", "--help"]},
)
providers_app = typer.Typer(
    help="See what keeps providers from being asked; pause and resume them for all.",
    no_args_is_help=True,
)
cache_app = typer.Typer(
    help="See what is remembered, warm what is played most, get advice on lifetimes.",
    no_args_is_help=True,
)
dlq_app = typer.Typer(
    help="Dead letters: list, show, replay, purge; nothing leaves by itself.",
    no_args_is_help=True,
)
migrate_app = typer.Typer(
    help="Apply sql/migrations, take them back, or say where this database stands.",
    no_args_is_help=True,
)
app.add_typer(migrate_app, name="migrate")
app.add_typer(providers_app, name="providers")
app.add_typer(dlq_app, name="dlq")
app.add_typer(cache_app, name="cache")

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

# sysexits.h: EX_DATAERR, EX_UNAVAILABLE, EX_CONFIG
NOT_A_TRACKLIST, UNAVAILABLE, MISCONFIGURED = 65, 69, 78

Input = Annotated[
    Path,
    typer.Argument(
        help="A file, or - for standard input.", allow_dash=True, metavar="FILE|-"
    ),
]


@app.command()
def parse(
    source: Input,
    *,
    form: Annotated[
        str,
        typer.Option(
            "--format",
            help="auto: a whole tracklist, its format told by its content."
            " lines: one track a line, exactly one object for each line, in order.",
        ),
    ] = "auto",
) -> None:
    """Print the rows of a tracklist as JSON Lines; unknown rows keep their place."""
    from enrichment import parse_lines
    from scrapers.tracklists.tracklist import TracklistError

    if form not in {"auto", "lines"}:
        _fail(f"--format {form}: auto or lines", 2)
    content = _read(source)
    write = sys.stdout.buffer.write
    if form == "lines":
        for line in parse_lines.each_line(content):
            write(line)
        return
    try:
        for line in parse_lines.tracklist(content):
            write(line)
    except TracklistError as error:
        kind = parse_lines.KINDS.get(type(error).__name__, "no tracklist")
        _fail(f"{source}: {kind}: {error}", NOT_A_TRACKLIST)


@app.command()
def match(source: Input) -> None:
    """
    Decide which candidate is the wanted recording, JSON Lines in and out.

    In: {"query": {artist, title, album?, duration_ms?, isrc?, year?}, "candidates":
    [{id, …the same}]}. Out: {"decision": "accept"|"ambiguous"|"none", "id", "score",
    "reasons"}. A line that cannot be read gets "none" with the fault as its reason, is
    named on standard error, and makes the exit code 65.
    """
    import orjson

    from enrichment import match_lines

    faults = 0
    for number, line in enumerate(_read(source).splitlines(), 1):
        if not line.strip():
            continue
        try:
            decision = match_lines.match_json(orjson.loads(line))
        except ValueError as error:
            faults += 1
            typer.echo(f"{source}:{number}: {error}", err=True)
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

    from enrichment import worker as root

    settings = _settings(prefetch_count=prefetch)
    _run(
        lambda: root.run(settings, queue or settings.queue_name, burst=burst),
        runner=uvloop.run,
    )


@app.command("queue-init")
def queue_init() -> None:
    """Declare exchange, queues and binding; safe to repeat, waits for the broker."""
    from enrichment import operations

    settings = _settings()
    _run(lambda: operations.init_queues(settings))
    typer.echo("✅ Queue initialization successful!")
    typer.echo("Workers can now connect to: metadata_enrichment_queue")


@app.command()
def queues(
    *,
    as_json: Annotated[bool, typer.Option("--json", help="For programs.")] = False,
) -> None:
    """Show depth and consumers of every queue, and what waits in Postgres."""
    from enrichment import operations

    settings = _settings()
    _run(lambda: operations.show_queues(settings, as_json=as_json))


@app.command()
def doctor(
    *,
    as_json: Annotated[bool, typer.Option("--json", help="For programs.")] = False,
) -> None:
    """Check settings, servers, schema, topology and clocks; say what to do."""
    from enrichment import doctor as examination

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
    as_json: Annotated[bool, typer.Option("--json", help="For programs.")] = False,
) -> None:
    """Price a piece of work before anything is spent: calls, hours, useful workers."""
    from enrichment import plan as planning

    settings = _settings()
    _run(
        lambda: planning.plan(settings, subject, as_json=as_json, servers=servers),
    )


@providers_app.command("list")
def providers_list(
    *,
    as_json: Annotated[bool, typer.Option("--json", help="For programs.")] = False,
) -> None:
    """Show each provider's allowance, benches and pauses, for the whole cluster."""
    from enrichment import operations

    settings = _settings()
    _run(lambda: operations.list_providers(settings, as_json=as_json))


@providers_app.command("pause")
def providers_pause(provider: str) -> None:
    """Keep every worker from asking a provider, until resumed."""
    from enrichment import operations

    settings = _settings()
    _run(lambda: operations.pause_provider(settings, provider, paused=True))


@providers_app.command("resume")
def providers_resume(provider: str) -> None:
    """Let workers ask again; what waited for a person is probed at once."""
    from enrichment import operations

    settings = _settings()
    _run(lambda: operations.pause_provider(settings, provider, paused=False))


@cache_app.command("stats")
def cache_stats(
    *,
    as_json: Annotated[bool, typer.Option("--json", help="For programs.")] = False,
) -> None:
    """Count remembered answers by provider: found, absent, stale, bytes each."""
    from enrichment import caching

    settings = _settings()
    _run(lambda: caching.stats(settings, as_json=as_json))


@cache_app.command("warm")
def cache_warm(
    *,
    calls: Annotated[int, typer.Option(min=1, help="Spend no more calls than this.")],
    provider: Annotated[str | None, typer.Option(help="Ask this one alone.")] = None,
    tracks: Annotated[
        int, typer.Option(min=1, help="Look at so many of the most played tracks.")
    ] = 1000,
) -> None:
    """Ask for the most played tracks' answers before they end, inside a budget."""
    from enrichment import caching

    settings = _settings()
    _run(lambda: caching.warm(settings, calls, provider, tracks))


@cache_app.command("advise")
def cache_advise() -> None:
    """Say whether each lifetime fits the use that the workers have seen."""
    from enrichment import caching

    settings = _settings()
    _run(lambda: caching.advise(settings))


@cache_app.command("show")
def cache_show(
    artist: str,
    title: str,
    *,
    drop: Annotated[bool, typer.Option("--drop", help="And forget it.")] = False,
) -> None:
    """Show what is remembered of a track, by the names in its tracklist line."""
    from enrichment import caching

    settings = _settings()
    _run(lambda: caching.show(settings, artist, title, drop=drop))


@dlq_app.command("list")
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
    from enrichment import dead_letter_command as letters

    wanted = _letters(reason, queue, text, since, before, limit)
    settings = _settings()
    _run(lambda: letters.list_letters(settings, wanted, as_json=as_json))


@dlq_app.command("show")
def dlq_show(
    number: Annotated[int, typer.Argument(help="Its number in the list.")],
) -> None:
    """Show one dead letter whole: body, headers, reason."""
    from enrichment import dead_letter_command as letters

    settings = _settings()
    _run(lambda: letters.show_letter(settings, number))


@dlq_app.command("replay")
def dlq_replay(
    *,
    reason: Reason = None,
    queue: FromQueue = None,
    text: Text = None,
    since: Since = None,
    before: Before = None,
    limit: Limit = None,
    per_second: Annotated[
        float, typer.Option(min=0.01, help="No more than so many each second.")
    ] = 50.0,
    dry_run: DryRun = False,
) -> None:
    """Publish dead letters to their queues again, confirmed before they leave."""
    from enrichment import dead_letter_command as letters

    wanted = _letters(reason, queue, text, since, before, limit)
    settings = _settings()
    _run(
        lambda: letters.replay_letters(
            settings, wanted, per_second=per_second, dry_run=dry_run
        )
    )


@dlq_app.command("purge")
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
    from enrichment import dead_letter_command as letters

    wanted = _letters(reason, queue, text, since, before, limit)
    settings = _settings()
    if not dry_run and not yes:
        typer.confirm("Remove these dead letters for good?", abort=True, err=True)
    _run(lambda: letters.purge_letters(settings, wanted, dry_run=dry_run))


def _letters(
    reason: str | None,
    queue: str | None,
    text: str | None,
    since: datetime | None,
    before: datetime | None,
    limit: int | None,
) -> Any:  # noqa: ANN401 (a Filter, imported lazily)
    from enrichment.queueing.dead_letter_box import Filter

    return Filter(
        reason=reason,
        queue=queue,
        text=text,
        since=since and since.replace(tzinfo=UTC),
        before=before and before.replace(tzinfo=UTC),
        limit=limit,
    )


@migrate_app.command("up")
def migrate_up() -> None:
    """Apply what is missing, in order, under an advisory lock."""
    from enrichment import operations

    settings = _settings()
    _run(lambda: operations.migrate_up(settings))


@migrate_app.command("down")
def migrate_down(
    to: Annotated[
        int, typer.Option(help="Version to go back to; 0 takes everything away.")
    ],
) -> None:
    """Take migrations back, newest first. What they held is gone."""
    from enrichment import operations

    settings = _settings()
    _run(lambda: operations.migrate_down(settings, to))


@migrate_app.command("status")
def migrate_status() -> None:
    """List every migration and since when it is applied."""
    from enrichment import operations

    settings = _settings()
    _run(lambda: operations.migrate_status(settings))


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
        typer.Option(help="The simulator's world; default: made from the tracklists."),
    ] = None,
    coverage: Annotated[
        str, typer.Option(help="What providers know: full, or festival as measured.")
    ] = "full",
    seed: Annotated[int, typer.Option(help="Of the invented world.")] = 7,
    time_scale: Annotated[
        float, typer.Option(min=0.1, help="Run all limits this much faster.")
    ] = 1.0,
    prefetch: Annotated[int, typer.Option(min=1, max=2000)] = 200,
    keep: Annotated[
        Path | None,
        typer.Option(
            help="Keep the servers' files here, and start from them next time."
        ),
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
    crawls PATH, workers enrich, and the report says what the simulator counted.
    """
    from enrichment import replay as play

    plan = play.Plan(
        path=path,
        workers=workers,
        passes=passes,
        catalogue=catalogue,
        coverage=coverage,
        seed=seed,
        time_scale=time_scale,
        prefetch=prefetch,
        keep=keep,
        timeout_seconds=timeout,
    )
    _run(lambda: play.replay(plan, report=report, summary=summary))


def _read(source: Path) -> bytes:
    if str(source) == "-":
        return sys.stdin.buffer.read()
    try:
        return source.read_bytes()
    except OSError as error:
        _fail(f"{source}: {error.strerror or error}", 66)  # EX_NOINPUT


def _settings(**changed: object) -> Any:  # noqa: ANN401 (Settings, imported lazily)
    from enrichment import logs, settings
    from enrichment.errors import ConfigurationError

    try:
        loaded = settings.load()
    except ConfigurationError as error:
        _fail(str(error), MISCONFIGURED)
    logs.configure(loaded.log_level, colours=sys.stderr.isatty())
    given = {name: value for name, value in changed.items() if value is not None}
    return loaded.model_copy(update=given)


def _run(
    act: Any,  # noqa: ANN401 (gives a coroutine, made inside the loop)
    runner: Any = asyncio.run,  # noqa: ANN401 (asyncio.run or uvloop.run)
) -> None:
    """Run a command; our own errors become one line and an exit code."""
    from enrichment.errors import ConfigurationError, EnrichmentError

    async def go() -> int:
        coroutine: Coroutine[Any, Any, int | None] = act()
        return await coroutine or 0

    try:
        code = runner(go())
    except ConfigurationError as error:
        _fail(str(error), MISCONFIGURED)
    except EnrichmentError as error:
        _fail(str(error), UNAVAILABLE)
    except KeyboardInterrupt:
        raise typer.Exit(130) from None
    if code:
        raise typer.Exit(code)


def _fail(sentence: str, code: int) -> NoReturn:
    typer.echo(f"enrichment: {sentence}", err=True)
    raise typer.Exit(code)
