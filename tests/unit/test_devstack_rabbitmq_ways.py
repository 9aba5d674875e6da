"""Which RabbitMQ is run where."""

from pathlib import Path

import pytest

from devstack import NoServer, apt
from devstack.rabbitmq.ways import (
    Container,
    Machine,
    Program,
    choose,
)

SCRIPT = "/usr/lib/rabbitmq/bin/rabbitmq-server"


class Imagined:
    """A machine on which nothing is, unless said; apt-get adds the script."""

    def __init__(self, *files, commands=(), engine=False, root=False, like=()):
        self.files = set(files)
        self.installed = 0
        self.machine = Machine(
            is_file=lambda path: path in self.files,
            which=lambda name: f"/bin/{name}" if name in commands else None,
            engine_answers=lambda _: engine,
            is_root=root,
            families=like,
            install=self.install,
        )

    def install(self):
        self.installed += 1
        self.files.add(SCRIPT)


def test_the_script_behind_debians_wrapper_is_preferred():
    here = Imagined(SCRIPT, commands=["rabbitmq-server", "docker"], engine=True)
    assert choose(here.machine) == Program(Path(SCRIPT))


def test_a_server_on_the_path_comes_before_a_container():
    here = Imagined(commands=["rabbitmq-server", "docker"], engine=True)
    assert choose(here.machine) == Program(Path("/bin/rabbitmq-server").resolve())


def test_a_container_comes_before_an_installation():
    here = Imagined(
        commands=["docker", "apt-get"], engine=True, root=True, like=["debian"]
    )
    assert choose(here.machine) == Container("/bin/docker", "rabbitmq:4-management")
    assert not here.installed


@pytest.mark.parametrize("like", [["debian"], ["ubuntu", "debian"], ["mint", "ubuntu"]])
def test_apt_installs_for_root_where_an_engine_is_silent(like):
    here = Imagined(commands=["docker", "apt-get"], engine=False, root=True, like=like)
    assert choose(here.machine) == Program(Path(SCRIPT))
    assert here.installed == 1


@pytest.mark.parametrize(
    "here",
    [
        pytest.param(Imagined(), id="bare"),
        pytest.param(Imagined(commands=["apt-get"], like=["debian"]), id="not root"),
        pytest.param(Imagined(root=True, like=["fedora"]), id="another family"),
        pytest.param(Imagined(commands=["docker"]), id="no engine behind docker"),
    ],
)
def test_without_any_way_the_error_names_all(here):
    with pytest.raises(NoServer) as error:
        choose(here.machine)
    for way in ("apt-get install rabbitmq-server", "Docker", "root"):
        assert way in str(error.value)
    assert not here.installed


def test_apt_installs_no_more_than_needed_and_asks_nothing():
    update, install = apt.commands("rabbitmq-server")
    assert update[-1] == "update"
    assert {"-y", "--no-install-recommends", "rabbitmq-server"} <= set(install)


def test_apt_may_not_start_a_broker_meanwhile(tmp_path):
    policy = tmp_path / "policy-rc.d"
    with apt.no_service_starts(policy):
        assert policy.read_text().endswith("exit 101\n")
        assert policy.stat().st_mode & 0o777 == 0o755
    assert not policy.exists()


def test_a_policy_that_exists_is_left_alone(tmp_path):
    policy = tmp_path / "policy-rc.d"
    policy.write_text("#!/bin/sh\nexit 0\n")
    with apt.no_service_starts(policy):
        assert "exit 0" in policy.read_text()
    assert policy.exists()
