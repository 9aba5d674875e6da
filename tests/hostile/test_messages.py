"""Messages that no client library would send: workers stay, good tracks end well."""

import struct

from enrichment.contract import queues
from enrichment.contract.messages import encode
from tests import pipeline
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


def test_properties_are_nothing_that_a_track_depends_on(ground):
    forged = [*UNREADABLE.values(), *READABLE.values()]
    bodies = [encode(request) for request in pipeline.requests_of(ground.tracks)]
    with amqp.client(ground.broker_url) as client:
        client.publish(zip(bodies, forged, strict=False), queues.MAIN_QUEUE)
    ground.publish_good(len(forged))
    ground.workers.start()

    ground.until_good_are_done()

    assert ground.nobody_suffered() == []


def test_forged_properties_end_no_worker(ground):
    forged = {**UNREADABLE, **READABLE}
    # the body says which it was, and cannot be read itself
    messages = [(name.encode(), given) for name, given in forged.items()]
    ground.publish_good(0, 20)
    with amqp.client(ground.broker_url) as client:
        client.publish(messages, queues.MAIN_QUEUE)
    ground.publish_good(20)
    ground.workers.start()

    ground.until_good_are_done()
    ground.until_letters(len(forged))

    letters = {body.decode(): headers for headers, body in ground.nobody_suffered()}
    reasons = {name: headers["x-error-type"] for name, headers in letters.items()}
    assert reasons == {
        **dict.fromkeys(UNREADABLE, "unreadable properties"),
        **dict.fromkeys(READABLE, "not_json"),
    }
    counts = {headers["x-delivery-count"] for headers in letters.values()}
    assert counts == {0}
