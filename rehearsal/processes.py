"""Our own processes, started and watched by a replay: log file, ready line, end."""

import asyncio
import ctypes
import os
import signal
import socket
import urllib.request
from collections.abc import Collection, Mapping, Sequence
from contextlib import suppress
from pathlib import Path
from typing import IO, Any

import orjson
from prometheus_client.parser import text_string_to_metric_families

LOG_TAIL_LINES = 15
FETCH_SECONDS = 5.0


class Process:
    """A child of ours; its output goes to a file."""

    def __init__(self, child: asyncio.subprocess.Process, log: Path) -> None:
        self._child = child
        self._log = log

    @property
    def running(self) -> bool:
        """Has it not ended yet."""
        return self._child.returncode is None

    @property
    def pid(self) -> int:
        """Its process id."""
        return self._child.pid

    async def first_line(self, timeout: float) -> bytes:  # noqa: ASYNC109 (a bound to tell)
        """Return the line that it prints when ready, or raise RuntimeError."""
        assert self._child.stdout is not None  # noqa: S101 (started with a pipe)
        try:
            line = await asyncio.wait_for(self._child.stdout.readline(), timeout)
        except TimeoutError:
            reason = f"not ready within {timeout:g} s"
        else:
            if line:
                return line
            reason = f"ended before it was ready, exit code {await self._child.wait()}"
        raise RuntimeError(f"{reason}; the end of its log:\n{self.log_tail()}")

    async def stop(self, timeout: float) -> None:  # noqa: ASYNC109 (a bound to tell)
        """Ask it to end; kill it when it does not within the time."""
        with suppress(ProcessLookupError):
            self._child.send_signal(signal.SIGTERM)
        try:
            await asyncio.wait_for(self._child.wait(), timeout)
        except TimeoutError:
            with suppress(ProcessLookupError):
                self._child.kill()
            await self._child.wait()

    def log_tail(self) -> str:
        """Return the last lines of its log."""
        try:
            lines = self._log.read_text(encoding="utf-8", errors="replace").splitlines()
        except OSError:
            return "(no log)"
        return "\n".join(lines[-LOG_TAIL_LINES:])


async def start(
    command: Sequence[str],
    environment: Mapping[str, str],
    log: Path,
    *,
    announces: bool = False,
    holds: Collection[int] = (),
) -> Process:
    """
    Start a child in a session of its own, so that Ctrl-C reaches us alone.

    Args:
        announces: it prints a line when it is ready (`Process.first_line`).
        holds: descriptors that stay open in it.
    """
    with log.open("ab") as output:
        child = await asyncio.create_subprocess_exec(
            *command,
            env=dict(environment),
            stdin=asyncio.subprocess.DEVNULL,
            stdout=asyncio.subprocess.PIPE if announces else output,
            stderr=output,
            start_new_session=True,
            preexec_fn=_end_with_parent,
            pass_fds=tuple(holds),
        )
    return Process(child, log)


def _end_with_parent() -> None:
    """Have the kernel end the child when we are killed; Linux alone knows how."""
    with suppress(OSError, AttributeError):
        pr_set_pdeathsig = 1
        ctypes.CDLL(None).prctl(pr_set_pdeathsig, signal.SIGTERM)
    if os.getppid() == 1:  # the parent died before
        os._exit(1)


def free_ports(count: int) -> list[int]:
    """Return ports of the loopback that nobody uses now."""
    sockets = [socket.create_server(("127.0.0.1", 0)) for _ in range(count)]
    ports = [int(s.getsockname()[1]) for s in sockets]
    for s in sockets:
        s.close()
    return ports


def fetch_json(url: str) -> Any:  # noqa: ANN401 (whatever the document is)
    """Get a document from a process of ours on the loopback."""
    with _open(url) as answer:
        return orjson.loads(answer.read())


def fetch_metrics(url: str) -> dict[str, float]:
    """Get a worker's metrics, summed over their labels; none while it starts."""
    values: dict[str, float] = {}
    try:
        with _open(url) as answer:
            text = answer.read().decode()
    except OSError:
        return values
    for family in text_string_to_metric_families(text):
        for sample in family.samples:
            values[sample.name] = values.get(sample.name, 0.0) + sample.value
    return values


def answers(url: str) -> bool:
    """Return whether a process of ours says that it is well; blocks while it asks."""
    try:
        with _open(url):
            return True
    except OSError:
        return False


def _open(url: str) -> IO[bytes]:
    answer: IO[bytes] = urllib.request.urlopen(url, timeout=FETCH_SECONDS)  # noqa: S310 (http to the loopback)
    return answer
