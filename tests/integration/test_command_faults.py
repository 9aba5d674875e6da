"""Every command against every fault: one clear line, a documented exit code."""

import asyncio
import json
import os
import re
import subprocess
import sys
from pathlib import Path
from uuid import uuid4

import asyncpg
import pytest
import typer.main

from enrichment.cli.main import app
from enrichment.lookup.bench.bench import Bench, BenchReason
from enrichment.lookup.redis_link import RedisLink, open_client
from enrichment.model import ProviderName
from enrichment.store import migrations
from tests.conftest import PROJECT

NOBODY = "127.0.0.1:1"
CREDENTIALS = {
    "SPOTIFY_CLIENT_ID": "an-id",
    "SPOTIFY_CLIENT_SECRET": "a-secret",
    "LASTFM_API_KEY": "a-key",
    "MUSICBRAINZ_USER_AGENT": "Tests/1.0 (tests@example.org)",
}
# These wait for their servers, which other tests hold; a wrong setting ends them.
WAITS = {"worker", "serve"}
WRONG_SETTINGS = {
    *("bad ports", "nothing set", "bad numbers", "bad user agent", "no address"),
}
NEEDS_NO_SERVER = {"parse", "match", "replay", "console"}
# One call of every other command, by its name.
CALLS = {
    "queue-init": [],
    "queues": [],
    "explain": ["Orbital - Halcyon"],
    "doctor": [],
    "plan": ["SELECT track_id FROM tracks"],
    "migrate up": [],
    "migrate down": ["--to", "8", "--yes"],
    "migrate status": [],
    "migrate identity": [],
    "providers list": [],
    "providers pause": ["spotify"],
    "providers resume": ["spotify"],
    "providers revoke": ["spotify", "--yes"],
    "providers purge": [],
    "rematch": [],
    "export": ["--format", "csv"],
    "tracks search": ["Orbital"],
    "tracks add": ["Orbital", "Halcyon"],
    "tracks fix": ["Orbital - Halcyon", "label=FFRR"],
    "tracks delete": ["Orbital - Halcyon", "--yes"],
    "tracklists list": [],
    "tracklists show": ["1"],
    "tracklists remove": ["1", "--yes"],
    "tracklists reparse": ["--all", "--yes"],
    "review list": [],
    "review show": ["1"],
    "review decide": ["1", "--none"],
    "review undo": ["1"],
    "review export": [],
    "dlq list": [],
    "dlq show": ["1"],
    "dlq replay": [],
    "dlq purge": ["--dry-run"],
    "cache stats": [],
    "cache warm": ["--calls", "1"],
    "cache advise": [],
    "cache show": ["Orbital", "Halcyon"],
}
# What repairs a missing or older schema, and what needs none.
CHANGES_SCHEMA = {"migrate up", "migrate down"}


def leaf_commands():
    for name, command in typer.main.get_command(app).commands.items():
        inner = getattr(command, "commands", {})
        yield from (f"{name} {below}" for below in inner)
        if not inner:
            yield name


def run(calls, environment):
    """Run commands with an environment, give (code, stdout, stderr) of each."""
    done = subprocess.run(
        [sys.executable, "-m", "tests.integration.forked_commands"],
        input=json.dumps(calls),
        env={
            "PATH": os.environ["PATH"],
            "ENRICHMENT_ENV_FILE": "",
            "HOME": str(Path.home()),
            "COLUMNS": "200",
            **CREDENTIALS,
            **environment,
        },
        cwd=PROJECT,
        capture_output=True,
        text=True,
        timeout=600,
        check=True,
    )
    return json.loads(done.stdout)


def documented_codes():
    page = (PROJECT / "docs/commands.md").read_text(encoding="utf-8")
    return {int(code) for code in re.findall(r"^\| (\d+) \|", page, re.MULTILINE)}


