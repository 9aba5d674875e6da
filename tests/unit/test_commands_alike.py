"""What all commands have in common: examples, JSON, one shape of errors, codes."""

import json
import re
import shlex
from pathlib import Path

import pytest
import typer.main
from typer.testing import CliRunner

from enrichment.cli.main import app
from enrichment.contract.exit_codes import ExitCode
from scrapers import crawl

PROJECT = Path(__file__).resolve().parents[2]
ROOT = typer.main.get_command(app)
# They do something, or run until they are told to end; all others read.
CHANGING = {
    *("worker", "serve", "queue-init", "cache warm", "dlq replay", "dlq purge"),
    *("migrate up", "migrate down", "migrate identity", "providers pause"),
    *("providers resume", "providers revoke", "providers purge", "tracks add"),
    *("tracks fix", "tracks delete", "tracklists remove", "tracklists reparse"),
}


def leaves(group=ROOT, above=""):
    for name, command in group.commands.items():
        if hasattr(command, "commands"):
            yield from leaves(command, f"{above}{name} ")
        else:
            yield f"{above}{name}", command


COMMANDS = dict(leaves())


def run(*arguments):
    environment = {"COLUMNS": "80", "NO_COLOR": "1"}
    return CliRunner(env=environment).invoke(app, arguments)


def examples_of(name):
    heading, *lines = (COMMANDS[name].epilog or "").split("\n\n")
    assert heading == "Examples:", name
    return lines


def called(line):
    """Parse a line as the command itself does; give the name of what is called."""
    words = shlex.split(line)
    assert words[0] == "enrichment"
    command, names, rest = ROOT, [], words[1:]
    context = None
    while hasattr(command, "commands"):
        name, command, rest = command.resolve_command(context, rest)
        names.append(name)
    command.make_context(name, list(rest))
    return " ".join(names)


@pytest.mark.parametrize("name", COMMANDS)
def test_help_fits_a_terminal_and_has_examples_that_parse(name):
    lines = examples_of(name)

    told = run(*name.split(), "--help").stdout

    assert lines
    assert "\x1b" not in told
    assert max(map(len, told.splitlines())) <= 80
    for line in lines:
        assert " ".join(line.split()) in " ".join(told.split())
        assert called(line) == name


def test_the_command_itself_says_where_the_codes_stand():
    assert "docs/commands.md" in run("--help").stdout


def test_every_reading_command_has_json():
    reading = set(COMMANDS) - CHANGING
    without = {
        name
        for name in reading
        if not any("--json" in p.opts for p in COMMANDS[name].params)
    }

    assert set(COMMANDS) >= CHANGING
    assert without == set()


@pytest.mark.parametrize("name", sorted(set(COMMANDS) - CHANGING))
def test_a_wrong_call_has_the_shape_of_all_errors(name):
    done = run(*name.split(), "--json", "--no-such-option")

    (error,) = json.loads(done.stderr).values()
    assert done.exit_code == error["exit_code"] == 2
    assert error["kind"] == "wrong_call"
    assert "--no-such-option" in error["message"]
    assert done.stdout == ""


@pytest.mark.parametrize(
    ("arguments", "code", "kind"),
    [
        (["parse", "/nowhere"], 66, "input_missing"),
        (["match", "/nowhere"], 66, "input_missing"),
        (["plan", "/nowhere"], 66, "input_missing"),
        (["plan", "/dev/null"], 65, "input_invalid"),
        (["replay", "/dev/null"], 65, "input_invalid"),
        (["queues"], 78, "misconfigured"),
        (["export", "--format", "nonsense"], 2, "wrong_call"),
    ],
)
def test_an_error_is_the_last_line_and_json(arguments, code, kind):
    done = run(*arguments, "--json")

    # what was left out is in the log before it
    line = done.stderr.splitlines()[-1]
    assert done.exit_code == code
    assert json.loads(line)["error"].keys() == {"exit_code", "kind", "message"}
    assert json.loads(line)["error"]["kind"] == kind
    assert done.stdout == ""


def test_for_people_it_is_a_sentence():
    assert run("parse", "/nowhere").stderr.startswith("enrichment: /nowhere")
    # and the next call of the same process is not the one before
    assert run("plan", "/nowhere").stderr.startswith("enrichment: /nowhere")


def test_the_table_of_exit_codes_is_the_one_of_the_code():
    page = (PROJECT / "docs/commands.md").read_text(encoding="utf-8")

    rows = re.findall(r"^\| (\d+) \| `(\w+)` \|", page, re.MULTILINE)

    assert rows == [(str(int(code)), code.kind) for code in ExitCode]


def test_a_crawl_ends_with_codes_of_the_same_table():
    codes = (
        crawl.NOTHING_DONE,
        crawl.WRONG_CALL,
        crawl.CANNOT_CREATE,
        crawl.NO_PERMISSION,
        crawl.MISCONFIGURED,
    )

    assert all(isinstance(code, ExitCode) for code in codes)
