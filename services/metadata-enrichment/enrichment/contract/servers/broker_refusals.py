"""RabbitMQ's "access refused" as one line: which permission on what is missing."""

import re
from dataclasses import dataclass

# "read access to queue 'q' in vhost 'v' refused for user 'u'"; an older RabbitMQ does
# not say which access: what was tried tells it.
_REFUSED = re.compile(
    r"(?:(?P<permission>configure|write|read) )?access to (?P<what>exchange|queue)"
    r" '(?P<name>[^']*)' in vhost '(?P<vhost>[^']*)' refused for user '(?P<user>[^']*)'"
)


@dataclass(frozen=True, slots=True)
class Attempt:
    """
    What was tried.

    Args:
        on_queue, on_exchange: the permission that it needs there.
    """

    on_queue: str = "read"
    on_exchange: str = "write"


# To consume, to publish.
USE = Attempt()
DECLARE_EXCHANGE = Attempt(on_exchange="configure")
# A queue that dead-letters is read from, and its dead letters are written.
DECLARE_QUEUE = Attempt(on_queue="configure or read")
BIND = Attempt(on_queue="write", on_exchange="read")


def missing_permission(text: str, attempt: Attempt) -> str | None:
    """Return the line for a person; None where the text tells of no such refusal."""
    found = _REFUSED.search(text)
    if found is None:
        return None
    needed = {"queue": attempt.on_queue, "exchange": attempt.on_exchange}
    permission = found["permission"] or needed[found["what"]]
    return (
        f"RabbitMQ: user {found['user']!r} lacks the {permission} permission on"
        f" {found['what']} {found['name']!r} in vhost {found['vhost']!r};"
        " docs/security.md names what each user needs"
    )
