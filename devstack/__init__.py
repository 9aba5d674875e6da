"""Private real servers for demo, tests and benchmarks: Postgres, Redis, RabbitMQ.

    with devstack.open_stack() as stack:
        stack.postgres.url, stack.redis.url, stack.rabbitmq.url

Linux only: the promise that nothing is left behind rests on the subreaper.
Imports nothing but the standard library, and nothing of ours.
"""

from devstack.errors import DevstackError, NoServer, NotOurs, ServerFailed
from devstack.server import Server
from devstack.stack import Stack, open_stack

__all__ = [
    "DevstackError",
    "NoServer",
    "NotOurs",
    "Server",
    "ServerFailed",
    "Stack",
    "open_stack",
]
