"""Exports over HTTP: few at once, and none for a caller who has left."""

import asyncio

from enrichment.web.api.exports import AT_ONCE, Exports, FormatName
from tests.integration.connections import pool

__all__ = ["pool"]


async def at_call(answer, receive):
    """Return what an answer sends to a caller."""
    sent = []

    async def send(message):
        sent.append(message)

    async with asyncio.timeout(60):
        await answer({"type": "http"}, receive, send)
    return sent


async def gone():
    return {"type": "http.disconnect"}


async def stays():
    await asyncio.Event().wait()


async def test_over_http_a_caller_who_leaves_gives_his_place_back_at_once(pool):
    exports = Exports(pool)
    async with pool.acquire() as other, other.transaction():
        # no row can be counted meanwhile
        await other.execute("LOCK TABLE tracks")
        for _ in range(AT_ONCE + 1):
            answer = await exports.export(FormatName("csv"))
            assert await at_call(answer, gone) == []


async def test_over_http_one_export_more_is_told_to_come_again(pool):
    exports = Exports(pool)
    answers = [await exports.export(FormatName("csv")) for _ in range(AT_ONCE + 1)]
    async with pool.acquire() as other, other.transaction():
        await other.execute("LOCK TABLE tracks")
        at_work = [asyncio.create_task(at_call(a, stays)) for a in answers[:AT_ONCE]]
        await asyncio.sleep(0)
        start, *_ = await at_call(answers[-1], stays)
        for task in at_work:
            task.cancel()
        await asyncio.gather(*at_work, return_exceptions=True)
    assert start["status"] == 503
