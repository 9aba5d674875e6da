"""
Where an export is written: a file that is whole or not there, or a stream.

A file is written beside its final name and takes that name when it is on the disk.
What is no regular file (a pipe, a device) is written to as it is.
"""

import errno
import os
import stat
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import BinaryIO
from uuid import uuid4


@contextmanager
def opened(path: Path) -> Iterator[BinaryIO]:
    """
    Lend a file to write to; its name appears, or is replaced, at the end alone.

    Raises:
        OSError: it cannot be written; nothing of it is left.
    """
    # a link stays a link: what it leads to is replaced
    final = Path(os.path.realpath(path))
    if _is_stream(final):
        with named(path):
            stream = final.open("wb", buffering=0)
        with stream:
            yield stream
        return
    partial = final.with_name(f".{final.name[:100]}.{uuid4().hex[:8]}.part")
    with named(path):
        file = _begun(partial, final)
    try:
        with file:
            yield file
            with named(path):
                file.flush()
                os.fsync(file.fileno())
        with named(path):
            partial.replace(final)
        _sync_folder(final.parent)
    except BaseException:
        partial.unlink(missing_ok=True)
        raise


@contextmanager
def named(path: Path) -> Iterator[None]:
    """Name the file in a fault: the one of a failed write does not."""
    try:
        yield
    except OSError as error:
        error.filename, error.filename2 = str(path), None
        raise


def _begun(partial: Path, final: Path) -> BinaryIO:
    """Open the file that will take the place of another, if there is one."""
    if final.is_dir():
        raise IsADirectoryError(errno.EISDIR, os.strerror(errno.EISDIR))
    if final.exists() and not os.access(final, os.W_OK):
        # a folder that may be written to would let us replace it
        raise PermissionError(errno.EACCES, os.strerror(errno.EACCES))
    file = partial.open("xb")
    if final.exists():
        partial.chmod(stat.S_IMODE(final.stat().st_mode))
    return file


def _is_stream(path: Path) -> bool:
    try:
        mode = path.stat().st_mode
    except OSError:
        return False
    return not stat.S_ISREG(mode) and not stat.S_ISDIR(mode)


def _sync_folder(folder: Path) -> None:
    """Have the new name on the disk too, where the system can."""
    with suppress(OSError):
        descriptor = os.open(folder, os.O_RDONLY)
        try:
            os.fsync(descriptor)
        finally:
            os.close(descriptor)
