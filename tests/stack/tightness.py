"""What a running stack must keep tight: queues as listed, no root, rights, secrets."""

import re
from collections.abc import Sequence

from tests.stack.compose import Compose, run


def queues_unlike(stack: Compose, workers: int) -> str:
    """List the queues as users do; give the list when consumers are missing."""
    listed = stack(
        *("exec", "-T", "rabbitmq", "rabbitmqctl", "-q"),
        *("list_queues", "name", "messages", "consumers"),
    )
    consumers = {x.split()[0]: int(x.split()[2]) for x in listed.splitlines()[1:]}
    # a worker that holds many messages has more than one consumer
    fewest = {
        "metadata_enrichment_queue": workers,
        "metadata_enrichment_backlog_queue": 1,
        "metadata_reenrichment_queue": 1,
    }
    well = consumers.keys() == {*fewest, "metadata_enrichment_dlq"} and all(
        consumers[name] >= count for name, count in fewest.items()
    )
    return "" if well and not consumers["metadata_enrichment_dlq"] else listed


def run_by_root(stack: Compose) -> list[str]:
    """Name processes in our containers whose user is root."""
    found = []
    for container in stack.containers():
        if container["State"] != "running":
            continue
        shown = run("docker", "top", container["ID"], "-eo", "pid,uid,comm")
        found += [
            f"{container['Service']}: {command}"
            for _, user, command, *_ in map(str.split, shown.splitlines()[1:])
            if user == "0" and _lasts(command)
        ]
    return found


def _lasts(command: str) -> bool:
    """Distinguish a process that stays from a health check of this moment."""
    return not re.match(
        r"(docker-init|ps|sh|bash|rabbitmq-diagn|pg_isready|redis-cli)", command
    )


def passwords_shown(stack: Compose, images: Sequence[str]) -> list[str]:
    """Name the passwords that stand in logs, or in an image."""
    folder = stack.folder / "secrets"
    secrets = {file.name: file.read_text() for file in folder.iterdir()}
    # the simulator's keys are the word "demo", which stands in names of containers
    secrets = {name: value for name, value in secrets.items() if value != "demo"}
    shown = stack("logs", "--no-color")
    for image in images:
        name = f"songnodes-enrichment/{image}:{stack.version}"
        shown += run("docker", "image", "inspect", name)
        shown += run("docker", "history", "--no-trunc", name)
    return [name for name, value in secrets.items() if value in shown]
