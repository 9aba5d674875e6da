"""Private servers on this machine, for real: what survives, and what does not."""

import asyncio
import contextlib
import os
import signal
import subprocess
import sys
import time
import urllib.request
from collections.abc import Callable, Iterator
from dataclasses import replace
from pathlib import Path
from urllib.parse import urlsplit

import aio_pika
import asyncpg
import pytest
import redis.asyncio
from aio_pika.abc import AbstractRobustConnection

from devstack import DevstackError, NoServer, open_stack
from devstack.processes import PrivateServer
from devstack.rabbitmq.ways import choose, this_machine
from devstack.server import Server
from tests.needed import missing
from tests.processes import processes_naming

QUORUM = {"x-queue-type": "quorum"}
# RabbitMQ takes 5 s on an idle machine with two cores, and several times that on a
# busy one
patient = pytest.mark.timeout(300)


@pytest.fixture(scope="module")
def broker_here() -> None:
    """Skip where a broker would have to be installed first; in CI it is."""
    if os.environ.get("CI"):
        return
    with contextlib.suppress(NoServer):
        choose(replace(this_machine(), is_root=False))
        return
    missing("rabbitmq-server")


@contextlib.asynccontextmanager
async def connected(server: Server):
    connection: AbstractRobustConnection = await aio_pika.connect_robust(server.url)
    async with connection:
        yield await connection.channel()


def fetched(url: str) -> bytes:
    with urllib.request.urlopen(url) as answer:
        return bytes(answer.read())


def wait_for(condition: Callable[[], object], seconds: float = 120) -> None:
    deadline = time.monotonic() + seconds
    while not condition():
        assert time.monotonic() < deadline, f"not within {seconds} s"
        time.sleep(0.05)


@contextlib.contextmanager
def running(*arguments: str, tmp: Path) -> Iterator[subprocess.Popen[str]]:
    """A stack of another process, in a temporary folder that only it uses."""
    process = subprocess.Popen(
        # what a shell runs in the background ignores Ctrl-C, and its children do, too
        [
            *("env", "--default-signal=INT"),
            *(sys.executable, "-m", "devstack", "up", *arguments),
        ],
        stdout=subprocess.PIPE,
        text=True,
        env={**os.environ, "TMPDIR": str(tmp)},
        start_new_session=True,
    )
    try:
        with process:
            yield process
    finally:
        process.kill()


def next_line(process: subprocess.Popen[str]) -> str:
    assert process.stdout
    return process.stdout.readline()


@patient
async def test_all_servers_serve_and_leave_nothing(broker_here, tmp_path, monkeypatch):
    monkeypatch.setattr("tempfile.tempdir", str(tmp_path))

    with open_stack() as stack:
        assert all(server.running for server in stack.servers.values())
        assert list(tmp_path.iterdir()), "the folder lies where temporary files lie"

        database = await asyncpg.connect(stack.postgres.url)
        assert await database.fetchval("SELECT lower('É')") == "é"
        assert await database.fetchval("SHOW max_connections") == "200"
        assert not await database.fetchval(
            "SELECT rolsuper FROM pg_roles WHERE rolname = current_user"
        )
        await database.close()
        async with redis.asyncio.from_url(stack.redis.url) as cache:
            assert await cache.ping()
        async with connected(stack.rabbitmq) as channel:
            queue = await channel.declare_queue("q", durable=True, arguments=QUORUM)
            assert queue.name == "q"

    assert not list(tmp_path.iterdir())
    assert not processes_naming(str(tmp_path))


@patient
@pytest.mark.parametrize("how", ["stop", "kill"])
async def test_the_broker_comes_back_on_its_port_with_its_messages(
    broker_here, tmp_path, how
):
    with open_stack(["rabbitmq"], management=True) as stack:
        broker = stack.rabbitmq
        assert isinstance(broker, PrivateServer)
        before = broker.url
        assert b"rabbitmq_identity_info" in await asyncio.to_thread(
            fetched, broker.metrics_url
        )
        assert urlsplit(broker.management_url).port != urlsplit(before).port
        async with connected(broker) as channel:
            await channel.declare_queue("q", durable=True, arguments=QUORUM)
            message = aio_pika.Message(b"kept", delivery_mode=2)
            await channel.default_exchange.publish(message, "q")
        # RabbitMQ writes the names of new quorum queues within a second: a queue that
        # is killed younger comes back without a leader, for ever
        wait_for(lambda: b"_q" in next(broker.folder.rglob("names.dets")).read_bytes())

        getattr(broker, how)()
        assert not broker.running
        with pytest.raises(OSError, match="111"):
            await asyncpg.connect(host="127.0.0.1", port=urlsplit(before).port)
        broker.start()

        assert broker.url == before
        async with connected(broker) as channel:
            queue = await channel.declare_queue("q", durable=True, arguments=QUORUM)
            kept = await queue.get()
            assert kept.body == b"kept"
            await kept.ack()


