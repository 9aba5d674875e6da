"""Texts of others that echo our secrets: replaced in every spelling, then cut."""

import json
import logging
from base64 import b64encode
from urllib.parse import quote, quote_plus

import pytest

from enrichment.contract.texts import own_secrets
from enrichment.contract.texts.log_lines import PlainRecord
from enrichment.errors import Transient

KEY = "Zq7/lastfm+key=with signs"
SECRETS = {
    "LASTFM_API_KEY": KEY,
    "DATABASE_URL": "postgresql://u:Zq7%2Fdatabase%23word@h/d",
    "REDIS_URL": "redis://:Zq7redis#wordafter@h/0",
    "SPOTIFY_CLIENT_ID": "Zq7clientid",
    "SPOTIFY_CLIENT_SECRET": "Zq7clientsecret",
    "WORKER_REDIS_PASSWORD": "Zq7workersredis",
    "SCRAPER_RABBITMQ_URL": "amqp://s:Zq7scrapersbroker@h/v",
}


@pytest.fixture(autouse=True)
def remembered():
    own_secrets.remember_variables(SECRETS)
    own_secrets.remember_token("Zq7bearertoken/x")


@pytest.mark.parametrize(
    "spelling",
    [
        KEY,
        quote(KEY, safe=""),
        quote(KEY, safe="").lower().replace("zq7", "Zq7"),
        quote_plus(KEY),
        json.dumps(KEY)[1:-1],
        KEY.replace("/", "\\/"),
        "Zq7%2Fdatabase%23word",
        "Zq7/database#word",
        "Zq7redis#wordafter",
        "Zq7redis",
        "wordafter",
        "Zq7workersredis",
        "Zq7scrapersbroker",
        "Zq7bearertoken/x",
        b64encode(b"Zq7clientid:Zq7clientsecret").decode(),
    ],
)
def test_a_secret_is_replaced_in_every_spelling(spelling):
    told = own_secrets.from_outside(f"no such call: {spelling}, bye")

    assert spelling not in told
    assert "Zq7" not in told
    assert told.startswith("no such call: ")
    assert told.endswith(", bye")


@pytest.mark.parametrize(
    "said",
    [
        "GET /2.0/?method=track.getInfo&api_key=Zq9unknown&format=json",
        'body: {"client_secret": "Zq9unknown"}',
        "Authorization: Bearer Zq9unknown-token",
        "authorization: basic Zq9unknownA==",
    ],
)
def test_a_credential_that_its_name_gives_away_is_replaced_where_it_is_cut(said):
    assert "Zq9" not in own_secrets.from_outside(said)


def test_a_text_of_others_is_cut_after_its_secrets_were_replaced():
    told = own_secrets.from_outside("x" * 190 + KEY + "y" * 10_000)

    assert len(told) == 200
    assert "Zq7" not in told


def test_a_providers_text_is_kept_without_our_secrets():
    error = Transient(f"Last.fm: <html>{KEY}</html>" + "z" * 1000, status=502)

    assert "Zq7" not in str(error)
    assert len(str(error)) <= 200


def test_a_traceback_of_a_library_has_no_secret():
    error = ValueError(f"cannot connect to {SECRETS['REDIS_URL']}")
    told = (type(error), error, None)
    record = PlainRecord("x", 40, "x.py", 1, "lost %s", (KEY,), told)

    assert "Zq7" not in logging.Formatter().format(record)


def test_an_answer_keeps_its_words_but_not_our_key():
    body = f'{{"name": "Paradise", "echo": "{KEY}"}}'.encode()
    own_secrets.remember("Paradise")

    assert own_secrets.hidden_in_answer(body) == (
        b'{"name": "Paradise", "echo": "***"}'
    )


def test_only_the_last_tokens_are_remembered():
    for number in range(50):
        own_secrets.remember_token(f"Zq8-token-number-{number:04d}")

    assert "Zq8" not in own_secrets.hidden("Zq8-token-number-0049")
    assert own_secrets.hidden("Zq8-token-number-0001") == "Zq8-token-number-0001"


@pytest.mark.parametrize(
    ("message", "arguments"),
    [
        ("%s: not understood", ("a.txt\n2026-01-01 [x] ERROR: forged",)),
        ("%r: not understood", ("a.txt\r\x1b[2K",)),
        ("%(path)s is gone", ({"path": "\x9b31m\u202etxt.exe"},)),
        ("a.txt\nforged \x1b]0;title\x07", ()),
        ("%s %d %5.1f %s", (ValueError("a\nb"), 3, 2.5, None)),
    ],
)
def test_no_text_of_others_begins_a_line_or_moves_a_cursor(message, arguments):
    record = PlainRecord("x", 40, "x.py", 1, message, arguments, None)

    line = logging.Formatter("%(levelname)s: %(message)s").format(record)

    assert line.isprintable(), line
    assert line.startswith("ERROR: ")


def test_a_traceback_keeps_its_lines_and_no_more():
    error = ValueError("first\x1b[2K\x9b")
    record = PlainRecord("x", 40, "x.py", 1, "lost", (), (ValueError, error, None))

    assert "first\\x1b[2K\\x9b" in logging.Formatter().format(record)
