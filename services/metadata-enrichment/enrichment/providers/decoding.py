"""Decode a body: strictly, then tolerantly; say what a refusal says in any form."""

import json
import re
from collections.abc import Mapping

import orjson

from enrichment.errors import Transient
from enrichment.providers import HttpResponse

# Stands for bytes and halves of characters that are none; a field that holds it is
# not a value.
UNREADABLE = "\ufffd"
# Longer texts of a refusal are pages.
SAID_CHARACTERS = 200

_SURROGATES = re.compile("[\ud800-\udfff]")
_TAGS = re.compile(r"<(?:script|style)\b.*?</(?:script|style)>|<[^<>]*>", re.DOTALL)
_MARKUP = re.compile(r"^\s*<(?:!doctype|html|head|body|\?xml|\w+[\s>])", re.IGNORECASE)
_XML_ERROR = re.compile(
    r"<error\b[^>]*?\bcode=[\"'](\d{1,6})[\"'][^>]*>([^<]*)", re.IGNORECASE
)


def json_object(response: HttpResponse) -> Mapping[str, object]:
    """
    Decode the body; what is broken in it costs the field that holds it.

    Raises:
        Transient: no JSON object: a cut body, a gateway's page, another format.
    """
    body = _decoded(response.body)
    if not isinstance(body, dict):
        what = "bytes that are no JSON" if body is None else "JSON that is no object"
        raise Transient(
            f"HTTP {response.status} with {what} ({len(response.body)} bytes)",
            status=response.status,
        )
    return body


def error_object(response: HttpResponse) -> Mapping[str, object]:
    """Decode the body of a refusal; empty where it is text, as Spotify's may be."""
    try:
        return json_object(response)
    except Transient:
        return {}


def xml_error(response: HttpResponse) -> tuple[int, str] | None:
    """Return number and text of an error in XML; JSON callers get it, too."""
    found = _XML_ERROR.search(response.body.decode("utf-8", "replace"))
    return (int(found.group(1)), found.group(2).strip()) if found else None


def is_page(response: HttpResponse) -> bool:
    """Recognise a page of markup: a proxy answered, not the provider."""
    return bool(_MARKUP.match(response.body.decode("utf-8", "replace")))


def plain_text(response: HttpResponse) -> str:
    """Return a body that is text, HTML or XML as one line of words."""
    text = response.body.decode("utf-8", "replace")
    return " ".join(_TAGS.sub(" ", text).split())[:SAID_CHARACTERS]


def _decoded(body: bytes) -> object:
    """Return what the body holds; None for what is no JSON at all."""
    try:
        return orjson.loads(body)
    except orjson.JSONDecodeError:
        return _tolerantly(body)


def _tolerantly(body: bytes) -> object:
    """
    Decode what a strict decoder refuses for one byte in one field.

    A byte order mark, a trailing NUL, a raw control character, a byte that is no
    UTF-8, half of a surrogate pair, and NaN for a number.
    """
    text = body.decode("utf-8-sig", "replace").strip("\ufeff\x00 \t\r\n")
    try:
        decoded: object = json.loads(text, strict=False)
    except (ValueError, RecursionError):
        return None
    return _without_halves(decoded)


def _without_halves(value: object) -> object:
    """Replace halves of surrogate pairs: no text with one can be stored or sent."""
    if isinstance(value, str):
        return _SURROGATES.sub(UNREADABLE, value)
    if isinstance(value, list):
        return [_without_halves(one) for one in value]
    if isinstance(value, dict):
        return {
            _SURROGATES.sub(UNREADABLE, name): _without_halves(one)
            for name, one in value.items()
        }
    return value
