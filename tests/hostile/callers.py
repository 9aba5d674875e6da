"""HTTP callers who send half a request, or none."""

import socket
from urllib.parse import urlsplit

HALF_SENT = b"GET /queues HTTP/1.1\r\nHost: localhost\r\nX-Slow: "
NO_BODY = (
    b"POST /tracks HTTP/1.1\r\nHost: localhost\r\nContent-Length: 100\r\n"
    b"Content-Type: application/json\r\n\r\n{"
)
NO_REQUESTS = [
    b"\x00\xff\x16\x03\x01" * 100,
    b"GET / HTTP/9.9\r\n\r\n",
    b"GET " + b"a" * 200_000,
    b"GET / HTTP/1.1\r\nHost: a\r\nHost: b\r\n\r\n",
    b"POST /tracks HTTP/1.1\r\nHost: localhost\r\nContent-Length: -5\r\n\r\n",
    b"POST /tracks HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked\r\n\r\nzz\r\n",
    b"GET / HTTP/1.1\r\nHost: a\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n\r\n",
]


def connect(url: str, sent: bytes) -> socket.socket:
    parts = urlsplit(url)
    connection = socket.create_connection((parts.hostname, parts.port), timeout=30)
    connection.sendall(sent)
    return connection
