"""Properties of messages that no client library would send."""

import struct

from tests.hostile import amqp_by_hand as amqp
from tests.hostile.amqp_by_hand import entry, properties, short, table

NOT_UTF8 = b"\xff\xfe\xc3("


def header(name, kind, value):
    return properties(headers=table(entry(name, kind, value)))


def count_of(value):
    return header(b"x-delivery-count", b"S", amqp.long(value))


def nested(depth):
    return table(b"A" + nested(depth - 1)) if depth else table()


# What "cannot be read" of them is told in the letter, beside the body's own fault.
UNREADABLE = {
    "timestamp of 2^63-1": properties(timestamp=struct.pack(">Q", 2**63 - 1)),
    "timestamp of 2^64-1": properties(timestamp=struct.pack(">Q", 2**64 - 1)),
    "header of type T 2^63": header(b"sent", b"T", struct.pack(">Q", 2**63)),
    "header name": header(NOT_UTF8, b"S", amqp.long(b"x")),
    **{
        name: properties(**{name: short(NOT_UTF8)})
        for name in (
            "message_id",
            "correlation_id",
            "reply_to",
            "type",
            "content_type",
            "content_encoding",
            "app_id",
        )
    },
    "nested deeply": header(b"x", b"A", nested(40)),
}
# Odd, but there is nothing in them that cannot be read.
READABLE = {
    "no properties": properties(),
    "count abc": count_of(b"abc"),
    "count 1.5": count_of(b"1.5"),
    "count 2^70": count_of(str(2**70).encode()),
    "count of 5,000 digits": count_of(b"9" * 5000),
    "count of digits elsewhere": count_of("٣".encode()),
    "count below zero": header(b"x-delivery-count", b"l", struct.pack(">q", -5)),
    "count of bytes": count_of(NOT_UTF8),
    "priority 255": properties(priority=b"\xff"),
}
