"""Compose files and images: hardened, checked, no secrets, valid for a Swarm too."""

import json
import os
import re
import stat
import subprocess
from pathlib import Path

import pytest
import yaml

from enrichment.contract import queues

PROJECT = Path(__file__).resolve().parents[2]
BASE = "docker-compose.yml"
WORKERS = "docker-compose.enrichment-workers.yml"
SWARM = "docker-compose.swarm.yml"
SECRETS = "docker-compose.secrets.yml"
TLS = "docker-compose.tls.yml"
DOCKERFILES = [
    PROJECT / "services/metadata-enrichment/Dockerfile.worker",
    PROJECT / "services/provider-simulator/Dockerfile",
    PROJECT / "scrapers/Dockerfile",
]

# Services and host ports that users know by name.
KNOWN_SERVICES = {
    "metadata-enrichment", "scraper-orchestrator", "scraper-mixesdb", "postgres",
    "redis", "rabbitmq", "prometheus", "grafana", "enrichment-queue-init",
    "enrichment-worker", "enrichment-backlog-worker",
}  # fmt: skip
KNOWN_PORTS = {"grafana": 3001, "prometheus": 9091, "rabbitmq": 15673}
# What a browser or a client of the API needs; nothing else is published.
INTERFACES = {
    "grafana",
    "prometheus",
    "alertmanager",
    "rabbitmq",
    "metadata-enrichment",
}


def services(*files):
    return {
        name: service
        for file in files
        for name, service in yaml.safe_load((PROJECT / file).read_text())[
            "services"
        ].items()
    }


ALL = services(BASE, WORKERS)


@pytest.fixture(scope="module")
def environment_file(tmp_path_factory):
    folder = tmp_path_factory.mktemp("environment")
    subprocess.run(
        ["sh", PROJECT / "services/write-env.sh", folder],
        check=True, capture_output=True,
    )  # fmt: skip
    return folder / ".env"


def compose(environment_file, *files):
    """Give what Compose makes of the files, all profiles in."""
    arguments = [part for file in files for part in ("-f", file)]
    done = subprocess.run(
        ["docker", "compose", "--env-file", environment_file, *arguments,
         "--profile", "*", "config", "--format", "json"],
        cwd=PROJECT, capture_output=True, text=True, check=False,
    )  # fmt: skip
    assert done.returncode == 0, done.stderr
    return json.loads(done.stdout)


# names


def test_services_have_the_names_that_users_know():
    assert set(ALL) >= KNOWN_SERVICES


@pytest.mark.parametrize("service", KNOWN_PORTS)
def test_interfaces_stand_at_the_ports_that_users_know(service):
    assert f":-{KNOWN_PORTS[service]}}}:" in ALL[service]["ports"][0]


def test_each_lane_has_a_worker():
    consumed = {
        service["environment"]["QUEUE_NAME"]
        for service in ALL.values()
        if "QUEUE_NAME" in service.get("environment", {})
    }
    assert consumed == {queue.name for queue in queues.QUEUES.values()}


# security


@pytest.mark.parametrize("name", ALL)
def test_a_service_can_gain_no_rights(name):
    service = ALL[name]

    assert service["read_only"] is True
    assert service["cap_drop"] == ["ALL"]
    assert service["security_opt"] == ["no-new-privileges:true"]
    assert "privileged" not in service
    if name not in {"postgres", "redis", "rabbitmq"}:
        assert "cap_add" not in service


@pytest.mark.parametrize("name", ALL)
def test_a_service_stays_within_bounds(name):
    limits = ALL[name]["deploy"]["resources"]["limits"]

    assert set(limits) == {"cpus", "memory"}
    assert ALL[name]["logging"]["options"] == {"max-size": "10m", "max-file": "3"}


def test_only_interfaces_are_published_and_only_on_loopback():
    published = {name: s["ports"] for name, s in ALL.items() if "ports" in s}

    assert set(published) == INTERFACES
    for ports in published.values():
        assert all(port.startswith("${BIND_ADDRESS:-127.0.0.1}:") for port in ports)


def test_data_has_no_way_out_and_only_clients_reach_it():
    networks = yaml.safe_load((PROJECT / BASE).read_text())["networks"]

    assert networks["data"]["internal"] is True
    assert ALL["postgres"]["networks"] == ["data"]
    assert ALL["redis"]["networks"] == ["data"]
    assert ALL["grafana"]["networks"] == ["edge"]


def test_no_password_has_a_default():
    text = (PROJECT / BASE).read_text() + (PROJECT / WORKERS).read_text()
    for name, rest in re.findall(
        r"\$\{([A-Z_]*(?:PASSWORD|PASS|TOKEN))\b([^{}]*(?:\{[^{}]*\})?)\}", text
    ):
        # a role without one: it has no user, or shares that of an older .env
        of_a_role = re.fullmatch(r":-(\$\{[A-Z_]+:\?not set, run make env\})?", rest)
        assert of_a_role or rest == ":?not set, run make env", name


