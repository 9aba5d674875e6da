"""What a fault of the broker's connection means to callers."""

from collections.abc import Iterator
from contextlib import contextmanager

from aio_pika.exceptions import AMQPError
from aiormq.exceptions import ChannelAccessRefused

from enrichment.contract.servers.broker_refusals import USE, Attempt, missing_permission
from enrichment.errors import PermissionMissing, ServerAway

FAULTS = (AMQPError, OSError, TimeoutError, RuntimeError)


@contextmanager
def broker_away(attempt: Attempt = USE) -> Iterator[None]:
    """
    Raise every fault of the connection as the error that callers expect.

    Args:
        attempt: what is tried, for a broker that does not name the permission.

    Raises:
        PermissionMissing: our user may not do it.
        ServerAway: the broker cannot be reached now.
    """
    try:
        with refusal_told(attempt):
            yield
    except FAULTS as error:
        raise ServerAway(f"broker: {error or type(error).__name__}") from error


@contextmanager
def refusal_told(attempt: Attempt) -> Iterator[None]:
    """Name the permission that "access refused" misses; leave other errors alone."""
    try:
        yield
    except ChannelAccessRefused as error:
        said = str(error)
        line = missing_permission(said, attempt) or f"RabbitMQ: {said}"
        raise PermissionMissing(line) from error
