"""One Compose project of our own: commands, states, and an end that leaves nothing."""

import json
import os
import shutil
import socket
import subprocess
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

PROJECT = Path(__file__).resolve().parents[2]
FILES = ("docker-compose.yml", "docker-compose.enrichment-workers.yml")
PORTS = (
    "RABBITMQ_UI_PORT", "PROMETHEUS_PORT", "ALERTMANAGER_PORT", "GRAFANA_PORT",
    "METADATA_ENRICHMENT_PORT",
)  # fmt: skip


class StackFault(Exception):  # noqa: N818 (what is wrong with the stack, not with us)
    """The stack does not do what it should."""


def run(
    *command: str,
    check: bool = True,
    timeout: float = 600,
    environment: dict[str, str] | None = None,
    stdin: str | None = None,
    tree: Path = PROJECT,
) -> str:
    """Run a command from the project's folder, or another tree; return its output."""
    done = subprocess.run(
        command,
        cwd=tree,
        env={**os.environ, "DOCKER_BUILDKIT": _buildkit(), **(environment or {})},
        input=stdin,
        capture_output=True,
        text=True,
        timeout=timeout,
        check=False,
    )
    if check and done.returncode:
        raise StackFault(
            f"{' '.join(command)}\n{done.stdout[-2000:]}{done.stderr[-4000:]}"
        )
    return done.stdout


def _buildkit() -> str:
    """Use BuildKit where Docker has it."""
    if shutil.which("docker") is None:
        return "0"
    done = subprocess.run(
        ["docker", "buildx", "version"], capture_output=True, check=False
    )
    return "1" if done.returncode == 0 else "0"


def without_docker() -> str:
    """Return what of Docker is missing here; nothing when all of it is there."""
    for command, missing in (
        (("docker", "--version"), "Docker is not here"),
        (
            ("docker", "info"),
            "no Docker engine answers: is it running, may you ask it?",
        ),
        (("docker", "compose", "version"), "Docker has no Compose: it is a plugin"),
    ):
        try:
            run(*command, timeout=30)
        except (OSError, StackFault, subprocess.TimeoutExpired):
            return missing
    return ""


def until(what: str, true: Callable[[], bool], seconds: float) -> float:
    """Wait for a condition; give how long it took."""
    began = time.monotonic()
    while not true():
        if time.monotonic() - began > seconds:
            raise StackFault(f"not within {seconds:.0f} s: {what}")
        time.sleep(1)
    return time.monotonic() - began


def free_ports(number: int) -> list[int]:
    """Return ports of the loopback that nobody uses now."""
    sockets = [socket.create_server(("127.0.0.1", 0)) for _ in range(number)]
    ports = [s.getsockname()[1] for s in sockets]
    for opened in sockets:
        opened.close()
    return ports


@dataclass(frozen=True)
class Compose:
    """
    A project with its own name, passwords, ports and image tags.

    Args:
        folder: a temporary one, for .env and secrets.
        version: tag of the images built.
        tree: where the Compose files and their images' sources are.
    """

    name: str
    folder: Path
    version: str
    tree: Path = PROJECT

    @classmethod
    def fresh(
        cls, name: str, folder: Path, more: str, tree: Path = PROJECT
    ) -> "Compose":
        """Write passwords, ports and more lines of .env into the folder."""
        run("sh", "services/write-env.sh", str(folder), tree=tree)
        with (folder / ".env").open("a") as file:
            file.write(f"\nENRICHMENT_VERSION={name}\n")
            for variable, port in zip(PORTS, free_ports(len(PORTS)), strict=True):
                file.write(f"{variable}={port}\n")
            file.write(more)
        return cls(name, folder, name, tree)

    @property
    def variables(self) -> dict[str, str]:
        """What stands in .env."""
        lines = (self.folder / ".env").read_text().splitlines()
        return dict(x.split("=", 1) for x in lines if "=" in x and x[0] != "#")

    def __call__(
        self,
        *arguments: str,
        check: bool = True,
        timeout: float = 600,
        version: str | None = None,
        stdin: str | None = None,
    ) -> str:
        """Run `docker compose` with both files."""
        files = [part for file in FILES for part in ("-f", file)]
        return run(
            *("docker", "compose", "--progress", "quiet", "-p", self.name),
            *("--env-file", str(self.folder / ".env"), "--profile", "demo"),
            *files,
            *arguments,
            check=check,
            timeout=timeout,
            environment={"ENRICHMENT_VERSION": version or self.version},
            stdin=stdin,
            tree=self.tree,
        )

    def containers(self, *services: str) -> list[dict[str, Any]]:
        """Describe the containers, ended ones too."""
        text = self("ps", "-a", "--format", "json", *services)
        return [json.loads(line) for line in text.splitlines() if line.strip()]

    def psql(self, statement: str, *, check: bool = True) -> str:
        """Ask the database as its owner."""
        return self(
            *("exec", "-T", "postgres", "psql", "-U", "musicdb_user", "-d", "musicdb"),
            *("-v", "ON_ERROR_STOP=1", "-tA"),
            check=check,
            stdin=statement,
        ).strip()

    def unwell(self, services: Sequence[str]) -> list[str]:
        """Name the services that are not as they should be: healthy, or ended well."""
        found: dict[str, list[dict[str, Any]]] = {service: [] for service in services}
        for container in self.containers(*services):
            found[container["Service"]].append(container)
        return [
            service
            for service, containers in found.items()
            if not containers or not all(map(_well, containers))
        ]

    def wait(self, services: Sequence[str], seconds: float = 240) -> float:
        """Wait until they are well; says which are not, with their last words."""
        try:
            return until(
                f"{', '.join(services)} well",
                lambda: not self.unwell(services),
                seconds,
            )
        except StackFault as fault:
            unwell = self.unwell(services)
            words = self("logs", "--tail", "15", *unwell, check=False)
            raise StackFault(f"{fault}\nunwell: {unwell}\n{words}") from fault

    def down(self) -> None:
        """Take everything away: containers, networks, volumes, images built."""
        self("down", "-v", "--remove-orphans", "-t", "20", check=False)
        # what was built on top first
        for image in sorted(self.images(), reverse=True):
            run("docker", "rmi", image, check=False)

    def images(self) -> list[str]:
        """Name the images built for this project."""
        return run(
            *("docker", "images", "--format", "{{.Repository}}:{{.Tag}}"),
            *("--filter", f"reference=*/*:{self.version}*"),
        ).split()

    def leftovers(self) -> list[str]:
        """Name what still stands of this project."""
        label = f"label=com.docker.compose.project={self.name}"
        return self.images() + [
            f"{kind} {line}"
            for kind, words in (
                ("container", ("ps", "-aq")),
                ("volume", ("volume", "ls", "-q")),
                ("network", ("network", "ls", "-q")),
            )
            for line in run("docker", *words, "--filter", label).split()
        ]


def _well(container: dict[str, Any]) -> bool:
    if container["State"] == "exited":
        return bool(container["ExitCode"] == 0)
    return container["State"] == "running" and container["Health"] in {"healthy", ""}
