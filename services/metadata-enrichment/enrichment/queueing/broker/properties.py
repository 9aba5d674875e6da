"""
A message's properties, read tolerantly: what cannot be read is named, never raised.

Anyone who may publish can send properties that no client library would write. The
layout: https://www.rabbitmq.com/resources/specs/amqp0-9-1.pdf, 4.2.6.1; the types of
header values as RabbitMQ has them: https://www.rabbitmq.com/amqp-0-9-1-errata#section_3
"""

import struct
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import Any

# Class, weight and body size are before the flags.
_FLAGS_AT = 12
_SHORT = struct.Struct(">H")
_LONG = struct.Struct(">I")
_LONGLONG = struct.Struct(">Q")
# The lowest flag says that more flags follow; the protocol has no property for them.
_MORE_FLAGS = 1
# Later than this is milliseconds: some clients send them.
_LAST_SECOND = 0xFFFFFFFF
# Tables in lists in tables: the broker's own `x-death` needs two.
_DEEPEST = 8

# In the order of their flags, from the highest bit.
_TEXT, _TABLE, _OCTET, _TIME = "text", "table", "octet", "time"
_KINDS = {
    "content_type": _TEXT,
    "content_encoding": _TEXT,
    "headers": _TABLE,
    "delivery_mode": _OCTET,
    "priority": _OCTET,
    "correlation_id": _TEXT,
    "reply_to": _TEXT,
    "expiration": _TEXT,
    "message_id": _TEXT,
    "timestamp": _TIME,
    "type": _TEXT,
    "user_id": _TEXT,
    "app_id": _TEXT,
    "cluster_id": _TEXT,
}
_NUMBERS = {
    b"t": struct.Struct(">?"),
    b"b": struct.Struct(">b"),
    b"B": struct.Struct(">B"),
    b"s": struct.Struct(">h"),
    b"u": struct.Struct(">H"),
    b"I": struct.Struct(">i"),
    b"i": struct.Struct(">I"),
    b"l": struct.Struct(">q"),
    b"L": struct.Struct(">q"),
    b"f": struct.Struct(">f"),
    b"d": struct.Struct(">d"),
}


@dataclass(frozen=True, slots=True)
class Properties:
    """
    Those that we use; what is not there, or cannot be read, is None.

    Args:
        faults: what could not be read, and why; empty where all could.
    """

    content_type: str | None = None
    headers: Mapping[str, Any] = field(default_factory=dict)
    priority: int | None = None
    correlation_id: str | None = None
    message_id: str | None = None
    timestamp: datetime | None = None
    faults: tuple[str, ...] = ()


class _CutOffError(ValueError):
    """The bytes end before what they should hold."""

    def __init__(self) -> None:
        super().__init__("cut off")


class _Cursor:
    """Bytes, and how far they have been read."""

    def __init__(self, data: bytes) -> None:
        self._data = data
        self._at = 0

    @property
    def has_more(self) -> bool:
        return self._at < len(self._data)

    def take(self, size: int) -> bytes:
        taken = self._data[self._at : self._at + size]
        if len(taken) < size:
            raise _CutOffError
        self._at += size
        return taken

    def number(self, form: struct.Struct) -> Any:  # noqa: ANN401 (as its form says)
        return form.unpack(self.take(form.size))[0]

    def short(self) -> bytes:
        """Take the bytes that follow their length in one byte."""
        return self.take(self.take(1)[0])

    def long(self) -> bytes:
        """Take the bytes that follow their length in four bytes."""
        return self.take(self.number(_LONG))


def read(header: bytes) -> Properties:
    """Read the payload of a content header frame, as far as it can be read."""
    faults: list[str] = []
    try:
        values = _values(_Cursor(header), faults)
    except _CutOffError as error:
        # nothing tells where the next one would begin
        return Properties(faults=(*faults, f"properties: {error}"))
    known = {name: values[name] for name in _KEPT if values.get(name) is not None}
    return Properties(**known, faults=tuple(faults))


_KEPT = (
    "content_type",
    "headers",
    "priority",
    "correlation_id",
    "message_id",
    "timestamp",
)


