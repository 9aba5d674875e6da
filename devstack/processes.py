"""A private server: started on free ports in an own folder, gone with its parent."""

import contextlib
import json
import signal
import subprocess
import sys
import time
from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass, field
from pathlib import Path
from typing import Protocol, runtime_checkable

from devstack.errors import DevstackError, ServerFailed
from devstack.ports import free_ports

_GUARD = Path(__file__).with_name("guard.py")
_LOG_LINES_SHOWN = 20
_BIND_TRIES = 5  # somebody else may take a port between our look and the server's bind
_PORT_TAKEN = ("address already in use", "eaddrinuse", "port is already allocated")


@dataclass(frozen=True, slots=True)
class Step:
    """A command that must succeed before the server starts, and its input."""

    command: Sequence[str]
    input: str = ""


@dataclass(frozen=True, slots=True)
class Order:
    """What the guard is to run, and how it is to end it."""

    command: Sequence[str]
    environment: Mapping[str, str]
    folder: str
    before: Sequence[Step] = ()
    after: Sequence[
        Sequence[str]
    ] = ()  # always run at the end, e.g. to end a container
    stop_signal: int = signal.SIGTERM
    grace_seconds: float = 20.0
    kill_if_gone: bool = False  # skip the clean end when the parent died


class Recipe(Protocol):
    """How one kind of server is set up, reached and recognised as ready."""

    @property
    def name(self) -> str:
        """What the server is called in messages."""
        ...

    @property
    def port_names(self) -> Sequence[str]:
        """What the ports are for; one is drawn for each."""
        ...

    @property
    def patience_seconds(self) -> float:
        """How long a start may take on a busy machine."""
        ...

    def order(self, ports: Mapping[str, int]) -> Order:
        """Write what the server needs into its folder and say how to run it."""
        ...

    def urls(self, ports: Mapping[str, int]) -> Mapping[str, str]:
        """Addresses by name; `url` is the one clients use."""
        ...

    def is_ready(self, ports: Mapping[str, int]) -> bool:
        """Whether a client would be served now; OSError counts as no."""
        ...


@runtime_checkable
class Controlled(Protocol):
    """A recipe whose server has a tool of its own."""

    def control(
        self, ports: Mapping[str, int], arguments: Sequence[str]
    ) -> tuple[Sequence[str], Mapping[str, str]]:
        """Return the command and its environment."""
        ...