CRAWLS = {
    "scraper-orchestrator", "scraper-mixesdb", "scraper-1001tracklists",
    "scraper-files", "demo-crawl",
}  # fmt: skip
ROLES = {
    **dict.fromkeys(CRAWLS, "SCRAPER"),
    "metadata-enrichment": "SERVICE",
    "enrichment-worker": "WORKER",
    "enrichment-backlog-worker": "WORKER",
    "enrichment-reenrichment-worker": "WORKER",
    "enrichment-queue-init": "QUEUE_INIT",
}


@pytest.mark.docker
def test_each_service_has_the_users_of_its_role(environment_file):
    merged = compose(environment_file, BASE, WORKERS)["services"]

    for name, role in ROLES.items():
        given, user = merged[name]["environment"], f"musicdb_{role.lower()}"
        assert given["RABBITMQ_USER"] == user
        if role != "QUEUE_INIT":
            assert (given["DATABASE_USER"], given["REDIS_USER"]) == (user, user)
    owner = merged["enrichment-migrate"]["environment"]
    assert owner["DATABASE_USER"] == "musicdb_user"
    assert {n for n, s in merged.items() if "DATABASE_USER" in s.get("environment", {})
            } == {"enrichment-migrate", *ROLES} - {"enrichment-queue-init"}  # fmt: skip


@pytest.mark.docker
@pytest.mark.parametrize("user", ["", "ours"])
def test_an_older_env_file_has_one_user_for_all_roles(user, tmp_path):
    """As `make env` wrote it once: everything goes on with these passwords."""
    passwords = {
        name: name.lower()
        for name in (
            "POSTGRES_PASSWORD", "ENRICHMENT_DB_PASSWORD", "REDIS_PASSWORD",
            "RABBITMQ_PASS", "ENRICHMENT_API_TOKEN", "GRAFANA_ADMIN_PASSWORD",
        )
    }  # fmt: skip
    older = tmp_path / ".env"
    lines = [f"{name}={value}\n" for name, value in passwords.items()]
    older.write_text("".join([*lines, f"RABBITMQ_USER={user}\n"]))
    merged = compose(older, BASE, WORKERS)["services"]

    assert merged["rabbitmq"]["environment"]["RABBITMQ_USER"] == (user or "musicdb")
    for name, role in ROLES.items():
        given = merged[name]["environment"]
        login = (given["RABBITMQ_USER"], given["RABBITMQ_PASS"])
        assert login == (user or "musicdb", "rabbitmq_pass"), name
        if role != "QUEUE_INIT":
            login = (given["DATABASE_USER"], given["DATABASE_PASSWORD"])
            assert login == ("musicdb_worker", "enrichment_db_password"), name
            login = (given["REDIS_USER"], given["REDIS_PASSWORD"])
            assert login == ("", "redis_password"), name


def test_make_env_appends_what_an_older_file_lacks(environment_file, tmp_path):
    """Every line stays as it is, and the passwords that are there stay theirs."""
    whole = environment_file.read_text().splitlines()
    older = [
        line
        for line in whole
        if not re.match(r"[A-Z_]+_(USER=|REDIS_|RABBITMQ_)", line)
    ]
    (tmp_path / ".env").write_text("\n".join(older) + "\n")
    add = ["sh", PROJECT / "services/write-env.sh", "--add", tmp_path]
    first = subprocess.run(add, capture_output=True, text=True, check=True)
    added = (tmp_path / ".env").read_text()
    second = subprocess.run(add, capture_output=True, text=True, check=True)

    names = {line.split("=")[0] for line in added.splitlines() if "=" in line}
    names.discard("# Added by make env ADD")
    assert added.startswith("\n".join(older))
    assert names == {line.split("=")[0] for line in whole if "=" in line}
    assert "WORKER_RABBITMQ_PASS" in first.stdout
    assert "lacks nothing" in second.stdout
    assert (tmp_path / ".env").read_text() == added
    values = dict(
        line.split("=", 1) for line in older if re.match(r"[A-Z_]+PASS", line)
    )
    file = tmp_path / "secrets" / "rabbitmq_pass"
    assert file.read_text() == values["RABBITMQ_PASS"]


