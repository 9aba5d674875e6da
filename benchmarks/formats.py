"""
Seconds and memory that each format takes, a file of 10 MB each.

usage: python -m benchmarks.formats [MEGABYTES]
Goals: it is read, under 2 s a MB, memory under 20 times the file.
"""

import json
import subprocess
import sys
import time
from dataclasses import replace
from pathlib import Path
from tempfile import TemporaryDirectory

from benchmarks.own_memory import most_held
from tests import formats

_SECONDS_A_MB = 2.0
_TIMES_THE_FILE = 20.0
_MB = 2**20
# A library of a DJ has some tracks again and again, most once.
_SAMPLE_TRACKS = 2000
# Some formats count hours with two digits.
_TRACKS_OF_A_SET = 1700
# A text of more lines is refused, as one that nobody wrote, whatever it is wrapped in.
_OF_LINES = frozenset({"night.txt", "night.rtf", "list.html", "breaks.html"})
_MOST_LINES = 19_000


def main() -> None:
    """Print a line for each format, and end with 1 where a goal is missed."""
    if sys.argv[1:2] == ["--one"]:
        _parse_one(Path(sys.argv[2]))
        return
    size = int(float(sys.argv[1]) * _MB) if len(sys.argv) > 1 else 10 * _MB
    missed = False
    with TemporaryDirectory() as folder:
        for name, write in formats.FORMATS.items():
            file = Path(folder) / name.replace(" ", "_")
            songs = _songs(_SAMPLE_TRACKS)
            a_track = len(write(songs)) / len(songs)
            most = _MOST_LINES if name in _OF_LINES else sys.maxsize
            file.write_bytes(write(_songs(min(most, round(size / a_track)))))
            told = _measured(file)
            missed = missed or not told["good"]
            print(json.dumps({"format": name, **told}), flush=True)  # noqa: T201
    sys.exit(missed)


def _songs(count: int) -> list[formats.Song]:
    return [
        replace(
            song,
            artist=f"{song.artist} {number % 977}",
            title=f"{song.title} {number}",
            path=f"/music/{number} {song.path[7:]}",
            cue=number % _TRACKS_OF_A_SET * 200,
        )
        for number in range(count)
        for song in (formats.SET[number % len(formats.SET)],)
    ]


def _measured(file: Path) -> dict[str, object]:
    done = subprocess.run(  # noqa: S603 (ourselves)
        [sys.executable, "-m", "benchmarks.formats", "--one", str(file)],
        capture_output=True,
        check=True,
    )
    told = json.loads(done.stdout)
    megabytes = file.stat().st_size / _MB
    seconds, times = told["seconds"] / megabytes, told["grown"] / file.stat().st_size
    return {
        "megabytes": round(megabytes, 1),
        "rows": told["rows"],
        "refused": told["refused"],
        "seconds_a_mb": round(seconds, 2),
        "times_the_file": round(times, 1),
        "good": seconds < _SECONDS_A_MB
        and times < _TIMES_THE_FILE
        and bool(told["rows"]),
    }


def _parse_one(file: Path) -> None:
    from scrapers.tracklists import parse  # noqa: PLC0415 (counted as not the file's)
    from scrapers.tracklists.tracklist import TracklistError  # noqa: PLC0415

    content = file.read_bytes()
    parse(b"1. A - B\n2. C - D\n")
    before = most_held()
    started = time.process_time()
    try:
        rows, refused = sum(len(one.rows) for one in parse(content)), ""
    except TracklistError as error:
        rows, refused = 0, str(error)
    seconds = time.process_time() - started
    grown = most_held() - before
    told = {"seconds": seconds, "grown": grown, "rows": rows, "refused": refused}
    print(json.dumps(told))  # noqa: T201


if __name__ == "__main__":
    main()
