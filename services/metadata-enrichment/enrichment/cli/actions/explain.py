"""`enrichment explain`: what is known of a track and why, for people or as JSON."""

from collections.abc import Iterator
from datetime import UTC, datetime

from pydantic import TypeAdapter
from rich.console import Console
from rich.markup import escape
from rich.table import Table

from enrichment.app import clients
from enrichment.app.settings import Settings
from enrichment.cli.actions.operations import at_once
from enrichment.cli.terminal import Terminal, cell, print_json, tell_none
from enrichment.errors import InputInvalid
from enrichment.pipeline.explaining.explain import explain, ids_of
from enrichment.pipeline.explaining.explanation import (
    Explanation,
    JudgedCandidate,
    ProviderPart,
)
from enrichment.pipeline.explaining.tempo import TempoDoubt
from enrichment.pipeline.explaining.withholding import for_commercial_use

_COLOURS = {
    "found": "green", "accepted": "green", "completed": "green", "matched": "green",
    "absent": "yellow", "ambiguous": "yellow", "not_sure": "yellow",
    "partial": "yellow", "pending": "yellow", "in_progress": "yellow",
    "no_match": "yellow",
}  # fmt: skip


async def explain_track(settings: Settings, subject: str, *, as_json: bool) -> int:
    """Print the explanation; give 1 when no row is of that track."""
    track_ids = ids_of(subject)
    if not track_ids:
        raise InputInvalid(
            f"{subject!r} names no track: give a track id, or ARTIST - TITLE"
        )
    with at_once("Postgres"):
        pool = await clients.open_pool(settings, 1, wait=False)
    try:
        told = await explain(pool, track_ids)
    finally:
        await pool.close()
    if told is None:
        tell_none(f"no row for {subject}: its id would be {track_ids[0]}")
        return 1
    if settings.enrichment_commercial_use:
        told = for_commercial_use(told)
    if as_json:
        print_json(TypeAdapter(Explanation).dump_python(told, mode="json"))
    else:
        show(told, Terminal())
    return 0


def show(told: Explanation, console: Console) -> None:
    """Print an explanation for people."""
    console.print(cell(f"{told.artist} - {told.title}", "bold"))
    console.print(_facts(told))
    console.print(_fields(told))
    if any(fact.differs for fact in told.files):
        console.print()
        console.print(_differing(told))
    for part in told.providers:
        console.print()
        console.print(_heading(part))
        for line in _part_lines(part):
            console.print(f"  {line}")
        if part.candidates:
            console.print(_candidates(part.candidates))
    console.print()
    console.print(_timeline(told))
    if told.mentions:
        console.print(_mentions(told))


def _facts(told: Explanation) -> Table:
    table = Table(show_header=False, box=None, padding=(0, 2, 0, 0))
    waits = [part for part in told.providers if part.due_at is not None]
    outcome = f", {_coloured(told.outcome)}" if told.outcome else ""
    facts = {
        "track id": str(told.track_id),
        "identity": escape(told.track_key),
        "status": _coloured(told.status) + outcome,
        "parked because": escape(told.status_reason or ""),
        "waits for": ", ".join(
            f"{part.provider} ({escape(part.due_reason or 'due')},"
            f" until {_time(part.due_at)})"
            for part in waits
        ),
        "credits": escape(", ".join(f"{c.name} ({c.role})" for c in told.credits)),
        "mixing": escape(_mixing(told)),
        "lane": f"{told.lane}, priority {told.priority}, from {escape(told.source)}",
        "rules": told.data_version or "",
    }
    for name, value in facts.items():
        if value:
            table.add_row(f"[dim]{name}[/]", value)
    return table


def _mixing(told: Explanation) -> str:
    """Return tempo and key as a DJ reads them, and how sources differ."""
    mixed = told.mixing
    said = []
    if mixed.bpm_folded is not None:
        said.append(f"{mixed.bpm_folded:g} BPM")
    if mixed.tempo_doubt is not None:
        each = ", ".join(f"{one.source} {one.bpm:g}" for one in mixed.readings)
        octave = mixed.tempo_doubt is TempoDoubt.OCTAVE
        said.append(f"{'half or double' if octave else 'sources differ'}: {each}")
    if mixed.camelot:
        said.append(f"{mixed.camelot} (Open Key {mixed.open_key})")
    return "; ".join(said)


