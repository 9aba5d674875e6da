"""
Parquet, for DuckDB, pandas and Spark; its library is an extra of its own.

Beside each value stand who gave it, how sure and when.
"""

from collections.abc import AsyncGenerator, Callable, Iterator, Sequence
from functools import partial
from io import RawIOBase
from operator import attrgetter
from typing import Any

from enrichment.errors import ConfigurationError
from enrichment.exports.fields import VALUES
from enrichment.exports.row import ExportRow, Head, Rows

# Rows of a group are read as one; larger groups are read faster and need more memory.
GROUP_ROWS = 20_000
_ENTRY = (
    *(("tracklist_id", "integer"), ("tracklist", "text"), ("position", "integer")),
    *(("cue_seconds", "integer"), ("raw", "text"), ("catalog_number", "text")),
)
_NAMES = (
    *(("track_id", "text"), ("artist", "text"), ("title", "text"), ("version", "text")),
    *(("remixers", "texts"), ("featured", "texts"), ("status", "text")),
    *(("outcome", "text"), ("enriched_at", "time")),
)
_KINDS = {
    **dict.fromkeys(("duration_ms", "popularity", "listeners", "playcount"), "integer"),
    **dict.fromkeys(("bpm", "energy", "danceability", "valence", "loudness"), "number"),
    "genres": "texts",
}
# What is beside each value: the column's ending, its kind, what of its origin.
_SAID = (
    ("source", "text", "provider"),
    ("confidence", "number", "confidence"),
    ("fetched_at", "time", "fetched_at"),
)

Read = Callable[[ExportRow], Any]
# A column: its name, its type's name with pyarrow, how it is read of a row.
Column = tuple[str, str, Read]


def library() -> Any:  # noqa: ANN401 (a module that need not be there)
    """
    Return pyarrow and its writer of Parquet.

    Raises:
        ConfigurationError: it is not installed.
    """
    try:
        import pyarrow.parquet  # noqa: PLC0415 (an extra: most never need it)
    except ImportError as error:
        raise ConfigurationError(
            "Parquet needs the extra `parquet`:"
            " make parquet, or pip install 'songnodes-enrichment[parquet]'"
        ) from error
    return pyarrow


class _Sent(RawIOBase):
    """Takes what the writer writes until it is handed on: no file is kept in memory."""

    def __init__(self) -> None:
        self._waiting = bytearray()
        self._position = 0

    def writable(self) -> bool:
        return True

    def tell(self) -> int:
        return self._position

    def write(self, written: Any) -> int:  # noqa: ANN401 (whatever holds bytes)
        self._waiting += written
        self._position += len(written)
        return len(written)

    def taken(self) -> bytes:
        taken = bytes(self._waiting)
        self._waiting.clear()
        return taken


async def encode(rows: Rows, head: Head) -> AsyncGenerator[bytes, None]:
    """Yield the file, a group of rows at a time."""
    arrow = library()
    columns = tuple(_columns(entries=head.entries))
    schema = arrow.schema([(name, _type(arrow, kind)) for name, kind, _ in columns])
    sent = _Sent()
    group: list[ExportRow] = []
    with arrow.parquet.ParquetWriter(sent, schema, compression="zstd") as writer:
        async for some in rows:
            group += some
            if len(group) >= GROUP_ROWS:
                writer.write_table(_table(arrow, schema, columns, group))
                group = []
                yield sent.taken()
        if group:
            writer.write_table(_table(arrow, schema, columns, group))
    yield sent.taken()


def _table(
    arrow: Any,  # noqa: ANN401 (as above)
    schema: Any,  # noqa: ANN401 (as above)
    columns: Sequence[Column],
    rows: Sequence[ExportRow],
) -> Any:  # noqa: ANN401 (as above)
    arrays = [
        arrow.array([read(row) for row in rows], type=schema.field(name).type)
        for name, _, read in columns
    ]
    return arrow.Table.from_arrays(arrays, schema=schema)


def _columns(*, entries: bool) -> Iterator[Column]:
    if entries:
        for name, kind in _ENTRY:
            yield name, kind, attrgetter(f"entry.{name}")
    for name, kind in _NAMES:
        yield name, kind, attrgetter(name)
    for name in VALUES:
        yield name, _KINDS.get(name, "text"), partial(_value, name)
        for ending, kind, fact in _SAID:
            yield f"{name}_{ending}", kind, partial(_said, name, fact)


def _value(name: str, row: ExportRow) -> object:
    return row.values.get(name)


def _said(name: str, fact: str, row: ExportRow) -> object:
    origin = row.origins.get(name)
    return None if origin is None else getattr(origin, fact)


def _type(arrow: Any, kind: str) -> Any:  # noqa: ANN401 (as above)
    return {
        "text": arrow.string(),
        "texts": arrow.list_(arrow.string()),
        "integer": arrow.int64(),
        "number": arrow.float64(),
        "time": arrow.timestamp("us", tz="UTC"),
    }[kind]
