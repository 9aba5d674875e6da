"""Private servers are private: what the environment names is neither used nor told."""

import os
import re
import signal
import subprocess
import sys
from pathlib import Path

import pytest

from tests.watched import MESSAGES, watched

pytestmark = pytest.mark.timeout(300)

PROJECT = Path(__file__).resolve().parents[2]
SAMPLE = min((PROJECT / "demo" / "tracklists").iterdir())

REPLAY = (*("enrichment", "replay", str(SAMPLE)), *("--passes", "2"))
# What each make target runs, made small.
TARGETS = {
    "demo": (*REPLAY, "--time-scale", "40"),
    "test": (
        *("pytest", "-q", "-p", "no:cacheprovider", "--numprocesses=1"),
        f"{PROJECT}/tests/integration/test_capabilities.py",
        f"{PROJECT}/tests/integration/test_topology.py",
        *("-k", "people_are_shown or declaring_twice"),
    ),
    "bench": (
        *("benchmarks.warm_path", "--rounds", "1", "--tracks", "2000"),
        *("--workers", "1", "--peers"),
    ),
    "bench-budgets": ("benchmarks.budget_use", "--only", "warm"),
    "bench-reenrichment": ("benchmarks.reenrichment_sweep", "--tracks", "2000"),
    "bench-exports": (
        *("benchmarks.export_at_size", "--tracks", "2000", "--formats", "csv"),
    ),
    "bench-migrations": ("benchmarks.migrations_at_size", "--tracks", "1000"),
    "bench-review": (
        *("benchmarks.review_at_size", "--tracks", "1000", "--questions", "40"),
    ),
    "bench-truth": (
        *("benchmarks.truth", "--tracks", "15", "--workers", "1"),
        *("--mixes", f"{PROJECT}/tests/samples/mixes/mixes.jsonl"),
    ),
    "chaos": ("benchmarks.chaos", "--soak", "0.1"),
    "gauntlet": (
        *("benchmarks.gauntlet", "--tracks", "10", "--workers", "1"),
        *("--seconds", "3", "--time-scale", "40", "--timeout", "60"),
    ),
    # without .check-venv these say so, and start nothing
    "export-test": (
        *("tests.exports", "--tracklists"),
        f"{PROJECT}/demo/tracklists/01_harbour_nights_numbered.txt",
    ),
    "console-test": ("tests.browser", "--tracks", "1000", "--only", "link_works"),
    "fuzz-api": ("tests.fuzzing", "--examples", "1", "--seconds", "5"),
}
BY_DOCKER = {"stack-test"}
WITHOUT_SERVERS = {
    *("help", "setup", "check", "fmt", "lint", "types", "layers", "tools", "lock"),
    *("parquet", "env", "stack-config", "clean"),
}
# A claim that a tiny or disturbed run does not keep is no matter here.
RAN = (0, 1)


@pytest.fixture
def theirs(database_url, redis_url, rabbitmq_url):
    with watched(database_url, redis_url, rabbitmq_url) as servers:
        yield servers


def start(command, theirs, folder) -> subprocess.Popen[str]:
    """Start a module as a person does, in a folder with a .env as well."""
    lines = [f"{name}={value}\n" for name, value in theirs.environment.items()]
    (folder / ".env").write_text("".join(lines))
    paths = [str(PROJECT), os.environ.get("PYTHONPATH", "")]
    return subprocess.Popen(
        [sys.executable, "-m", *command],
        cwd=folder,
        env={
            **os.environ,
            "PYTHONPATH": os.pathsep.join(filter(None, paths)),
            **theirs.environment,
        },
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
    )


def untouched(theirs, before) -> None:
    assert set(theirs.connections.values()) == {0}
    assert theirs.holds() == before
    assert set(before["messages"].values()) == {MESSAGES}


@pytest.mark.parametrize("target", TARGETS)
def test_what_the_environment_names_is_left_alone(target, theirs, tmp_path):
    before = theirs.holds()

    with start(TARGETS[target], theirs, tmp_path) as run:
        out, err = run.communicate(timeout=280)

    assert run.returncode in RAN, err[-4000:]
    assert "Traceback" not in err, err[-4000:]
    untouched(theirs, before)
    assert "theirs" not in out + err


def test_devstack_starts_servers_of_its_own(theirs, tmp_path):
    before = theirs.holds()

    with start(("devstack", "up"), theirs, tmp_path) as run:
        lines = [run.stdout.readline() for _ in range(3)]
        run.send_signal(signal.SIGTERM)
        run.communicate(timeout=120)

    assert all(re.match(r"export \w+_URL=", line) for line in lines)
    named = [door.url for door in theirs.doors.values()]
    assert not any(url in line for line in lines for url in named)
    untouched(theirs, before)


def test_the_compose_stack_is_told_of_none(theirs, tmp_path):
    told = tmp_path / "told"
    docker = tmp_path / "bin" / "docker"
    docker.parent.mkdir()
    docker.write_text(
        f'#!/bin/sh\nenv >> "{told}"\n'
        'case "$*" in "--version"|"info"|"compose version") exit 0;; esac\nexit 1\n'
    )
    docker.chmod(0o755)
    named = theirs.environment

    done = subprocess.run(
        [sys.executable, "-m", "tests.stack.run", "--minutes", "0"],
        cwd=PROJECT,
        env={
            **os.environ,
            **named,
            "TMPDIR": str(tmp_path),
            "PATH": f"{docker.parent}{os.pathsep}{os.environ['PATH']}",
        },
        capture_output=True,
        text=True,
        timeout=120,
        check=False,
    )

    seen = told.read_text()
    assert "DOCKER_BUILDKIT" in seen, done.stderr
    assert not [name for name, text in named.items() if f"\n{name}={text}\n" in seen]


def test_every_make_target_has_its_place_here():
    text = (PROJECT / "Makefile").read_text()
    phony = re.search(r"^\.PHONY: (.*)$", text, re.MULTILINE)

    assert phony
    assert set(phony[1].split()) == {*TARGETS, *BY_DOCKER, *WITHOUT_SERVERS}


def test_every_program_that_starts_servers_is_tried_here():
    programs = {
        str(file.relative_to(PROJECT))
        for folder in ("benchmarks", "devstack", "rehearsal", "services", "scrapers")
        for file in (PROJECT / folder).rglob("*.py")
        if re.search(r"\bopen_stack\(", file.read_text())
    }

    assert programs == {
        "benchmarks/budget_use.py",
        "benchmarks/chaos/flow.py",
        "benchmarks/export_at_size.py",
        "benchmarks/gauntlet/ground.py",
        "benchmarks/migrations_at_size.py",
        "benchmarks/reenrichment_sweep.py",
        "benchmarks/review_at_size.py",
        "benchmarks/servers.py",  # of warm_path and truth
        "devstack/__init__.py",  # in its docstring
        "devstack/__main__.py",
        "devstack/stack.py",
        "rehearsal/stage.py",
    }
