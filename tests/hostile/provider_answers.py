"""Bytes that a hostile provider, or a gateway before it, sends for an answer."""

import gzip
import random
import zlib

import zstandard

from enrichment.providers.http.bodies import MAX_BODY_BYTES

GOOD = b'{"track": {}}'
MEBIBYTE = 1024 * 1024


def answered(body, *headers, length=None):
    """Give an answer in full, its length as said."""
    lines = [
        b"HTTP/1.1 200 OK",
        b"Content-Length: %d" % (len(body) if length is None else length),
        *headers,
    ]
    return b"\r\n".join(lines) + b"\r\n\r\n" + body


CUT = gzip.compress(GOOD)[:-9]
NOISE = random.Random(7).randbytes(4096)  # noqa: S311 (no secret)
ANSWERS = {
    "nothing": b"",
    "noise": NOISE,
    "noise for a body": answered(NOISE),
    "half of a body": answered(GOOD[:5], length=len(GOOD)),
    "half of a body, its length not said": b"HTTP/1.1 200 OK\r\n\r\n" + GOOD[:5],
    "half of a chunk": b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n9\r\n{}",
    "half of a head": b"HTTP/1.1 200 OK\r\nContent-",
    "a head without end": b"HTTP/1.1 200 OK\r\nX: " + b"x" * 200_000,
    "two lengths": answered(GOOD, b"Content-Length: 3"),
    "another protocol": b"SSH-2.0-OpenSSH_9.2\r\n",
    "gzip that is cut": answered(CUT, b"Content-Encoding: gzip"),
    "gzip that is none": answered(NOISE, b"Content-Encoding: gzip"),
    "bytes behind gzip": answered(
        gzip.compress(GOOD) + NOISE, b"Content-Encoding: gzip"
    ),
    "deflate": answered(zlib.compress(GOOD), b"Content-Encoding: deflate"),
    "zstd": answered(zstandard.compress(GOOD), b"Content-Encoding: zstd"),
    "br": answered(b"\x8b\x01\x80{}\x03", b"Content-Encoding: br"),
    "gzip twice": answered(
        gzip.compress(gzip.compress(GOOD)), b"Content-Encoding: gzip, gzip"
    ),
    "gzip twice in two lines": answered(
        gzip.compress(gzip.compress(GOOD)),
        b"Content-Encoding: gzip",
        b"Content-Encoding: gzip",
    ),
    "more than the bound": answered(b"x" * (MAX_BODY_BYTES + 1)),
}


def bombs():
    """Give answers that become 256 MiB, by the encoding that they name."""
    body = bytes(256 * MEBIBYTE)
    once = gzip.compress(body)
    bodies = {
        b"gzip": once,
        b"gzip, gzip": gzip.compress(once),
        b"zstd": zstandard.compress(body),
    }
    return {
        encoding: answered(bomb, b"Content-Encoding: " + encoding)
        for encoding, bomb in bodies.items()
    }
