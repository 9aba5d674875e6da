"""What every peer publishes: one JSON object a line on standard input."""

import sys
from collections.abc import Iterator

import orjson


def each_request() -> Iterator[dict[str, str]]:
    """Yield the arguments of each task: track_id, artist, title."""
    for line in sys.stdin.buffer:
        yield orjson.loads(line)
