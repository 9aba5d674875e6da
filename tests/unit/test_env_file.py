"""The file .env: what it may hold, who wins, and who never reads it."""

import os
import subprocess
import sys
from pathlib import Path

import pytest

import devstack
from enrichment.app import settings
from enrichment.cli.shared import load_settings
from enrichment.contract.env_file import EnvFileInvalid, parsed, with_env_file
from enrichment.providers.lastfm.read import LASTFM
from enrichment.providers.musicbrainz.read import MUSICBRAINZ
from scrapers.environment import Environment

PROJECT = Path(__file__).resolve().parents[2]
TEXT = """
# a remark
LASTFM_API_KEY=from-file
export PREFETCH_COUNT=30  # messages
MUSICBRAINZ_USER_AGENT="Radio/1.0 ( dj@example.org )"
REDIS_PASSWORD='a#b$c'
QUEUE_NAME=
"""


@pytest.fixture
def file(tmp_path, monkeypatch):
    """The file .env of the folder in which a command is called."""
    monkeypatch.chdir(tmp_path)
    monkeypatch.delenv("ENRICHMENT_ENV_FILE", raising=False)
    (tmp_path / ".env").write_text(TEXT)
    return tmp_path / ".env"


def test_lines_are_read_as_compose_and_a_shell_read_them():
    assert dict(parsed(TEXT, ".env")) == {
        "LASTFM_API_KEY": "from-file",
        "PREFETCH_COUNT": "30",
        "MUSICBRAINZ_USER_AGENT": "Radio/1.0 ( dj@example.org )",
        "REDIS_PASSWORD": "a#b$c",
        "QUEUE_NAME": "",
    }


def test_a_value_ends_at_its_own_mark_and_a_line_where_others_end_it():
    lines = [
        """A="of 'two' words"  # "a remark" """,
        "B='x\u2028y'",
        'C="say "so""',
        "D=1\r",
    ]

    assert parsed("\n".join(lines), ".env") == [
        ("A", "of 'two' words"),
        ("B", "x\u2028y"),
        ("C", 'say "so"'),
        ("D", "1"),
    ]


def test_the_environment_wins_over_the_file(file, monkeypatch):
    monkeypatch.setenv("PREFETCH_COUNT", "60")

    loaded = settings.load()

    assert loaded.prefetch_count == 60
    assert loaded.providers[MUSICBRAINZ].user_agent == "Radio/1.0 ( dj@example.org )"
    assert loaded.queue_name == "metadata_enrichment_queue"
    assert Environment.of_process().text("REDIS_PASSWORD") == "a#b$c"


def test_a_secrets_file_that_the_environment_names_wins_over_the_file(
    file, tmp_path, monkeypatch
):
    secret = tmp_path / "secret"
    secret.write_text("from a secret")
    monkeypatch.setenv("LASTFM_API_KEY_FILE", str(secret))
    monkeypatch.setenv("REDIS_PASSWORD_FILE", "")

    loaded = settings.load()

    assert loaded.providers[LASTFM].api_key.get_secret_value() == "from a secret"
    assert loaded.redis_password.get_secret_value() == "a#b$c"
    assert Environment.of_process().text("LASTFM_API_KEY") == "from a secret"


def test_an_option_wins_over_both(file, monkeypatch):
    monkeypatch.setenv("PREFETCH_COUNT", "60")

    assert load_settings(prefetch_count=90).prefetch_count == 90


def test_another_file_can_be_named_or_none(file):
    other = file.with_name("other.env")
    other.write_text("PREFETCH_COUNT=7\n")

    named = with_env_file({"ENRICHMENT_ENV_FILE": "other.env"})

    assert named["PREFETCH_COUNT"] == "7"
    assert with_env_file({"ENRICHMENT_ENV_FILE": ""}) == {"ENRICHMENT_ENV_FILE": ""}


def test_a_private_run_reads_none(file):
    assert "LASTFM_API_KEY" not in with_env_file(devstack.private_environment({}))


def test_a_line_that_is_none_is_named_and_not_repeated(file):
    file.write_text("REDIS_PASSWORD=x\nhunter2\n")

    with pytest.raises(EnvFileInvalid, match=r"^\.env:2: it is not NAME=VALUE$"):
        with_env_file({})


@pytest.mark.parametrize("program", ["enrichment", "scrapers.crawl"])
def test_a_file_that_cannot_be_read_ends_a_command(program, tmp_path):
    (tmp_path / ".env").write_bytes(b"\xff")
    arguments = {"enrichment": ["queues"], "scrapers.crawl": ["tracklist_files"]}

    done = subprocess.run(
        [sys.executable, "-m", program, *arguments[program]],
        cwd=tmp_path,
        env={"PATH": os.environ["PATH"]},
        capture_output=True,
        text=True,
        timeout=60,
        check=False,
    )

    assert done.returncode == {"enrichment": 78, "scrapers.crawl": 2}[program]
    assert ".env: it is no text in UTF-8" in done.stderr


def test_what_make_env_writes_can_be_sourced_and_is_read_alike(tmp_path):
    subprocess.run(
        ["sh", PROJECT / "services/write-env.sh", tmp_path], check=True, timeout=60
    )
    text = (tmp_path / ".env").read_text()
    asked = 'set -a; . ./.env; printf "%s" "$MUSICBRAINZ_USER_AGENT$REDIS_PASSWORD"'

    sourced = subprocess.run(
        ["sh", "-euc", asked], cwd=tmp_path, capture_output=True, text=True, check=True
    )

    read = dict(parsed(text, ".env"))
    assert sourced.stderr == ""
    assert sourced.stdout == read["MUSICBRAINZ_USER_AGENT"] + read["REDIS_PASSWORD"]