@dataclass(slots=True)
class PrivateServer:
    """A server of our own; may be stopped, killed and started again on the same ports.

    Args:
        folder: holds its data and its log; the recipe writes there as well.
        lock: an open file whose lock lasts until the last guard has ended.
    """

    recipe: Recipe
    folder: Path
    lock: int | None = None
    _ports: dict[str, int] = field(default_factory=dict, init=False)
    _settled: bool = field(default=False, init=False)  # ports are known to clients
    _guard: subprocess.Popen[bytes] | None = field(default=None, init=False)

    @property
    def name(self) -> str:
        """What the server is called in messages."""
        return self.recipe.name

    @property
    def url(self) -> str:
        """The address clients use, credentials included."""
        return self._address("url")

    @property
    def management_url(self) -> str:
        """Of the broker's HTTP API, credentials included; needs `management=True`."""
        return self._address("management")

    @property
    def metrics_url(self) -> str:
        """Where this server exposes metrics; needs `management=True`."""
        return self._address("metrics")

    def control(self, *arguments: str) -> str:
        """Run the server's own tool, RabbitMQ's alone, and return what it prints."""
        if not isinstance(self.recipe, Controlled):
            raise DevstackError(f"{self.name} has no tool of its own here")
        command, environment = self.recipe.control(self._ports, arguments)
        done = subprocess.run(  # noqa: S603 - a tool beside the server's program
            command, env=dict(environment), capture_output=True, text=True, check=False
        )
        if done.returncode:
            raise ServerFailed(f"{command[0]}: {done.stdout}{done.stderr}")
        return done.stdout

    @property
    def log(self) -> Path:
        """What the server and its guard said."""
        return self.folder / "log"

    @property
    def given(self) -> bool:
        """Whether somebody else runs this server."""
        return False

    @property
    def running(self) -> bool:
        """Whether the server has been started and has not ended."""
        return self._guard is not None and self._guard.poll() is None

    def start(self) -> None:
        """Start and wait until clients are served; no-op while running."""
        self.launch()
        self.wait_until_ready()

    def launch(self) -> None:
        """Start without waiting, so that several can start at once."""
        if self.running:
            return
        self.wait_until_ended()
        if not self._settled:
            self._ports = free_ports(self.recipe.port_names)
        # the guard first: from here on the folder has somebody to look after it
        self.folder.mkdir(mode=0o700, exist_ok=True)
        with self.log.open("ab") as log:
            if not self._settled:
                log.truncate(0)  # an earlier run's or port's complaints mislead
            self._guard = subprocess.Popen(  # noqa: S603 - our own program
                [sys.executable, "-I", "-S", str(_GUARD)],
                stdin=subprocess.PIPE,
                stdout=log,
                stderr=subprocess.STDOUT,
                start_new_session=True,
                pass_fds=() if self.lock is None else (self.lock,),
            )
        order = json.dumps(asdict(self.recipe.order(self._ports)))
        self._tell(order)

    def wait_until_ready(self) -> None:
        """Return when clients are served; raise ServerFailed with the log's end."""
        deadline = time.monotonic() + self.recipe.patience_seconds
        tries_left = _BIND_TRIES
        while not self._is_ready():
            if time.monotonic() > deadline:
                self.kill()
                patience = self.recipe.patience_seconds
                raise self._failure(f"was not ready within {patience:.0f} s")
            if self.running:
                time.sleep(0.05)
                continue
            tries_left -= 1
            if self._settled or not tries_left or not self._port_was_taken():
                self.wait_until_ended()
                raise self._failure("did not start")
            self.launch()
        self._settled = True

    def stop(self) -> None:
        """End cleanly; data and ports stay for the next start."""
        self._tell("stop")
        self.wait_until_ended()

    def kill(self) -> None:
        """End with kill -9 and without warning, for tests of chaos."""
        self._tell("kill")
        self.wait_until_ended()

    def begin_to_end(self, *, keep: bool) -> None:
        """End without waiting: cleanly, or the quickest way that leaves nothing."""
        if keep:
            self._tell("stop")
        else:
            self._hang_up()

    def wait_until_ended(self) -> None:
        """Return when nothing of the server is left; no-op if it does not run."""
        guard, self._guard = self._guard, None
        if guard is None:
            return
        patience = self.recipe.patience_seconds
        try:
            guard.wait(patience)
        except subprocess.TimeoutExpired:
            raise self._failure(f"did not end within {patience:.0f} s") from None
        finally:
            _close(guard)

    def _address(self, name: str) -> str:
        if not self._settled:
            raise ServerFailed(f"{self.name} has no address before its first start")
        try:
            return self.recipe.urls(self._ports)[name]
        except KeyError:
            raise DevstackError(
                f"{self.name} has no {name} address here; RabbitMQ with management has"
            ) from None

    def _is_ready(self) -> bool:
        try:
            return self.running and self.recipe.is_ready(self._ports)
        except OSError:
            return False

    def _port_was_taken(self) -> bool:
        said = self._log_end().lower()
        return any(complaint in said for complaint in _PORT_TAKEN)

    def _log_end(self) -> str:
        try:
            lines = self.log.read_text(errors="replace").splitlines()
        except FileNotFoundError:
            return "(no log)"
        return "\n".join(lines[-_LOG_LINES_SHOWN:])

    def _failure(self, what: str) -> ServerFailed:
        return ServerFailed(
            f"{self.name} {what}; the end of its log:\n{self._log_end()}"
        )

    def _tell(self, word: str) -> None:
        if self._guard and self._guard.stdin:
            with contextlib.suppress(BrokenPipeError):  # it has ended already
                self._guard.stdin.write(word.encode() + b"\n")
                self._guard.stdin.flush()

    def _hang_up(self) -> None:
        """Let the guard believe that its parent is gone."""
        if self._guard:
            _close(self._guard)


def _close(guard: subprocess.Popen[bytes]) -> None:
    if guard.stdin:
        with contextlib.suppress(BrokenPipeError):
            guard.stdin.close()
