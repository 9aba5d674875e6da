"""Least privilege in the running stack: forbidden deeds are tried, passwords sought."""

import json
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

from tests.stack.compose import Compose, run

_SCRIPT = Path(__file__).with_name("forbidden_deeds.py")
_SPOTIFYS_TOKEN = "enrichment:v1:token:spotify:x"

# What each container's own users must be refused.
FORBIDDEN: Mapping[str, Mapping[str, Sequence[Any]]] = {
    "enrichment-worker": {
        "postgres": [
            "DROP TABLE tracks",
            "CREATE TABLE mine ()",
            "TRUNCATE track_credits",
            "DELETE FROM tracks",
            "DELETE FROM provider_records",
            "UPDATE tracklists SET title = 'x'",
            "INSERT INTO schema_migrations (version, name) VALUES (99, 'mine')",
        ],
        "redis": [["GET", "others:key"], ["ACL", "LIST"], ["CONFIG", "GET", "*"],
                  ["FLUSHALL"]],
        "rabbitmq": [["read", "metadata_enrichment_dlq"], ["declare", "mine"],
                     ["purge", "metadata_enrichment_dlq"]],
    },
    "scraper-orchestrator": {
        "postgres": [
            "DROP TABLE tracks",
            "DELETE FROM tracks",
            "UPDATE tracks SET title = 'x'",
            "SELECT FROM provider_answers",
        ],
        "redis": [["GET", _SPOTIFYS_TOKEN], ["SET", "enrichment:v1:track:x", "y"],
                  ["SET", "enrichment:v1:budget:{spotify}", "x"], ["FLUSHALL"]],
        "rabbitmq": [["read", "metadata_enrichment_queue"], ["declare", "mine"],
                     ["purge", "metadata_enrichment_dlq"]],
    },
    "metadata-enrichment": {
        "postgres": [
            "DROP TABLE tracks",
            "DELETE FROM tracks",
            "DELETE FROM tracklist_rows",
            "DELETE FROM artists",
        ],
        "redis": [["GET", _SPOTIFYS_TOKEN], ["SET", "enrichment:v1:track:x", "y"],
                  ["FLUSHALL"]],
        "rabbitmq": [["read", "metadata_enrichment_queue"], ["declare", "mine"],
                     ["purge", "metadata_enrichment_queue"]],
    },
    "enrichment-queue-init": {
        "rabbitmq": [["declare", "mine"], ["publish", "metadata_enrichment_queue"]],
    },
}  # fmt: skip
ENDED = {"enrichment-queue-init"}
# Files of secrets/ and the containers that may know what stands in them.
_CRAWLS = {
    "scraper-orchestrator",
    "scraper-mixesdb",
    "scraper-1001tracklists",
    "scraper-files",
    "demo-crawl",
}
_WORKERS = {
    "enrichment-worker",
    "enrichment-backlog-worker",
    "enrichment-reenrichment-worker",
}
KNOW = {
    "postgres_password": {"postgres", "enrichment-migrate"},
    "enrichment_db_password": {"enrichment-migrate", *_WORKERS},
    "scraper_db_password": {"enrichment-migrate", *_CRAWLS},
    "service_db_password": {"enrichment-migrate", "metadata-enrichment"},
    "analyst_db_password": {"enrichment-migrate"},
    "redis_password": {"redis"},
    "worker_redis_password": {"redis", "enrichment-migrate", *_WORKERS},
    "scraper_redis_password": {"redis", *_CRAWLS},
    "service_redis_password": {"redis", "metadata-enrichment"},
    "rabbitmq_pass": {"rabbitmq"},
    "queue_init_rabbitmq_pass": {"rabbitmq", "enrichment-queue-init"},
    "worker_rabbitmq_pass": {"rabbitmq", *_WORKERS},
    "scraper_rabbitmq_pass": {"rabbitmq", *_CRAWLS},
    "service_rabbitmq_pass": {"rabbitmq", "metadata-enrichment"},
    "enrichment_api_token": {"metadata-enrichment"},
    "grafana_admin_password": {"grafana"},
}


def forbidden_and_done(stack: Compose) -> list[str]:
    """Try what each role must not do, with its own users; give what it could."""
    could = []
    for service, deeds in FORBIDDEN.items():
        start = ("run", "--rm", "-T", "--no-deps") if service in ENDED else (
            "exec", "-T")  # fmt: skip
        said = stack(
            *(*start, service, "python", "-", json.dumps(deeds)),
            stdin=_SCRIPT.read_text(),
        )
        could += [f"{service}: {deed}" for deed in json.loads(said)]
    return could


def passwords_of_others(stack: Compose) -> list[str]:
    """Name the containers that know a password which is not theirs."""
    found = []
    secrets = {name: (stack.folder / "secrets" / name).read_text() for name in KNOW}
    for container in stack.containers():
        service = container["Service"]
        variables = run("docker", "inspect", "-f", "{{json .Config}}", container["ID"])
        found += [
            f"{service}: {name}"
            for name, value in secrets.items()
            if value in variables and service not in KNOW[name]
        ]
    return found
