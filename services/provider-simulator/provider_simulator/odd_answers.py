"""
Answers that no documentation shows and that providers were seen to give.

Two sorts: a refusal in another form than the provider's own, and a right answer with
something odd in it. Which provider can give which is in the tables below.
"""

import json
from collections.abc import Callable, Mapping
from typing import Any

from provider_simulator.faults import Fault, FaultKind
from provider_simulator.wire import PLAIN_TYPE, Reply, Waits, json_reply

_HTML_TYPE = ("content-type", "text/html; charset=utf-8")
_XML_TYPE = ("content-type", "application/xml; charset=utf-8")
_PAGE = (
    b"<!DOCTYPE html><html><head><title>Error</title></head><body>Error</body></html>"
)
_PREMIUM = (
    "Active premium subscription required for the owner of the app. When the "
    "subscription status changes, it can take a few hours before requests are allowed "
    "again."
)
_OVER_RATE = "Your requests are exceeding the allowable rate limit."
_BUSY = "The MusicBrainz web server is currently busy. Please try again later."
_ROWS = ("recordings", "items", "tracks")
_TITLES = ("name", "title")
_USUAL_WAIT = 5.0
# https://musicbrainz.org/artist/89ad4ac3-39f7-470e-963a-56509c546377
_VARIOUS = "89ad4ac3-39f7-470e-963a-56509c546377"

Refuse = Callable[[Fault, str], Reply]
Change = Callable[[Any], None]


def refusal(fault: Fault, now: float, waits: Waits) -> Reply | None:
    """Return a refusal of an odd kind; None for kinds that are none."""
    refuse = _REFUSALS.get(fault.kind)
    return (
        refuse(fault, waits.real(fault.asked_wait(now, _USUAL_WAIT)))
        if (refuse)
        else None
    )


def changed(fault: Fault, reply: Reply) -> Reply | None:
    """Return a right answer with something odd in it; None for kinds that are none."""
    if mark := _MARKS.get(fault.kind):
        return Reply(reply.status, mark(reply.body), reply.headers)
    change = _CHANGES.get(fault.kind)
    if change is None:
        return None
    if reply.status != 200:
        return reply
    body = json.loads(reply.body)
    change(body)
    text = json.dumps(body, ensure_ascii=False, separators=(",", ":"))
    return Reply(reply.status, text.encode(), reply.headers)


# -- refusals ---


def _json(status: int, message: str) -> Refuse:
    body = {"error": {"status": status, "message": message}}
    return lambda _fault, _wait: json_reply(status, body)


def _text(status: int, text: str, kind: tuple[str, str] = PLAIN_TYPE) -> Refuse:
    return lambda _fault, _wait: Reply(status, text.encode(), (kind,))


def _edge_empty(fault: Fault, _wait: str) -> Reply:
    return Reply(fault.status or 404, b"", ())


def _edge_page(fault: Fault, _wait: str) -> Reply:
    return Reply(fault.status or 403, _PAGE, (_HTML_TYPE,))


def _maintenance(_fault: Fault, wait: str) -> Reply:
    page = b"<html><body>Down for maintenance</body></html>"
    return Reply(503, page, (_HTML_TYPE, ("retry-after", wait)))


def _xml_error(fault: Fault, _wait: str) -> Reply:
    text = f'<lfm status="failed"><error code="{fault.error}">Failed</error></lfm>'
    return Reply(200, f'<?xml version="1.0"?>{text}'.encode(), (_XML_TYPE,))


_REFUSALS: Mapping[FaultKind, Refuse] = {
    FaultKind.EDGE_EMPTY: _edge_empty,
    FaultKind.EDGE_PAGE: _edge_page,
    FaultKind.SERVICE_NOT_FOUND: _json(404, "Service not found"),
    FaultKind.PREMIUM_TEXT: _text(403, _PREMIUM),
    FaultKind.TOKEN_MISSING: _json(401, "Access token missing"),
    FaultKind.BEARER_ONLY: _json(400, "Only valid bearer authentication supported"),
    FaultKind.GONE: _json(410, "Gone"),
    FaultKind.MAINTENANCE: _maintenance,
    FaultKind.BUSY_TEXT: _text(503, f"<error><text>{_BUSY}</text></error>", _XML_TYPE),
    FaultKind.OVER_RATE_TEXT: _text(503, f"<html>{_OVER_RATE}</html>", _HTML_TYPE),
    FaultKind.XML_ERROR: _xml_error,
}

# -- right answers with bytes that are none ---


def _with_member(raw: bytes) -> Callable[[bytes], bytes]:
    """Put one more member into the first object, in bytes that JSON does not allow."""
    return lambda body: body.replace(b"{", b'{"note":"' + raw + b'",', 1)


