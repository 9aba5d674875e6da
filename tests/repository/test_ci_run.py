"""`.ci/run` with programs that only note that they were called: what fails it."""

import os
import shutil
import subprocess
from pathlib import Path

import pytest

PROJECT = Path(__file__).resolve().parents[2]
PROGRAM = (
    '#!/bin/sh\necho "{name} $*" >> "{notes}"\ncase "$*" in {failing}) exit 1;; esac\n'
)


class Run:
    """A checkout of nothing but the script, with a make and a docker of our own."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder / "checkout"
        self.notes = folder / "notes"
        self.bin = folder / "bin"
        self.bin.mkdir()
        self.script = self.folder / ".ci" / "run"
        self.script.parent.mkdir(parents=True)
        shutil.copy(PROJECT / ".ci" / "run", self.script)
        for file in PROJECT.glob("docker-compose*.yml"):
            shutil.copy(file, self.folder)
        self.program(self.folder / ".venv" / "bin" / "pytest")
        self.program(self.bin / "make")
        self.program(self.bin / "docker")

    def program(self, path: Path, failing: str = "nothing") -> None:
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(
            PROGRAM.format(name=path.name, notes=self.notes, failing=failing)
        )
        path.chmod(0o755)

    def __call__(self) -> subprocess.CompletedProcess[str]:
        return subprocess.run(
            [self.script],
            env={"PATH": f"{self.bin}{os.pathsep}{os.environ['PATH']}"},
            capture_output=True,
            text=True,
            timeout=60,
            check=False,
        )

    @property
    def called(self) -> list[str]:
        return self.notes.read_text().splitlines()


@pytest.fixture
def run(tmp_path):
    return Run(tmp_path)


def test_checks_tests_and_stack_are_run(run):
    done = run()

    assert done.returncode == 0, done.stderr
    calls = [call for call in run.called if not call.startswith("docker")]
    assert calls == [
        "make check",
        "make test",
        "make fuzz-api",
        "make export-test",
        "make stack-test MINUTES=0",
        "pytest -m docker tests/repository/test_compose.py",
    ]


@pytest.mark.parametrize("failing", ["nothing", "bench-truth*"])
def test_decisions_are_compared_where_real_mixes_are(run, failing):
    mixes = run.folder.parent / "shared/data/tracklists/mixesdb/mixes.jsonl.gz"
    mixes.parent.mkdir(parents=True)
    mixes.touch()
    recorded = run.folder / "benchmarks" / "truth_decisions.txt"
    recorded.parent.mkdir()
    recorded.touch()
    run.program(run.bin / "make", failing=failing)

    done = run()

    assert "make bench-truth TRACKS=300 DECISIONS=check" in run.called
    assert (done.returncode == 0) == (failing == "nothing")


def test_without_an_engine_the_stack_is_not_tried_and_that_is_told(run):
    run.program(run.bin / "docker", failing="*")

    done = run()

    assert done.returncode == 0, done.stderr
    assert "no Docker engine can be had here" in done.stderr
    assert not any("stack-test" in call for call in run.called)


@pytest.mark.parametrize(
    ("program", "failing"),
    [
        ("make", "check"),
        ("make", "test"),
        ("make", "fuzz-api"),
        ("make", "export-test"),
        ("make", "stack-test*"),
        # an engine without Compose, or without the images
        ("docker", "compose*"),
    ],
)
def test_whatever_does_not_come_through_fails_it(run, program, failing):
    run.program(run.bin / program, failing=failing)

    assert run().returncode != 0


def test_a_stack_that_comes_through_at_the_second_attempt_is_well(run):
    make = run.bin / "make"
    seen = run.folder / "seen"
    text = make.read_text()
    once = f'[ -e "{seen}" ] || {{ touch "{seen}"; exit 1; }}'
    make.write_text(f'{text}case "$*" in stack-test*) {once};; esac\n')

    done = run()

    assert done.returncode == 0, done.stderr
    assert run.called.count("make stack-test MINUTES=0") == 2


def test_no_time_left_fails_it(run):
    text = run.script.read_text()
    assert "LONGEST_SECONDS=$((50 * 60))" in text
    run.script.write_text(text.replace("$((50 * 60))", "10"))

    done = run()

    assert done.returncode != 0
    assert "no time is left for: make check" in done.stderr
