"""Folders of a run: kept for the next one, or removed even if we are killed."""

import contextlib
import fcntl
import os
import secrets
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from devstack import guard
from devstack.errors import DevstackError

LOCK = "lock"
_FORMER_USER_SECONDS = 30.0  # guards of a killed parent are still ending its servers


@dataclass(frozen=True, slots=True)
class Place:
    """A folder.

    Args:
        temporary: it is removed in the end.
        lock: a descriptor; whoever holds it open uses the folder, and it is not
            removed before the last of them has ended. Hand it to children that do.
    """

    path: Path
    temporary: bool
    lock: int


@contextlib.contextmanager
def temporary_folder(prefix: str = "devstack") -> Iterator[Place]:
    """Make a folder; its keeper removes it when we and all who use it have ended."""
    path = Path(tempfile.gettempdir()).resolve() / f"{prefix}-{secrets.token_hex(6)}"
    # the keeper comes before the folder: there is no moment without one
    keeper = subprocess.Popen(  # noqa: S603 - our own program
        [sys.executable, "-I", "-S", guard.__file__, "--keep", str(path)],
        stdin=subprocess.PIPE,
        start_new_session=True,
    )
    try:
        path.mkdir(mode=0o711)  # Postgres may run as a user who passes through
        lock = locked(path)
        try:
            yield Place(path, temporary=True, lock=lock)
        finally:
            os.close(lock)
    finally:
        keeper.communicate()


@contextlib.contextmanager
def kept_folder(folder: Path) -> Iterator[Place]:
    """Make a folder, or find it again, for one user at a time."""
    path = folder.resolve()
    try:
        path.mkdir(mode=0o711, parents=True, exist_ok=True)
        lock = locked(path)
    except OSError as error:
        raise DevstackError(f"{path}: cannot be used: {error.strerror}") from error
    try:
        yield Place(path, temporary=False, lock=lock)
    finally:
        os.close(lock)


def locked(folder: Path) -> int:
    """Open and lock the folder's lock file, waiting for a former user's guards."""
    lock = os.open(folder / LOCK, os.O_RDWR | os.O_CREAT, 0o600)
    deadline = time.monotonic() + _FORMER_USER_SECONDS
    while True:
        try:
            fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            if time.monotonic() > deadline:
                os.close(lock)
                raise DevstackError(f"another stack runs in {folder}") from None
            time.sleep(0.1)
        else:
            return lock
