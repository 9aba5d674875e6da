"""What a dead letter says of itself, in headers; and how dead letters are looked at."""

from collections.abc import Mapping
from datetime import datetime
from typing import Any

from aio_pika.abc import AbstractIncomingMessage

from enrichment.contract.messages import EnrichmentRequest

# The names that users' tools read; a message is cut, never left out.
LONGEST_MESSAGE = 500


def headers_of(
    message: AbstractIncomingMessage,
    *,
    reason: str,
    detail: str,
    queue: str,
    at: datetime,
    request: EnrichmentRequest | None = None,
) -> Mapping[str, Any]:
    """Give the headers of a dead letter: what went wrong, where, when, how often."""
    first = request.first_queued_at if request else None
    return {
        "x-error-type": reason,
        "x-error-message": detail[:LONGEST_MESSAGE],
        "x-source-service": "metadata-enrichment",
        "x-failed-at": at.isoformat(),
        "x-first-queued-at": first.isoformat() if first else "",
        "x-retry-count": request.retry_count if request else 0,
        "x-delivery-count": int(str(message.headers.get("x-delivery-count") or 0)),
        "x-original-routing-key": message.routing_key or queue,
    }
