"""A RabbitMQ user without some permission: what works, and the one line of the rest."""

import json
import re
from dataclasses import replace

import pytest

import devstack
from enrichment.contract import queues
from tests import broker_users, pipeline
from tests.broker_users import NOTHING, SCRAPER, WORKER, Permissions
from tests.crawls import crawl, environment, wait_until

__all__ = ["environment"]

NO_PERMISSION, MISCONFIGURED = 77, 78
ALL = ".*"
USERS = {
    "worker": WORKER,
    "scraper": SCRAPER,
    "no_read": replace(WORKER, read=NOTHING),
    "no_dlx": replace(WORKER, write=r"^amq\.default$"),
    "no_publish": replace(WORKER, write="^metadata_enrichment_dlx$"),
    "no_configure": Permissions(write=ALL, read=ALL),
    "no_bind": Permissions(configure=ALL, write="^metadata_enrichment_dlx$", read=ALL),
    "nothing": Permissions(),
}
IMPATIENT = {"ENRICHMENT_PUBLISH_DRAIN_SECONDS": "20"}


@pytest.fixture(scope="module")
def users(stack: devstack.Stack) -> dict[str, str]:
    return broker_users.make(stack.rabbitmq, USERS)


@pytest.fixture
def declared(rabbitmq_url: str) -> str:
    pipeline.declare(rabbitmq_url)
    return rabbitmq_url


@pytest.fixture
def servers(environment: dict[str, str]) -> dict[str, str]:
    return {
        **pipeline.Simulator("http://127.0.0.1:9").settings,
        **environment,
        "ENRICHMENT_METRICS_PORT": "0",
    }


def one_line(said: bytes | str) -> str:
    text = said.decode() if isinstance(said, bytes) else said
    assert "Traceback" not in text
    (line,) = [one for one in text.splitlines() if one.startswith("enrichment: ")]
    return line


def test_a_worker_that_may_only_read_and_publish_does_its_work(
    servers, users, declared, tmp_path
):
    tracks = pipeline.track_rows(3)
    world = pipeline.write_tracks(tmp_path / "world.jsonl", tracks)
    pipeline.publish(declared, [*pipeline.requests_of(tracks), b"no JSON"])
    with pipeline.simulator(world, "--time-scale", "50") as simulator:
        done = pipeline.run_command(
            {
                **servers,
                **simulator.settings,
                "ENRICHMENT_TIME_SCALE": "50",
                "RABBITMQ_URL": users["worker"],
            },
            "worker",
            "--burst",
        )

    assert done.returncode == 0, done.stderr
    assert pipeline.rows(
        servers["DATABASE_URL"], "SELECT DISTINCT status FROM tracks"
    ) == [("completed",)]
    assert [body for _, body in pipeline.dead_letters(declared)] == [b"no JSON"]


@pytest.mark.parametrize(
    ("user", "named"),
    [
        ("no_read", f"the read permission on queue '{queues.MAIN_QUEUE}'"),
        ("no_dlx", f"the write permission on exchange '{queues.DEAD_LETTER_EXCHANGE}'"),
        ("no_publish", "the write permission on exchange 'amq.default'"),
    ],
)
def test_a_worker_names_what_it_lacks(user, named, servers, users, declared):
    done = pipeline.run_command({**servers, "RABBITMQ_URL": users[user]}, "worker")

    assert done.returncode == NO_PERMISSION, done.stderr
    assert named in one_line(done.stderr)


def test_a_worker_whose_queues_are_missing_asks_for_queue_init(
    servers, users, rabbitmq_url
):
    done = pipeline.run_command({**servers, "RABBITMQ_URL": users["worker"]}, "worker")

    assert done.returncode == NO_PERMISSION, done.stderr
    line = one_line(done.stderr)
    assert "enrichment queue-init" in line
    assert queues.MAIN_QUEUE in line


@pytest.mark.parametrize(
    ("user", "named"),
    [
        ("no_configure", r"the configure permission on exchange"),
        ("no_bind", f"the write permission on queue '{queues.DEAD_LETTER_QUEUE}'"),
        ("nothing", r"the configure permission on exchange"),
    ],
)
def test_queue_init_names_what_it_lacks(user, named, servers, users, rabbitmq_url):
    done = pipeline.run_command({**servers, "RABBITMQ_URL": users[user]}, "queue-init")

    assert done.returncode == NO_PERMISSION, done.stderr
    assert re.search(named, one_line(done.stderr))


