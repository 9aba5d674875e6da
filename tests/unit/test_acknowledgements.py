"""Many deliveries, one frame: only what has no open delivery before it is acked."""

from aio_pika.exceptions import ChannelInvalidStateError

from enrichment.queueing.acknowledgements import Acknowledgements


class Channel:
    def __init__(self):
        self.is_closed = False
        self.acked = []


class Delivery:
    """A message as the stream gives it: who acks through a closed channel fails."""

    def __init__(self, channel, tag):
        self.channel = channel
        self.delivery_tag = tag

    async def ack(self, *, multiple=False):
        if self.channel.is_closed:
            raise ChannelInvalidStateError
        self.channel.acked.append((self.delivery_tag, multiple))


def delivered(acks, channel, count, first=1):
    messages = [Delivery(channel, first + n) for n in range(count)]
    for message in messages:
        acks.delivered(message)
    return messages


async def test_a_whole_batch_is_acked_in_one_frame():
    acks, channel = Acknowledgements(), Channel()
    messages = delivered(acks, channel, 5)

    await acks.done(messages)

    assert channel.acked == [(5, True)]


async def test_what_is_done_early_waits_for_what_came_before():
    acks, channel = Acknowledgements(), Channel()
    messages = delivered(acks, channel, 6)

    await acks.done(messages[3:])
    assert channel.acked == []

    await acks.done(messages[:2])
    assert channel.acked == [(2, True)]

    await acks.done(messages[2:3])
    assert channel.acked == [(2, True), (6, True)]


async def test_done_twice_is_acked_once():
    acks, channel = Acknowledgements(), Channel()
    messages = delivered(acks, channel, 3)

    await acks.done(messages)
    await acks.done(messages)

    assert channel.acked == [(3, True)]


async def test_deliveries_after_an_ack_begin_anew():
    acks, channel = Acknowledgements(), Channel()
    await acks.done(delivered(acks, channel, 2))

    await acks.done(delivered(acks, channel, 2, first=3))

    assert channel.acked == [(2, True), (4, True)]


async def test_a_dead_channel_is_forgotten_and_the_next_one_goes_on():
    acks, dead, alive = Acknowledgements(), Channel(), Channel()
    lost = delivered(acks, dead, 3)
    dead.is_closed = True
    again = delivered(acks, alive, 3)

    await acks.done(lost)
    await acks.done(again)

    assert dead.acked == []
    assert alive.acked == [(3, True)]
    assert not acks._open, "a forgotten channel keeps no deliveries"


async def test_a_channel_that_dies_while_acking_is_forgotten():
    acks, channel = Acknowledgements(), Channel()
    messages = delivered(acks, channel, 2)

    async def fails(*, multiple=False):
        raise ConnectionResetError

    messages[1].ack = fails

    await acks.done(messages)

    assert not acks._open


async def test_a_dead_letter_is_acked_alone_and_frees_what_waited_behind_it():
    acks, channel = Acknowledgements(), Channel()
    messages = delivered(acks, channel, 4)
    await acks.done(messages[2:3])

    await acks.done_alone([messages[1]])
    assert channel.acked == [(2, False)]

    await acks.done_alone([messages[0]])
    assert channel.acked == [(2, False), (1, False), (3, True)]


async def test_in_the_end_what_is_done_is_acked_whatever_was_left_open():
    acks, channel = Acknowledgements(), Channel()
    messages = delivered(acks, channel, 4)
    await acks.done([messages[1], messages[3]])
    assert channel.acked == []

    await acks.done_for_good()

    assert channel.acked == [(2, False), (4, False)]