_MARKS: Mapping[FaultKind, Callable[[bytes], bytes]] = {
    FaultKind.BYTE_ORDER_MARK: lambda body: b"\xef\xbb\xbf" + body,
    FaultKind.BROKEN_BYTE: _with_member(b"caf\xe9"),
    FaultKind.HALF_SURROGATE: _with_member(rb"\ud83d"),
    FaultKind.CONTROL_CHARACTER: _with_member(b"a\x0bb"),
}

# -- right answers whose rows are odd ---


def _each_row(change: Change) -> Change:
    def changes(body: Any) -> None:  # noqa: ANN401 (JSON)
        for row in _rows(body):
            change(row)

    return changes


def _rows(body: Any) -> list[Any]:  # noqa: ANN401 (JSON)
    """Return the recordings or tracks of a page, a batch, or an answer of one."""
    for name in _ROWS:
        rows = body.get(name)
        if isinstance(rows, dict):
            return _rows(rows)
        if isinstance(rows, list):
            return [row for row in rows if row]
    one = body.get("track", body)
    return [one] if isinstance(one, dict) else []


def _null_rows(body: Any) -> None:  # noqa: ANN401 (JSON)
    for name in _ROWS:
        rows = body.get(name)
        if isinstance(rows, dict):
            _null_rows(rows)
        elif isinstance(rows, list):
            body[name] = [None] * len(rows)


def _nameless(row: dict[str, Any]) -> None:
    row.update({name: "" for name in _TITLES if name in row})


def _without(name: str) -> Change:
    return lambda row: row.pop(name, None)


def _isrcs_as_objects(row: dict[str, Any]) -> None:
    if "isrcs" in row:
        row["isrcs"] = [{"id": code} for code in row["isrcs"]]


def _credit_as_texts(row: dict[str, Any]) -> None:
    """Print what joins two artists between them, as older answers do."""
    parts: list[Any] = []
    for part in row.get("artist-credit", ()):
        join = part.pop("joinphrase", "")
        parts += [part, join] if join else [part]
    row["artist-credit"] = parts


def _holed_date(row: dict[str, Any]) -> None:
    for holder in (row, row.get("album") or {}, *row.get("releases", ())):
        for name in ("first-release-date", "release_date", "date"):
            if isinstance(holder, dict) and holder.get(name):
                holder[name] = f"{holder[name][:4]}-??-01"


def _seconds(row: dict[str, Any]) -> None:
    for name in ("length", "duration_ms", "duration"):
        if row.get(name):
            row[name] = type(row[name])(int(row[name]) // 1000)


def _video_beside(body: Any) -> None:  # noqa: ANN401 (JSON)
    """Put a video before the recording: of the same names, earlier, a little longer."""
    rows = body.get("recordings")
    if not rows:
        return
    video = json.loads(json.dumps(rows[0]))
    video |= {"id": f"{video['id'][:-4]}feed", "video": True}
    video |= {"length": video.get("length", 300_000) + 4_000, "isrcs": ["QZVID9900001"]}
    video["first-release-date"] = "1990-01-01"
    rows.insert(0, video)
    body["count"] += 1


def _various_first(row: dict[str, Any]) -> None:
    """Put a hits album of Various Artists, not marked as one, before all others."""
    if row.get("releases"):
        artist = {"id": _VARIOUS, "name": "Various Artists"}
        credit = [{"name": "Various Artists", "artist": artist}]
        hits = {"title": "Party Hits", "status": "Official", "date": "1990-01-01"}
        row["releases"].insert(0, hits | {"artist-credit": credit})


def _grouped_numbers(row: dict[str, Any]) -> None:
    for name in ("listeners", "playcount"):
        if name in row:
            row[name] = f"{int(row[name]):,}"


def _corrected_away(row: dict[str, Any]) -> None:
    """Answer for another artist, as Last.fm's autocorrection does."""
    if isinstance(row.get("artist"), dict):
        row["artist"]["name"] = f"Other {row['artist']['name'][::-1]}"


_CHANGES: Mapping[FaultKind, Change] = {
    FaultKind.NULL_ROWS: _null_rows,
    FaultKind.NAMELESS_ROWS: _each_row(_nameless),
    FaultKind.CREDIT_MISSING: _each_row(_without("artist-credit")),
    FaultKind.CREDIT_AS_TEXTS: _each_row(_credit_as_texts),
    FaultKind.ISRCS_MISSING: _each_row(_without("isrcs")),
    FaultKind.ISRCS_AS_OBJECTS: _each_row(_isrcs_as_objects),
    FaultKind.HOLED_DATES: _each_row(_holed_date),
    FaultKind.SECONDS: _each_row(_seconds),
    FaultKind.VIDEO_BESIDE: _video_beside,
    FaultKind.VARIOUS_FIRST: _each_row(_various_first),
    FaultKind.GROUPED_NUMBERS: _each_row(_grouped_numbers),
    FaultKind.CORRECTED_AWAY: _each_row(_corrected_away),
}
