"""
Requests as AMQP frames, many in one piece of bytes.

pamqp marshals what equal kinds of messages have in common once; body, size and message
id are filled in. Marshalling each message again costs 50 µs of it, filling in 2.
"""

import struct
from collections.abc import Iterable, Iterator
from datetime import UTC, datetime

from pamqp import constants, frame
from pamqp.commands import Basic
from pamqp.header import ContentHeader

from enrichment.contract import queues
from enrichment.contract.messages import SCHEMA_VERSION, EnrichmentRequest, encode
from enrichment.queueing.dead_letters.headers import DeadLetter

_PERSISTENT = 2
# Stands for a message id while marshalling: as long, and like nothing else there.
_ANY_ID = "\x00" * 36
_FRAME_HEAD = struct.Struct(">BHI")  # type, channel, size
_BODY_SIZE = struct.Struct(">Q")
# In a header's frame: the frame's head, class and weight are before the size.
_SIZE_AT = _FRAME_HEAD.size + 4


def marshal(
    requests: Iterable[tuple[EnrichmentRequest, str]], channel: int, body_frame: int
) -> bytes:
    """
    Return all frames of mandatory messages to the lanes' queues, in order.

    Args:
        requests: each with its message id.
        channel: the number of the channel.
        body_frame: how many bytes of a body a frame holds at most.
    """
    sent_at = datetime.now(UTC)
    envelopes: dict[tuple[str, int, str | None], tuple[bytes, bytes, bytes]] = {}
    parts: list[bytes] = []
    for request, message_id in requests:
        kind = (request.lane, request.priority, request.correlation_id)
        if kind not in envelopes:
            envelopes[kind] = _envelope(request, channel, sent_at)
        before_size, before_id, after_id = envelopes[kind]
        body = encode(request)
        size = _BODY_SIZE.pack(len(body))
        parts += (before_size, size, before_id, message_id.encode(), after_id)
        parts += _body_frames(body, channel, body_frame)
    return b"".join(parts)


def marshal_letters(
    letters: Iterable[DeadLetter], channel: int, body_frame: int
) -> bytes:
    """Return all frames of mandatory messages to the dead-letter exchange, in order."""
    publish = frame.marshal(
        Basic.Publish(
            exchange=queues.DEAD_LETTER_EXCHANGE,
            routing_key=queues.DEAD_LETTER_KEY,
            mandatory=True,
        ),
        channel,
    )
    at = datetime.now(UTC)
    parts: list[bytes] = []
    for letter in letters:
        properties = Basic.Properties(
            content_type="application/json",
            headers=dict(letter.headers),
            delivery_mode=_PERSISTENT,
            message_id=letter.message_id,
            timestamp=at,
        )
        header = ContentHeader(body_size=len(letter.body), properties=properties)
        parts += (publish, frame.marshal(header, channel))
        parts += _body_frames(letter.body, channel, body_frame)
    return b"".join(parts)


def _body_frames(body: bytes, channel: int, longest: int) -> Iterator[bytes]:
    for start in range(0, len(body), longest):
        piece = body[start : start + longest]
        yield _FRAME_HEAD.pack(constants.FRAME_BODY, channel, len(piece))
        yield piece
        yield constants.FRAME_END_CHAR


def _envelope(
    request: EnrichmentRequest, channel: int, sent_at: datetime
) -> tuple[bytes, bytes, bytes]:
    """Marshal the frames before the body, with the properties users know."""
    publish = Basic.Publish(
        routing_key=queues.QUEUES[request.lane].name, mandatory=True
    )
    properties = Basic.Properties(
        content_type="application/json",
        headers={"x-schema-version": SCHEMA_VERSION},
        delivery_mode=_PERSISTENT,
        priority=request.priority,
        correlation_id=request.correlation_id,
        message_id=_ANY_ID,
        timestamp=sent_at,
    )
    header = frame.marshal(ContentHeader(properties=properties), channel)
    before_id, after_id = header.split(_ANY_ID.encode())
    return (
        frame.marshal(publish, channel) + before_id[:_SIZE_AT],
        before_id[_SIZE_AT + _BODY_SIZE.size :],
        after_id,
    )
