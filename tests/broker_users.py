"""Users of the broker with few permissions, made by rabbitmqctl."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any
from urllib.parse import urlsplit
from uuid import uuid4

# What no resource is called.
NOTHING = "^$"
WORK = "^metadata_(re)?enrichment(_backlog)?_queue$"
PUBLISHES = r"^(amq\.default|metadata_enrichment_dlx)$"


@dataclass(frozen=True)
class Permissions:
    configure: str = NOTHING
    write: str = NOTHING
    read: str = NOTHING


WORKER = Permissions(write=PUBLISHES, read=WORK)
SCRAPER = Permissions(write=r"^amq\.default$")


def make(server: Any, wanted: Mapping[str, Permissions]) -> dict[str, str]:
    """Make users in the server's virtual host; give the address of each, by name."""
    parts = urlsplit(server.url)
    vhost = parts.path.lstrip("/")
    password = uuid4().hex
    names = {name: f"{name}-{uuid4().hex[:8]}" for name in wanted}
    server.control(
        "eval",
        "\n".join(
            f'ok = rabbit_auth_backend_internal:add_user(<<"{user}">>,'
            f' <<"{password}">>, <<"tests">>),'
            f" {_set(user, vhost, wanted[name])},"
            for name, user in names.items()
        )
        + " ok.",
    )
    return {
        name: parts._replace(
            netloc=f"{user}:{password}@{parts.hostname}:{parts.port}"
        ).geturl()
        for name, user in names.items()
    }


def permit(server: Any, url: str, permissions: Permissions) -> None:
    """Change what a user may."""
    parts = urlsplit(url)
    vhost = parts.path.lstrip("/")
    server.control("eval", f"{_set(str(parts.username), vhost, permissions)}.")


def _set(user: str, vhost: str, permissions: Permissions) -> str:
    patterns = ", ".join(
        f'<<"{pattern}">>'.replace("\\", "\\\\")
        for pattern in (permissions.configure, permissions.write, permissions.read)
    )
    return (
        f'ok = rabbit_auth_backend_internal:set_permissions(<<"{user}">>,'
        f' <<"{vhost}">>, {patterns}, <<"tests">>)'
    )