def with_password(url, password):
    return re.sub(
        r"://([^:@/]*)(?::[^@/]*)?@|://(?!.*@)", rf"://\g<1>:{password}@", url, count=1
    )


async def bench_for_a_day(redis_url):
    client = open_client(redis_url)
    try:
        bench = Bench(RedisLink(client))
        await bench.bench(
            ProviderName("spotify"), BenchReason.QUOTA, retry_after=86_400
        )
    finally:
        await client.aclose()


async def older_schema(database_url):
    connection = await asyncpg.connect(database_url)
    try:
        await migrations.up(connection)
        await migrations.down(connection, 8)
    finally:
        await connection.close()


# What each fault puts in the place of the addresses of servers that are well.
FAULTS = {
    "servers down": lambda _: {
        "DATABASE_URL": f"postgresql://u:hidden@{NOBODY}/x",
        "REDIS_URL": f"redis://:hidden@{NOBODY}/0",
        "RABBITMQ_URL": f"amqp://u:hidden@{NOBODY}/x",
    },
    "wrong passwords": lambda well: {
        name: with_password(url, "hidden") for name, url in well.items()
    },
    "no tables": lambda well: well,
    "older schema": lambda well: (
        asyncio.run(older_schema(well["DATABASE_URL"])) or well
    ),
    "bad ports": lambda _: {
        "DATABASE_URL": "postgresql://u:hidden@localhost:banana/x",
        "REDIS_URL": "redis://:hidden@localhost:99999/0",
        "RABBITMQ_URL": "amqp://u:hidden@localhost:-5/x",
    },
    "nothing set": lambda _: dict.fromkeys(CREDENTIALS, ""),
    "bad numbers": lambda well: {**well, "MUSICBRAINZ_SPACING_SECONDS": "1e999"},
    "bad user agent": lambda well: {**well, "MUSICBRAINZ_USER_AGENT": "banana"},
    "no address": lambda well: {**well, "SPOTIFY_BASE_URL": "banana"},
}


@pytest.fixture
def fault(request, stack, empty_database_url):
    """An environment with one fault in it."""
    well = {
        "DATABASE_URL": empty_database_url,
        "REDIS_URL": stack.redis.url,
        "RABBITMQ_URL": stack.rabbitmq.url,
    }
    return FAULTS[request.param](well)


def test_every_command_stands_in_the_table():
    assert set(leaf_commands()) == {*CALLS, *WAITS, *NEEDS_NO_SERVER}


@pytest.mark.parametrize("fault", sorted(WRONG_SETTINGS), indirect=True)
def test_what_waits_for_servers_waits_for_no_setting(fault):
    for code, out, err in run([["worker"], ["serve"]], fault):
        assert code == 78
        assert "Traceback" not in out + err
        assert err.startswith("enrichment: ")


@pytest.mark.parametrize("fault", FAULTS, indirect=True)
def test_no_command_ends_in_a_traceback(fault):
    names = [n for n in CALLS if n != "queue-init" or "hidden" not in str(fault)]
    names = [n for n in names if n not in CHANGES_SCHEMA or "hidden" in str(fault)]

    results = run([[*name.split(), *CALLS[name]] for name in names], fault)

    codes = documented_codes()
    for name, (code, out, err) in zip(names, results, strict=True):
        assert "Traceback" not in out + err, f"{name}: {err[-600:]}"
        assert code in codes, f"{name}: {code} {err[-300:]}"
        assert "hidden" not in out + err, name
        if code > 2:
            told = [line for line in err.splitlines() if line.startswith("enrichment:")]
            assert len(told) == 1, f"{name}: {err[-300:]}"


# What removes the rows, or says of Redis alone what others rely on.
TAKES_AWAY = {"migrate down", "tracks delete", "tracklists remove", "queue-init"}
DATA = {"parse", "match", "export"}
FOREIGN = "Bj\u00f6rk - J\u00f3ga \u2013 \u6771\u4eac \U0001f3a7"