def test_make_env_takes_a_line_without_a_value_for_none(tmp_path):
    """A file that was made of .env.example names users and passwords by empty lines."""
    (tmp_path / ".env").write_text(
        "POSTGRES_PASSWORD='two words'\nWORKER_RABBITMQ_USER=\nWORKER_RABBITMQ_PASS=\n"
    )
    add = ["sh", PROJECT / "services/write-env.sh", "--add", tmp_path]
    subprocess.run(add, capture_output=True, check=True)

    lines = (tmp_path / ".env").read_text().splitlines()
    # the last line of a variable counts
    values = dict(line.split("=", 1) for line in lines if re.match(r"[A-Z_]+=", line))
    secrets = tmp_path / "secrets"
    assert values["POSTGRES_PASSWORD"] == "'two words'"
    assert (secrets / "postgres_password").read_text() == "two words"
    assert values["WORKER_RABBITMQ_USER"] == "musicdb_worker"
    password = (secrets / "worker_rabbitmq_pass").read_text()
    assert values["WORKER_RABBITMQ_PASS"] == password != ""


@pytest.mark.parametrize("given", [{}, {"RABBITMQ_PASS_FILE": "/no/such/file"}])
def test_rabbitmq_does_not_start_without_the_administrators_password(given, tmp_path):
    definitions = tmp_path / "definitions.json"
    started = subprocess.run(
        ["sh", PROJECT / "services/rabbitmq/start.sh", "true"],
        env={"PATH": os.environ["PATH"], "DEFINITIONS": str(definitions), **given},
        capture_output=True,
        check=False,
    )

    assert started.returncode != 0
    assert not definitions.exists()


def test_grafana_lets_nobody_in_without_a_password():
    environment = ALL["grafana"]["environment"]
    assert environment["GF_AUTH_ANONYMOUS_ENABLED"] == "false"
    assert environment["GF_USERS_ALLOW_SIGN_UP"] == "false"


# health and order


@pytest.mark.parametrize("name", ALL)
def test_a_service_that_stays_is_checked_for_health(name):
    service = ALL[name]
    stays = service["restart"] == "unless-stopped"
    if not stays:
        return
    build = service.get("build", {"dockerfile": ".dockerignore"})
    if "HEALTHCHECK" not in (PROJECT / build["dockerfile"]).read_text():
        assert "exit 0" not in str(service["healthcheck"]["test"])


@pytest.mark.parametrize("name", ALL)
def test_a_service_waits_for_what_it_needs(name):
    for needed, how in ALL[name].get("depends_on", {}).items():
        once = ALL[needed]["restart"] != "unless-stopped"
        wanted = "service_completed_successfully" if once else "service_healthy"
        assert how["condition"] == wanted, needed


@pytest.mark.parametrize("name", ALL)
def test_what_others_wait_for_is_not_tried_for_ever(name):
    service = ALL[name]
    if service["restart"].startswith("on-failure"):
        # of the two Compose takes the second
        assert service["restart"] == "on-failure:5"
        assert service["deploy"]["restart_policy"]["max_attempts"] == 5


def test_no_container_has_a_fixed_name():
    assert not [name for name, service in ALL.items() if "container_name" in service]


def test_every_image_has_a_version():
    for name, service in ALL.items():
        version = service["image"].rsplit(":", 1)[1]
        assert "latest" not in version, name


@pytest.mark.parametrize("file", DOCKERFILES, ids=lambda f: f.parent.name)
def test_an_image_is_of_the_classic_builder_and_not_run_by_root(file):
    text = file.read_text()
    assert "RUN --mount" not in text
    assert "--chmod" not in text
    assert "--require-hashes" in text
    assert re.search(r"^USER (?!root|0)", text, re.MULTILINE)
    assert not re.search(r"^(ENV|ARG).*(PASS|SECRET|TOKEN|KEY)", text, re.MULTILINE)


def test_a_builder_sees_only_what_is_allowed():
    lines = (PROJECT / ".dockerignore").read_text().splitlines()
    rules = [line for line in lines if line and not line.startswith("#")]
    assert rules[0] == "*"
    assert not [rule for rule in rules if re.search(r"env$|secret|\.git", rule)]


# make env


def test_make_env_gives_every_password_its_own_random_value(environment_file):
    lines = environment_file.read_text().splitlines()
    values = dict(line.split("=", 1) for line in lines if re.match(r"[A-Z]", line))
    text = (PROJECT / BASE).read_text() + (PROJECT / WORKERS).read_text()
    required = set(re.findall(r"\$\{([A-Z_]+):\?", text))

    assert required <= set(values)
    assert all(re.fullmatch(r"[0-9a-f]{48}", values[name]) for name in required)
    assert len({values[name] for name in required}) == len(required)


def test_make_env_keeps_others_out(environment_file):
    secrets = environment_file.parent / "secrets"
    assert stat.S_IMODE(environment_file.stat().st_mode) == 0o600
    assert stat.S_IMODE(secrets.stat().st_mode) == 0o700


