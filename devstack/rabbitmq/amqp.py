"""Just enough AMQP 0-9-1 to know that a broker serves this user in this virtual host.

An open port says little: RabbitMQ listens before it answers.
https://www.rabbitmq.com/resources/specs/amqp0-9-1.pdf
"""

import socket
import struct
from typing import BinaryIO

_TIMEOUT_SECONDS = 5.0
_FRAME_END = b"\xce"
_METHOD_FRAME = 1

_START = (10, 10)
_START_OK = (10, 11)
_TUNE = (10, 30)
_TUNE_OK = (10, 31)
_OPEN = (10, 40)
_OPEN_OK = (10, 41)
_CLOSE = (10, 50)
_CLOSE_OK = (10, 51)


def can_open(host: str, port: int, *, user: str, password: str, vhost: str) -> bool:
    """Log in, open the virtual host, and say goodbye; any other answer means no."""
    with socket.create_connection((host, port), _TIMEOUT_SECONDS) as connection:
        connection.sendall(b"AMQP\x00\x00\x09\x01")
        with connection.makefile("rb") as replies:
            if _read_method(replies)[0] != _START:
                return False
            secret = f"\0{user}\0{password}".encode()
            login = struct.pack(">I", 0) + _short("PLAIN")
            login += struct.pack(">I", len(secret)) + secret + _short("en_US")
            connection.sendall(_frame(_START_OK, login))
            method, limits = _read_method(replies)
            if method != _TUNE:
                return False
            connection.sendall(
                _frame(_TUNE_OK, limits) + _frame(_OPEN, _short(vhost) + b"\0\0")
            )
            if _read_method(replies)[0] != _OPEN_OK:
                return False
            goodbye = (
                struct.pack(">H", 200) + _short("ready") + struct.pack(">HH", 0, 0)
            )
            connection.sendall(_frame(_CLOSE, goodbye))
            return _read_method(replies)[0] == _CLOSE_OK


def _short(text: str) -> bytes:
    encoded = text.encode()
    return bytes([len(encoded)]) + encoded


def _frame(method: tuple[int, int], arguments: bytes) -> bytes:
    payload = struct.pack(">HH", *method) + arguments
    return struct.pack(">BHI", _METHOD_FRAME, 0, len(payload)) + payload + _FRAME_END


def _read_method(replies: BinaryIO) -> tuple[tuple[int, int], bytes]:
    """Return the method's class and number, and its arguments."""
    header = replies.read(7)
    if len(header) < 7:
        raise ConnectionError("the broker closed the connection")
    _, _, size = struct.unpack(">BHI", header)
    payload = replies.read(size + len(_FRAME_END))[:size]
    if len(payload) < 4:
        raise ConnectionError("the broker closed the connection")
    method = struct.unpack(">HH", payload[:4])
    return (method[0], method[1]), payload[4:]
