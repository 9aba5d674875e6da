"""Private Prometheus over a given configuration file, where a binary is present."""

import http.client
import os
import shutil
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

from devstack.errors import NoServer
from devstack.ports import LOOPBACK
from devstack.processes import Order

_REPLY_SECONDS = 1.0


def binary() -> Path:
    """Return the prometheus on the path; NoServer if there is none."""
    found = shutil.which("prometheus")
    if found:
        return Path(found)
    raise NoServer(
        "Prometheus cannot be had here: put prometheus on the path"
        " (Debian, Ubuntu: apt-get install prometheus)"
    )


@dataclass(frozen=True, slots=True)
class Prometheus:
    """How Prometheus is set up in a folder and started there.

    Args:
        config: read where it lies, so that its relative rule files are found.
    """

    folder: Path
    binary: Path
    config: Path
    temporary: bool
    name: str = "prometheus"
    port_names: Sequence[str] = ("url",)
    patience_seconds: float = 30

    def order(self, ports: Mapping[str, int]) -> Order:
        """Prepare the folder and say how to run the server there."""
        return Order(
            command=[
                str(self.binary),
                f"--config.file={self.config.absolute()}",
                f"--storage.tsdb.path={self.folder / 'data'}",
                f"--web.listen-address={LOOPBACK}:{ports['url']}",
            ],
            environment={"PATH": os.environ.get("PATH", os.defpath)},
            folder=str(self.folder),
            kill_if_gone=self.temporary,
        )

    def urls(self, ports: Mapping[str, int]) -> Mapping[str, str]:
        """Return the addresses for these ports."""
        place = f"http://{LOOPBACK}:{ports['url']}"
        return {"url": place, "metrics": f"{place}/metrics"}

    def is_ready(self, ports: Mapping[str, int]) -> bool:
        """Ask what its own documentation gives for this purpose."""
        connection = http.client.HTTPConnection(
            LOOPBACK, ports["url"], timeout=_REPLY_SECONDS
        )
        try:
            connection.request("GET", "/-/ready")
            return connection.getresponse().status == 200
        except http.client.HTTPException:
            return False
        finally:
            connection.close()
