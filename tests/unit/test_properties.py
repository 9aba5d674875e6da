"""Properties of any bytes are read as far as they can be, and never raise."""

import struct
from datetime import UTC, datetime

import pytest
from hypothesis import given
from hypothesis import strategies as st
from pamqp import frame
from pamqp.commands import Basic
from pamqp.header import ContentHeader

from enrichment.queueing.broker.properties import Properties, read
from tests.hostile import amqp_by_hand as amqp

AT = datetime(2026, 1, 2, 3, 4, 5, tzinfo=UTC)
HEADERS = {
    "text": "ä",
    "number": 2**40,
    "yes": True,
    "nothing": None,
    "half": 0.5,
    "when": AT,
    "x-death": [{"reason": "rejected", "count": 3, "time": AT}],
}
# Class, weight and body size, and then the flags.
SHORTEST = 14
CUT_OFF = Properties(faults=("properties: cut off",))
PLACES = {
    *("properties", "flags"),
    *("content_type", "content_encoding", "headers", "correlation_id", "reply_to"),
    *("expiration", "message_id", "timestamp", "type", "user_id", "app_id"),
    "cluster_id",
}


def payload(properties: bytes, size: int = 0) -> bytes:
    return struct.pack(">HHQ", 60, 0, size) + properties


def test_what_client_libraries_send_is_read_as_they_mean_it():
    sent = Basic.Properties(
        content_type="application/json",
        headers=HEADERS,
        delivery_mode=2,
        priority=7,
        correlation_id="c",
        reply_to="r",
        expiration="1000",
        message_id="m",
        timestamp=AT,
        message_type="t",
        app_id="a",
    )
    marshalled = frame.marshal(ContentHeader(properties=sent), 1)[7:-1]

    assert read(marshalled) == Properties(
        content_type="application/json",
        headers=HEADERS,
        priority=7,
        correlation_id="c",
        message_id="m",
        timestamp=AT,
    )


@pytest.mark.parametrize(
    ("sent", "fault"),
    [
        (
            {"timestamp": struct.pack(">Q", 2**64 - 1)},
            f"timestamp: {2**64 - 1} is no time",
        ),
        ({"message_id": amqp.short(b"\xff")}, "message_id: not UTF-8"),
        ({"headers": struct.pack(">I", 9000)}, "properties: cut off"),
        (
            {"headers": amqp.table(amqp.entry(b"x", b"?", b"\0"))},
            "headers: b'?' is no type of a value",
        ),
        (
            {"headers": amqp.table(amqp.entry(b"x", b"S", b"\xff\xff\xff\xff"))},
            "headers: cut off",
        ),
    ],
)
def test_what_cannot_be_read_is_named(sent, fault):
    assert read(payload(amqp.properties(**sent))).faults == (fault,)


def test_what_stands_before_and_behind_it_is_read():
    sent = amqp.properties(
        content_type=amqp.short(b"text/plain"),
        headers=amqp.table(
            amqp.entry(b"a", b"b", b"\1"),
            amqp.entry(b"\xff", b"b", b"\2"),
            amqp.entry(b"c", b"b", b"\3"),
        ),
        correlation_id=amqp.short(b"\xff"),
        message_id=amqp.short(b"m"),
    )

    told = read(payload(sent))

    assert told.headers == {"a": 1, "c": 3}
    assert (told.content_type, told.message_id) == ("text/plain", "m")
    assert told.correlation_id is None
    assert len(told.faults) == 2


@given(st.binary(max_size=300))
def test_no_bytes_raise(sent):
    for header in (sent, payload(sent)):
        told = read(header)

        # of each fault it is told where it lies
        assert {fault.split()[0].rstrip(":") for fault in told.faults} <= PLACES
        assert len(header) >= SHORTEST or told == CUT_OFF


@given(st.binary(max_size=300))
def test_no_table_raises(sent):
    told = read(
        payload(
            amqp.properties(headers=amqp.long(sent), message_id=amqp.short(b"behind"))
        )
    )

    assert told.message_id == "behind"
    assert {fault.split()[0].rstrip(":") for fault in told.faults} <= {"headers"}
    assert told.headers or told.faults or not sent
