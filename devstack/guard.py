"""Runs one server and lets nothing of it outlive the process that asked for it.

A program of its own, run by path in a session of its own, so that Ctrl-C at a
terminal reaches only the parent. Reads one JSON order from its input, then the words
`stop` and `kill`; the end of the input means that the parent is gone. As subreaper it
inherits every process its server leaves, daemons included, and ends them all.

With `--keep FOLDER` it runs no server: it waits for the parent's end and for all who
hold the folder's lock, then removes the folder.
"""

import contextlib
import ctypes
import fcntl
import json
import os
import select
import shutil
import signal
import subprocess
import sys
import time
from pathlib import Path
from typing import Any, NoReturn

_PR_SET_CHILD_SUBREAPER = 36  # https://man7.org/linux/man-pages/man2/prctl.2.html
_POLL_SECONDS = 1.0  # how often to look whether the parent is still the parent

ENDED_AS_TOLD = 0
ENDED_BY_ITSELF = 70


class _Words:
    """What the parent says, one line at a time, and whether it still lives."""

    def __init__(self) -> None:
        self._parent = os.getppid()
        self._read = b""
        self._told_to_end = False
        self._wakeup, wakeup_write = os.pipe()
        os.set_blocking(wakeup_write, False)
        signal.set_wakeup_fd(wakeup_write, warn_on_full_buffer=False)
        signal.signal(signal.SIGCHLD, lambda *_: None)
        for number in (signal.SIGTERM, signal.SIGINT, signal.SIGHUP):
            signal.signal(number, self._end)

    def _end(self, *_: object) -> None:
        self._told_to_end = True

    def next(self, timeout_seconds: float = _POLL_SECONDS) -> str | None:
        """Return the next line, None if there is none yet, "gone" at the end."""
        line, newline, rest = self._read.partition(b"\n")
        if newline:
            self._read = rest
            return line.decode()
        if self._told_to_end or os.getppid() != self._parent:
            return "gone"
        ready, _, _ = select.select([0, self._wakeup], [], [], timeout_seconds)
        if self._wakeup in ready:
            os.read(self._wakeup, 4096)
        if 0 in ready:
            received = os.read(0, 65536)
            if not received:
                return "gone"
            self._read += received
            return self.next(0)
        return None


class _Ended(Exception):  # noqa: N818 - no error: how a run says why it is over
    """The run is over; the argument is the guard's exit code."""


def _say(text: str) -> None:
    sys.stdout.write(f"devstack: {text}\n")
    sys.stdout.flush()


def _descendants() -> set[int]:
    """Every living process below this one; zombies are ours to reap, not to kill."""
    parents: dict[int, int] = {}
    for entry in Path("/proc").iterdir():
        if entry.name.isdigit():
            with contextlib.suppress(OSError):
                # the name in brackets may hold spaces and brackets itself
                after_name = (
                    (entry / "stat").read_text(errors="replace").rsplit(")")[-1]
                )
                state, parent, *_ = after_name.split()
                if state != "Z":
                    parents[int(entry.name)] = int(parent)
    found = {os.getpid()}
    while grown := {pid for pid, parent in parents.items() if parent in found} - found:
        found |= grown
    return found - {os.getpid()}


def _kill_all() -> None:
    """Kill and collect until no process is left below this one."""
    while True:
        for pid in _descendants():
            with contextlib.suppress(ProcessLookupError):
                os.kill(pid, signal.SIGKILL)
        try:
            while os.waitpid(-1, os.WNOHANG)[0]:
                pass
        except ChildProcessError:
            return
        time.sleep(0.01)  # one is still dying, or forked in between


class _Run:
    """One order carried out: the steps before, then the server, until told to end."""

    def __init__(self, order: dict[str, Any], words: _Words) -> None:
        self._order = order
        self._words = words

    def carry_out(self) -> int:
        """Run everything and return the guard's exit code."""
        try:
            for step in self._order["before"]:
                code = self._wait_for(self._start(step["command"], step["input"]))
                if code:
                    _say(f"{step['command'][0]} ended with exit code {code}")
                    return ENDED_BY_ITSELF
            code = self._wait_for(self._start(self._order["command"], ""))
            _say(f"the server ended by itself with exit code {code}")
        except _Ended as ended:
            return int(ended.args[0])
        finally:
            _kill_all()
            for command in self._order["after"]:
                subprocess.run(command, check=False, stdin=subprocess.DEVNULL)  # noqa: S603 - our own order
        return ENDED_BY_ITSELF

    def _start(self, command: list[str], given: str) -> int:
        order = self._order
        process = subprocess.Popen(  # noqa: S603 - our own order
            command,
            stdin=subprocess.PIPE if given else subprocess.DEVNULL,
            env=order["environment"],
            cwd=order["folder"],
            start_new_session=True,
        )
        if process.stdin:
            with contextlib.suppress(BrokenPipeError), process.stdin:
                process.stdin.write(given.encode())
        process.returncode = 0  # reaped in _wait_for, with the orphans
        return process.pid

    def _wait_for(self, pid: int) -> int:
        """Return the exit code of `pid`; raise _Ended if told to end before."""
        while True:
            code = _reap(pid)
            if code is not None:
                return code
            word = self._words.next()
            if word == "kill" or (word == "gone" and self._order["kill_if_gone"]):
                raise _Ended(ENDED_AS_TOLD)
            if word is not None:
                self._stop(pid)
                raise _Ended(ENDED_AS_TOLD)

    def _stop(self, pid: int) -> None:
        """Ask politely, wait for the grace time or an impatient parent."""
        os.kill(pid, self._order["stop_signal"])
        deadline = time.monotonic() + self._order["grace_seconds"]
        while time.monotonic() < deadline and _reap(pid) is None:
            word = self._words.next()
            if word == "kill":
                return
            if word == "gone":
                time.sleep(
                    0.05
                )  # the end of the input is told at once, again and again


def _reap(awaited: int) -> int | None:
    """Collect every ended child; return the exit code of `awaited` if it was there."""
    while True:
        try:
            pid, status = os.waitpid(-1, os.WNOHANG)
        except ChildProcessError:
            return ENDED_BY_ITSELF
        if pid == awaited:
            return os.waitstatus_to_exitcode(status)
        if pid == 0:
            return None


def _keep(folder: Path, words: _Words) -> int:
    """Remove the folder once nobody uses it any more."""
    while words.next() != "gone":
        pass
    # the parent makes the folder after us: dying in between, it leaves none
    with contextlib.suppress(FileNotFoundError), (folder / "lock").open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)  # until the last guard is done
    shutil.rmtree(folder, ignore_errors=True)
    return 0


def _main() -> NoReturn:
    # a process that ends here is told by its exit code: nobody reads a traceback
    words = _Words()
    if sys.argv[1:2] == ["--keep"]:
        sys.exit(_keep(Path(sys.argv[2]), words))
    libc = ctypes.CDLL(None, use_errno=True)
    if libc.prctl(_PR_SET_CHILD_SUBREAPER, 1, 0, 0, 0):
        _say(f"cannot become subreaper: {os.strerror(ctypes.get_errno())}")
        sys.exit(ENDED_BY_ITSELF)
    while (order := words.next()) is None:
        pass
    if order == "gone":
        sys.exit(ENDED_AS_TOLD)
    sys.exit(_Run(json.loads(order), words).carry_out())


if __name__ == "__main__":
    _main()
