"""A place of a call is free again once, whether it was late or has ended."""

import asyncio

from enrichment.lookup.dispatch.dispatcher import Slot


async def test_a_place_is_given_back_once():
    slots = asyncio.Semaphore(1)
    await slots.acquire()
    slot = Slot(slots)

    slot.release()
    slot.release()

    await asyncio.wait_for(slots.acquire(), 1)
    assert slots.locked()
