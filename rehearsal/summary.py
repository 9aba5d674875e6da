"""What a person sees of a replay: live progress, then a summary worth reading."""

import os
import sys
from collections.abc import Mapping, Sequence
from time import perf_counter
from typing import Any

import asyncpg
import orjson
from rich.console import Console
from rich.live import Live
from rich.table import Table
from rich.text import Text

from enrichment.cli.terminal import Terminal, cell
from enrichment.exports.preflight import LeftOut

OUTCOMES = (
    "completed",
    "partial",
    "no_match",
    "ambiguous",
    "unidentified",
    "waiting",
    "dead_lettered",
)


_NAMED = 10
_SHORTEST_BAR, _LONGEST_BAR = 8, 32


class Show:
    """Progress and summary at a terminal; says nothing when not enabled."""

    def __init__(self, *, enabled: bool) -> None:
        self._console = Terminal(quiet=not enabled)
        self._live: Live | None = None
        self._began = perf_counter()

    def step(self, sentence: str) -> None:
        """Print what begins now."""
        self._rest()
        self._console.print(Text("▸ ", "bold cyan").append(sentence))

    def progress(self, statuses: Mapping[str, int], calls: Mapping[str, int]) -> None:
        """Show where the tracks stand and what the providers have been asked."""
        if not self._console.is_terminal:
            return
        if self._live is None:
            self._began = perf_counter()
            self._live = Live(console=self._console, refresh_per_second=4)
            self._live.start()
        done = statuses.get("completed", 0) + statuses.get("partial", 0)
        self._live.update(
            progress_line(
                done,
                sum(statuses.values()),
                calls,
                seconds=perf_counter() - self._began,
                width=self._console.width,
            )
        )

    def finish(
        self,
        document: Mapping[str, Any],
        examples: Sequence[asyncpg.Record],
        waits: Sequence[str],
        plan: Any,  # noqa: ANN401 (replay.Plan; replay imports this module)
        left_out: Sequence[LeftOut],
    ) -> None:
        """Print the summary; its last line says whose values these are."""
        self._rest()
        console = self._console
        console.print()
        console.rule("[bold]Result[/]", align="left")
        console.print(_outcomes(document))
        for sentence in waits:
            console.print(cell(f"{sentence}."), "\n", style="yellow", soft_wrap=True)
        _name(console, left_out)
        console.print(_before_and_after(examples, invented=plan.catalogue is None))
        console.print(_calls(document))
        for number, again in enumerate(document.get("passes", [])[1:], 2):
            console.print(_later_pass(number, again))
        _where_next(console, plan)
        console.print()
        self.tell_whose(plan)

    def tell(self, sentence: str) -> None:
        """Print a sentence, whole: a link in it can be copied."""
        self._console.print(Text(sentence), soft_wrap=True)

    def tell_whose(self, plan: Any) -> None:  # noqa: ANN401 (as above)
        """Print that no value comes from a real provider."""
        self._console.print(Text(whose(plan), "bold yellow"), soft_wrap=True)

    def _rest(self) -> None:
        if self._live is not None:
            self._live.stop()
            self._live = None


def whose(plan: Any) -> str:  # noqa: ANN401 (as above)
    """Return the sentence with which a replay begins and ends."""
    if plan.catalogue is None:
        return (
            "The providers of a replay are invented, and so is every value they give:"
            " no ISRC, date, genre or id here is that of the real recording."
        )
    return (
        f"The providers of a replay are simulated; they answer from {plan.catalogue}."
    )


def progress_line(
    done: int, total: int, calls: Mapping[str, int], *, seconds: float, width: int
) -> Text:
    """Return a bar, what is done, the time that is left and the calls, on one line."""
    left = seconds / done * (total - done) if done else None
    told = f" {done}/{total} tracks"
    if left is not None and done < total:
        told += f", {round(left) // 60}:{round(left) % 60:02} left"
    # the last column is left free: some terminals go to the next line there
    room = width - len(told) - 3
    asked = "".join(f"  {name} {count}" for name, count in calls.items())
    if room - len(asked) < _SHORTEST_BAR:
        asked = f"  {sum(calls.values())} calls"
    told += asked
    bar = max(_SHORTEST_BAR, min(_LONGEST_BAR, room - len(asked)))
    filled = round(bar * done / total) if total else 0
    line = Text("  ", no_wrap=True, overflow="ellipsis")
    line.append("━" * filled, style="green").append("━" * (bar - filled), "dim")
    return line.append(told)


def _name(console: Console, left_out: Sequence[LeftOut]) -> None:
    """Print which rows are not resolved."""
    if not left_out:
        return
    console.print(Text("Not resolved", "bold"))
    for row in left_out[:_NAMED]:
        console.print(cell(f"  {row.told}"), soft_wrap=True)
    if len(left_out) > _NAMED:
        more = f"  … and {len(left_out) - _NAMED:,} more: --unresolved FILE lists all"
        console.print(more)
    console.print()


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
        f", in {document['seconds']:.1f} s with {_many(document['workers'], 'worker')}"
        f" ({document['tracks_per_second']:.1f} tracks/s)."
        f" The providers' world was made of {document['world_tracks']:,} tracks.\n"
    )
    return text


def _many(count: int, what: str) -> str:
    return f"{count:,} {what}{'s' * (count != 1)}"


def _before_and_after(examples: Sequence[asyncpg.Record], *, invented: bool) -> Table:
    table = Table(title="Before → after", title_justify="left", show_lines=True)
    table.add_column("the line in the tracklist", ratio=2, overflow="fold")
    now = "the row now, with invented values" if invented else "the row now"
    table.add_column(now, ratio=3, overflow="fold")
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
            f"  their servers   {_python()} -m devstack up --folder"
            f" {plan.keep}/servers\n"
            '  the rows        psql "$DATABASE_URL", as the servers print it\n'
            "  a file of them  .venv/bin/enrichment export --format csv -o tracks.csv\n"
            "                  in a shell with that DATABASE_URL\n"
            f"  the logs        {plan.keep}/worker-1.log\n"
            f"  every call      {plan.keep}/provider-calls.jsonl",
            soft_wrap=True,
        )
    else:
        console.print("  keep the rows and the cache, then run again: make demo KEEP=1")
    console.print(
        "  your tracklist  .venv/bin/enrichment parse FILE\n"
        "  your own run    .venv/bin/enrichment replay PATH --workers 2 --passes 2"
    )


def _python() -> str:
    """Return the interpreter as it is called from here."""
    here = os.path.relpath(sys.executable)
    return sys.executable if here.startswith("..") else here
