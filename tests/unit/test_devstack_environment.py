"""What a private run keeps of its environment, and what it forgets."""

import re
from pathlib import Path

from devstack import COMPARED_PROVIDERS, forget_named_servers, private_environment
from enrichment.app import settings

PROJECT = Path(__file__).resolve().parents[2]
# The only variable of ours that a private run obeys.
KEPT = {"LOG_LEVEL"}
# .env would bring it all back.
NO_FILE = {"ENRICHMENT_ENV_FILE": "", "ENRICHMENT_PROVIDERS": COMPARED_PROVIDERS}


def ours():
    """Every variable of ours, and those that may be a file."""
    example = (PROJECT / ".env.example").read_text()
    names = set(re.findall(r"^([A-Z][A-Z0-9_]+)=", example, re.MULTILINE))
    names |= settings.defaults().keys()
    return names | {f"{name}_FILE" for name in settings.SECRETS}


def test_every_variable_of_ours_is_forgotten_but_the_log_level():
    environ = dict.fromkeys(ours(), "x")

    assert set(private_environment(environ)) == KEPT | {*NO_FILE}
    lower = {name.lower(): "x" for name in ours() - KEPT}
    assert private_environment(lower) == NO_FILE


def test_what_clients_read_by_themselves_is_forgotten():
    clients = ("PGHOST", "PGPASSWORD", "PGSERVICE", "PGSSLMODE", "REDISCLI_AUTH")

    assert private_environment(dict.fromkeys(clients, "x")) == NO_FILE


def test_all_else_reaches_the_processes():
    environ = {
        "PATH": "/bin",
        "HOME": "/home/x",
        "PYTHONPATH": "/src",
        "SSL_CERT_FILE": "/ca.pem",
        "REQUESTS_CA_BUNDLE": "/ca.pem",
        "DOCKER_HOST": "tcp://engine",
        "LOG_LEVEL": "DEBUG",
        "TMPDIR": "/var/x",
        "CI": "1",
    }

    assert private_environment(environ) == environ | NO_FILE


def test_a_proxy_stays_and_the_loopback_is_reached_without_it():
    kept = private_environment(
        {"HTTPS_PROXY": "http://proxy:3128", "no_proxy": "example.org"}
    )

    assert kept["HTTPS_PROXY"] == "http://proxy:3128"
    assert kept["no_proxy"] == kept["NO_PROXY"] == "example.org,127.0.0.1,localhost"


def test_a_process_forgets_in_place():
    environ = {"DATABASE_URL": "postgresql://theirs", "PATH": "/bin"}

    forget_named_servers(environ)

    assert environ == {"PATH": "/bin"} | NO_FILE
