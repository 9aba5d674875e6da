"""Frames made in bulk say what frames made one by one would say."""

from pamqp import frame
from pamqp.body import ContentBody
from pamqp.commands import Basic
from pamqp.header import ContentHeader

from enrichment.contract.messages import Lane, decode
from enrichment.queueing.broker import frames
from tests import factories

CHANNEL = 7


def marshalled(*requests, body_frame=131064):
    pairs = [(request, request.message_id) for request in requests]
    return frames.marshal(pairs, CHANNEL, body_frame)


def read(sent):
    """All frames of some bytes, as the broker's end would read them."""
    found = []
    while sent:
        used, channel, one = frame.unmarshal(sent)
        assert channel == CHANNEL
        found.append(one)
        sent = sent[used:]
    return found


def test_a_message_is_a_mandatory_publish_a_header_and_its_body():
    request = factories.request(
        3, lane=Lane.REENRICHMENT, priority=0, correlation_id="crawl-9"
    )

    publish, header, body = read(marshalled(request))

    assert isinstance(publish, Basic.Publish)
    assert (publish.exchange, publish.routing_key) == (
        "",
        "metadata_reenrichment_queue",
    )
    assert publish.mandatory
    assert isinstance(header, ContentHeader)
    assert header.body_size == len(body.value)
    properties = header.properties
    assert properties.message_id == request.message_id
    assert properties.correlation_id == "crawl-9"
    assert (properties.priority, properties.delivery_mode) == (0, 2)
    assert properties.content_type == "application/json"
    assert properties.headers == {"x-schema-version": 1}
    assert decode(body.value) == request


def test_messages_of_several_kinds_keep_their_order_and_their_own_facts():
    requests = [
        factories.request(
            n,
            lane=lane,
            priority=n % 11,
            correlation_id="é" * n or None,
            artist="ø" * 9,
        )
        for n, lane in enumerate([*Lane] * 20)
    ]

    found = read(marshalled(*requests))

    assert [type(one) for one in found] == [
        Basic.Publish,
        ContentHeader,
        ContentBody,
    ] * len(requests)
    assert [decode(one.value) for one in found[2::3]] == requests
    ids = [one.properties.message_id for one in found[1::3]]
    assert ids == [request.message_id for request in requests]
    assert [one.properties.correlation_id for one in found[1::3]] == [
        request.correlation_id for request in requests
    ]


def test_a_body_longer_than_a_frame_is_told_in_several():
    request = factories.request(title="T" * 1000)

    _, header, *pieces = read(marshalled(request, body_frame=300))

    assert [len(piece.value) for piece in pieces[:-1]] == [300] * (len(pieces) - 1)
    body = b"".join(piece.value for piece in pieces)
    assert header.body_size == len(body)
    assert decode(body) == request


def test_no_messages_are_no_bytes():
    assert marshalled() == b""
