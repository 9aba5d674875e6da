"""The command `enrichment`: what it takes, what it prints, which code it ends with."""

import json
import os
import subprocess
import sys
from pathlib import Path

import pytest
import typer.main
from typer.testing import CliRunner

from enrichment.cli.main import app
from enrichment.providers.registry import EXPECTED

KNOWN = {
    "parse": "FILE|-",
    "match": "FILE|-",
    "worker": "--queue",
    "queue-init": "declare",
    "queues": "--json",
    "doctor": "--json",
    "migrate": "status",
    "migrate up": "order",
    "migrate down": "--to",
    "migrate status": "migration",
    "replay": "PATH",
}
NOT_A_TRACKLIST, NO_INPUT, UNAVAILABLE, MISCONFIGURED = 65, 66, 69, 78


def run(*arguments, stdin=b""):
    return CliRunner().invoke(app, list(arguments), input=stdin)


def objects(result):
    return [json.loads(line) for line in result.stdout_bytes.splitlines()]


def commands():
    """Every command there is, subcommands included, with its parameters."""
    root = typer.main.get_command(app)
    for name, command in root.commands.items():
        yield name, command
        for below, inner in getattr(command, "commands", {}).items():
            yield f"{name} {below}", inner


COMMANDS = dict(commands())


def test_the_commands_users_know_are_there():
    assert set(KNOWN) <= set(COMMANDS)


@pytest.mark.parametrize("name", COMMANDS)
def test_help_says_what_it_does_and_names_every_argument(name):
    result = CliRunner(env={"COLUMNS": "200", "TERM": "dumb"}).invoke(
        app, [*name.split(), "--help"]
    )

    assert result.exit_code == 0
    told = " ".join(result.stdout.split()).lower()
    assert COMMANDS[name].help.strip().split("\n")[0][:40].lower() in told
    assert KNOWN.get(name, "").lower() in told
    for parameter in COMMANDS[name].params:
        options = [option for option in parameter.opts if option.startswith("--")]
        shown = options or [parameter.metavar or parameter.name]
        assert shown[0].lower() in told


def test_alone_it_prints_help():
    assert "Usage" in run().output


@pytest.mark.parametrize(
    "arguments",
    [
        ["nonsense"],
        ["parse"],
        ["worker", "--prefetch", "0"],
        ["export", "--format", "csv", "--left-out", "-"],
        ["export", "--format", "csv", "-o", "a.csv", "--left-out", "a.csv"],
        ["export", "--format", "csv", "-o", "a.csv", "--left-out", "b/../a.csv"],
        ["replay", "a.txt", "--report", "b/a", "--html", "b/c/../a"],
    ],
)
def test_a_wrong_call_is_2(arguments):
    assert run(*arguments).exit_code == 2


# parse

LIST = """Tracklist

1. Orbital - Halcyon
2. ID - ID
3. Daft Punk - One More Time (Club Mix) [Virgin]
"""


def test_parse_prints_a_row_a_line_and_keeps_unknown_rows_in_their_place(tmp_path):
    file = tmp_path / "list.txt"
    file.write_text(LIST)

    result = run("parse", str(file))

    assert result.exit_code == 0
    rows = objects(result)
    assert [row["position"] for row in rows] == [1, 2, 3]
    assert [row["identified"] for row in rows] == [True, False, True]
    assert (rows[0]["artist"], rows[0]["title"]) == ("Orbital", "Halcyon")
    assert rows[2]["label"] == "Virgin"


def test_parse_reads_standard_input():
    assert len(objects(run("parse", "-", stdin=LIST.encode()))) == 3


@pytest.mark.parametrize(
    "content",
    [
        pytest.param(b"", id="empty"),
        pytest.param(b"\n \n\t\n", id="blank"),
        pytest.param(bytes(range(256)) * 40, id="binary"),
        pytest.param(b"\x89PNG\r\n\x1a\n" + bytes(2000), id="a picture"),
        pytest.param(b"Dear Bob,\n\nsee you on Friday.\n", id="a letter"),
        pytest.param(b"\xff\xfe\xfd", id="no text"),
    ],
)
def test_what_is_no_tracklist_ends_with_65_and_one_line(content, tmp_path):
    file = tmp_path / "given"
    file.write_bytes(content)

    result = run("parse", str(file))

    assert result.exit_code == NOT_A_TRACKLIST
    assert result.stdout == ""
    assert str(file) in result.stderr
    assert "Traceback" not in result.output
    assert len(result.stderr.strip().splitlines()) == 1


