"""
The broker's stream, with deliveries read out of it; the rest goes to aiormq as it came.

aiormq reads each of the three frames of a delivery in awaited pieces, takes its
properties apart and starts a task for it: a third of all that a known track costs. Who
only wants tag and body needs neither.
"""

import asyncio
import struct
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import aiormq
from aiormq.abc import AbstractChannel
from aiormq.connection import TransportFactory
from pamqp import constants
from yarl import URL

from enrichment.contract.messages import MAX_BODY_BYTES
from enrichment.queueing.broker import properties
from enrichment.queueing.broker.properties import Properties

_HEAD = struct.Struct(">BHI")  # type, channel, size of the payload
_NUMBER = struct.Struct(">Q")
# Class and method of Basic.Deliver; class and weight are before a header's body size.
_DELIVER = struct.pack(">HH", 60, 60)
_SIZE_AT = 4
# Of Connection.Blocked, whose reason is a short string, and of Connection.Unblocked.
_BLOCKED = struct.pack(">HH", 10, 60)
_UNBLOCKED = struct.pack(">HH", 10, 61)
# Of Connection.Close, whose code and reason follow.
_CLOSE = struct.pack(">HH", 10, 50)
_CODE = struct.Struct(">H")
# Frames of our own for aiormq, which takes silence for a broken connection: it does not
# see what is read out here. Traffic counts as a heartbeat, says the protocol.
_HEARTBEAT = b"\x08\x00\x00\x00\x00\x00\x00\xce"
_HEARTBEAT_SECONDS = 1.0
_PORT = 5672
# Of a body that is larger than any track's no more is kept than shows that it is.
LONGEST_KEPT = MAX_BODY_BYTES + 1


@dataclass(slots=True, eq=False)
class Delivery:
    """
    One delivery.

    Args:
        channel: the one that it came through; its tag means nothing elsewhere.
        method, header: the payloads of its first two frames.
        body: no more of it than `LONGEST_KEPT`; `size` is that of all.
    """

    channel: AbstractChannel
    delivery_tag: int
    method: bytes
    header: bytes = b""
    body: bytes = b""
    size: int = 0

    async def ack(self, *, multiple: bool = False) -> None:
        """Acknowledge it at the broker. Raises if the channel is gone."""
        await self.channel.basic_ack(self.delivery_tag, multiple=multiple)

    @property
    def properties(self) -> Properties:
        """Its properties, read now: who only wants the body needs none."""
        return properties.read(self.header)

    @property
    def routing_key(self) -> str:
        """The key that it was published with; behind tag, number, flag, exchange."""
        at = len(_DELIVER)
        at += 1 + self.method[at] + _NUMBER.size + 1
        at += 1 + self.method[at]
        key = self.method[at + 1 : at + 1 + self.method[at]]
        return key.decode("utf-8", "backslashreplace")


Take = Callable[[Delivery], None]


@dataclass(slots=True)
class _Content:
    """A delivery whose body has not come to its end."""

    delivery: Delivery
    take: Take
    missing: int = 0


