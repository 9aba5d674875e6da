"""What becomes a dead letter: the body as it came, our own headers beside it."""

import re
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from uuid import uuid4

from enrichment.contract.messages import (
    MAX_BODY_BYTES,
    EnrichmentRequest,
    MessageInvalid,
)
from enrichment.contract.texts.plain_text import shown
from enrichment.queueing.raw_deliveries import Message

# The names that users' tools read; a message is cut, never left out.
LONGEST_MESSAGE = 500
# Class of the fault where body and properties cannot be read.
UNREADABLE = "unreadable properties"
# Says that a letter's body is not all of the message's, and where it was cut.
BODY_CUT = "x-body-cut-at"
# As others send counts: as numbers or as text, and anything else in their place.
_COUNT = re.compile(r"[0-9]{1,9}", re.ASCII)


@dataclass(frozen=True, slots=True)
class Refused:
    """
    A message that cannot be done.

    Args:
        reason: class of the fault.
        detail: what exactly, for a person.
        request: what its body says, where that can be read.
    """

    message: Message
    reason: str
    detail: str
    request: EnrichmentRequest | None = None


@dataclass(frozen=True, slots=True)
class DeadLetter:
    """A message as it is published to the dead-letter exchange."""

    body: bytes
    headers: Mapping[str, str | int]
    message_id: str


def unreadable(message: Message, error: MessageInvalid) -> Refused:
    """Return what is wrong with a body that cannot be read, and with its properties."""
    faults = message.properties.faults
    if not faults:
        return Refused(message, error.reason, error.detail)
    detail = f"{'; '.join(faults)}; body: {error.reason}: {error.detail}"
    return Refused(message, UNREADABLE, detail)


def letter_of(refused: Refused, *, queue: str, at: datetime) -> DeadLetter:
    """Make the letter: what went wrong, where, when, how often."""
    message, request = refused.message, refused.request
    told = message.properties
    first = request.first_queued_at if request else None
    headers: dict[str, str | int] = {
        "x-error-type": refused.reason,
        "x-error-message": shown(refused.detail)[:LONGEST_MESSAGE],
        "x-source-service": "metadata-enrichment",
        "x-failed-at": at.isoformat(),
        "x-first-queued-at": first.isoformat() if first else "",
        "x-retry-count": request.retry_count if request else 0,
        "x-delivery-count": count_in(told.headers, "x-delivery-count"),
        "x-original-routing-key": shown(message.routing_key) or queue,
    }
    if message.size > MAX_BODY_BYTES:
        headers[BODY_CUT] = MAX_BODY_BYTES
        headers["x-body-bytes"] = message.size
    # the broker's returns are told apart by it: there has to be one
    message_id = told.message_id or uuid4().hex
    return DeadLetter(message.body[:MAX_BODY_BYTES], headers, message_id)


def count_in(headers: Mapping[str, object], name: str) -> int:
    """Return a header's count; 0 where it is none that can be."""
    count = str(headers.get(name, 0))
    return int(count) if _COUNT.fullmatch(count) else 0
