"""Formats that are ZIP archives: bounded before anything of them is opened."""

import io
from lzma import LZMAError
from struct import error as StructError  # noqa: N812 (a class with a function's name)
from zipfile import ZIP_DEFLATED, ZIP_STORED, BadZipFile, ZipFile
from zlib import error as ZlibError  # noqa: N812 (a class with a function's name)

from scrapers.tracklists.tracklist import NotUnderstood

SIGNATURE = b"PK\x03\x04"

# A workbook has a few dozen parts; the largest sheet seen, 60,000 rows, has 25 MB.
MAX_ENTRIES = 1000
MAX_UNPACKED_BYTES = 64 * 1024 * 1024
# What office programs write; others need libraries that may be missing.
_METHODS = frozenset({ZIP_STORED, ZIP_DEFLATED})
# What opening and unpacking a damaged archive raises, whichever part is damaged.
DAMAGES = (
    *(BadZipFile, ZlibError, LZMAError, StructError, OSError, EOFError),
    *(ValueError, LookupError, RuntimeError, ArithmeticError),
)
_MAX_RATIO = 200
_SMALL_BYTES = 1024 * 1024


def opened(content: bytes) -> ZipFile:
    """
    Open an archive that says it is of a reasonable size; no more is ever unpacked.

    Raises:
        NotUnderstood: it is damaged, encrypted, or too large.
    """
    try:
        archive = ZipFile(io.BytesIO(content))
    except DAMAGES as error:
        raise NotUnderstood(
            "it looks like a ZIP archive or an office document, cut or damaged:"
            f" {error}"
        ) from error
    entries = archive.infolist()
    unpacked = sum(entry.file_size for entry in entries)
    if len(entries) > MAX_ENTRIES:
        raise NotUnderstood(f"the ZIP archive has more than {MAX_ENTRIES} entries")
    too_dense = unpacked > max(_SMALL_BYTES, _MAX_RATIO * len(content))
    if unpacked > MAX_UNPACKED_BYTES or too_dense:
        raise NotUnderstood("the ZIP archive unpacks to more than any tracklist")
    if any(entry.flag_bits & 1 for entry in entries):
        raise NotUnderstood("the ZIP archive is encrypted")
    if any(entry.compress_type not in _METHODS for entry in entries):
        raise NotUnderstood("the ZIP archive is packed by an unusual method")
    return archive
