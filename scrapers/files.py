"""Files of others: found below a folder and read, each at its own risk alone."""

import os
import stat
from collections.abc import Iterator
from contextlib import suppress
from pathlib import Path
from typing import BinaryIO

# A DJ's whole Traktor collection is some 50 MB; nothing that we read is larger.
MAX_BYTES = 64 * 1024 * 1024

_KINDS = (
    (stat.S_ISDIR, "a folder"),
    (stat.S_ISFIFO, "a pipe"),
    (stat.S_ISSOCK, "a socket"),
    (stat.S_ISCHR, "a device"),
    (stat.S_ISBLK, "a device"),
)


class CannotRead(Exception):  # noqa: N818 (what is the case, not whose fault)
    """
    A file that is left out.

    Args:
        path: where it is.
        why: for a person.
    """

    def __init__(self, path: Path, why: str) -> None:
        super().__init__(f"{shown(path)}: cannot be read: {why}")
        self.path = path


def shown(path: Path) -> str:
    """Return a path as text; bytes of its name that are no UTF-8 stand as escapes."""
    return os.fsencode(path).decode("utf-8", "backslashreplace")


def below(path: Path) -> Iterator[Path | CannotRead]:
    """
    Return the file itself, or all visible files below a folder, in order of names.

    What is there and is no file that can be read is told in its place: pipes, devices,
    links to nothing, folders that are closed to us. Links to folders are not followed:
    they may lead in circles.
    """
    if not path.is_dir():
        yield _looked_at(path)
        return
    closed: list[CannotRead] = []

    def tell(error: OSError) -> None:
        closed.append(CannotRead(Path(error.filename), _reason(error)))

    for folder, folders, names in os.walk(path, onerror=tell):
        yield from closed
        closed.clear()
        folders[:] = sorted(name for name in folders if not name.startswith("."))
        yield from (
            _looked_at(Path(folder, name))
            for name in sorted(names)
            if not name.startswith(".")
        )
    yield from closed


def contents(path: Path, most: int = MAX_BYTES) -> bytes:
    """
    Return the bytes of a file; neither a pipe nor a device is waited for.

    Raises:
        CannotRead: it is none, it is gone, it is too large, or we may not.
    """
    try:
        descriptor = os.open(path, os.O_RDONLY | os.O_NONBLOCK | os.O_CLOEXEC)
    except (OSError, ValueError) as error:
        raise CannotRead(path, _reason(error)) from error
    try:
        if (what := _kind(os.fstat(descriptor).st_mode)) is not None:
            raise CannotRead(path, f"it is {what}")
        with os.fdopen(descriptor, "rb", closefd=False) as file:
            return bounded(path, file, most)
    except OSError as error:
        raise CannotRead(path, _reason(error)) from error
    finally:
        os.close(descriptor)


def bounded(path: Path, file: BinaryIO, most: int = MAX_BYTES) -> bytes:
    """
    Return what is in an open file, a pipe or a device included.

    Raises:
        CannotRead: there is more of it than `most`; no more is read.
    """
    parts, taken = [], 0
    while taken <= most and (part := file.read(min(2**20, most + 1 - taken))):
        parts.append(part)
        taken += len(part)
    if taken > most:
        raise CannotRead(path, f"it is larger than {most // 2**20} MiB")
    return b"".join(parts)


def _looked_at(path: Path) -> Path | CannotRead:
    try:
        what = _kind(path.stat().st_mode)
    except OSError as error:
        why = _reason(error)
        with suppress(OSError):
            if path.is_symlink():
                why = "it is a link to nothing"
        return CannotRead(path, why)
    return path if what is None else CannotRead(path, f"it is {what}")


def _kind(mode: int) -> str | None:
    """Name what is no regular file."""
    if stat.S_ISREG(mode):
        return None
    return next((name for is_kind, name in _KINDS if is_kind(mode)), "no regular file")


def _reason(error: OSError | ValueError) -> str:
    return (isinstance(error, OSError) and error.strerror) or str(error)
