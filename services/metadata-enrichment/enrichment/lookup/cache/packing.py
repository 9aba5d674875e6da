"""Small values that are alike, compressed by what they have in common."""

import threading

import zstandard

# U+0000 in JSON: no column of text can hold it, so no value of ours has it.
NULL_CHARACTER = b"\\u0000"


class Packer(threading.local):
    """
    One kind of value; each thread has contexts of its own: they are dear to make.

    Args:
        alike: what values have in common, the most frequent last; it is not stored, so
            whoever changes it cannot read what was packed before.
        longest: nobody's value is larger, bytes; one that claims to be is damaged.
    """

    def __init__(self, alike: bytes, longest: int) -> None:
        shared = zstandard.ZstdCompressionDict(
            alike, dict_type=zstandard.DICT_TYPE_RAWCONTENT
        )
        self._longest = longest
        self._compressor = zstandard.ZstdCompressor(
            level=3, dict_data=shared, write_content_size=True, write_dict_id=False
        )
        self._decompressor = zstandard.ZstdDecompressor(dict_data=shared)

    def pack(self, body: bytes) -> bytes:
        """Return the value as it is stored."""
        return self._compressor.compress(body)

    def unpack(self, frame: bytes | memoryview) -> bytes:
        """Return what was packed. Raises ValueError for what is damaged."""
        try:
            if 0 <= zstandard.frame_content_size(frame) <= self._longest:
                return self._decompressor.decompress(frame)
        except zstandard.ZstdError as error:
            raise ValueError(f"damaged: {error}") from error
        raise ValueError("damaged: of no size that a value has")
