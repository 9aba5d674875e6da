"""Servers that answer bytes of any kind: each costs its own call and nothing else."""

import asyncio
import gzip
import itertools
import tracemalloc
from contextlib import asynccontextmanager, suppress

import pytest

from enrichment.errors import Transient, Unreachable
from enrichment.model import Absent, ProviderName, Question
from enrichment.providers import HttpRequest, Reading
from enrichment.providers.decoding import json_object
from enrichment.providers.http.bodies import MAX_BODY_BYTES
from enrichment.providers.http.sender import HttpSender
from tests.hostile import provider_answers
from tests.hostile.provider_answers import ANSWERS, GOOD, NOISE, answered

QUESTION = Question(ProviderName("lastfm"), "track", key="a:b", artist="a", title="b")


class Json:
    """A provider whose every JSON object is an absence."""

    name = ProviderName("lastfm")

    def __init__(self, url):
        self._url = url

    def request(self, _questions):
        return HttpRequest("GET", self._url)

    def read(self, questions, response):
        json_object(response)
        return Reading({question: Absent() for question in questions})


class Calls(list):
    def called(self, report):
        self.append(report)


@asynccontextmanager
async def answering(*answers):
    """Give a client, a provider that answers so in turn, what came, and reports."""
    came, left, served = [], itertools.cycle(answers), []

    async def serve(reader, writer):
        served.append(asyncio.current_task())
        try:
            while head := await reader.readuntil(b"\r\n\r\n"):
                came.append(head)
                writer.write(answer := next(left))
                await writer.drain()
                if not answer.endswith(GOOD):
                    break
        except (asyncio.IncompleteReadError, OSError):
            pass
        finally:
            writer.close()
            with suppress(OSError):
                await writer.wait_closed()

    calls = Calls()
    async with await asyncio.start_server(serve, "127.0.0.1", 0) as server:
        port = server.sockets[0].getsockname()[1]
        async with HttpSender(calls, retries=0) as sender:
            yield sender, Json(f"http://127.0.0.1:{port}/"), came, calls
        await asyncio.gather(*served)


@pytest.mark.parametrize("answer", ANSWERS.values(), ids=ANSWERS.keys())
async def test_an_answer_that_is_none_costs_its_own_call(answer):
    async with answering(answer, answered(GOOD)) as (sender, provider, came, calls):
        with pytest.raises(Transient):
            await sender.ask(provider, [QUESTION])
        reading = await sender.ask(provider, [QUESTION])

    assert reading.answers == {QUESTION: Absent()}
    assert len(came) == 2
    assert [call.status for call in calls] == ["error", "success"]


async def test_silence_is_told_from_bytes_that_are_no_answer():
    async with answering(b"") as (sender, provider, *_):
        with pytest.raises(Unreachable):
            await sender.ask(provider, [QUESTION])
    async with answering(answered(NOISE)) as (sender, provider, *_):
        with pytest.raises(Transient) as raised:
            await sender.ask(provider, [QUESTION])
    assert not isinstance(raised.value, Unreachable)


@pytest.fixture(scope="module")
def bombs():
    return provider_answers.bombs()


@pytest.mark.parametrize("encoding", [b"gzip", b"gzip, gzip", b"zstd"])
async def test_a_bomb_expands_no_further_than_a_body_may(encoding, bombs):
    async with answering(bombs[encoding]) as (sender, provider, *_):
        tracemalloc.start()
        try:
            with pytest.raises(Transient):
                await sender.ask(provider, [QUESTION])
            _, most = tracemalloc.get_traced_memory()
        finally:
            tracemalloc.stop()

    assert most < 4 * MAX_BODY_BYTES


async def test_gzip_is_offered_alone_and_read():
    answer = answered(gzip.compress(GOOD), b"Content-Encoding: gzip")
    async with answering(answer) as (sender, provider, came, _):
        reading = await sender.ask(provider, [QUESTION])

    assert reading.answers == {QUESTION: Absent()}
    assert b"accept-encoding: gzip\r\n" in came[0].lower()


async def test_a_cookie_is_never_kept_nor_sent_back():
    answer = answered(GOOD, b"Set-Cookie: tracked=1; Path=/; Max-Age=9999")
    async with answering(answer) as (sender, provider, came, _):
        for _ in range(2):
            await sender.ask(provider, [QUESTION])

    assert len(came) == 2
    assert not any(b"cookie" in head.lower() for head in came)
