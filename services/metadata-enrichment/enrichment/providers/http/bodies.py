"""Read a body whole, within bounds, in the one encoding that is offered."""

import zlib
from collections.abc import Sequence

# A page of 100 MusicBrainz recordings is 0.1 to 1 MB. It bounds what comes and what it
# expands to: 64 KB of zstd were seen to become 4 GB.
MAX_BODY_BYTES = 8 * 1024 * 1024
# The one that every server has and whose reader takes a bound on what comes out.
OFFERED_ENCODING = "gzip"
# RFC 9110 has both names for it.
_GZIP = frozenset({"gzip", "x-gzip"})
# The window that RFC 1952's header stands for, in zlib's words.
_GZIP_WINDOW_BITS = 16 + zlib.MAX_WBITS


class BodyInvalid(ValueError):  # noqa: N818 (it says what is the matter)
    """A body that is not whole, too large, or in an encoding nobody asked for."""


class Body:
    """
    One body as it comes in; nothing of it is given before it is whole.

    Args:
        encodings: of the header Content-Encoding, in its order.

    Raises:
        BodyInvalid: the encoding was not offered, or there is more than one.
    """

    def __init__(self, encodings: Sequence[str]) -> None:
        applied = [name for name in encodings if name and name != "identity"]
        if len(applied) > 1 or not _GZIP.issuperset(applied):
            raise BodyInvalid(f"an encoding that was not offered: {applied}"[:100])
        self._inflation = zlib.decompressobj(_GZIP_WINDOW_BITS) if applied else None
        self._received = 0
        self._body = bytearray()

    def add(self, some: bytes) -> None:
        """Take what has come. Raises BodyInvalid."""
        self._received += len(some)
        self._body += some if self._inflation is None else self._inflated(some)
        if max(self._received, len(self._body)) > MAX_BODY_BYTES:
            raise BodyInvalid(f"more than {MAX_BODY_BYTES} bytes")

    def whole(self) -> bytes:
        """Return the body when all of it has come. Raises BodyInvalid."""
        inflation = self._inflation
        if inflation is not None and self._received:
            if not inflation.eof:
                raise BodyInvalid("gzip that is cut")
            if inflation.unused_data:
                raise BodyInvalid("gzip with bytes behind its end")
        return bytes(self._body)

    def _inflated(self, some: bytes) -> bytes:
        if self._inflation is None:
            return some
        # one byte more than is allowed tells that there is more
        room = MAX_BODY_BYTES + 1 - len(self._body)
        try:
            return self._inflation.decompress(some, room)
        except zlib.error as error:
            raise BodyInvalid("bytes that are no gzip") from error