@pytest.mark.parametrize("how", ["stop", "kill"])
async def test_rows_and_keys_survive_the_end_of_their_server(how):
    with open_stack(["postgres", "redis"]) as stack:
        urls = stack.environment
        database = await asyncpg.connect(stack.postgres.url)
        await database.execute("CREATE TABLE kept AS SELECT 7 AS number")
        await database.close()
        async with redis.asyncio.from_url(stack.redis.url) as cache:
            await cache.set("number", 7)

        for server in (stack.postgres, stack.redis):
            getattr(server, how)()
            assert not server.running
            server.start()
        assert stack.environment == urls
        database = await asyncpg.connect(stack.postgres.url)
        assert await database.fetchval("SELECT number FROM kept") == 7
        await database.close()
        async with redis.asyncio.from_url(stack.redis.url) as cache:
            assert await cache.get("number") == b"7"


async def test_a_kept_folder_gives_its_data_to_the_next_stack(tmp_path):
    with open_stack(["postgres", "redis"], tmp_path / "f") as stack:
        database = await asyncpg.connect(stack.postgres.url)
        await database.execute("CREATE TABLE kept AS SELECT 7 AS number")
        assert await database.fetchval("SHOW fsync") == "on"
        await database.close()
        async with redis.asyncio.from_url(stack.redis.url) as cache:
            await cache.set("number", 7)

    with open_stack(["postgres", "redis"], tmp_path / "f") as stack:
        database = await asyncpg.connect(stack.postgres.url)
        assert await database.fetchval("SELECT number FROM kept") == 7
        await database.close()
        async with redis.asyncio.from_url(stack.redis.url) as cache:
            assert await cache.get("number") == b"7"


async def test_a_wrong_password_is_refused():
    with open_stack(["postgres"]) as stack:
        wrong = stack.postgres.url.replace("musicdb_user:", "musicdb_user:x")
        with pytest.raises(asyncpg.InvalidPasswordError):
            await asyncpg.connect(wrong)
        superuser = stack.postgres.url.replace("musicdb_user:", "postgres:")
        with pytest.raises(asyncpg.InvalidPasswordError):
            await asyncpg.connect(superuser)


def test_several_stacks_run_at_once():
    with (
        open_stack(["postgres", "redis"]) as one,
        open_stack(["postgres", "redis"]) as other,
    ):
        ports = [
            urlsplit(url).port
            for stack in (one, other)
            for url in stack.environment.values()
        ]
        assert len(set(ports)) == 4


def test_an_exception_inside_leaves_nothing(tmp_path, monkeypatch):
    monkeypatch.setattr("tempfile.tempdir", str(tmp_path))

    with (
        pytest.raises(ZeroDivisionError),
        open_stack(["postgres", "redis"]),
    ):
        raise ZeroDivisionError

    assert not list(tmp_path.iterdir())
    assert not processes_naming(str(tmp_path))


@patient
def test_kill_9_of_the_parent_leaves_nothing(broker_here, tmp_path):
    with running(tmp=tmp_path) as parent:
        addresses = [next_line(parent) for _ in range(3)]
        assert all(line.startswith("export ") for line in addresses)
        assert len(processes_naming(f"{tmp_path}/devstack-")) > 5

        parent.kill()

    wait_for(lambda: not processes_naming(f"{tmp_path}/devstack-"))
    wait_for(lambda: not list(tmp_path.iterdir()))


@pytest.mark.parametrize("moment", ["starting", "running"])
def test_ctrl_c_ends_everything_and_is_no_error(tmp_path, moment):
    with running("postgres", "redis", tmp=tmp_path) as parent:
        if moment == "running":
            next_line(parent)
        else:
            wait_for(lambda: list(tmp_path.iterdir()))

        os.killpg(parent.pid, signal.SIGINT)

        assert parent.wait(120) == 0
    assert not list(tmp_path.iterdir())
    assert not processes_naming(str(tmp_path / "devstack-"))


def test_up_env_and_down_share_a_folder(tmp_path):
    def command(name: str) -> subprocess.CompletedProcess[str]:
        return subprocess.run(
            [sys.executable, "-m", "devstack", name, "--folder", tmp_path / "f"],
            capture_output=True,
            text=True,
            check=False,
        )

    before = command("env")
    assert before.returncode == 1
    assert "no stack runs in" in before.stderr

    with running("redis", "--folder", str(tmp_path / "f"), tmp=tmp_path) as parent:
        address = next_line(parent)
        assert address.startswith("export REDIS_URL=redis://")
        assert command("env").stdout == address
        assert (tmp_path / "f" / "running.json").stat().st_mode & 0o777 == 0o600

        assert command("down").returncode == 0
        assert parent.wait(120) == 0

    assert command("env").returncode == 1
    assert not processes_naming(str(tmp_path / "f"))
    assert (tmp_path / "f" / "redis").is_dir(), "data stay"


def test_a_server_given_by_its_url_is_used_and_left_alone():
    url = "redis://elsewhere:1/0"

    with open_stack(["redis"], given={"redis": url}) as stack:
        assert stack.environment == {"REDIS_URL": url}
        assert stack.redis.given
        stack.redis.start()
        with pytest.raises(DevstackError, match="not ours to stop"):
            stack.redis.stop()
        with pytest.raises(DevstackError, match="not ours to kill"):
            stack.redis.kill()


def test_prometheus_runs_over_a_given_configuration(tmp_path):
    config = tmp_path / "prometheus.yml"
    config.write_text("scrape_configs: []\n")
    try:
        with open_stack(["prometheus"], prometheus_config=config) as stack:
            metrics = fetched(stack.prometheus.metrics_url)
    except NoServer as error:
        missing(str(error))

    assert b"prometheus_build_info" in metrics
