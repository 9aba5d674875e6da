"""Publish with confirm and mandatory, for scheduler, dead letters, re-enrichment."""

import asyncio
from collections import Counter
from collections.abc import Iterable, Iterator, Sequence
from datetime import UTC, datetime
from functools import partial
from typing import Any

import asyncpg
from aio_pika.abc import AbstractRobustConnection
from pydantic import ValidationError

from enrichment import logs
from enrichment.contract import metrics, queues
from enrichment.contract.messages import EnrichmentRequest
from enrichment.errors import ServerAway
from enrichment.queueing.broker import bulk, frames
from enrichment.queueing.broker.away import broker_away
from enrichment.queueing.dead_letters.headers import DeadLetter

log = logs.get("publish")

# A confirm that takes longer is an outage: the caller keeps its rows as they are.
CONFIRM_SECONDS = 10.0
# Unconfirmed messages under way at once; beyond its own bound the broker slows us.
IN_FLIGHT = 1000
# Dead letters are as large as others made them: so many bytes are in one write.
BYTES_IN_FLIGHT = 2**20


class Publisher:
    """Publishes on one channel of its own, opened when first needed."""

    def __init__(self, connection: AbstractRobustConnection) -> None:
        self._connection = connection
        self._channel: Any = None
        self._opening = asyncio.Lock()

    async def publish(self, requests: Sequence[EnrichmentRequest]) -> list[str]:
        """
        Publish to the lane of each request.

        Returns:
            The track ids that the broker confirmed; the others were refused (queue
            full) or not confirmed in time, and stay where they are.

        Raises:
            ServerAway: the broker cannot be reached now, or we may not publish.
        """
        confirmed: list[str] = []
        for start in range(0, len(requests), IN_FLIGHT):
            part = requests[start : start + IN_FLIGHT]
            outcomes = await self._send_all(part)
            confirmed += [
                request.track_id
                for request, outcome in zip(part, outcomes, strict=True)
                if outcome == "confirmed"
            ]
        return confirmed

    async def dead_letters(self, letters: Sequence[DeadLetter]) -> list[DeadLetter]:
        """
        Publish to the dead-letter exchange; give those that were not confirmed.

        Raises:
            ServerAway: the broker cannot be reached now; none counts as confirmed.
        """
        unconfirmed: list[DeadLetter] = []
        for part in _by_bytes(letters):
            outcomes = await self._send_letters(part)
            # all have one route: a return tells them apart by ids that others chose
            if "unroutable" in outcomes:
                outcomes = ["unroutable"] * len(part)
            pairs = zip(part, outcomes, strict=True)
            unconfirmed += [letter for letter, told in pairs if told != "confirmed"]
        return unconfirmed

    async def close(self) -> None:
        """Close the channel."""
        if self._channel is not None and not self._channel.is_closed:
            await self._channel.close()

    async def _send_all(self, requests: Sequence[EnrichmentRequest]) -> list[str]:
        ids = [request.message_id for request in requests]
        pairs = list(zip(requests, ids, strict=True))
        try:
            outcomes = await self._send(ids, partial(frames.marshal, pairs))
        except ServerAway:
            _count(requests, ["failed"] * len(requests))
            raise
        _count(requests, outcomes)
        return outcomes

    async def _send_letters(self, letters: Sequence[DeadLetter]) -> list[str]:
        ids = [letter.message_id for letter in letters]
        return await self._send(ids, partial(frames.marshal_letters, letters))

    async def _send(self, ids: Sequence[str], marshal: bulk.Marshal) -> list[str]:
        with broker_away():
            # bounds the wait for a lost connection too
            async with asyncio.timeout(CONFIRM_SECONDS):
                channel = await (await self._open()).get_underlay_channel()
                return await bulk.publish(channel, ids, marshal)

    async def _open(self) -> Any:  # noqa: ANN401 (a robust channel, typed loosely)
        async with self._opening:
            if self._channel is None or self._channel.is_closed:
                self._channel = await self._connection.channel(
                    publisher_confirms=True, on_return_raises=True
                )
            return self._channel


def _by_bytes(letters: Sequence[DeadLetter]) -> Iterator[list[DeadLetter]]:
    """Part letters so that a part, unless it is a single letter, has no more bytes."""
    part: list[DeadLetter] = []
    size = 0
    for letter in letters:
        if part and (
            size + len(letter.body) > BYTES_IN_FLIGHT or len(part) >= IN_FLIGHT
        ):
            yield part
            part, size = [], 0
        part.append(letter)
        size += len(letter.body)
    if part:
        yield part


def _count(requests: Sequence[EnrichmentRequest], outcomes: Sequence[str]) -> None:
    queued = (queues.QUEUES[request.lane].name for request in requests)
    for labels, count in Counter(zip(queued, outcomes, strict=True)).items():
        metrics.PUBLISHES.labels(*labels).inc(count)


def as_requests(rows: Iterable[asyncpg.Record]) -> list[EnrichmentRequest]:
    """Make the messages of claimed track rows; one that cannot be stops no other."""
    queued_at = datetime.now(UTC)
    requests = []
    for row in rows:
        try:
            requests.append(_request_of(row, queued_at))
        except ValidationError as error:
            log.error(  # noqa: TRY400 (the fault is in the row, not in the code)
                "Row cannot be published",
                event_name="enrichment.publish.row_invalid",
                track_id=str(row["track_id"]),
                error=str(error),
            )
    return requests


def _request_of(row: asyncpg.Record, queued_at: datetime) -> EnrichmentRequest:
    musicbrainz_id = row["musicbrainz_id"]
    return EnrichmentRequest(
        track_id=str(row["track_id"]),
        artist=row["artist"],
        title=row["title"],
        priority=row["priority"],
        retry_count=row["attempts"],
        source=row["source"],
        lane=row["lane"],
        isrc=row["isrc"],
        spotify_id=row["spotify_id"],
        musicbrainz_id=str(musicbrainz_id) if musicbrainz_id else None,
        queued_at=queued_at,
        first_queued_at=row["first_queued_at"],
    )