def test_every_command_prints_on_a_terminal_without_utf8(
    stack, database_url, redis_url, rabbitmq_url, tmp_path
):
    file = tmp_path / "night.txt"
    file.write_text(f"1. {FOREIGN}\n2. {FOREIGN} (Dub)\n3. A - B\n", encoding="utf-8")
    artist, title = FOREIGN.split(" - ")
    named = {"Orbital": artist, "Halcyon": title, "Orbital - Halcyon": FOREIGN}
    calls = [
        ["queue-init"],
        ["tracks", "add", artist, title],
        ["parse", str(file)],
        ["match", str(file)],
        ["plan", str(file)],
        *(
            [*name.split(), *(named.get(word, word) for word in words)]
            for name, words in CALLS.items()
            if name not in TAKES_AWAY
        ),
    ]
    terminal = {"PYTHONIOENCODING": "ascii", "LC_ALL": "C", "LANG": "C"}
    servers = {
        "DATABASE_URL": database_url,
        "REDIS_URL": redis_url,
        "RABBITMQ_URL": rabbitmq_url,
    }

    results = run(calls, servers | terminal)

    codes = documented_codes()
    for call, (code, out, err) in zip(calls, results, strict=True):
        # rows are data, in UTF-8 whatever shows them
        assert (err if call[0] in DATA else out + err).isascii(), call
        assert "Traceback" not in out + err, (call, err[-600:])
        assert code in codes, call
    told = dict(zip(map(" ".join, calls), results, strict=True))
    assert "Bjork" in told[f"explain {FOREIGN}"][1]
    assert "Bjork" in told[f"tracks search {artist}"][1]


ODD = [
    (["plan", "SELECT track_id FROM trackz"], 65, "trackz"),
    (["plan", "SELECT 1/0"], 65, "query"),
    (["plan", "select.txt"], 66, "select.txt"),
    (["replay", "select.txt"], 66, "select.txt"),
    (["replay", "/dev/null"], 65, "/dev/null"),
    (["plan", "/dev/null"], 65, "/dev/null"),
    (["migrate", "down", "--to", "-1"], 65, "-1"),
    (["migrate", "down", "--to", "9999"], 65, "9999"),
    (["migrate", "down", "--to", "0"], 2, "--yes"),
    (["providers", "pause", "nobody"], 65, "nobody"),
    (["providers", "revoke"], 65, "name a provider"),
    (["providers", "revoke", "spotify"], 2, "--yes"),
    (["cache", "warm", "--calls", "1", "--provider", "nobody"], 65, "nobody"),
    (["export"], 2, "report-of-use"),
    (["export", "--format", "m3u8"], 2, "--library"),
    (["export", "--format", "m3u8", "--library", "/nowhere"], 66, "/nowhere"),
    (["export", "--format", "m3u8", "--library", "/dev/null"], 65, "/dev/null"),
    (["export", "--format", "csv", "--ids", "/nowhere"], 66, "/nowhere"),
    (["export", "--format", "csv", "--ids", "README.md"], 65, "README.md:"),
    (["export", "--format", "csv", "--query", "SELECT 1/0"], 65, "query"),
    (["export", "--format", "csv", "--tracklist", "none"], 65, "'none'"),
    (["export", "--format", "csv", "--tracklists", "--query", "x"], 2, "chooses"),
    (["tracks", "add", "ID", "ID"], 65, "names no track"),
    (["tracks", "fix", "x", "label"], 65, "FIELD=VALUE"),
    (["tracks", "fix", "A - B", "label=x"], 1, "no row"),
    (["tracks", "delete", "A - B", "--yes"], 1, "no row"),
    (["tracks", "search", "nobody"], 1, "nobody"),
    (["tracklists", "remove", "9", "--yes"], 65, "no tracklist 9"),
    (["tracklists", "remove", "0", "--yes"], 2, "tracklists"),
    (["tracklists", "show", str(2**63)], 2, "tracklist"),
    (["tracklists", "reparse"], 2, "--all"),
    (["tracklists", "reparse", "7"], 65, "no tracklist 7"),
    (["explain", "x"], 65, "'x'"),
    (["explain", str(uuid4())], 1, "no row"),
    (["explain", "\x1b - \x01"], 65, "names no track"),
    (["replay", "demo/tracklists", "--coverage", "banana"], 2, "banana"),
    (["replay", "demo/tracklists", "--catalogue", "/nowhere"], 2, "/nowhere"),
    (["replay", "demo/tracklists", "--report", "/proc/x/y"], 73, "/proc/x"),
    (["replay", "demo/tracklists", "--keep", "/proc/x"], 73, "/proc/x"),
    *(
        (["replay", "demo/tracklists", option, "/usr"], 73, "/usr")
        for option in ("--report", "--unresolved", "--html")
    ),
    (["replay", "demo/tracklists", "--time-scale", "inf"], 2, "--time-scale"),
    (["plan", "WITH x AS (DELETE FROM tracks) SELECT 1"], 65, "WITH"),
    (["dlq", "replay", "--per-second", "inf"], 2, "--per-second"),
    (["dlq", "replay", "--per-second", "nan"], 2, "--per-second"),
    (["providers", "revoke", "--rule", "99999999999", "--yes"], 2, "--rule"),
    (["worker", "--queue", "banana"], 78, "banana"),
    (["worker", "--prefetch", "0"], 2, "--prefetch"),
    # every command that reads a path, times paths that are none
    *(
        ([command, path], 66, shown)
        for command in ("parse", "match", "plan", "replay")
        for path, shown in (("/nowhere", "/nowhere"), ("/nowhere/\udcff", "xff"))
    ),
    *(([command, "/usr"], 66, "/usr") for command in ("parse", "match")),
]