def test_every_secret_of_a_container_is_a_file_that_make_env_writes(environment_file):
    text = (PROJECT / SECRETS).read_text()
    named = set(re.findall(r"file: \./secrets/([a-z_]+)", text))
    written = {file.name for file in (environment_file.parent / "secrets").iterdir()}

    assert named == written
    for key in ("SPOTIFY_CLIENT_ID", "SPOTIFY_CLIENT_SECRET", "LASTFM_API_KEY"):
        assert f"{key}: !reset null" in text
        assert f"{key}_FILE: /run/secrets/{key.lower()}" in text


def test_make_env_never_writes_over_a_file(environment_file):
    before = environment_file.read_text()
    again = subprocess.run(
        ["sh", PROJECT / "services/write-env.sh", environment_file.parent],
        capture_output=True, text=True, check=False,
    )  # fmt: skip
    assert again.returncode != 0
    assert "left as it is" in again.stderr
    assert environment_file.read_text() == before


# what Compose and Swarm make of them


@pytest.mark.docker
def test_compose_takes_both_files_together(environment_file):
    merged = compose(environment_file, BASE, WORKERS)
    assert set(merged["services"]) == set(ALL)


@pytest.mark.docker
def test_compose_refuses_without_passwords(tmp_path):
    empty = tmp_path / ".env"
    empty.touch()
    with pytest.raises(AssertionError, match="run make env"):
        compose(empty, BASE, WORKERS)


@pytest.mark.docker
def test_with_secrets_as_files_no_container_has_a_password(environment_file):
    values = {
        (environment_file.parent / "secrets" / name).read_text()
        for name in (
            "postgres_password", "redis_password", "rabbitmq_pass",
            "scraper_db_password", "worker_redis_password", "service_rabbitmq_pass",
        )
    }  # fmt: skip
    merged = compose(environment_file, BASE, WORKERS, SECRETS)
    text = json.dumps(merged["services"])
    assert not [value for value in values if value in text]


@pytest.mark.docker
def test_with_tls_every_client_of_a_server_knows_whom_to_trust(
    environment_file, tmp_path
):
    more = tmp_path / ".env"
    more.write_text(f"{environment_file.read_text()}\nTLS_CA_FILE=./ca.pem\n")
    merged = compose(more, BASE, WORKERS, TLS)["services"]
    urls = {"DATABASE_URL", "REDIS_URL", "RABBITMQ_URL"}
    clients = {name for name in merged if urls & {*merged[name].get("environment", {})}}
    trusting = {name: s["configs"] for name, s in merged.items() if "configs" in s}
    assert set(trusting) == clients
    for files in trusting.values():
        assert [file["target"] for file in files] == ["/run/tls/ca.pem"]


@pytest.mark.docker
def test_a_swarm_takes_the_same_files(environment_file):
    merged = compose(environment_file, BASE, WORKERS, SWARM)
    done = subprocess.run(
        ["sh", PROJECT / "services/stack-config.sh"],
        cwd=PROJECT, capture_output=True, text=True, check=False,
        env={"PATH": "/usr/local/bin:/usr/bin:/bin", "HOME": str(Path.home()),
             "ENV_FILE": str(environment_file)},
    )  # fmt: skip
    assert done.returncode == 0, done.stderr
    checked = subprocess.run(
        ["docker", "stack", "config", "-c", "-"],
        input=done.stdout, capture_output=True, text=True, check=False,
    )  # fmt: skip
    assert checked.returncode == 0, checked.stderr
    swarm = yaml.safe_load(checked.stdout)["services"]
    demo = {"demo-catalogue", "provider-simulator", "demo-crawl"}
    on_demand = {"scraper-mixesdb", "scraper-1001tracklists", "scraper-files"}
    assert set(swarm) == set(merged["services"]) - demo - on_demand


# rabbitmqctl as users type it


@pytest.mark.parametrize(
    ("typed", "called"),
    [
        ("list_queues name messages", "-p musicdb list_queues name messages"),
        ("list_queues -p other name", "list_queues -p other name"),
        ("--vhost=other list_queues", "--vhost=other list_queues"),
        ("status", "status"),
    ],
)
def test_queues_are_listed_of_our_virtual_host(tmp_path, typed, called):
    real = tmp_path / "rabbitmqctl"
    real.write_text('#!/bin/sh\necho "$@"\n')
    real.chmod(0o755)
    wrapper = PROJECT / "monitoring/rabbitmq"
    done = subprocess.run(
        [wrapper / "rabbitmqctl", *typed.split()],
        env={
            "PATH": f"{wrapper}:{tmp_path}:/usr/bin:/bin",
            "RABBITMQ_DEFAULT_VHOST": "musicdb",
        },
        capture_output=True,
        text=True,
        check=True,
    )
    assert done.stdout.strip() == called
