"""Private RabbitMQ: a node of its own, beside whatever else runs on this machine.

Own ports (epmd's and the distribution's among them), own cookie, own data folder, own
node name kept with the data. Which program is run is decided in `ways`.
"""

import os
import secrets
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

from devstack.environment import private_environment
from devstack.ports import LOOPBACK
from devstack.processes import Order
from devstack.rabbitmq import amqp
from devstack.rabbitmq.ways import Container, Program, Way
from devstack.secret import kept_secret, write_private

USER = "musicdb"
VHOST = "musicdb"
# As monitoring/rabbitmq/20-enrichment.conf has it, bytes.
_LARGEST_MESSAGE = 262_144
_PLUGINS = "[rabbitmq_management,rabbitmq_prometheus].\n"
_NO_PLUGINS = "[].\n"
_IN_CONTAINER = {"url": 5672, "management": 15672, "metrics": 15692}


@dataclass(frozen=True, slots=True)
class RabbitMQ:
    """How a broker is set up in a folder and started there."""

    folder: Path
    way: Way
    temporary: bool
    management: bool  # HTTP API and metrics: the start takes two seconds more
    name: str = "rabbitmq"
    patience_seconds: float = 120

    @property
    def port_names(self) -> Sequence[str]:
        """Ports clients see, and those the node itself needs."""
        private = ("epmd", "distribution") if isinstance(self.way, Program) else ()
        return ("url", *(("management", "metrics") * self.management), *private)

    @property
    def _password(self) -> str:
        return kept_secret(self.folder / "secret")

    def order(self, ports: Mapping[str, int]) -> Order:
        """Prepare the folder and say how to run the server there."""
        (self.folder / "data").mkdir(exist_ok=True)
        plugins = self.folder / "enabled_plugins"
        plugins.write_text(_PLUGINS if self.management else _NO_PLUGINS)
        settings = self.folder / "rabbitmq.conf"
        match self.way:
            case Program(path):
                write_private(settings, self._settings(LOOPBACK, ports))
                return Order(
                    command=[str(path)],
                    environment=self._environment(ports),
                    folder=str(self.folder),
                    kill_if_gone=self.temporary,
                )
            case Container(engine, image):
                write_private(settings, self._settings("0.0.0.0", _IN_CONTAINER))  # noqa: S104 - inside the container
                return self._container_order(engine, image, ports)

    def urls(self, ports: Mapping[str, int]) -> Mapping[str, str]:
        """Return the addresses for these ports."""
        login = f"{USER}:{self._password}@{LOOPBACK}"
        urls = {"url": f"amqp://{login}:{ports['url']}/{VHOST}"}
        if self.management:
            urls["management"] = f"http://{login}:{ports['management']}"
            urls["metrics"] = f"http://{LOOPBACK}:{ports['metrics']}/metrics"
        return urls

    def is_ready(self, ports: Mapping[str, int]) -> bool:
        """Log in as a client does; the port opens before the broker serves."""
        return amqp.can_open(
            LOOPBACK, ports["url"], user=USER, password=self._password, vhost=VHOST
        )

    def control(
        self, ports: Mapping[str, int], arguments: Sequence[str]
    ) -> tuple[Sequence[str], Mapping[str, str]]:
        """Return the command, and its environment, that `rabbitmqctl` is here."""
        match self.way:
            case Program(path):
                tool = str(path.with_name("rabbitmqctl"))
                return [tool, *arguments], self._environment(ports)
            case Container(engine, _):
                inside = [engine, "exec", self._node, "rabbitmqctl", *arguments]
                return inside, private_environment(os.environ)

    def _settings(self, address: str, ports: Mapping[str, int]) -> str:
        lines = [
            f"listeners.tcp.1 = {address}:{ports['url']}",
            f"default_user = {USER}",
            f"default_pass = {self._password}",
            f"default_vhost = {VHOST}",
            "log.file = false",
            "log.console = true",
            f"max_message_size = {_LARGEST_MESSAGE}",
        ]
        if self.management:
            lines += [
                f"management.tcp.ip = {address}",
                f"management.tcp.port = {ports['management']}",
                f"prometheus.tcp.ip = {address}",
                f"prometheus.tcp.port = {ports['metrics']}",
            ]
        return "\n".join(lines) + "\n"

    def _environment(self, ports: Mapping[str, int]) -> Mapping[str, str]:
        """Leave nothing to the machine's own settings of RabbitMQ.

        https://www.rabbitmq.com/docs/configure#supported-environment-variables
        """
        folder = str(self.folder)
        kept_secret(self.folder / ".erlang.cookie")
        (self.folder / ".erlang.cookie").chmod(0o400)  # Erlang insists
        return {
            "HOME": folder,
            "PATH": os.environ.get("PATH", os.defpath),
            "LANG": "C.UTF-8",
            # a node that fails would leave 700 kB in the folder of its caller
            "ERL_CRASH_DUMP_BYTES": "0",
            "RABBITMQ_NODENAME": f"{self._node}@localhost",
            "RABBITMQ_MNESIA_BASE": f"{folder}/data",
            "RABBITMQ_LOG_BASE": folder,
            "RABBITMQ_CONFIG_FILE": f"{folder}/rabbitmq.conf",
            "RABBITMQ_ENABLED_PLUGINS_FILE": f"{folder}/enabled_plugins",
            "RABBITMQ_GENERATED_CONFIG_DIR": f"{folder}/generated",
            "RABBITMQ_CONF_ENV_FILE": "/dev/null",
            "RABBITMQ_DIST_PORT": str(ports["distribution"]),
            "ERL_EPMD_PORT": str(ports["epmd"]),
            "ERL_EPMD_ADDRESS": LOOPBACK,
            # +sbwt: idle schedulers that spin steal the processor from the tests
            "RABBITMQ_SERVER_ADDITIONAL_ERL_ARGS": "+sbwt none +sbwtdcpu none"
            " +sbwtdio none -kernel inet_dist_use_interface {127,0,0,1}",
        }

    @property
    def _node(self) -> str:
        """The node's name is part of its data: another name finds an empty broker."""
        path = self.folder / "node"
        if not path.exists():
            write_private(path, f"musicdb-{secrets.token_hex(4)}")
        return path.read_text()

    def _container_order(
        self, engine: str, image: str, ports: Mapping[str, int]
    ) -> Order:
        mounts = {
            "data": "/var/lib/rabbitmq",
            "rabbitmq.conf": "/etc/rabbitmq/conf.d/99-devstack.conf",
            "enabled_plugins": "/etc/rabbitmq/enabled_plugins",
        }
        command = [engine, "run", "--rm", "--name", self._node]
        command += ["--hostname", self._node, "--user", f"{os.getuid()}:{os.getgid()}"]
        for ours, theirs in mounts.items():
            command += ["--volume", f"{self.folder / ours}:{theirs}"]
        for name in self.port_names:
            command += ["--publish", f"{LOOPBACK}:{ports[name]}:{_IN_CONTAINER[name]}"]
        return Order(
            command=[*command, image],
            # the engine's address and contexts are in it
            environment=private_environment(os.environ),
            folder=str(self.folder),
            # the container belongs to the engine, not to us: end it by name
            after=[[engine, "rm", "--force", self._node]],
            kill_if_gone=self.temporary,
        )