class FrameStream(asyncio.StreamReader):
    """What a socket feeds and aiormq reads; hands over deliveries as they arrive."""

    def __init__(self, loop: asyncio.AbstractEventLoop) -> None:
        super().__init__(loop=loop)
        self._clock = loop.time
        self._takers: dict[tuple[int, bytes], tuple[AbstractChannel, Take]] = {}
        self._contents: dict[int, _Content] = {}
        # the beginning of a frame whose end has not come
        self._begun = b""
        self._is_amqp = True
        self._heartbeat_at = 0.0
        # why the broker takes nothing from us now: an alarm, in its words
        self.blocked_by = ""
        # with what code and words it has ended the connection
        self.closed_with: tuple[int, str] | None = None

    def take(self, channel: AbstractChannel, consumer_tag: str, take: Take) -> None:
        """Hand over what comes for this consumer; all else is aiormq's."""
        self._takers[channel.number, consumer_tag.encode()] = (channel, take)

    def feed_data(self, data: bytes) -> None:  # type: ignore[override]  # transports give bytes
        """Read what has come, as far as it is whole frames."""
        if self._is_amqp:
            data = self._split(self._begun + data if self._begun else data)
        if data:
            super().feed_data(data)

    def _split(self, data: bytes) -> bytes:
        """Take out the deliveries; give what is aiormq's, keep what is not whole."""
        at = kept_from = 0
        others: list[bytes] = []
        while len(data) - at >= _HEAD.size:
            kind, channel, size = _HEAD.unpack_from(data, at)
            if kind > constants.FRAME_HEARTBEAT:
                # "AMQP": the broker refuses us in its own way
                self._is_amqp = False
                self._begun = b""
                return b"".join((*others, data[kept_from:]))
            start = at + _HEAD.size
            end = start + size + 1
            if end > len(data):
                break
            if self._is_taken(kind, channel, data, start, end - 1):
                others.append(data[kept_from:at])
                kept_from = end
            at = end
        others.append(data[kept_from:at])
        self._begun = data[at:]
        if kept_from and self._clock() > self._heartbeat_at:
            self._heartbeat_at = self._clock() + _HEARTBEAT_SECONDS
            others.append(_HEARTBEAT)
        return b"".join(others)

    def feed_eof(self) -> None:
        """Hand on what was begun: aiormq tells how much is missing."""
        if self._begun:
            super().feed_data(self._begun)
            self._begun = b""
        super().feed_eof()

    def _is_taken(
        self, kind: int, channel: int, data: bytes, start: int, end: int
    ) -> bool:
        """Read a frame that is part of a delivery to a taker; say whether it is one."""
        if kind == constants.FRAME_METHOD:
            if data[start : start + len(_DELIVER)] != _DELIVER:
                self._note(data, start)
                return False
            return self._begin(channel, data, start, end)
        content = self._contents.get(channel)
        if content is None:
            return False
        delivery = content.delivery
        if kind == constants.FRAME_HEADER:
            delivery.header = data[start:end]
            (delivery.size,) = _NUMBER.unpack_from(data, start + _SIZE_AT)
            content.missing = delivery.size
        else:
            room = LONGEST_KEPT - len(delivery.body)
            if room > 0:
                delivery.body += data[start : min(end, start + room)]
            content.missing -= end - start
        if content.missing <= 0:
            del self._contents[channel]
            content.take(delivery)
        return True

    def _note(self, data: bytes, start: int) -> None:
        """Keep what the broker says of the connection: aiormq keeps none of it."""
        at = start + len(_CLOSE)
        method = data[start:at]
        if method == _BLOCKED:
            self.blocked_by = _short_string(data, at)
        elif method == _UNBLOCKED:
            self.blocked_by = ""
        elif method == _CLOSE:
            (code,) = _CODE.unpack_from(data, at)
            self.closed_with = (code, _short_string(data, at + _CODE.size))

    def _begin(self, channel: int, data: bytes, start: int, end: int) -> bool:
        tag_at = start + len(_DELIVER) + 1
        tag_end = tag_at + data[tag_at - 1]
        taker = self._takers.get((channel, data[tag_at:tag_end]))
        if taker is None:
            return False
        (number,) = _NUMBER.unpack_from(data, tag_end)
        delivery = Delivery(taker[0], number, data[start:end])
        # the broker delivers again what a closed channel has left unread
        take = _drop if taker[0].is_closed else taker[1]
        self._contents[channel] = _Content(delivery, take)
        return True


def _short_string(data: bytes, at: int) -> str:
    return data[at + 1 : at + 1 + data[at]].decode("utf-8", "backslashreplace")


def _drop(_: Delivery) -> None:
    """Take a delivery that nobody waits for."""


class Streams(TransportFactory):
    """Opens connections whose stream is a `FrameStream`; `newest` is the last one."""

    def __init__(self) -> None:
        self.newest: FrameStream | None = None

    async def create(
        self,
        url: URL,
        **kwargs: Any,  # noqa: ANN401 (aiormq's own, handed on)
    ) -> tuple[asyncio.StreamReader, asyncio.StreamWriter]:
        """Connect, by TLS where the address says so."""
        provider = kwargs.pop("ssl_context_provider", None)
        tls = url.scheme == "amqps" and provider is not None
        context = await provider.get_context() if tls else None
        loop = asyncio.get_running_loop()
        stream = FrameStream(loop)
        try:
            transport, protocol = await loop.create_connection(
                lambda: asyncio.StreamReaderProtocol(stream, loop=loop),
                url.host or "",
                url.port or _PORT,
                ssl=context,
                **kwargs,
            )
        except OSError as error:
            raise aiormq.AMQPConnectionError(*error.args) from error
        self.newest = stream
        return stream, asyncio.StreamWriter(transport, protocol, stream, loop)
