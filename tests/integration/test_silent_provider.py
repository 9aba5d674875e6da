"""A provider that does not answer, or not whole, costs its own calls only."""

import asyncio
import json
from contextlib import AsyncExitStack, asynccontextmanager

import pytest

from benchmarks import servers
from enrichment.app import settings
from enrichment.app.wiring import open_path
from enrichment.contract.messages import Lane
from enrichment.lookup.bench.blocked import UNREACHABLE
from enrichment.model import Absent, Benched, Failed, ProviderName, Question
from enrichment.providers.http.sender import READ_SECONDS
from tests.integration.connections import pool

__all__ = ["pool"]

MUSICBRAINZ = ProviderName("musicbrainz")
QUESTIONS = [
    Question(MUSICBRAINZ, "search", f"a:{n}", artist=f"A{n}", title=f"T{n}")
    for n in range(3)
]
NOTHING = json.dumps({"count": 0, "offset": 0, "recordings": []}).encode()


HEAD = (
    "HTTP/1.1 200 OK\r\nContent-Type: application/json\r\nConnection: close\r\n"
    "Content-Length: {}\r\n\r\n"
)
WHOLE = HEAD.format(len(NOTHING)).encode() + NOTHING
NOT_WHOLE = (b"", WHOLE[:40], WHOLE[:-1])
SENSELESS = HEAD.format(4).encode() + b"\x00\xff{]"


class Provider:
    """Takes every request at once, and answers in turn, when it is told to."""

    def __init__(self, *answers):
        self.requests = 0
        self.may_answer = asyncio.Event()
        self._answers = list(answers)

    @asynccontextmanager
    async def listening(self):
        server = await asyncio.start_server(self._serve, "127.0.0.1", 0)
        async with server:
            port = server.sockets[0].getsockname()[1]
            yield f"http://127.0.0.1:{port}"

    async def _serve(self, reader, writer):
        await reader.readuntil(b"\r\n\r\n")
        self.requests += 1
        await self.may_answer.wait()
        writer.write(self._answers.pop(0))
        await writer.drain()
        writer.close()


@asynccontextmanager
async def a_worker(url, pool, redis_client):
    given = settings.load({**servers.SETTINGS, "MUSICBRAINZ_BASE_URL": url})
    async with AsyncExitStack() as stack:
        parts, loops = await open_path(given, stack, pool, redis_client, Lane.MAIN)
        running = [asyncio.create_task(loop) for loop in loops.values()]
        yield parts.lookup
        for task in running:
            task.cancel()
        await asyncio.gather(*running, return_exceptions=True)


async def test_a_silent_call_is_waited_for_beside_the_work_and_its_answer_is_kept(
    pool, redis_client
):
    provider = Provider(WHOLE)
    async with (
        provider.listening() as url,
        a_worker(url, pool, redis_client) as lookup,
    ):
        # before the call has ended
        replies = await asyncio.wait_for(lookup.look_up(QUESTIONS), READ_SECONDS - 5)
        assert provider.requests == 1
        assert not provider.may_answer.is_set()
        answers = [reply.answer for reply in replies.values()]
        assert all(isinstance(answer, Benched) for answer in answers)
        assert {answer.reason for answer in answers} == {UNREACHABLE}

        provider.may_answer.set()
        again = await asyncio.wait_for(lookup.look_up(QUESTIONS), 10)

    assert all(isinstance(reply.answer, Absent) for reply in again.values())
    assert provider.requests == 1


@pytest.mark.parametrize("senseless", [(), (SENSELESS,)], ids=["cut", "senseless"])
async def test_nothing_is_stored_of_an_answer_that_was_not_read_whole(
    pool, redis_client, senseless
):
    provider = Provider(*(senseless or NOT_WHOLE), WHOLE)
    provider.may_answer.set()
    async with (
        provider.listening() as url,
        a_worker(url, pool, redis_client) as lookup,
    ):
        replies = await asyncio.wait_for(lookup.look_up(QUESTIONS[:1]), 30)
        asked = provider.requests
        kept = await pool.fetchval("SELECT count(*) FROM provider_answers")
        again = await asyncio.wait_for(lookup.look_up(QUESTIONS[:1]), 30)

    assert isinstance(replies[QUESTIONS[0]].answer, Failed)
    assert kept == 0
    assert isinstance(again[QUESTIONS[0]].answer, Absent)
    assert provider.requests == asked + 1
