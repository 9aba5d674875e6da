"""A dead letter as JSON has it, for the command and the HTTP API."""

from collections.abc import Iterable
from typing import Any

import orjson

from enrichment.contract.messages import MAX_BODY_BYTES
from enrichment.queueing.dead_letters.letters import Letter

# Deeper than this a body is shown as its text: not every reader of JSON continues.
_DEEPEST_BODY = 32


def plain_letter(letter: Letter, *, body_left_out: str = "") -> dict[str, Any]:
    """
    Return a letter as JSON has it; a body that is not JSON as text.

    Args:
        body_left_out: why the body is not given; it is, where nothing is said.
    """
    body, note = (None, body_left_out) if body_left_out else _body(letter)
    return {
        "number": letter.number,
        "reason": letter.reason,
        "detail": letter.detail,
        "queue": letter.queue,
        "failed_at": letter.failed_at,
        "first_queued_at": letter.first_queued_at,
        "attempts": letter.attempts,
        "message_id": letter.message_id,
        "track": letter.track,
        "body": body,
        "body_bytes": letter.size,
        "body_note": note,
        "headers": {name: _text(value) for name, value in letter.headers.items()},
    }


def _body(letter: Letter) -> tuple[object, str | None]:
    """Return the body as it can be read, and what is to be said of it."""
    kept = letter.body[:MAX_BODY_BYTES]
    if letter.size > len(kept):
        cut = f"cut: the first {len(kept)} of {letter.size} bytes"
        return kept.decode("utf-8", "backslashreplace"), cut
    try:
        value = orjson.loads(kept)
    except ValueError:
        return kept.decode("utf-8", "backslashreplace"), None
    if _depth(value) > _DEEPEST_BODY:
        return kept.decode(), f"nested deeper than {_DEEPEST_BODY}: given as text"
    return value, None


def _depth(value: object) -> int:
    level: list[object] = [value]
    depth = 0
    while level and depth <= _DEEPEST_BODY:
        depth += 1
        level = [inner for outer in level for inner in _inner(outer)]
    return depth


def _inner(value: object) -> Iterable[object]:
    if isinstance(value, dict):
        return value.values()
    return value if isinstance(value, list) else ()


def _text(value: object) -> str:
    if isinstance(value, bytes):
        return value.decode("utf-8", "backslashreplace")
    return str(value)