@pytest.mark.parametrize("given", ["a folder", "a missing file"])
def test_what_cannot_be_read_ends_with_66(given, tmp_path):
    path = tmp_path if given == "a folder" else tmp_path / "missing"

    result = run("parse", str(path))

    assert result.exit_code == NO_INPUT
    assert str(path) in result.stderr


def test_a_format_that_is_none_is_a_wrong_call(tmp_path):
    result = run("parse", "--format", "xml", "-")

    assert result.exit_code == 2
    assert "auto or lines" in result.stderr


@pytest.mark.parametrize("ending", ["\n", "\r\n"])
def test_lines_gives_one_object_for_each_line_blank_ones_too(ending):
    lines = ["Orbital - Halcyon", "", "   ", "ID - ID", "no dash here", "A - B"]

    result = run("parse", "--format", "lines", "-", stdin=ending.join(lines).encode())

    rows = objects(result)
    assert result.exit_code == 0
    assert [row["position"] for row in rows] == [1, 2, 3, 4, 5, 6]
    assert [row["raw"] for row in rows] == lines
    assert [row["identified"] for row in rows] == [
        True,
        False,
        False,
        False,
        False,
        True,
    ]


def test_a_last_line_end_makes_no_further_line():
    assert len(objects(run("parse", "--format", "lines", "-", stdin=b"A - B\n\n"))) == 2
    assert objects(run("parse", "--format", "lines", "-", stdin=b"")) == []


@pytest.mark.parametrize(
    "separator", ["\x0b", "\x0c", "\x1c", "\x85", "\u2028", "\u2029"]
)
def test_only_line_ends_end_a_line(separator):
    given = f"Artist - One{separator}Two\nArtist - Three".encode()

    assert len(objects(run("parse", "--format", "lines", "-", stdin=given))) == 2


def test_a_byte_order_mark_is_no_part_of_the_first_name():
    given = "\ufeffOrbital - Halcyon".encode()

    (row,) = objects(run("parse", "--format", "lines", "-", stdin=given))

    assert row["artist"] == "Orbital"
    assert row["raw"] == "Orbital - Halcyon"


def test_lines_that_are_no_text_still_give_an_object_each():
    given = b"\xff\xfe\x80 - \x00\n" + b"x" * 100_000 + b"\nA - B\n"

    rows = objects(run("parse", "--format", "lines", "-", stdin=given))

    assert len(rows) == 3
    assert rows[2]["artist"] == "A"


# match

QUERY = {
    "query": {"artist": "Orbital", "title": "Halcyon"},
    "candidates": [{"id": "c1", "artist": "Orbital", "title": "Halcyon"}],
}


def test_match_prints_a_decision_a_line():
    result = run("match", "-", stdin=json.dumps(QUERY).encode() + b"\n")

    assert result.exit_code == 0
    (decision,) = objects(result)
    assert decision["decision"] == "accept"
    assert decision["id"] == "c1"
    assert 0 <= decision["score"] <= 1
    assert isinstance(decision["reasons"], list)


@pytest.mark.parametrize(
    "bad",
    [
        pytest.param(b"not json", id="no JSON"),
        pytest.param(b"[]", id="a list"),
        pytest.param(b"null", id="null"),
        pytest.param(b"{}", id="empty"),
        pytest.param(b'{"query": null, "candidates": []}', id="no query"),
        pytest.param(b'{"query": {"artist": 1, "title": []}}', id="other types"),
        pytest.param(
            b'{"query": {"artist": "a", "title": "b"}, "candidates": [1]}',
            id="a candidate that is none",
        ),
        pytest.param(b"\xff\xfe", id="binary"),
    ],
)
def test_a_line_match_cannot_read_is_named_and_stops_no_other(bad):
    good = json.dumps(QUERY).encode()

    result = run("match", "-", stdin=b"\n".join([good, bad, good, b""]))

    assert result.exit_code == NOT_A_TRACKLIST
    verdicts = [decision["decision"] for decision in objects(result)]
    assert verdicts == ["accept", "none", "accept"]
    assert ":2:" in result.stderr
    assert "Traceback" not in result.output


