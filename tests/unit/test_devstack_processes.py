"""What the guard promises, on servers small enough to misbehave to order."""

import http.client
import shlex
import sys
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

import psutil
import pytest

from devstack import ServerFailed
from devstack.processes import Order, PrivateServer, Step

SERVE = f"{shlex.quote(sys.executable)} -m http.server --bind 127.0.0.1 $PORT"


@dataclass(frozen=True, slots=True)
class Shell:
    """A server that is a line of shell; ready when HTTP answers on its port."""

    folder: Path
    line: str
    before: Sequence[Step] = ()
    grace_seconds: float = 5
    name: str = "shell"
    port_names: Sequence[str] = ("url",)
    patience_seconds: float = 10

    def order(self, ports: Mapping[str, int]) -> Order:
        return Order(
            command=["sh", "-c", self.line],
            environment={"PORT": str(ports["url"]), "PATH": "/usr/bin:/bin"},
            folder=str(self.folder),
            before=self.before,
            grace_seconds=self.grace_seconds,
        )

    def urls(self, ports: Mapping[str, int]) -> Mapping[str, str]:
        return {"url": f"http://127.0.0.1:{ports['url']}"}

    def is_ready(self, ports: Mapping[str, int]) -> bool:
        connection = http.client.HTTPConnection("127.0.0.1", ports["url"], timeout=1)
        try:
            connection.request("HEAD", "/")
            return connection.getresponse().status == 200
        finally:
            connection.close()


def shell(folder: Path, line: str = f"exec {SERVE}", **more) -> PrivateServer:
    return PrivateServer(Shell(folder, line, **more), folder)


def born_in(folder: Path) -> list[psutil.Process]:
    """Living processes whose working folder it is: those of the server."""
    return [
        process
        for process in psutil.process_iter(["cwd", "status"])
        if process.info["cwd"] == str(folder)
        and process.info["status"] != psutil.STATUS_ZOMBIE
    ]


@pytest.mark.parametrize("end", ["stop", "kill"])
def test_a_server_returns_to_its_port_after_its_end(tmp_path, end):
    server = shell(tmp_path)
    server.start()
    url = server.url

    getattr(server, end)()
    assert not server.running
    assert not born_in(tmp_path)
    server.start()

    assert born_in(tmp_path)
    assert server.url == url
    server.stop()


def test_starting_twice_starts_once_and_ending_twice_is_fine(tmp_path):
    server = shell(tmp_path)
    server.start()
    server.start()
    assert len(born_in(tmp_path)) == 1

    server.stop()
    server.stop()
    server.kill()


@pytest.mark.parametrize("end", ["stop", "kill"])
def test_daemons_of_the_server_end_with_it(tmp_path, end):
    server = shell(tmp_path, f"setsid sh -c 'sleep 300 & sleep 300' & exec {SERVE}")
    server.start()
    assert len(born_in(tmp_path)) >= 3

    getattr(server, end)()

    assert not born_in(tmp_path)


def test_a_server_deaf_to_its_signal_is_killed_after_the_grace(tmp_path):
    deaf = f"trap '' TERM; {SERVE} & while :; do wait; sleep 0.05; done"
    server = shell(tmp_path, deaf, grace_seconds=0.2)
    server.start()

    server.stop()

    assert not born_in(tmp_path)


def test_a_failed_start_tells_the_end_of_the_log(tmp_path):
    server = shell(tmp_path, "seq 100; echo no such option --frob; exit 3")

    with pytest.raises(ServerFailed) as failure:
        server.start()

    said = str(failure.value)
    assert "shell did not start" in said
    assert "no such option --frob" in said
    assert "exit code 3" in said
    assert "\n50\n" not in said, "only the end"


def test_a_server_that_is_never_ready_is_ended(tmp_path):
    server = shell(tmp_path, "exec sleep 300", patience_seconds=0.3)

    with pytest.raises(ServerFailed, match="not ready within"):
        server.start()

    assert not born_in(tmp_path)


def test_a_failed_step_before_keeps_the_server_from_starting(tmp_path):
    server = shell(tmp_path, "touch started", before=[Step(["false"])])

    with pytest.raises(ServerFailed, match="false ended with exit code 1"):
        server.start()

    assert not (tmp_path / "started").exists()


def test_a_step_before_receives_its_input(tmp_path):
    step = Step(["sh", "-c", "cat > received"], "a line\n")
    server = shell(tmp_path, before=[step])
    server.start()
    server.stop()

    assert (tmp_path / "received").read_text() == "a line\n"


def test_a_port_taken_at_the_first_start_is_exchanged(tmp_path):
    taken_once = (
        "if [ ! -e port ]; then echo $PORT > port; "
        f"echo 'bind: Address already in use'; exit 1; fi; exec {SERVE}"
    )
    server = shell(tmp_path, taken_once)

    server.start()

    assert not server.url.endswith(":" + (tmp_path / "port").read_text().strip())
    server.stop()


def test_a_port_taken_at_a_later_start_is_an_error(tmp_path):
    server = shell(
        tmp_path,
        f"if [ -e once ]; then echo 'Address already in use'; exit 1; fi;"
        f" touch once; exec {SERVE}",
    )
    server.start()
    url = server.url
    server.stop()

    with pytest.raises(ServerFailed, match="Address already in use"):
        server.start()

    assert server.url == url


def test_a_server_that_ends_by_itself_is_not_running(tmp_path):
    server = shell(tmp_path)
    server.start()
    (process,) = born_in(tmp_path)

    process.kill()
    assert server._guard
    server._guard.wait(10)

    assert not server.running
    assert "ended by itself with exit code -9" in server.log.read_text()
    server.stop()


def test_an_address_is_unknown_before_the_first_start(tmp_path):
    with pytest.raises(ServerFailed, match="no address before"):
        assert shell(tmp_path).url


def test_management_must_be_asked_for(tmp_path):
    server = shell(tmp_path)
    server.start()
    with pytest.raises(Exception, match="no management address"):
        assert server.management_url
    server.stop()
