"""
Answers that no documentation shows and that providers were seen to give.

Two sorts: a refusal in another form than the provider's own, and a right answer with
something odd in it. Here is what any provider may give; its folder adds its own.
"""

import json
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any

from provider_simulator.faults import Fault, FaultKind
from provider_simulator.wire import HTML_TYPE, PLAIN_TYPE, Reply, Waits, json_reply

_PAGE = (
    b"<!DOCTYPE html><html><head><title>Error</title></head><body>Error</body></html>"
)
_TITLES = ("name", "title")
_USUAL_WAIT = 5.0

# Makes a refusal, by the fault and the text of its Retry-After.
Refuse = Callable[[Fault, str], Reply]
# Changes a body, or one of its rows.
Change = Callable[[Any], None]


@dataclass(frozen=True, slots=True)
class Odd:
    """
    What a provider's folder says of odd answers.

    Args:
        rows: members of a body that hold its rows, or an object that holds them.
        one: the member that holds the row of an answer of one; the body itself if None.
        refusals: by kind of fault, those that this provider alone gives.
        row_changes: the same for right answers, applied to each row.
        body_changes: the same, applied to the whole body.
    """

    rows: tuple[str, ...] = ()
    one: str | None = None
    refusals: Mapping[str, Refuse] = field(default_factory=dict)
    row_changes: Mapping[str, Change] = field(default_factory=dict)
    body_changes: Mapping[str, Change] = field(default_factory=dict)

    @property
    def kinds(self) -> tuple[str, ...]:
        """Return the kinds of fault that this provider adds."""
        return (*self.refusals, *self.row_changes, *self.body_changes)


def refusal(odd: Odd, fault: Fault, now: float, waits: Waits) -> Reply | None:
    """Return a refusal of an odd kind; None for kinds that are none."""
    refuse = odd.refusals.get(fault.kind) or _REFUSALS.get(fault.kind)
    if refuse is None:
        return None
    return refuse(fault, waits.real(fault.asked_wait(now, _USUAL_WAIT)))


def changed(odd: Odd, fault: Fault, reply: Reply) -> Reply | None:
    """Return a right answer with something odd in it; None for kinds that are none."""
    if mark := _MARKS.get(fault.kind):
        return Reply(reply.status, mark(reply.body), reply.headers)
    change = _change(odd, fault.kind)
    if change is None:
        return None
    if reply.status != 200:
        return reply
    body = json.loads(reply.body)
    change(body)
    text = json.dumps(body, ensure_ascii=False, separators=(",", ":"))
    return Reply(reply.status, text.encode(), reply.headers)


def _change(odd: Odd, kind: str) -> Change | None:
    if kind == FaultKind.NULL_ROWS:
        return lambda body: _null_rows(body, odd.rows)
    if kind in odd.body_changes:
        return odd.body_changes[kind]
    change = odd.row_changes.get(kind) or _ROW_CHANGES.get(kind)
    return None if change is None else _each_row(odd, change)


# -- refusals ---


def json_refusal(status: int, body: object) -> Refuse:
    """Return what refuses with JSON."""
    return lambda _fault, _wait: json_reply(status, body)


def text_refusal(status: int, text: str, kind: tuple[str, str] = PLAIN_TYPE) -> Refuse:
    """Return what refuses with text."""
    return lambda _fault, _wait: Reply(status, text.encode(), (kind,))


def _edge_empty(fault: Fault, _wait: str) -> Reply:
    return Reply(fault.status or 404, b"", ())


def _edge_page(fault: Fault, _wait: str) -> Reply:
    return Reply(fault.status or 403, _PAGE, (HTML_TYPE,))


def _maintenance(_fault: Fault, wait: str) -> Reply:
    page = b"<html><body>Down for maintenance</body></html>"
    return Reply(503, page, (HTML_TYPE, ("retry-after", wait)))


_REFUSALS: Mapping[str, Refuse] = {
    FaultKind.EDGE_EMPTY: _edge_empty,
    FaultKind.EDGE_PAGE: _edge_page,
    FaultKind.GONE: json_refusal(410, {"error": {"status": 410, "message": "Gone"}}),
    FaultKind.MAINTENANCE: _maintenance,
}

# -- right answers with bytes that are none ---


def _with_member(raw: bytes) -> Callable[[bytes], bytes]:
    """Put one more member into the first object, in bytes that JSON does not allow."""
    return lambda body: body.replace(b"{", b'{"note":"' + raw + b'",', 1)


_MARKS: Mapping[str, Callable[[bytes], bytes]] = {
    FaultKind.BYTE_ORDER_MARK: lambda body: b"\xef\xbb\xbf" + body,
    FaultKind.BROKEN_BYTE: _with_member(b"caf\xe9"),
    FaultKind.HALF_SURROGATE: _with_member(rb"\ud83d"),
    FaultKind.CONTROL_CHARACTER: _with_member(b"a\x0bb"),
}

# -- right answers whose rows are odd ---


def _each_row(odd: Odd, change: Change) -> Change:
    def changes(body: Any) -> None:  # noqa: ANN401 (JSON)
        for row in _rows(body, odd):
            change(row)

    return changes


def _rows(body: Any, odd: Odd) -> list[Any]:  # noqa: ANN401 (JSON)
    """Return the rows of a page, a batch, or an answer of one."""
    for name in odd.rows:
        rows = body.get(name)
        if isinstance(rows, dict):
            return _rows(rows, odd)
        if isinstance(rows, list):
            return [row for row in rows if row]
    one = body.get(odd.one, body)
    return [one] if isinstance(one, dict) else []


def _null_rows(body: Any, names: tuple[str, ...]) -> None:  # noqa: ANN401 (JSON)
    for name in names:
        rows = body.get(name)
        if isinstance(rows, dict):
            _null_rows(rows, names)
        elif isinstance(rows, list):
            body[name] = [None] * len(rows)


def _nameless(row: dict[str, Any]) -> None:
    row.update({name: "" for name in _TITLES if name in row})


def without(name: str) -> Change:
    """Return what takes a member away."""
    return lambda row: row.pop(name, None)


def _holed_date(row: dict[str, Any]) -> None:
    for holder in (row, row.get("album") or {}, *row.get("releases", ())):
        for name in ("first-release-date", "release_date", "date"):
            if isinstance(holder, dict) and holder.get(name):
                holder[name] = f"{holder[name][:4]}-??-01"


def _seconds(row: dict[str, Any]) -> None:
    for name in ("length", "duration_ms", "duration"):
        if row.get(name):
            row[name] = type(row[name])(int(row[name]) // 1000)


_ROW_CHANGES: Mapping[str, Change] = {
    FaultKind.NAMELESS_ROWS: _nameless,
    FaultKind.HOLED_DATES: _holed_date,
    FaultKind.SECONDS: _seconds,
}
