"""Text for terminals that know few signs: readable there, never an error."""

import codecs
import json
import re
import sys
from typing import IO

_FIT = "enrichment.fit"
_NOT_ASCII = re.compile(r"[^\x00-\x7f]")


def make_printable(*streams: IO[str]) -> None:
    """Have what a stream cannot encode written in letters that it can."""
    codecs.register_error(_FIT, _in_ascii)
    for stream in streams:
        # a test's own stream takes every sign
        if (reconfigure := getattr(stream, "reconfigure", None)) is not None:
            reconfigure(errors=_FIT)


def tell(text: str, *, error: bool = False) -> None:
    """Print a line; the library's own `echo` writes UTF-8 where it cannot be read."""
    print(text, file=sys.stderr if error else sys.stdout, flush=True)


def json_fit_for(text: str, stream: IO[str]) -> str:
    """Return JSON that stays the same JSON on a stream that knows few signs."""
    try:
        text.encode(getattr(stream, "encoding", None) or "utf-8")
    except UnicodeEncodeError:
        return _NOT_ASCII.sub(lambda found: json.dumps(found[0])[1:-1], text)
    return text


def _in_ascii(fault: UnicodeError) -> tuple[str, int]:
    """Write signs in letters of ASCII: a cross is an x, an accent is left out."""
    from anyascii import anyascii  # most terminals never need it

    assert isinstance(fault, UnicodeEncodeError)  # noqa: S101 (registered for it)
    return anyascii(fault.object[fault.start : fault.end]) or "?", fault.end