def test_a_virtual_host_that_is_not_there_is_told(servers, rabbitmq_url):
    elsewhere = rabbitmq_url.rpartition("/")[0] + "/nowhere"

    for command in ("queue-init", "worker"):
        done = pipeline.run_command({**servers, "RABBITMQ_URL": elsewhere}, command)
        assert done.returncode == MISCONFIGURED, done.stderr
        assert "nowhere" in one_line(done.stderr)


def test_a_crawl_that_may_only_publish_publishes_all(
    environment, users, declared, tmp_path
):
    (tmp_path / "set.txt").write_text("Orbital - Halcyon\nOrbital - Belfast\n")

    done = crawl(
        "tracklist_files",
        environment | {"RABBITMQ_URL": users["scraper"]},
        path=tmp_path,
    )

    assert (done.code, done.report["published"]["confirmed"]) == (0, 2)
    assert pipeline.depth(declared, queues.MAIN_QUEUE) == 2


def test_a_refused_crawl_ends_soon_with_the_code_and_the_permission(
    environment, users, declared, tmp_path
):
    (tmp_path / "set.txt").write_text("Orbital - Halcyon\nOrbital - Belfast\n")

    done = crawl(
        "tracklist_files",
        environment | IMPATIENT | {"RABBITMQ_URL": users["nothing"]},
        path=tmp_path,
    )

    assert done.code == NO_PERMISSION
    assert done.report["published"]["pending"] == 2
    assert "write permission on exchange" in done.report["notes"]["not_permitted"]
    assert "Traceback" not in done.log
    assert done.log.count("crawl: RabbitMQ: user") == 1


def test_a_crawl_whose_login_is_refused_says_so(environment, rabbitmq_url, tmp_path):
    (tmp_path / "set.txt").write_text("Orbital - Halcyon\nOrbital - Belfast\n")
    broken = rabbitmq_url.replace("@", "x@")

    done = crawl(
        "tracklist_files",
        environment | IMPATIENT | {"RABBITMQ_URL": broken},
        path=tmp_path,
    )

    assert done.code == MISCONFIGURED
    assert "refuses the login" in done.report["notes"]["login_refused"]


def findings(settings: dict[str, str]) -> dict[str, dict[str, object]]:
    told = pipeline.run_command(settings, "doctor", "--json").stdout
    return {one["subject"]: one for one in json.loads(told)}


def test_doctor_names_what_a_worker_lacks(servers, users, declared):
    lacking = findings({**servers, "RABBITMQ_URL": users["nothing"]})
    well = findings({**servers, "RABBITMQ_URL": users["worker"]})

    permissions = lacking["rabbitmq permissions"]
    assert not permissions["well"]
    for name in (*(q.name for q in queues.QUEUES.values()), "amq.default"):
        assert f"'{name}'" in str(permissions["detail"])
    assert well["rabbitmq permissions"]["well"]
    assert well["queues"]["well"]


def test_a_permission_that_is_taken_away_is_named_and_waited_for(
    stack, servers, declared, tmp_path
):
    """The worker names it and goes on once the permission is there again."""
    url = broker_users.make(stack.rabbitmq, {"changing": WORKER})["changing"]
    workers = pipeline.Workers({**servers, "RABBITMQ_URL": url}, tmp_path)
    try:
        worker = workers.start()
        wait_until(lambda: "Waiting for enrichment tasks" in worker.said())
        broker_users.permit(stack.rabbitmq, url, replace(WORKER, write=NOTHING))
        pipeline.publish(declared, [b"no JSON"])
        wait_until(lambda: "the write permission on exchange" in worker.said())
        broker_users.permit(stack.rabbitmq, url, WORKER)
        wait_until(lambda: pipeline.depth(declared, queues.DEAD_LETTER_QUEUE) == 1)
        assert worker.process.poll() is None
        assert "Traceback" not in worker.said()
    finally:
        workers.end()


def test_doctor_names_the_alarm_of_a_broker(stack, servers, declared):
    stack.rabbitmq.control(
        "eval",
        "rabbit_alarm:set_alarm({{resource_limit, memory, node()}, []}).",
    )
    try:
        alarm = findings(servers)["rabbitmq alarms"]
    finally:
        stack.rabbitmq.control(
            "eval", "rabbit_alarm:clear_alarm({resource_limit, memory, node()})."
        )

    assert not alarm["well"]
    assert "memory" in str(alarm["detail"])
    assert alarm["advice"]
