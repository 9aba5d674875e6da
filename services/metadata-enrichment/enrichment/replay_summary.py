"""What a person sees of a replay: live progress, then a summary worth reading."""

from collections.abc import Mapping, Sequence
from typing import Any

import asyncpg
import orjson
from rich.console import Console
from rich.live import Live
from rich.table import Table
from rich.text import Text

from enrichment.terminal import Terminal, cell

OUTCOMES = (
    "completed",
    "partial",
    "no_match",
    "ambiguous",
    "unidentified",
    "waiting",
    "dead_lettered",
)


class Show:
    """Progress and summary at a terminal; says nothing when not enabled."""

    def __init__(self, *, enabled: bool) -> None:
        self._console = Terminal(quiet=not enabled)
        self._live: Live | None = None

    def step(self, sentence: str) -> None:
        """Tell what begins now."""
        self._rest()
        self._console.print(Text("▸ ", "bold cyan").append(sentence))

    def progress(self, statuses: Mapping[str, int], calls: Mapping[str, int]) -> None:
        """Show where the tracks stand and what the providers have been asked."""
        if not self._console.is_terminal:
            return
        if self._live is None:
            self._live = Live(console=self._console, refresh_per_second=4)
            self._live.start()
        done = statuses.get("completed", 0) + statuses.get("partial", 0)
        total = sum(statuses.values())
        width = 32
        filled = round(width * done / total) if total else 0
        line = Text("  ")
        line.append("━" * filled, style="green").append("━" * (width - filled), "dim")
        line.append(f" {done:>4}/{total} tracks   ")
        line.append(
            "   ".join(f"{name} {count}" for name, count in calls.items()), "dim"
        )
        self._live.update(line)

    def finish(
        self,
        document: Mapping[str, Any],
        examples: Sequence[asyncpg.Record],
        waits: Sequence[str],
        plan: Any,  # noqa: ANN401 (replay.Plan; replay imports this module)
    ) -> None:
        """Print the summary."""
        self._rest()
        console = self._console
        console.print()
        console.rule("[bold]What came of it[/]", align="left")
        console.print(_outcomes(document))
        for sentence in waits:
            console.print(cell(f"{sentence}."), "\n", style="yellow", soft_wrap=True)
        console.print(_before_and_after(examples))
        console.print(_calls(document))
        for number, again in enumerate(document.get("passes", [])[1:], 2):
            console.print(_later_pass(number, again))
        _where_next(console, plan)

    def _rest(self) -> None:
        if self._live is not None:
            self._live.stop()
            self._live = None


def _outcomes(document: Mapping[str, Any]) -> Text:
    outcomes = document["outcomes"]
    text = Text()
    text.append(f"{document['mentions']:,} mentions", "bold")
    text.append(f" in the tracklists are {document['tracks']:,} different tracks. ")
    text.append(f"{outcomes['completed']:,} enriched", "bold green")
    rest = [
        f"{outcomes[name]:,} {name.replace('_', ' ')}"
        for name in OUTCOMES[1:]
        if outcomes[name]
    ]
    text.append((", " + ", ".join(rest) if rest else "") + ", ")
    lost = document["lost"]
    text.append(f"{lost:,} lost", "bold green" if lost == 0 else "bold red")
    text.append(
        f", in {document['seconds']:.1f} s with {document['workers']} workers"
        f" ({document['tracks_per_second']:.1f} tracks/s).\n"
    )
    return text


def _before_and_after(examples: Sequence[asyncpg.Record]) -> Table:
    table = Table(title="Before → after", title_justify="left", show_lines=True)
    table.add_column("the line in the tracklist", ratio=2, overflow="fold")
    table.add_column("the row now", ratio=3, overflow="fold")
    for row in examples:
        table.add_row(Text(str(row["raw"]).strip()), _after(row))
    return table


def _after(row: asyncpg.Record) -> Text:
    provenance = orjson.loads(row["provenance"])
    text = Text(f"{row['artist']} - {row['title']}\n", "bold")
    shown = {
        "isrc": row["isrc"],
        "duration_ms": _minutes(row["duration_ms"]),
        "release_date": row["release_date"],
        "genres": ", ".join(row["genres"][:3]),
        "popularity": row["popularity"],
        "listeners": f"{row['listeners']:,}" if row["listeners"] else None,
    }
    for name, value in shown.items():
        if value in {None, ""}:
            continue
        source = provenance.get(name, ["?"])[0]
        label = name.removesuffix("_ms").replace("_", " ")
        text.append(f"{label} ", "dim").append(f"{value}")
        text.append(f" ({source})  ", "dim italic")
    return text


def _minutes(duration_ms: int | None) -> str | None:
    if duration_ms is None:
        return None
    whole = round(duration_ms / 1000)
    return f"{whole // 60}:{whole % 60:02}"


def _calls(document: Mapping[str, Any]) -> Table:
    table = Table(
        title="Provider calls, as the simulator counted them", title_justify="left"
    )
    table.add_column("provider")
    table.add_column("calls", justify="right")
    table.add_column("refused", justify="right")
    table.add_column("one call a mention", justify="right")
    mentions = document["mentions"]
    for name, count in document["calls"].items():
        refused = document["refusals"].get(name, 0)
        table.add_row(name, f"{count:,}", f"{refused:,}", f"{mentions:,}")
    spent = sum(document["calls"].values())
    naive = mentions * len(document["calls"])
    saved = 100 * (1 - spent / naive) if naive else 0.0
    cache = document["cache"]
    asked = cache["hits"] + cache["misses"]
    rate = 100 * cache["hits"] / asked if asked else 0.0
    table.caption = (
        f"{naive - spent:,} of {naive:,} calls saved ({saved:.0f} %) by identity,"
        f" batches and cache. Cache hit rate: {rate:.1f}%"
    )
    return table


def _later_pass(number: int, tally: Mapping[str, Any]) -> Text:
    calls = sum(tally["calls"].values())
    return Text(
        f"Pass {number}, rows forgotten and cache kept: {tally['tracks']:,} tracks"
        f" written again in {tally['seconds']:.1f} s with {calls:,} provider calls"
        f" ({tally['cache']['hits']:,} cache hits).",
        "bold green" if calls == 0 else "bold",
    )


def _where_next(console: Console, plan: Any) -> None:  # noqa: ANN401 (as above)
    console.print()
    console.rule("[bold]Where to look next[/]", align="left")
    if plan.keep:
        console.print(
            f"  the rows        python -m devstack up --folder {plan.keep}/servers\n"
            f"  the logs        {plan.keep}/worker-1.log\n"
            f"  every call      {plan.keep}/provider-calls.jsonl"
        )
    else:
        console.print("  keep the rows and the cache, then run again: make demo KEEP=1")
    console.print(
        "  your tracklist  .venv/bin/enrichment parse FILE\n"
        "  your own run    .venv/bin/enrichment replay PATH --workers 2 --passes 2"
    )
