"""Confirms counted, tickets answered, memory bounded."""

import asyncio

import pytest

from enrichment.contract.messages import EnrichmentRequest, Lane, decode
from enrichment.contract.queues import BACKLOG_QUEUE, MAIN_QUEUE
from scrapers.pipelines.outbox import Marking, Outbox, Outgoing, Unconfirmed
from scrapers.report import Published


def outgoing(number: int, lane: Lane = Lane.MAIN) -> Outgoing:
    return Outgoing.of(
        EnrichmentRequest(
            track_id=f"id-{number}", artist="Artist", title="Title", lane=lane
        )
    )


def sent(*numbers: int) -> Unconfirmed:
    unconfirmed = Unconfirmed()
    for number in numbers:
        unconfirmed.sent(outgoing(number))
    return unconfirmed


def names(settled) -> list[tuple[str, str]]:
    return [(message.track_id, str(outcome)) for message, outcome in settled]


def test_an_ack_of_many_settles_everything_up_to_its_tag():
    unconfirmed = sent(1, 2, 3, 4)

    settled = unconfirmed.settle(3, multiple=True, accepted=True)

    assert names(settled) == [(f"id-{n}", "confirmed") for n in (1, 2, 3)]
    assert len(unconfirmed) == 1


def test_a_single_ack_settles_only_its_own_message():
    unconfirmed = sent(1, 2, 3)

    assert names(unconfirmed.settle(2, multiple=False, accepted=True)) == [
        ("id-2", "confirmed")
    ]
    assert unconfirmed.settle(2, multiple=False, accepted=True) == []


def test_a_nack_is_a_refusal_and_not_a_confirm():
    settled = sent(1).settle(1, multiple=False, accepted=False)

    assert names(settled) == [("id-1", "refused")]


def test_a_returned_message_is_unroutable_though_the_broker_acks_it():
    unconfirmed = sent(1, 2)
    unconfirmed.returned(outgoing(1).message_id)

    settled = unconfirmed.settle(2, multiple=True, accepted=True)

    assert names(settled) == [("id-1", "unroutable"), ("id-2", "confirmed")]


def test_a_lost_channel_gives_back_the_rest_in_order_and_counts_anew():
    unconfirmed = sent(1, 2, 3)
    unconfirmed.settle(1, multiple=False, accepted=True)

    assert [message.track_id for message in unconfirmed.lost()] == ["id-2", "id-3"]
    unconfirmed.sent(outgoing(9))
    assert names(unconfirmed.settle(1, multiple=False, accepted=True)) == [
        ("id-9", "confirmed")
    ]


def test_a_message_keeps_its_id_however_often_it_is_made():
    assert outgoing(1).message_id == outgoing(1).message_id
    assert outgoing(1).message_id != outgoing(2).message_id


def test_a_message_goes_to_the_queue_of_its_lane_and_can_be_read_there():
    message = outgoing(1, Lane.BACKLOG)

    assert message.queue == BACKLOG_QUEUE
    assert decode(message.body).track_id == "id-1"
    assert outgoing(1).queue == MAIN_QUEUE


async def test_a_ticket_is_done_when_all_its_messages_are_answered():
    outbox = Outbox(10)
    ticket, taken, _ = outbox.take([outgoing(1), outgoing(2)])

    outbox.answered(taken[0].message_id)
    assert not ticket.done.is_set()
    outbox.answered(taken[1].message_id)

    assert ticket.done.is_set()
    assert outbox.empty.is_set()


async def test_what_memory_has_no_room_for_is_left_to_the_rows():
    outbox = Outbox(2)

    _, taken, left = outbox.take(map(outgoing, range(5)))

    assert [len(taken), len(left), len(outbox)] == [2, 3, 2]


async def test_who_was_told_to_be_late_is_not_told_again():
    outbox = Outbox(10)
    told, _, _ = outbox.take([outgoing(1), outgoing(2)])
    told.is_late = True
    outbox.take([outgoing(3), outgoing(4)])
    outbox.answered(outgoing(4).message_id)

    assert outbox.untold() == {outgoing(3).queue: 1}


async def test_a_message_under_way_is_not_taken_twice():
    outbox = Outbox(10)
    outbox.take([outgoing(1)])

    ticket, taken, left = outbox.take([outgoing(1)])

    assert (taken, left) == ([], [])
    assert ticket.done.is_set()


async def test_confirmed_tracks_are_marked_in_batches_and_the_rest_at_the_end():
    batches: list[list[str]] = []
    writing, may_go_on = asyncio.Event(), asyncio.Event()

    async def mark(track_ids):
        batches.append(sorted(track_ids))
        writing.set()
        await may_go_on.wait()

    marking = Marking(mark)
    marking.add(["a"])
    await writing.wait()
    marking.add(["b"])
    marking.add(["c"])
    may_go_on.set()
    await marking.close()

    assert batches[0] == ["a"]
    assert {track for batch in batches for track in batch} == {"a", "b", "c"}


async def test_a_failing_database_does_not_break_the_end_of_a_crawl(caplog):
    async def mark(_):
        raise OSError("away")

    marking = Marking(mark)
    marking.add(["a"])
    await marking.close()

    assert "not marked" in caplog.text


@pytest.mark.parametrize("outcome", list(Published))
def test_every_outcome_has_a_name_for_metrics(outcome):
    assert outcome == str(outcome).lower()
