"""Damaged files of every format cost themselves: rows, or the readers' own error."""

from pathlib import Path

from benchmarks.hostile_lists.large import KINDS
from scrapers.tracklists import parse
from scrapers.tracklists.tracklist import TracklistError
from tests.damaging import damaged
from tests.formats import FORMATS, SET

ROUNDS = 10
SEED = 25
SAMPLE_BYTES = 2_000
SAMPLES = Path(__file__).parent.parent / "samples"


def every_format() -> dict[str, bytes]:
    """Give a file of every format that is read, as users and as tests have them."""
    files = {name: make(SET) for name, make in FORMATS.items()}
    files |= {kind: make(SAMPLE_BYTES) for kind, make in KINDS.items()}
    for folder in ("mixes", "mixesdb", "tracklists1001", "traktor", "rekordbox"):
        found = (path for path in (SAMPLES / folder).iterdir() if path.is_file())
        files |= {f"{folder}/{path.name}": path.read_bytes() for path in found}
    return files


def fault_of(content: bytes) -> str | None:
    """Say what is wrong with the answer to a file; None when nothing is."""
    try:
        tracklists = parse(content)
    except TracklistError as error:
        return None if str(error) else "a refusal without a reason"
    except Exception as error:  # noqa: BLE001 (what must not be is told)
        return repr(error)
    rows = [row for each in tracklists for row in each.rows]
    if not rows:
        return "neither rows nor a refusal"
    nameless = [r for r in rows if r.track_id and not (r.artist and r.full_title)]
    return f"an identity without names: {nameless[0]}" if nameless else None


def test_no_damage_to_any_format_raises_anything_but_the_readers_own_error():
    files = every_format()
    assert [name for name, content in files.items() if fault_of(content)] == []

    tried = 0
    faults = {}
    for name, content in damaged(files, ROUNDS, SEED):
        tried += 1
        if fault := fault_of(content):
            faults[name] = (fault, content)

    assert faults == {}
    assert tried > 12 * len(files) > 500