def _fields(told: Explanation) -> Table:
    table = Table(title="Values and who said so", title_justify="left")
    for column in ("field", "value", "provider", "sure", "asked", "rule", "licence"):
        table.add_column(column, overflow="fold")
    for origin in told.fields:
        value = origin.value
        if isinstance(value, list):
            value = ", ".join(map(str, value))
        table.add_row(
            origin.field + (" [magenta]pinned[/]" if origin.pinned else ""),
            escape(str(value)),
            origin.provider or "[dim]given[/]",
            f"{origin.confidence:.2f}" if origin.confidence is not None else "",
            _time(origin.fetched_at),
            str(origin.rule_version or ""),
            origin.licence_class or "",
        )
    if not told.fields:
        table.add_row("[dim]none yet[/]")
    return table


def _differing(told: Explanation) -> Table:
    table = Table("field", "value", "rows", "tracklists", title_justify="left")
    table.title = "Files that differ"
    for fact in told.files:
        if fact.differs:
            counts = (f"{fact.rows:,}", f"{fact.tracklists:,}")
            table.add_row(fact.field, escape(fact.value), *counts)
    return table


def _heading(part: ProviderPart) -> str:
    score = f", score {part.score:.2f}" if part.score is not None else ""
    return (
        f"[bold]{part.provider}[/]: {_coloured(part.outcome)}{score},"
        f" {_time(part.fetched_at)}, asked {escape(part.question)}"
    )


def _part_lines(part: ProviderPart) -> Iterator[str]:
    if part.reasons:
        yield f"because {escape('; '.join(part.reasons))}"
    if part.due_at is not None:
        yield (
            f"[yellow]waits[/] until {_time(part.due_at)}:"
            f" {escape(part.due_reason or 'due')}, {part.failed_attempts} failed tries"
        )
        if part.due_detail:
            yield f"it was told: {escape(part.due_detail)}"
    if part.under_way_since is not None:
        yield f"asked again, under way since {_time(part.under_way_since)}"
    if part.stale_at is not None:
        yield f"asked again from {_time(part.stale_at)}: {escape(part.stale_why or '')}"
    if part.outcome in {"failed", "benched"}:
        yield "[dim]it has not answered yet[/]"
    elif not part.answer_kept:
        yield "[dim]its answer is not kept: no candidates to show[/]"
    elif not part.candidates:
        yield "it knew no recording by that question"
    yield from _by_todays_rules(part)


def _by_todays_rules(part: ProviderPart) -> Iterator[str]:
    if part.conflict:
        yield f"[magenta]{escape(part.conflict)}[/]"
    if part.outcome_today not in {None, part.outcome}:
        yield (
            f"[magenta]by today's rules {part.outcome_today}[/], with what is known"
            " now: see docs/reenrichment.md"
        )


def _candidates(candidates: tuple[JudgedCandidate, ...]) -> Table:
    table = Table("candidate", "score", "verdict", "penalties")
    for one in candidates:
        facts = [
            one.album,
            f"{one.duration_ms // 60000}:{one.duration_ms // 1000 % 60:02}"
            if one.duration_ms
            else None,
            one.release_date,
            *one.isrcs,
        ]
        beside = " · ".join(fact for fact in facts if fact)
        told = [f"-{p.amount:.2f} {p.reason}" for p in one.penalties]
        told += [f"{excuse} agrees" for excuse in one.excuses]
        table.add_row(
            f"{escape(f'{one.artist} - {one.title}')}\n[dim]{escape(beside)}[/]",
            f"{one.score:.2f}",
            f"{_coloured(one.verdict)}\n{escape(one.why)}",
            escape("\n".join(told)) or "[dim]none[/]",
        )
    return table


def _timeline(told: Explanation) -> Table:
    table = Table(title="Timeline", title_justify="left", show_header=False)
    now = datetime.now(UTC)
    for moment in told.timeline:
        style = "" if moment.at <= now else "dim"
        table.add_row(_time(moment.at), escape(moment.what), style=style)
    return table


def _mentions(told: Explanation) -> Table:
    table = Table("at", "tracklist", "row", "as printed", title_justify="left")
    table.title = f"On {told.mentioned:,} tracklist rows"
    for m in told.mentions:
        cue = m.cue_seconds
        table.add_row(
            f"{cue // 3600}:{cue // 60 % 60:02}:{cue % 60:02}"
            if cue is not None
            else "",
            escape(m.title or f"{m.source}: {m.source_key}"),
            str(m.position),
            escape(m.raw),
        )
    return table


def _coloured(word: str) -> str:
    return f"[{_COLOURS.get(word, 'red')}]{word.replace('_', ' ')}[/]"


def _time(at: datetime | None) -> str:
    return f"{at.astimezone(UTC):%Y-%m-%d %H:%M:%S} UTC" if at else ""