def test_odd_arguments_are_told_in_one_line_and_nothing_is_done(
    stack, database_url, redis_url, rabbitmq_url
):
    servers = {
        "DATABASE_URL": database_url,
        "REDIS_URL": redis_url,
        "RABBITMQ_URL": rabbitmq_url,
    }

    results = run([arguments for arguments, _, _ in ODD], servers)

    for (arguments, code, named), (ended, out, err) in zip(ODD, results, strict=True):
        assert "Traceback" not in out + err, arguments
        assert ended == code, (arguments, err[-300:])
        assert named in err, (arguments, err[-300:])
    status = run([["migrate", "status"]], servers)
    assert "missing" not in status[0][1]


def test_resuming_says_which_benches_stay_and_lifts_them(
    stack, database_url, redis_url, rabbitmq_url
):
    servers = {
        "DATABASE_URL": database_url,
        "REDIS_URL": redis_url,
        "RABBITMQ_URL": rabbitmq_url,
    }
    asyncio.run(bench_for_a_day(redis_url))
    resume = ["providers", "resume", "spotify"]

    left, lifted, again = run([resume, [*resume, "--lift-bench"], resume], servers)

    assert "stays benched until" in left[1]
    assert "--lift-bench" in left[1]
    assert "resumed for all workers" not in left[1]
    for answer in (lifted, again):
        assert "spotify is resumed for all workers" in answer[1]


def test_doctor_is_not_green_where_a_worker_refuses_to_start(
    stack, database_url, redis_url, rabbitmq_url
):
    servers = {
        "DATABASE_URL": database_url,
        "REDIS_URL": redis_url,
        "RABBITMQ_URL": rabbitmq_url,
    }
    calls = [["worker", "--burst"], ["doctor"]]

    worker, doctor = run(calls, {**servers, "MUSICBRAINZ_USER_AGENT": "banana"})

    assert (worker[0], doctor[0]) == (78, 1)
    assert "MUSICBRAINZ_USER_AGENT" in worker[2]
    assert "MUSICBRAINZ_USER_AGENT" in doctor[1]
