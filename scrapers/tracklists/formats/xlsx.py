"""Excel's workbooks as rows of printed cells."""

import io
import warnings
from collections.abc import Iterator
from datetime import date, datetime, time, timedelta
from zipfile import ZipFile

from scrapers.tracklists.formats.zipped import DAMAGES
from scrapers.tracklists.tracklist import NotUnderstood

# Longer than any tracklist, wider than any table of one.
_MAX_ROWS = 100_000
_MAX_COLUMNS = 100
# How a sheet may count its days; such a value is a length, not a day.
_FIRST_YEARS = range(1899, 1905)


def sheets(_archive: ZipFile, content: bytes) -> Iterator[tuple[str, list[list[str]]]]:
    """
    Yield every sheet's name and rows.

    Raises:
        NotUnderstood: the workbook is damaged.
    """
    from openpyxl import load_workbook
    from openpyxl.utils.exceptions import InvalidFileException

    try:
        with warnings.catch_warnings():
            # of parts that are none of ours
            warnings.simplefilter("ignore", UserWarning)
            workbook = load_workbook(
                io.BytesIO(content), read_only=True, data_only=True, keep_links=False
            )
        for sheet in workbook.worksheets:
            # What a program says of a sheet's size may be wrong.
            sheet.reset_dimensions()
            rows = sheet.iter_rows(max_row=_MAX_ROWS, max_col=_MAX_COLUMNS)
            yield sheet.title, [[_printed(cell) for cell in row] for row in rows]
    except (
        *(InvalidFileException, TypeError, AttributeError, SyntaxError),
        *DAMAGES,
    ) as error:
        raise NotUnderstood(f"the workbook is damaged: {error}") from error


def _printed(cell: object) -> str:
    """Return a cell as Excel shows it, as far as it matters here."""
    value = getattr(cell, "value", None)
    shown = str(getattr(cell, "number_format", "") or "").lower()
    if value is None or isinstance(value, bool):
        return ""
    if isinstance(value, datetime) and value.year in _FIRST_YEARS:
        value = value - datetime(1899, 12, 30)  # noqa: DTZ001 (a sheet has no zone)
    if isinstance(value, datetime):
        midnight = value.time() == time()
        return value.date().isoformat() if midnight else value.isoformat(" ")
    if isinstance(value, date):
        return value.isoformat()
    if isinstance(value, time):
        value = timedelta(hours=value.hour, minutes=value.minute, seconds=value.second)
    if isinstance(value, timedelta):
        return _clock(round(value.total_seconds()), shown)
    if isinstance(value, float) and value.is_integer():
        return str(int(value))
    return " ".join(str(value).split())


def _clock(seconds: int, shown: str) -> str:
    """Return a time; "3:15" typed into Excel is stored as hours, and shown as typed."""
    hours, rest = divmod(seconds, 3600)
    minutes, left = divmod(rest, 60)
    if left == 0 and "h" in shown and "s" not in shown:
        return f"{hours}:{minutes:02}"
    return f"{hours}:{minutes:02}:{left:02}"
