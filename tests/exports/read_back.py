"""
`read_back.py FORMAT FILE`: what a program that is not ours finds in an export.

It runs in .check-venv, beside DuckDB, pyrekordbox and jsonschema, and knows nothing of
the product. It prints a JSON array: of each row its track id, or its file.
"""

import csv
import json
import sys
from pathlib import Path

SCHEMA = Path(__file__).with_name("jspf_schema.json")


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
    with file.open(newline="", encoding="utf-8") as opened:
        return [row["track_id"] for row in csv.DictReader(opened, strict=True)]


def of_report(file: Path) -> list[str]:
    with file.open(newline="", encoding="utf-8") as opened:
        return [row["TRACK_ID"] for row in csv.DictReader(opened, strict=True)]


def of_json_lines(file: Path) -> list[str]:
    return [json.loads(line)["track_id"] for line in file.read_text().splitlines()]


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
