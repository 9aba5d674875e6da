"""Scripts and styles of the pages: vendored, known by their hash, from here alone."""

import base64
import hashlib
from dataclasses import dataclass
from pathlib import Path

from starlette.exceptions import HTTPException
from starlette.requests import Request
from starlette.responses import Response

FOLDER = Path(__file__).parents[1] / "assets"
_MEDIA_TYPES = {
    ".css": "text/css; charset=utf-8",
    ".js": "text/javascript; charset=utf-8",
    ".svg": "image/svg+xml",
}
# What others wrote, as their packages hold it: name and version, SHA-384 of the file.
VENDORED = {
    "htmx.min.js": (
        "htmx.org 2.0.11",
        "sha384-2OatzQy1H+Zd/IIrjr1TcuDGqLXeHhbooAyJY1KdQMKnr4LZ22k31GBLdYKHmVjg",
    ),
    "sse.min.js": (
        "htmx-ext-sse 2.2.4",
        "sha384-A986SAtodyH8eg8x8irJnYUk7i9inVQqYigD6qZ9evobksGNIXfeFvDwLSHcp31N",
    ),
    "uplot.min.js": (
        "uplot 1.6.32",
        "sha384-Gx3t0zdBAuQOuvvmaLZj7HKEiSgWTAs+VdtNY7wt19QDPTDQjFIwAuXDj0zeN00c",
    ),
    "uplot.min.css": (
        "uplot 1.6.32",
        "sha384-IfV0B7MIOYuO95kO9G5ySKPz/85zqFNOAs8iy4tkK5zd9izhJAB8b7lHrwYqqmYE",
    ),
}


@dataclass(frozen=True, slots=True)
class Asset:
    """One file that pages name; `integrity` is what a browser holds it to."""

    content: bytes
    media_type: str
    integrity: str


def _read(file: Path) -> Asset:
    content = file.read_bytes()
    digest = base64.b64encode(hashlib.sha384(content).digest()).decode()
    return Asset(content, _MEDIA_TYPES[file.suffix], f"sha384-{digest}")


ASSETS = {file.name: _read(file) for file in sorted(FOLDER.iterdir())}


async def asset(request: Request) -> Response:
    """Return a file of the pages."""
    found = ASSETS.get(request.path_params["name"])
    if found is None:
        raise HTTPException(404, "no such file")
    return Response(found.content, media_type=found.media_type)
