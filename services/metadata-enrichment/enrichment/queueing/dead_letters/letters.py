"""Dead letters as they are looked at: what each says of itself, and which are meant."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any

from enrichment.contract.messages import MessageInvalid, decode
from enrichment.queueing.dead_letters.headers import BODY_CUT, count_in
from enrichment.queueing.raw_deliveries import Message


@dataclass(frozen=True, slots=True)
class Letter:
    """
    One dead letter.

    Args:
        number: its place in the box, from 1.
        reason: class of the fault; for what the broker dead-lettered itself, its own
            reason ("delivery_limit", "rejected", "expired").
        track: "artist - title", where the body can be read.
        body: no more of it than is kept of any; `size` is that of all.
        weight: how many bytes of memory it costs, nearly.
    """

    number: int
    reason: str
    detail: str
    queue: str
    failed_at: str
    first_queued_at: str
    attempts: int
    message_id: str
    track: str
    body: bytes
    size: int
    headers: Mapping[str, Any]
    weight: int

    @property
    def is_whole(self) -> bool:
        """Whether its body is all of what was sent once."""
        return self.size == len(self.body) and BODY_CUT not in self.headers


@dataclass(frozen=True, slots=True)
class Filter:
    """Which letters are meant; what is not given matches all."""

    reason: str | None = None
    queue: str | None = None
    text: str | None = None
    since: datetime | None = None
    before: datetime | None = None
    limit: int | None = None

    @property
    def takes_all(self) -> bool:
        """Whether every letter matches, the limit aside."""
        criteria = (self.reason, self.queue, self.text, self.since, self.before)
        return all(criterion is None for criterion in criteria)

    def matches(self, letter: Letter) -> bool:
        """Return whether the letter is meant, the limit aside."""
        at = _time(letter.failed_at)
        return (
            (self.reason is None or letter.reason == self.reason)
            and (self.queue is None or letter.queue == self.queue)
            and (self.text is None or self.text.lower() in _searchable(letter))
            and (self.since is None or (at is not None and at >= self.since))
            and (self.before is None or (at is not None and at < self.before))
        )


def letter_in(message: Message, number: int) -> Letter:
    """Read a delivery from the box; what cannot be read of it is told in its detail."""
    told = message.properties
    headers = told.headers
    death = _death(headers)
    try:
        request = decode(message.body, message.size)
        track = f"{request.artist} - {request.title}"
    except MessageInvalid:
        track = ""
    return Letter(
        number=number,
        reason=str(headers.get("x-error-type") or death.get("reason") or "unknown"),
        detail=str(headers.get("x-error-message") or "; ".join(told.faults)),
        queue=str(headers.get("x-original-routing-key") or death.get("queue") or ""),
        failed_at=str(headers.get("x-failed-at") or death.get("time") or ""),
        first_queued_at=str(headers.get("x-first-queued-at") or ""),
        attempts=count_in(headers, "x-retry-count"),
        message_id=told.message_id or "",
        track=track,
        body=message.body,
        size=message.size,
        headers=headers,
        weight=len(message.body) + len(message.header),
    )


def _death(headers: Mapping[str, Any]) -> dict[str, Any]:
    """Return the broker's own account of why it dead-lettered a message."""
    deaths = headers.get("x-death")
    first = deaths[0] if isinstance(deaths, list) and deaths else {}
    return dict(first) if isinstance(first, dict) else {}


def _searchable(letter: Letter) -> str:
    body = letter.body.decode("utf-8", "replace")
    return f"{letter.track} {letter.detail} {letter.message_id} {body}".lower()


def _time(text: str) -> datetime | None:
    try:
        at = datetime.fromisoformat(text)
    except ValueError:
        return None
    return at if at.tzinfo else at.replace(tzinfo=UTC)
