"""
A publisher that writes its AMQP 0-9-1 frames by hand, as no client library would.

What is sent is what is given: properties and header tables are bytes of any kind.
https://www.rabbitmq.com/resources/specs/amqp0-9-1.pdf
"""

import socket
import struct
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from typing import BinaryIO
from urllib.parse import unquote, urlsplit

_END = b"\xce"
_METHOD, _HEADER, _BODY = 1, 2, 3
_TIMEOUT_SECONDS = 30.0
_FRAME_MAX = 131_072
_LONGEST_PIECE = _FRAME_MAX - 8

# Flags of Basic's properties, in the order in which their values follow.
FLAGS = {
    "content_type": 1 << 15,
    "content_encoding": 1 << 14,
    "headers": 1 << 13,
    "delivery_mode": 1 << 12,
    "priority": 1 << 11,
    "correlation_id": 1 << 10,
    "reply_to": 1 << 9,
    "expiration": 1 << 8,
    "message_id": 1 << 7,
    "timestamp": 1 << 6,
    "type": 1 << 5,
    "user_id": 1 << 4,
    "app_id": 1 << 3,
    "cluster_id": 1 << 2,
}


def short(text: bytes) -> bytes:
    return bytes([len(text)]) + text


def long(text: bytes) -> bytes:
    return struct.pack(">I", len(text)) + text


def entry(name: bytes, kind: bytes, value: bytes) -> bytes:
    """One entry of a table: a name, the letter of its type, its value."""
    return short(name) + kind + value


def table(*entries: bytes) -> bytes:
    return long(b"".join(entries))


def properties(**values: bytes) -> bytes:
    """Flags and values, each value as the bytes that follow the flags."""
    flags = 0
    for name in values:
        flags |= FLAGS[name]
    ordered = (values[name] for name in FLAGS if name in values)
    return struct.pack(">H", flags) + b"".join(ordered)


class Client:
    """One connection with one channel, which confirms."""

    def __init__(self, connection: socket.socket, replies: BinaryIO) -> None:
        self._connection = connection
        self._replies = replies
        self._published = 0
        self._confirmed = 0

    def publish(
        self, messages: Iterable[tuple[bytes, bytes]], key: str, exchange: str = ""
    ) -> None:
        """Publish bodies with properties, and wait for all confirms."""
        for body, given in messages:
            publish = b"\0\0" + short(exchange.encode()) + short(key.encode()) + b"\1"
            header = struct.pack(">HHQ", 60, 0, len(body)) + given
            frames = [_method(1, 60, 40, publish), _frame(_HEADER, 1, header)]
            pieces = range(0, len(body), _LONGEST_PIECE)
            frames += [
                _frame(_BODY, 1, body[at : at + _LONGEST_PIECE]) for at in pieces
            ]
            self._connection.sendall(b"".join(frames))
            self._published += 1
        while self._confirmed < self._published:
            arguments = self.expect(60, 80)
            (tag,) = struct.unpack_from(">Q", arguments)
            self._confirmed = max(self._confirmed, tag)

    def ask(self, channel: int, ask: tuple[int, int], arguments: bytes) -> bytes:
        """Call a method whose answer has the next number, and give its arguments."""
        self._connection.sendall(_method(channel, *ask, arguments))
        return self.expect(ask[0], ask[1] + 1)

    def expect(self, of_class: int, number: int) -> bytes:
        """Read up to the next method frame; it has to be this one."""
        while True:
            kind, _, size = struct.unpack(">BHI", self._replies.read(7))
            payload = self._replies.read(size + 1)[:-1]
            if kind == _METHOD:
                found = struct.unpack_from(">HH", payload)
                assert found == (of_class, number), (found, payload)
                return payload[4:]


@contextmanager
def client(url: str) -> Iterator[Client]:
    """Log in, open a channel, ask for confirms."""
    parts = urlsplit(url)
    address = (parts.hostname or "", parts.port or 5672)
    user, password = unquote(parts.username or ""), unquote(parts.password or "")
    with (
        socket.create_connection(address, _TIMEOUT_SECONDS) as connection,
        connection.makefile("rb") as replies,
    ):
        connection.sendall(b"AMQP\x00\x00\x09\x01")
        opened = Client(connection, replies)
        opened.expect(10, 10)
        login = long(b"") + short(b"PLAIN")
        login += long(f"\0{user}\0{password}".encode()) + short(b"en_US")
        connection.sendall(_method(0, 10, 11, login))
        opened.expect(10, 30)
        connection.sendall(_method(0, 10, 31, struct.pack(">HIH", 16, _FRAME_MAX, 0)))
        vhost = unquote(parts.path[1:]) or "/"
        opened.ask(0, (10, 40), short(vhost.encode()) + b"\0\0")
        opened.ask(1, (20, 10), short(b""))
        opened.ask(1, (85, 10), b"\0")
        yield opened


def _frame(kind: int, channel: int, payload: bytes) -> bytes:
    return struct.pack(">BHI", kind, channel, len(payload)) + payload + _END


def _method(channel: int, of_class: int, number: int, arguments: bytes) -> bytes:
    payload = struct.pack(">HH", of_class, number) + arguments
    return _frame(_METHOD, channel, payload)
