"""Messages that cannot be done become dead letters: confirmed first, then acked."""

from collections.abc import Awaitable, Callable, Mapping, Sequence
from datetime import UTC, datetime

from enrichment import logs
from enrichment.contract import metrics, sources
from enrichment.contract.texts.plain_text import shown
from enrichment.errors import ServerAway
from enrichment.queueing.acknowledgements import Acknowledgements
from enrichment.queueing.dead_letters.headers import Refused, letter_of
from enrichment.queueing.patience import when_back
from enrichment.queueing.publisher import Publisher

log = logs.get("consume")

# Marks tracks as failed, each with its reason.
Park = Callable[[Mapping[str, str]], Awaitable[None]]
# A reason is in a row, and is read there by a person.
LONGEST_REASON = 500


class Parking:
    """Where a consumer's messages go that cannot be done."""

    def __init__(
        self, publisher: Publisher, acks: Acknowledgements, park: Park, queue_name: str
    ) -> None:
        self._publisher = publisher
        self._acks = acks
        self._park = park
        self._queue_name = queue_name

    async def take(self, refused: Sequence[Refused]) -> None:
        """Publish with the reasons, wait for the confirms, mark the tracks, ack."""
        if not refused:
            return
        now = datetime.now(UTC)
        left = [letter_of(one, queue=self._queue_name, at=now) for one in refused]

        async def publish() -> None:
            nonlocal left
            left = await self._publisher.dead_letters(left)
            if left:
                raise ServerAway(f"broker: {len(left)} dead letters not confirmed")

        await when_back(publish)
        await self._mark_failed(refused)
        for one in refused:
            self._tell(one)
        await self._acks.done_alone([one.message for one in refused])

    async def _mark_failed(self, refused: Sequence[Refused]) -> None:
        reasons = {
            one.request.track_id: shown(f"{one.reason}: {one.detail}")[:LONGEST_REASON]
            for one in refused
            if one.request is not None
        }
        if not reasons:
            return
        try:
            await when_back(lambda: self._park(reasons))
        except Exception:
            # the letters are safe, and say the same: no row is worth the consumer
            log.exception(
                "Tracks of dead letters could not be marked as failed",
                event_name="enrichment.consume.not_marked",
                tracks=len(reasons),
            )

    def _tell(self, refused: Refused) -> None:
        if refused.request is not None:
            source = sources.label(refused.request.source)
            metrics.TASKS.labels(source, "failed").inc()
        metrics.DEAD_LETTERS.labels(refused.reason).inc()
        metrics.MESSAGES.labels(self._queue_name, "dead_lettered").inc()
        log.warning(
            "Message dead-lettered",
            event_name="enrichment.consume.dead_lettered",
            reason=refused.reason,
            detail=shown(refused.detail),
            message_id=refused.message.properties.message_id,
        )
