"""Packages from apt, quietly, without a service of the machine being started."""

import contextlib
import os
import shutil
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

from devstack.environment import private_environment
from devstack.errors import NoServer

_POLICY = Path("/usr/sbin/policy-rc.d")
_FORBID_START = "#!/bin/sh\nexit 101\n"  # "action forbidden by policy"


def commands(*packages: str) -> list[list[str]]:
    """Return what installs packages; other users of apt are waited for."""
    patient = ["apt-get", "-q", "-y", "-o", "DPkg::Lock::Timeout=300"]
    return [
        [*patient, "update"],
        [*patient, "install", "--no-install-recommends", *packages],
    ]


def is_possible() -> bool:
    """Return whether this is root on a machine that has apt."""
    return os.geteuid() == 0 and shutil.which("apt-get") is not None


def install(*packages: str) -> None:
    """Install packages and start none of their services. Raises NoServer."""
    names = ", ".join(packages)
    sys.stderr.write(f"devstack: installing {names} with apt-get, once\n")
    quiet = {"DEBIAN_FRONTEND": "noninteractive", "RUNLEVEL": "1"}
    with no_service_starts(_POLICY):
        for command in commands(*packages):
            done = subprocess.run(  # noqa: S603 - constant words
                command,
                check=False,
                capture_output=True,
                text=True,
                stdin=subprocess.DEVNULL,
                env={**private_environment(os.environ), **quiet},
            )
            if done.returncode:
                said = (done.stdout + done.stderr).strip().splitlines()[-10:]
                raise NoServer("\n".join([f"{' '.join(command)} failed:", *said]))


@contextlib.contextmanager
def no_service_starts(policy: Path) -> Iterator[None]:
    """Let apt install a server without starting the machine's own one.

    https://people.debian.org/~hmh/invokerc.d-policyrc.d-specification.txt
    """
    try:
        with policy.open("x") as script:
            script.write(_FORBID_START)
    except FileExistsError:  # the machine has a policy: it stays in force
        yield
        return
    policy.chmod(0o755)
    try:
        yield
    finally:
        policy.unlink(missing_ok=True)
