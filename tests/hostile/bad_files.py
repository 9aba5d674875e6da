"""Everything that a folder of others can hold."""

import os
import socket
from pathlib import Path

# Their names, as far as each of them has to be named to whoever reads the folder.
BAD = (
    "pipe.txt", "nothing.txt", "zero.txt", "circle.txt", "socket.txt", "sparse.txt",
    "binary.txt", "deep.json",
)  # fmt: skip


def put_into(place: Path, good: str) -> None:
    """Put all of them into a folder; a name that is no UTF-8 has a good text."""
    os.mkfifo(place / "pipe.txt")
    (place / "nothing.txt").symlink_to(place / "nowhere")
    (place / "zero.txt").symlink_to("/dev/zero")
    (place / "circle.txt").symlink_to(place / "circle.txt")
    with socket.socket(socket.AF_UNIX) as server:
        server.bind(str(place / "socket.txt"))
    with (place / "sparse.txt").open("wb") as sparse:
        sparse.truncate(2**40)
    (place / "surrogate.json").write_text(
        '{"tracklist": [{"artist": "Half \\ud800", "title": "Pair \\udc00 Left"}]}'
    )
    (place / "binary.txt").write_bytes(bytes(range(256)) * 40)
    (place / "deep.json").write_text("[" * 100_000)
    forged = "a\n2026-01-01 00:00:00 [scrapy] ERROR: forged\x1b[2K.cue"
    (place / forged).write_bytes(b"\x00\x01\x02" * 50)
    Path(os.fsdecode(os.fsencode(place) + b"/caf\xe9.txt")).write_text(good)
