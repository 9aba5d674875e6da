"""
A radio's report of use: which recording was played how often and when.

The first eleven columns are those of SoundExchange's template, in its order, which has
the facts of 37 CFR 370.4(d)(2). What a station alone knows (its category, and either
performances or tuning hours) stays empty for it to fill in.
"""

import csv
import io
from collections.abc import AsyncGenerator

from enrichment.exports.row import ExportRow, Head, Rows
from enrichment.exports.spreadsheets import safe

COLUMNS = (
    "NAME_OF_SERVICE",
    "TRANSMISSION_CATEGORY",
    "FEATURED_ARTIST",
    "SOUND_RECORDING_TITLE",
    "ISRC",
    "ALBUM_TITLE",
    "MARKETING_LABEL",
    "ACTUAL_TOTAL_PERFORMANCES",
    "AGGREGATE_TUNING_HOURS",
    "CHANNEL_OR_PROGRAM_NAME",
    "PLAY_FREQUENCY",
    "PLAYED_AT",
    "DURATION_SECONDS",
    "ISRC_SOURCE",
    "TRACK_ID",
)


async def encode(rows: Rows, head: Head) -> AsyncGenerator[bytes, None]:
    """Yield a line for each track."""
    yield _lines([COLUMNS])
    async for some in rows:
        yield _lines([_cells(row, head) for row in some])


def _cells(row: ExportRow, head: Head) -> tuple[str, ...]:
    values = row.values
    length = values.get("duration_ms")
    isrc = row.origins.get("isrc")
    cells = (
        head.service,
        "",
        row.artist,
        row.title,
        values.get("isrc"),
        values.get("album"),
        values.get("label"),
        "",
        "",
        head.title,
        row.plays,
        "; ".join(row.played_at),
        round(length / 1000) if isinstance(length, int) else None,
        isrc.provider if isrc else None,
        row.track_id,
    )
    return tuple(safe("" if cell is None else str(cell)) for cell in cells)


def _lines(records: list[tuple[str, ...]]) -> bytes:
    text = io.StringIO()
    csv.writer(text, lineterminator="\n").writerows(records)
    return text.getvalue().encode()
