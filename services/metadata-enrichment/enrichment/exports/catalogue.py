"""The formats of an export, and what each of them needs and has room for."""

from collections.abc import AsyncGenerator, Callable, Mapping
from dataclasses import dataclass

from enrichment.exports import (
    json_lines,
    jspf,
    m3u8,
    parquet,
    rekordbox,
    report_of_use,
)
from enrichment.exports.reading import Reader
from enrichment.exports.row import Head, Rows

Chunks = AsyncGenerator[bytes, None]
Encode = Callable[[Rows, Head], Chunks]


@dataclass(frozen=True, slots=True)
class Format:
    """
    One format.

    Args:
        told: what it is for, in a line.
        encode: makes it of rows; None: Postgres makes it.
        needs_files: a row without a file is left out.
        report: one row for each track, with its plays.
        for_spreadsheets: cells that begin like a formula are made safe.
        ready: raise ConfigurationError where a library is missing.
    """

    name: str
    suffix: str
    media_type: str
    told: str
    encode: Encode | None = None
    needs_files: bool = False
    report: bool = False
    for_spreadsheets: bool = False
    ready: Callable[[], object] = lambda: None

    def written(self, reader: Reader, head: Head, *, safe_cells: bool) -> Chunks:
        """Return the export's bytes as they are made."""
        if self.encode is None:
            return reader.csv(safe_cells=safe_cells)
        return self.encode(reader.rows(), head)


FORMATS: Mapping[str, Format] = {
    each.name: each
    for each in (
        Format(
            "csv", "csv", "text/csv; charset=utf-8",
            "for spreadsheets and pandas: a column for each value and for its source",
            for_spreadsheets=True,
        ),
        Format(
            "jsonl", "jsonl", "application/jsonl",
            "for programs: one object for each row, with the whole provenance",
            json_lines.encode,
        ),
        Format(
            "parquet", "parquet", "application/vnd.apache.parquet",
            "for DuckDB, pandas and Spark: source, confidence and time of each value"
            " (extra `parquet`)",
            parquet.encode, ready=parquet.library,
        ),
        Format(
            "m3u8", "m3u8", "audio/x-mpegurl",
            "for players and DJ programs: a playlist of your own files (--library)",
            m3u8.encode, needs_files=True,
        ),
        Format(
            "rekordbox", "xml", "application/xml",
            "for rekordbox, Engine DJ and Lexicon: your own files, ISRC in the comments"
            " (--library)",
            rekordbox.encode, needs_files=True,
        ),
        Format(
            "jspf", "jspf", "application/json",
            "for ListenBrainz and other players: identifiers, provenance as extension",
            jspf.encode,
        ),
        Format(
            "report-of-use", "csv", "text/csv; charset=utf-8",
            "for radio: ISRC, album, label, plays and times, one line for each track",
            report_of_use.encode, report=True, for_spreadsheets=True,
        ),
    )
}  # fmt: skip
