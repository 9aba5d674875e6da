"""Several servers as one: started together, ended together, one folder.

A folder that was given is kept and found again; without one, everything lies in a
temporary folder whose keeper removes it even if we are killed.
"""

import contextlib
import fcntl
import json
import os
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from types import MappingProxyType

from devstack import postgres, prometheus, redis
from devstack.errors import DevstackError
from devstack.folders import LOCK, Place, kept_folder, locked, temporary_folder
from devstack.postgres import Postgres
from devstack.processes import PrivateServer, Recipe
from devstack.prometheus import Prometheus
from devstack.rabbitmq import ways
from devstack.rabbitmq.node import RabbitMQ
from devstack.redis import Redis
from devstack.secret import write_private
from devstack.server import GivenServer, Server

# the slowest to start comes first
VARIABLES = {
    "rabbitmq": "RABBITMQ_URL",
    "postgres": "DATABASE_URL",
    "redis": "REDIS_URL",
    "prometheus": "PROMETHEUS_URL",
}
SERVERS = ("postgres", "redis", "rabbitmq")  # what the pipeline needs
_STATE = "running.json"


@dataclass(frozen=True, slots=True)
class Stack:
    """Servers that run."""

    servers: Mapping[str, Server]

    @property
    def postgres(self) -> Server:
        """The server of this name; KeyError if it was not asked for."""
        return self.servers["postgres"]

    @property
    def redis(self) -> Server:
        """The server of this name; KeyError if it was not asked for."""
        return self.servers["redis"]

    @property
    def rabbitmq(self) -> Server:
        """The server of this name; KeyError if it was not asked for."""
        return self.servers["rabbitmq"]

    @property
    def prometheus(self) -> Server:
        """The server of this name; KeyError if it was not asked for."""
        return self.servers["prometheus"]

    @property
    def environment(self) -> dict[str, str]:
        """What a program that uses these servers wants in its environment."""
        return {VARIABLES[name]: server.url for name, server in self.servers.items()}


@contextlib.contextmanager
def open_stack(
    names: Sequence[str] = SERVERS,
    folder: Path | None = None,
    *,
    given: Mapping[str, str] = MappingProxyType({}),
    management: bool = False,
    prometheus_config: Path | None = None,
) -> Iterator[Stack]:
    """Run servers; on the way out, whatever happens, nothing of them is left.

    Args:
        names: which servers; the default is what the pipeline needs.
        folder: kept, with the data in it; None means temporary.
        given: addresses by server; such a server is used as it is. The environment
            is not asked for any.
        management: give RabbitMQ its HTTP API and metrics; it starts later for it.
        prometheus_config: needed when "prometheus" is among the names.
    """
    unknown = {*names, *given} - set(VARIABLES)
    if unknown:
        raise ValueError(f"no such server: {', '.join(sorted(unknown))}")
    with temporary_folder() if folder is None else kept_folder(folder) as place:
        private: list[PrivateServer] = []
        servers: dict[str, Server] = {}
        try:
            for name in (known for known in VARIABLES if known in names):
                if name in given:
                    servers[name] = GivenServer(name, given[name])
                    continue
                recipe = _recipe(name, place, prometheus_config, management=management)
                server = PrivateServer(recipe, place.path / name, place.lock)
                servers[name] = server
                private.append(server)
                server.launch()
            for server in private:
                server.wait_until_ready()
            stack = Stack(servers)
            if not place.temporary:
                _write_state(place.path, stack)
            yield stack
        finally:
            for server in private:
                server.begin_to_end(keep=not place.temporary)
            for server in private:
                server.wait_until_ended()
            (place.path / _STATE).unlink(missing_ok=True)


@dataclass(frozen=True, slots=True)
class Running:
    """What is written down about the stack that runs in a folder."""

    process: int
    environment: Mapping[str, str]


def running_in(folder: Path) -> Running:
    """Return the stack that runs in this folder; DevstackError if there is none."""
    try:
        lock = os.open(folder / LOCK, os.O_RDWR)
        state = json.loads((folder / _STATE).read_text())
    except FileNotFoundError:
        raise DevstackError(f"no stack runs in {folder}") from None
    try:
        # a process that was killed leaves its state, but no lock
        fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError:
        return Running(state["process"], state["environment"])
    finally:
        os.close(lock)
    raise DevstackError(f"no stack runs in {folder}")


def wait_until_free(folder: Path) -> None:
    """Return when nothing runs in this folder any more."""
    os.close(locked(folder))


def _recipe(
    name: str,
    place: Place,
    config: Path | None,
    *,
    management: bool,
) -> Recipe:
    folder, temporary = place.path / name, place.temporary
    if name == "postgres":
        return Postgres(folder, postgres.binaries(), temporary)
    if name == "redis":
        return Redis(folder, redis.binary(), temporary)
    if name == "rabbitmq":
        way = ways.choose(ways.this_machine())
        return RabbitMQ(folder, way, temporary, management)
    if config is None:
        raise ValueError("prometheus wants prometheus_config, its configuration file")
    return Prometheus(folder, prometheus.binary(), config, temporary)


def _write_state(folder: Path, stack: Stack) -> None:
    state = {"process": os.getpid(), "environment": stack.environment}
    write_private(folder / _STATE, json.dumps(state))
