"""What is read out of the stream is what aiormq would have read; the rest is its."""

import asyncio
import struct
from importlib.metadata import version
from types import SimpleNamespace

import pytest
from pamqp import constants, frame
from pamqp.body import ContentBody
from pamqp.commands import Basic, Queue
from pamqp.exceptions import UnmarshalingException
from pamqp.header import ContentHeader
from pamqp.heartbeat import Heartbeat

from enrichment.queueing import raw_deliveries
from enrichment.queueing.broker.frame_stream import LONGEST_KEPT, Delivery, FrameStream
from tests.hostile.forged import UNREADABLE

CHANNEL, TAG = 3, "worker-tag"
HEARTBEAT = frame.marshal(Heartbeat(), 0)
OTHER = frame.marshal(Queue.DeclareOk("q", 1, 0), CHANNEL)


def delivered(number, body=b"{}", *, tag=TAG, channel=CHANNEL, body_frame=4096):
    """The frames of one delivery, as a broker sends them."""
    properties = Basic.Properties(message_id=f"m{number}", headers={"x": number})
    parts = [
        frame.marshal(
            Basic.Deliver(tag, number, number % 2 == 1, "exchange", "queue"), channel
        ),
        frame.marshal(
            ContentHeader(body_size=len(body), properties=properties), channel
        ),
    ]
    pieces = (body[n : n + body_frame] for n in range(0, len(body), body_frame))
    parts += [frame.marshal(ContentBody(piece), channel) for piece in pieces]
    return b"".join(parts)


class Reading:
    """A stream with one consumer, and what came out of it on either side."""

    def __init__(self) -> None:
        self.loop = asyncio.new_event_loop()
        self.stream = FrameStream(self.loop)
        self.channel = SimpleNamespace(number=CHANNEL, is_closed=False)
        self.taken: list[Delivery] = []
        self.stream.take(self.channel, TAG, self.taken.append)

    def feed(self, sent: bytes, size: int = 0) -> None:
        size = size or len(sent) or 1
        for start in range(0, len(sent), size):
            self.stream.feed_data(sent[start : start + size])

    def passed(self) -> bytes:
        self.stream.feed_eof()
        rest = self.loop.run_until_complete(self.stream.read())
        # one of ours may stand in for what was taken
        return rest.replace(HEARTBEAT, b"")


@pytest.fixture
def reading():
    reading = Reading()
    yield reading
    reading.loop.close()


@pytest.mark.parametrize("size", [1, 2, 3, 7, 8, 9, 50, 131, 10_000])
def test_deliveries_come_whole_and_in_order_however_the_stream_is_cut(reading, size):
    bodies = [b'{"n":%d}' % n for n in range(40)]
    sent = OTHER.join(delivered(n, body) for n, body in enumerate(bodies))

    reading.feed(sent, size)

    assert [d.body for d in reading.taken] == bodies
    assert [d.delivery_tag for d in reading.taken] == [*range(40)]
    assert reading.passed() == OTHER * 39


def test_a_body_of_several_frames_and_one_of_none_are_read(reading):
    large = bytes(range(256)) * 40

    reading.feed(delivered(1, large, body_frame=1000) + delivered(2, b""))

    assert [d.body for d in reading.taken] == [large, b""]


def test_a_delivery_tells_its_properties_and_the_key_it_was_published_with(reading):
    reading.feed(delivered(7, b"body"))

    (delivery,) = reading.taken
    assert (delivery.body, delivery.size) == (b"body", 4)
    assert delivery.properties.message_id == "m7"
    assert delivery.properties.headers == {"x": 7}
    assert delivery.properties.faults == ()
    assert delivery.routing_key == "queue"


@pytest.mark.parametrize("size", [LONGEST_KEPT, LONGEST_KEPT + 1, 10 * 2**20])
def test_of_a_large_body_no_more_is_kept_than_shows_that_it_is_large(reading, size):
    body = b"x" * (size - 1) + b"y"

    reading.feed(delivered(1, body, body_frame=131_064) + delivered(2), 65_536)

    large, after = reading.taken
    assert (large.body, large.size) == (body[:LONGEST_KEPT], size)
    assert after.body == b"{}"


def test_what_is_not_for_the_consumer_is_handed_on_unchanged(reading):
    others = [
        delivered(1, b"other consumer", tag="another"),
        delivered(2, b"other channel", channel=CHANNEL + 1),
        frame.marshal(Basic.Cancel(TAG, nowait=True), CHANNEL),
        frame.marshal(Basic.Return(312, "NO_ROUTE", "", "q"), CHANNEL)
        + frame.marshal(ContentHeader(body_size=2), CHANNEL)
        + frame.marshal(ContentBody(b"{}"), CHANNEL),
    ]

    reading.feed(delivered(8).join([b"", *others, b""]), 11)

    assert reading.passed() == b"".join(others)
    assert len(reading.taken) == 5


def test_a_closed_channel_s_deliveries_are_nobody_s(reading):
    reading.channel.is_closed = True

    reading.feed(delivered(1) + OTHER)

    assert reading.passed() == OTHER
    assert reading.taken == []


def test_deliveries_count_as_a_heartbeat_for_who_does_not_see_them(reading):
    reading.feed(delivered(1) + delivered(2))
    reading.stream.feed_eof()

    assert reading.loop.run_until_complete(reading.stream.read()) == HEARTBEAT


def test_the_answer_of_a_broker_of_another_version_is_handed_on(reading):
    reading.feed(b"AMQP\x00\x01\x00\x00", 3)

    assert reading.passed() == b"AMQP\x00\x01\x00\x00"


def test_a_connection_that_ends_within_a_frame_hands_on_what_there_is(reading):
    reading.feed(OTHER + OTHER[:9])

    assert reading.passed() == OTHER + OTHER[:9]


def test_frame_kinds_are_as_the_protocol_numbers_them():
    assert constants.FRAME_HEARTBEAT == 8, "larger numbers are no frames of AMQP 0-9-1"


# The library reads this one, and it is not asked to.
BREAKING = {name: given for name, given in UNREADABLE.items() if "nested" not in name}


@pytest.mark.parametrize("given", BREAKING.values(), ids=[*BREAKING])
def test_the_library_still_breaks_the_connection_at_forged_properties(given):
    """When it does not any more, `raw_deliveries` and `frame_stream` can go."""
    payload = struct.pack(">HHQ", 60, 0, 2) + given
    sent = struct.pack(">BHI", constants.FRAME_HEADER, CHANNEL, len(payload))

    with pytest.raises(UnmarshalingException):
        frame.unmarshal(sent + payload + b"\xce")


@pytest.mark.parametrize("library", ["aiormq", "pamqp"])
def test_the_seam_names_the_version_that_it_was_written_for(library):
    assert f"{library} {version(library)}" in raw_deliveries.__doc__