def test_match_without_lines_prints_nothing():
    result = run("match", "-", stdin=b"\n\n")

    assert (result.exit_code, result.stdout) == (0, "")


# commands that need servers, in an environment without any

BARE = {"PATH": os.environ["PATH"], "ENRICHMENT_ENV_FILE": "", "HOME": str(Path.home())}
NOBODY = {
    **BARE,
    "DATABASE_URL": "postgresql://u:db-secret@127.0.0.1:1/x",
    "RABBITMQ_URL": "amqp://u:mq-secret@127.0.0.1:1/x",
    "REDIS_URL": "redis://:cache-secret@127.0.0.1:1/0",
    "SPOTIFY_BASE_URL": "https://127.0.0.1:1/v1",
    "SPOTIFY_TOKEN_URL": "https://127.0.0.1:1/token",
    "MUSICBRAINZ_BASE_URL": "https://127.0.0.1:1/ws/2",
    "LASTFM_BASE_URL": "https://127.0.0.1:1/2.0/",
}


def command(environment, *arguments):
    return subprocess.run(
        [sys.executable, "-m", "enrichment", *arguments],
        env=environment,
        capture_output=True,
        text=True,
        timeout=25,
        check=False,
    )


@pytest.mark.parametrize(
    ("arguments", "named"),
    [
        (["worker"], "SPOTIFY_CLIENT_ID"),
        (["queue-init"], "RABBITMQ_PASS"),
        (["migrate", "status"], "DATABASE_PASSWORD"),
        (["queues"], "RABBITMQ_PASS"),
    ],
)
def test_what_is_not_set_is_named_in_one_line(arguments, named):
    done = command(BARE, *arguments)

    assert done.returncode == MISCONFIGURED
    assert named in done.stderr
    assert "Traceback" not in done.stderr


@pytest.mark.parametrize("arguments", [["migrate", "up"], ["queues"]])
def test_a_server_that_is_away_is_told_at_a_terminal_at_once(arguments):
    done = command(NOBODY, *arguments)

    assert done.returncode == UNAVAILABLE
    assert "cannot be reached" in done.stderr
    assert "Traceback" not in done.stderr
    assert "secret" not in done.stderr + done.stdout


def test_doctor_tells_everything_that_is_wrong_and_shows_no_secret():
    done = command(NOBODY, "doctor", "--json")

    assert done.returncode == 1
    findings = {f["subject"]: f for f in json.loads(done.stdout)}
    providers = [f"{name} at 127.0.0.1:1" for name in EXPECTED]
    for server in ("credentials", "postgres", "redis", "rabbitmq", *providers):
        assert not findings[server]["well"]
        assert findings[server]["advice"]
    assert "secret" not in done.stdout + done.stderr


def test_doctor_names_what_is_not_set():
    done = command({**BARE, "PREFETCH_COUNT": "many"}, "doctor", "--json")

    assert done.returncode == 1
    assert "PREFETCH_COUNT" in json.loads(done.stdout)[0]["detail"]


def test_a_path_that_reads_as_a_query_is_a_path(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    lines = "1. Orbital - Halcyon\n2. Orbital - Chime\n3. Orbital - Satan\n"
    Path("select me.txt").write_text(lines)

    monkeypatch.setenv("ENRICHMENT_PROVIDERS", "lastfm")
    monkeypatch.setenv("LASTFM_API_KEY", "a-key")

    result = run("plan", "select me.txt", "--json")

    assert result.exit_code == 0, result.output
    assert json.loads(result.stdout)["tracks"] == 3
