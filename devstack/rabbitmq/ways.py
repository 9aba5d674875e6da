"""Which RabbitMQ is run: one on this machine, a container, or one that apt installs.

Debian's `rabbitmq-server` on the path changes to a system user and its folders, so the
script behind it is preferred.
"""

import os
import platform
import shutil
import subprocess
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

from devstack import apt
from devstack.errors import NoServer

_PROGRAMS = (
    "/usr/lib/rabbitmq/bin/rabbitmq-server",
    "/usr/local/lib/rabbitmq/bin/rabbitmq-server",
    "/opt/rabbitmq/sbin/rabbitmq-server",
    "/opt/homebrew/sbin/rabbitmq-server",
)
_IMAGE = "rabbitmq:4-management"
_ENGINE_ANSWER_SECONDS = 10
_PULL_SECONDS = 180
_WAYS = """RabbitMQ cannot be had here. Any one of these helps:
  - rabbitmq-server on this machine (Debian, Ubuntu: apt-get install rabbitmq-server)
  - a Docker engine that this user may use
  - on Debian or Ubuntu: being root, then apt-get installs it"""


@dataclass(frozen=True, slots=True)
class Program:
    """A rabbitmq-server script on this machine."""

    path: Path


@dataclass(frozen=True, slots=True)
class Container:
    """An image run by a container engine."""

    engine: str
    image: str


Way = Program | Container


@dataclass(frozen=True, slots=True)
class Machine:
    """What may be asked of a machine, and the one thing that may be changed on it."""

    is_file: Callable[[str], bool]
    which: Callable[[str], str | None]
    engine_answers: Callable[[str], bool]
    is_root: bool
    families: Sequence[str]  # the distribution's name and what it is like
    install: Callable[[], None]


def choose(machine: Machine) -> Way:
    """Return the first way that works, installing only if nothing else does."""
    program = _program(machine)
    if program:
        return program
    engine = machine.which("docker")
    if engine and machine.engine_answers(engine):
        return Container(engine, _IMAGE)
    by_apt = {"debian", "ubuntu"} & set(machine.families)
    if by_apt and machine.is_root and machine.which("apt-get"):
        machine.install()
        program = _program(machine)
        if program:
            return program
    raise NoServer(_WAYS)


def _program(machine: Machine) -> Program | None:
    for path in _PROGRAMS:
        if machine.is_file(path):
            return Program(Path(path))
    on_path = machine.which("rabbitmq-server")
    return Program(Path(on_path).resolve()) if on_path else None


def this_machine() -> Machine:
    """Return the machine we run on."""
    return Machine(
        is_file=os.path.isfile,
        which=shutil.which,
        engine_answers=_engine_answers,
        is_root=os.geteuid() == 0,
        families=_families(),
        install=_install,
    )


def _families() -> Sequence[str]:
    try:
        release: Mapping[str, str] = platform.freedesktop_os_release()
    except OSError:
        return ()
    return (release.get("ID", ""), *release.get("ID_LIKE", "").split())


def _engine_answers(engine: str) -> bool:
    """Ask the server behind the client, and whether it has our image or can get it."""
    return _succeeds(
        [engine, "version", "--format", "{{.Server.Version}}"], _ENGINE_ANSWER_SECONDS
    ) and (
        _succeeds([engine, "image", "inspect", _IMAGE], _ENGINE_ANSWER_SECONDS)
        or _succeeds([engine, "pull", "--quiet", _IMAGE], _PULL_SECONDS)
    )


def _succeeds(command: list[str], seconds: float) -> bool:
    try:
        answer = subprocess.run(  # noqa: S603 - a path found by which
            command, check=False, capture_output=True, timeout=seconds
        )
    except (OSError, subprocess.TimeoutExpired):
        return False
    return answer.returncode == 0


def _install() -> None:
    try:
        apt.install("rabbitmq-server")
    except NoServer as error:
        raise NoServer(f"{error}\n{_WAYS}") from error
