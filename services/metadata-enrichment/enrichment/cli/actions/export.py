"""`enrichment export`: say what will be left out, then write the rows."""

import os
import sys
from collections.abc import Iterator, Sequence
from contextlib import AbstractContextManager, aclosing
from dataclasses import dataclass, replace
from pathlib import Path

import asyncpg

from enrichment.app.settings import Settings
from enrichment.app.showing import shown_json
from enrichment.cli.actions.operations import postgres
from enrichment.cli.progress import Advance, bar
from enrichment.cli.streams import json_fit_for
from enrichment.contract.exit_codes import ExitCode
from enrichment.contract.texts.plain_text import shown
from enrichment.exports import left_out_rows, target
from enrichment.exports.catalogue import FORMATS, Chunks, Format
from enrichment.exports.preflight import Preflight
from enrichment.exports.reading import Reader, reader
from enrichment.exports.row import Head
from enrichment.exports.selection import SENTENCES, Tracklists, Wish
from enrichment.exports.tracklists import meant

STDOUT = Path("-")
# Rows that are named on a terminal; --left-out writes all.
_NAMED = 20
_UNTITLED = "SongNodes"


@dataclass(frozen=True, slots=True)
class Order:
    """
    What a person asked for.

    Args:
        wish: which rows; the tracklists named below become its subject.
        tracklists: numbers, keys or titles.
        output: a file, or - for standard output.
        left_out: a file for the rows that are left out.
        title: of the playlist or the report; None: the first tracklist's.
        service: the station that a report of use is for.
        safe_cells: no cell is a formula to a spreadsheet.
    """

    format: Format
    wish: Wish
    tracklists: Sequence[str] = ()
    output: Path = STDOUT
    left_out: Path | None = None
    title: str | None = None
    service: str = ""
    skip_unresolved: bool = False
    safe_cells: bool = True
    as_json: bool = False


def tell_formats(*, as_json: bool) -> None:
    """Print what can be exported."""
    if as_json:
        told = [
            {"name": each.name, "suffix": each.suffix, "told": each.told}
            for each in FORMATS.values()
        ]
        print(shown_json(told, indent=True))  # noqa: T201 (what was asked for)
        return
    for each in FORMATS.values():
        print(f"{each.name:15}{each.told}")  # noqa: T201 (what was asked for)


async def export(settings: Settings, order: Order) -> int:
    """
    Write the rows; return 1 when some are left out and nobody said that they may be.

    Raises:
        ConfigurationError: the format's library is missing.
        InputInvalid: a tracklist or the query cannot be used.
        OSError: a file cannot be written; nothing of it is left.
    """
    if settings.enrichment_commercial_use:
        order = replace(order, wish=replace(order.wish, commercial=True))
    try:
        return await _export(settings, order)
    except _ReaderGone:
        return ExitCode.READER_GONE


class _ReaderGone(Exception):  # noqa: N818 (nobody's fault)
    """Whoever read standard output has ended."""


async def _export(settings: Settings, order: Order) -> int:
    order.format.ready()
    safe_cells = order.safe_cells and order.format.for_spreadsheets
    async with postgres(settings) as pool:
        order = await _with_tracklists(pool, order)
        async with reader(pool, order.wish) as reading:
            found = await reading.preflight(safe_cells=safe_cells)
            if order.left_out is not None:
                await _write(order.left_out, left_out_rows.encode(reading.left_out()))
            allowed = order.skip_unresolved or not found.left_out_rows
            if not (found.exported and allowed):
                _tell(order, found, written=False)
                return 1
            head = Head(
                title=order.title or _UNTITLED,
                rows=found.exported,
                entries=reading.of_entries,
                notices=found.notices,
                service=order.service,
            )
            chunks = order.format.written(reading, head, safe_cells=safe_cells)
            with _bar(order, found) as advance:
                shown_chunks = _with_progress(chunks, reading, advance)
                await _write(order.output, shown_chunks)
    _tell(order, found, written=True)
    return 0


async def _with_tracklists(pool: asyncpg.Pool, order: Order) -> Order:
    if not order.tracklists:
        return order
    found = await meant(pool, order.tracklists)
    subject = Tracklists([each.tracklist_id for each in found])
    return replace(
        order,
        wish=replace(order.wish, subject=subject),
        title=order.title or found[0].title,
    )


def _bar(order: Order, found: Preflight) -> AbstractContextManager[Advance]:
    # rows on a terminal are progress enough
    is_seen = order.output == STDOUT and sys.stdout.isatty()
    return bar("exporting", found.exported, wanted=not is_seen)


async def _with_progress(chunks: Chunks, reading: Reader, advance: Advance) -> Chunks:
    told = 0
    async with aclosing(chunks):
        async for chunk in chunks:
            yield chunk
            advance(reading.rows_given - told)
            told = reading.rows_given


async def _write(path: Path, chunks: Chunks) -> None:
    # closed before its connection is given back: it may be in the middle
    async with aclosing(chunks):
        if path == STDOUT:
            async for chunk in chunks:
                _print(chunk)
            return
        with target.opened(path) as file:
            async for chunk in chunks:
                with target.named(path):
                    file.write(chunk)


def _print(chunk: bytes) -> None:
    """Write to standard output; raise `_ReaderGone` where nobody reads it."""
    try:
        with target.named(STDOUT):
            sys.stdout.buffer.write(chunk)
            sys.stdout.buffer.flush()
    except BrokenPipeError:
        # what is left in the buffer is written at our end: to nobody
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        raise _ReaderGone from None


def _tell(order: Order, found: Preflight, *, written: bool) -> None:
    """Print to standard error what was and what was not written."""
    among_rows = written and order.output == STDOUT
    if order.as_json:
        told = {"format": order.format.name, "written": written, **found.as_json()}
        stream = sys.stderr if among_rows else sys.stdout
        print(json_fit_for(shown_json(told, indent=True), stream), file=stream)
        return
    for sentence in sentences(order, found, written=written):
        print(shown(sentence), file=sys.stderr)  # noqa: T201 (the command's own words)


def sentences(order: Order, found: Preflight, *, written: bool) -> Iterator[str]:
    """Yield what a person is to know of an export."""
    rows = f"{found.exported:,} of {found.rows:,} rows"
    where = "" if order.output == STDOUT else f" to {order.output}"
    yield f"{rows} were exported{where}" if written else f"{rows} can be exported"
    for reason, count in found.reasons.items():
        yield f"left out, {SENTENCES[reason]}: {count:,}"
    yield from (f"  {row.told}" for row in found.left_out[:_NAMED])
    if found.left_out_rows > _NAMED:
        more = found.left_out_rows - _NAMED
        yield f"  … and {more:,} more: --left-out FILE lists all"
    if found.missing:
        missing = ", ".join(
            f"{name} {count:,}" for name, count in found.missing.items()
        )
        yield f"without a value: {missing}"
    for name, count in found.withheld.items():
        yield f"left out of a commercial export: {count:,} values of {name}"
    if found.cells_made_safe:
        yield (
            f"{found.cells_made_safe:,} cells begin with = + - @ and have an"
            " apostrophe before them, so that no spreadsheet runs them"
            " (--exact-cells: as they are)"
        )
    yield from found.notices
    if not written:
        yield (
            "nothing was written: --skip-unresolved leaves these rows out,"
            " --keep-unresolved exports tracks that no provider knows"
            if found.exported
            else "nothing was written: no row is left"
        )