def _values(cursor: _Cursor, faults: list[str]) -> dict[str, Any]:
    cursor.take(_FLAGS_AT)
    flags = cursor.number(_SHORT)
    if flags & _MORE_FLAGS:
        faults.append("flags: more than the protocol has")
        return {}
    values = {}
    for place, (name, kind) in enumerate(_KINDS.items()):
        if flags & 1 << (15 - place):
            values[name] = _value(name, kind, cursor, faults)
    return values


def _value(name: str, kind: str, cursor: _Cursor, faults: list[str]) -> object:
    """Take a value whole, whether or not it can be read: the next follows it."""
    if kind == _OCTET:
        return cursor.take(1)[0]
    if kind == _TABLE:
        return _table(_Cursor(cursor.long()), name, faults)
    if kind == _TIME:
        moment = cursor.take(_LONGLONG.size)
        return _or_fault(name, lambda: _time(moment), faults)
    taken = cursor.short()
    return _or_fault(name, lambda: _text(taken), faults)


def _or_fault(name: str, reading: Callable[[], Any], faults: list[str]) -> object:
    try:
        return reading()
    except (ValueError, OverflowError, OSError) as error:
        faults.append(f"{name}: {error}")
        return None


def _text(taken: bytes) -> str:
    try:
        return taken.decode()
    except UnicodeDecodeError:
        raise ValueError("not UTF-8") from None


def _time(taken: bytes) -> datetime:
    (seconds,) = _LONGLONG.unpack(taken)
    if seconds > _LAST_SECOND:
        seconds /= 1000
    try:
        return datetime.fromtimestamp(seconds, UTC)
    except (ValueError, OverflowError, OSError):
        (told,) = _LONGLONG.unpack(taken)
        raise ValueError(f"{told} is no time") from None


def _table(cursor: _Cursor, name: str, faults: list[str]) -> dict[str, Any]:
    """Read a table up to the first entry whose end cannot be told."""
    entries: dict[str, Any] = {}
    try:
        while cursor.has_more:
            key = cursor.short()
            value = _entry(cursor, f"{name} {key!r}", faults, 1)
            told = _or_fault(name, lambda key=key: _text(key), faults)  # type: ignore[misc]
            if isinstance(told, str):
                entries[told] = value
    except ValueError as error:
        faults.append(f"{name}: {error}")
    return entries


def _entry(cursor: _Cursor, name: str, faults: list[str], depth: int) -> Any:  # noqa: ANN401 (any of the types below)
    """
    Read a value by the letter of its type.

    Raises:
        ValueError: its end cannot be told.
    """
    kind = cursor.take(1)
    if kind in _NUMBERS:
        return cursor.number(_NUMBERS[kind])
    match kind:
        case b"V":
            return None
        case b"S" | b"x":
            return _text_or_bytes(cursor.long())
        case b"T":
            taken = cursor.take(_LONGLONG.size)
            return _or_fault(name, lambda: _time(taken), faults)
        case b"D":
            scale, unscaled = cursor.take(1)[0], cursor.number(_LONG)
            return unscaled / 10**scale
        case b"A" | b"F":
            return _nested(kind, _Cursor(cursor.long()), name, faults, depth)
    raise ValueError(f"{kind!r} is no type of a value")


def _nested(
    kind: bytes, cursor: _Cursor, name: str, faults: list[str], depth: int
) -> list[Any] | dict[str, Any]:
    if depth > _DEEPEST:
        raise ValueError(f"nested deeper than {_DEEPEST}")
    if kind == b"A":
        values = []
        while cursor.has_more:
            values.append(_entry(cursor, name, faults, depth + 1))
        return values
    entries = {}
    while cursor.has_more:
        key = cursor.short().decode("utf-8", "backslashreplace")
        entries[key] = _entry(cursor, name, faults, depth + 1)
    return entries


def _text_or_bytes(taken: bytes) -> str | bytes:
    """Return text if it is some: the protocol names no encoding of strings."""
    try:
        return taken.decode()
    except UnicodeDecodeError:
        return taken
