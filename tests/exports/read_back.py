"""
`read_back.py FORMAT FILE`: what a program that is not ours finds in an export.

It runs in .check-venv, beside DuckDB, pyrekordbox and jsonschema, and knows nothing of
the product. It prints a JSON array: of each row its track id, or its file.
"""

import csv
import json
import shutil
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from pathlib import Path
from xml.etree import ElementTree as ET

SCHEMA = Path(__file__).with_name("jspf_schema.json")
# Comma, quotation mark, UTF-8, from the first line; then how each column is read.
OPEN_CSV = "--infilter=Text - txt - csv (StarCalc):44,34,76,1,"
AS_TEXT = 2
TABLE = "{urn:oasis:names:tc:opendocument:xmlns:table:1.0}"
TEXT = "{urn:oasis:names:tc:opendocument:xmlns:text:1.0}"


def of_parquet(file: Path) -> list[str]:
    import duckdb  # noqa: PLC0415 (each format needs its own reader alone)

    query = f"SELECT track_id, isrc, isrc_source FROM '{file}'"  # noqa: S608 (our own file)
    return [row[0] for row in duckdb.sql(query).fetchall()]


def of_rekordbox(file: Path) -> list[str]:
    """Return the files of the first playlist, by the collection's own entries."""
    from pyrekordbox import RekordboxXml  # noqa: PLC0415 (as above)

    library = RekordboxXml(file)
    if len(library.get_tracks()) != library.num_tracks:
        sys.exit("the collection does not hold as many tracks as it says")
    (playlist,) = library.get_playlist().get_playlists()
    if playlist.entries != len(playlist.get_tracks()):
        sys.exit("the playlist does not hold as many entries as it says")
    return [
        library.get_track(TrackID=number)["Location"]
        for number in playlist.get_tracks()
    ]


def of_jspf(file: Path) -> list[str]:
    import jsonschema  # noqa: PLC0415 (as above)

    read = json.loads(file.read_bytes())
    jsonschema.validate(read, json.loads(SCHEMA.read_text()))
    tracks = read["playlist"]["track"]
    extensions = [track["extension"]["urn:songnodes:enrichment:1"] for track in tracks]
    return [extension[0]["track_id"] for extension in extensions]


def of_csv(file: Path) -> list[str]:
    return column(file, "track_id")


def of_report(file: Path) -> list[str]:
    return column(file, "TRACK_ID")


def column(file: Path, name: str) -> list[str]:
    """Return a column as Python reads it, and LibreOffice where it can be had."""
    with file.open(newline="", encoding="utf-8") as opened:
        rows = list(csv.reader(opened, strict=True))
    if office := shutil.which("soffice"):
        shown = of_spreadsheet(office, file, len(rows[0]))
        if shown != rows:
            wrong = next(
                pair
                for pair in zip(shown, rows, strict=False)
                if len({*map(str, pair)}) > 1
            )
            sys.exit(f"{file.name}: LibreOffice reads otherwise: {wrong}")
        print(f"{file.name}: LibreOffice reads the same cells", file=sys.stderr)  # noqa: T201 (told once)
    place = rows[0].index(name)
    return [row[place] for row in rows[1:]]


def of_spreadsheet(office: str, file: Path, columns: int) -> list[list[str]]:
    """Return the cells that LibreOffice shows when all columns are opened as text."""
    form = "/".join(f"{number}/{AS_TEXT}" for number in range(1, columns + 1))
    with tempfile.TemporaryDirectory() as folder:
        home = f"-env:UserInstallation=file://{folder}/profile"
        subprocess.run(
            [
                *(office, home, "--headless", f"{OPEN_CSV}{form}"),
                *("--convert-to", "fods", "--outdir", folder, file),
            ],
            check=True,
            capture_output=True,
            timeout=300,
        )
        text = (Path(folder) / f"{file.stem}.fods").read_text(encoding="utf-8")
    document = ET.fromstring(text)  # noqa: S314 (LibreOffice wrote it)
    sheet = document.find(f".//{TABLE}table")
    rows = [
        cells_of(row)[:columns]
        for row in sheet.iter(f"{TABLE}table-row")
        if row.find(f".//{TEXT}p") is not None
    ]
    return [row + [""] * (columns - len(row)) for row in rows]


def cells_of(row: ET.Element) -> list[str]:
    cells: list[str] = []
    for cell in row.iter(f"{TABLE}table-cell"):
        times = int(cell.get(f"{TABLE}number-columns-repeated", "1"))
        said = "\n".join("".join(words_of(part)) for part in cell.iter(f"{TEXT}p"))
        cells += [said] * times
    return cells


def of_json_lines(file: Path) -> list[str]:
    return [json.loads(line)["track_id"] for line in file.read_text().splitlines()]


def words_of(part: ET.Element) -> Iterator[str]:
    """Give the words of a paragraph; more than one space is an element there."""
    yield part.text or ""
    for inner in part:
        if inner.tag == f"{TEXT}s":
            yield " " * int(inner.get(f"{TEXT}c", "1"))
        yield from words_of(inner)
        yield inner.tail or ""


READERS = {
    "csv": of_csv,
    "jsonl": of_json_lines,
    "parquet": of_parquet,
    "rekordbox": of_rekordbox,
    "jspf": of_jspf,
    "report-of-use": of_report,
}


if __name__ == "__main__":
    print(json.dumps(READERS[sys.argv[1]](Path(sys.argv[2]))))  # noqa: T201 (what it is for)
