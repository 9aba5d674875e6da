"""Messages that no client library would send: workers stay, good tracks end well."""

from enrichment.contract import queues
from enrichment.contract.messages import encode
from tests import pipeline
from tests.hostile import amqp_by_hand as amqp
from tests.hostile.forged import READABLE, UNREADABLE


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
