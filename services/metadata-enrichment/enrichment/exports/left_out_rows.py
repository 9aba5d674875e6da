"""The rows that are left out, as CSV for whoever looks after them."""

import csv
import io
from collections.abc import AsyncGenerator, AsyncIterator

from enrichment.exports.preflight import LeftOut
from enrichment.exports.selection import SENTENCES
from enrichment.exports.spreadsheets import safe

COLUMNS = ("reason", "why", "track_id", "artist", "title", "tracklist", "position")


async def encode(rows: AsyncIterator[LeftOut]) -> AsyncGenerator[bytes, None]:
    """Yield a line for each row."""
    yield _line(COLUMNS)
    async for row in rows:
        cells = (
            row.reason,
            SENTENCES[row.reason],
            row.track_id,
            row.artist,
            row.title,
            row.tracklist,
            row.position,
        )
        yield _line(tuple(safe("" if cell is None else str(cell)) for cell in cells))


def _line(cells: tuple[str, ...]) -> bytes:
    text = io.StringIO()
    csv.writer(text, lineterminator="\n").writerow(cells)
    return text.getvalue().encode()
