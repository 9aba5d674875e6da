"""Private real servers for demo, tests and benchmarks: Postgres, Redis, RabbitMQ.

    with devstack.open_stack() as stack:
        stack.postgres.url, stack.redis.url, stack.rabbitmq.url

A server that the environment names is never used, only one given by argument.
Linux only: the promise that nothing is left behind rests on the subreaper.
Imports nothing but the standard library, and nothing of ours.
"""

from devstack.environment import (
    COMPARED_PROVIDERS,
    forget_named_servers,
    private_environment,
)
from devstack.errors import DevstackError, NoServer, NotOurs, ServerFailed
from devstack.folders import Place, temporary_folder
from devstack.server import Server
from devstack.stack import Stack, open_stack

__all__ = [
    "COMPARED_PROVIDERS",
    "DevstackError",
    "NoServer",
    "NotOurs",
    "Place",
    "Server",
    "ServerFailed",
    "Stack",
    "forget_named_servers",
    "open_stack",
    "private_environment",
    "temporary_folder",
]
