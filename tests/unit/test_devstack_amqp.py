"""Ready means that the broker opened our virtual host, nothing less."""

import socket
import struct
import threading
from contextlib import contextmanager

import pytest

from devstack.rabbitmq.amqp import can_open


def method(number: int, arguments: bytes = b"") -> bytes:
    payload = struct.pack(">HH", 10, number) + arguments
    return struct.pack(">BHI", 1, 0, len(payload)) + payload + b"\xce"


START, TUNE = method(10), method(30, struct.pack(">HIH", 2047, 131072, 60))
OPEN_OK, CLOSE, CLOSE_OK = method(41), method(50), method(51)


@contextmanager
def broker(*replies: bytes):
    """Answer each thing received with the next reply, then hang up."""
    received: list[bytes] = []
    with socket.create_server(("127.0.0.1", 0)) as listener:

        def answer():
            connection, _ = listener.accept()
            with connection:
                for reply in replies:
                    received.append(connection.recv(4096))
                    connection.sendall(reply)

        thread = threading.Thread(target=answer)
        thread.start()
        yield listener.getsockname()[1], received
        thread.join(5)


def asked(port: int) -> bool:
    return can_open("127.0.0.1", port, user="u", password="p", vhost="v")


def test_a_broker_that_opens_the_vhost_is_ready():
    with broker(START, TUNE, OPEN_OK, CLOSE_OK) as (port, received):
        assert asked(port)
    assert received[0] == b"AMQP\0\0\x09\x01"
    assert b"\0u\0p" in received[1]
    assert b"\x01v" in received[2]


@pytest.mark.parametrize(
    "replies",
    [
        pytest.param((START, CLOSE), id="login refused"),
        pytest.param((START, TUNE, CLOSE), id="no such vhost"),
        pytest.param((TUNE,), id="no start"),
    ],
)
def test_any_other_answer_means_not_ready(replies):
    with broker(*replies) as (port, _):
        assert not asked(port)


@pytest.mark.parametrize("replies", [(b"",), (b"AMQP\0\0",), (START, b"")])
def test_a_connection_that_ends_early_is_an_os_error(replies):
    with broker(*replies) as (port, _), pytest.raises(OSError, match=r"closed|reset"):
        asked(port)
