"""The child in which a crawl parses: reads contents, gives tracklists, never lasts."""

import pickle
import resource
import signal
import sys
import traceback
from typing import IO

from scrapers.tracklists import parse
from scrapers.tracklists.tracklist import Tracklist, TracklistError

# One parse; two megabytes of text take a few seconds.
PARSE_SECONDS = 30
# What the kernel grants to a child whose parent is gone and cannot end it.
ORPHAN_SECONDS = PARSE_SECONDS + 10
# The largest library that is read takes half of it.
MEMORY_BYTES = 2 * 2**30
HEADER_BYTES = 8

# What a content comes to: tracklists, why there are none, or the parser's own fault.
Outcome = tuple[Tracklist, ...] | TracklistError | str


def send(file: IO[bytes], content: bytes) -> None:
    """Write one message."""
    file.write(len(content).to_bytes(HEADER_BYTES, "big"))
    file.write(content)
    file.flush()


def receive(file: IO[bytes]) -> bytes:
    """
    Read one message.

    Raises:
        EOFError: the other side is gone.
    """
    header = file.read(HEADER_BYTES)
    content = file.read(int.from_bytes(header, "big"))
    if len(header) < HEADER_BYTES or len(content) < int.from_bytes(header, "big"):
        raise EOFError
    return content


def outcome_of(content: bytes) -> Outcome:
    """Parse; whatever happens is an outcome."""
    try:
        return parse(content)
    except TracklistError as error:
        return error
    except MemoryError:
        return "it needs more memory than any tracklist"
    except Exception:  # noqa: BLE001 (a fault of a parser costs one page)
        return traceback.format_exc()


def main() -> None:
    """Serve until the parent closes the pipe."""
    resource.setrlimit(resource.RLIMIT_AS, (MEMORY_BYTES, MEMORY_BYTES))
    resource.setrlimit(resource.RLIMIT_CORE, (0, 0))
    # the parent is told, and ends us
    for number in (signal.SIGINT, signal.SIGTERM):
        signal.signal(number, signal.SIG_IGN)
    while True:
        try:
            content = receive(sys.stdin.buffer)
        except EOFError:
            return
        # not by a thread: a pattern that lasts holds the interpreter's lock
        signal.alarm(ORPHAN_SECONDS)
        answer = pickle.dumps(outcome_of(content))
        signal.alarm(0)
        send(sys.stdout.buffer, answer)


if __name__ == "__main__":
    main()
