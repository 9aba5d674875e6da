"""Which processes are left, by what they carry with them."""

import contextlib
import os
from pathlib import Path


def processes_naming(text: str) -> list[str]:
    """Command lines of processes that carry a text in them or in their environment."""
    found = []
    for entry in Path("/proc").iterdir():
        if not entry.name.isdigit() or int(entry.name) == os.getpid():
            continue
        with contextlib.suppress(OSError):
            said = (entry / "cmdline").read_bytes()
            if text.encode() in said + b" " + (entry / "environ").read_bytes():
                found.append(said.replace(b"\0", b" ").decode(errors="replace"))
    return found
