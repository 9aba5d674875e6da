"""Beside the questions: dead letters, files not understood, live figures."""

import asyncio
import html
import itertools
import json
import re

import pytest

from enrichment.contract import queues
from scrapers.pipelines.unread_pages import note_page
from tests.console import READER, TOKEN, browser, csrf_in, log_in, served
from tests.integration.connections import pool
from tests.review import ambiguous

__all__ = ["pool"]

FILES = "/console/files"
HOSTILE = "/sets/<script>alert(1)</script>\u202e.bin" + "x" * 10_000
BEARER = {"Authorization": f"Bearer {TOKEN}"}


async def three_letters():
    return {queues.DEAD_LETTER_QUEUE: (3, 0), queues.MAIN_QUEUE: (7, 2)}


async def broker_away():
    raise ConnectionError("amqp://user:hunter2@broker")


@pytest.fixture
async def client(pool):
    app = served(pool=pool, depths=three_letters)
    async with browser(app, follow_redirects=True) as opened:
        await opened.post("/console/login", data={"token": TOKEN})
        yield opened


async def noted(pool, key="/sets/odd.bin", content=b"\x00\x01", why="it is binary"):
    await note_page(pool, "tracklist_files", key, content, why)


async def test_the_inbox_tells_dead_letters_and_files_beside_the_questions(
    pool, client
):
    await ambiguous(pool, 1)
    await noted(pool)
    inbox = (await client.get("/console/inbox")).text
    assert "3 dead letters" in inbox
    assert "1 file not understood" in inbox
    assert "Needs a decision (1)" in inbox
    # another filter is about questions alone
    filtered = (await client.get("/console/inbox", params={"text": "title"})).text
    assert "3 dead letters" not in filtered

    async with browser(served(pool=pool, depths=broker_away)) as other:
        await log_in(other)
        inbox = await other.get("/console/inbox")
        assert inbox.status_code == 200
        assert "Title 1" in inbox.text


async def test_a_file_is_set_aside_taken_back_and_forgotten_once_it_is_read(
    pool, client
):
    await noted(pool)
    await noted(pool, HOSTILE, why="<b>\x1b[31m")
    page = (await client.get(FILES)).text
    assert "it is binary" in page
    assert "<script>alert" not in page
    assert "\x1b" not in page
    number = re.findall(r'name="file" value="(\d+)"', page)[-1]
    form = {"csrf": csrf_in(page), "file": number, "why": "a <picture>"}

    aside = await client.post(FILES, data=form)
    assert "operator" in aside.text
    assert "a &lt;picture&gt;" in aside.text
    # somebody was faster
    assert (await client.post(FILES, data=form)).status_code == 404
    # the same content stays aside; another one is another question
    await noted(pool)
    assert "1 file not understood" in (await client.get("/console/inbox")).text
    await noted(pool, content=b"\x00\x02")
    assert "2 files not understood" in (await client.get("/console/inbox")).text

    await client.post(FILES, data=form)
    back = await client.post(FILES, data=form | {"act": "back"})
    assert "Set aside</h2>" not in back.text
    await note_page(pool, "tracklist_files", "/sets/odd.bin", b"", None)
    assert "/sets/odd.bin" not in (await client.get(FILES)).text
    for wrong in ({"file": "x"}, {"file": ""}, {"why": "x" * 1001}):
        refused = await client.post(FILES, data=form | wrong)
        assert refused.status_code == 422


async def test_programs_set_files_aside_and_who_only_reads_does_not(pool):
    await noted(pool)
    async with browser(served(pool=pool)) as client:
        [one] = (await client.get("/review/files")).json()["files"]
        path = f"/review/files/{one['file_id']}/decision"
        assert one["reason"] == "it is binary"
        reads = {"Authorization": f"Bearer {READER}"}
        for headers, status in ((reads, 403), (BEARER, 200), (BEARER, 404)):
            given = {"set_aside": True, "why": "no list"}
            answer = await client.post(path, json=given, headers=headers)
            assert answer.status_code == status
        assert (await client.get("/review/files")).json() == {"files": []}
        back = await client.post(path, json={"set_aside": False}, headers=BEARER)
        assert back.json() == {"file_id": one["file_id"], "set_aside": False}


async def test_live_figures_are_on_the_page_and_come_as_events(pool):
    await ambiguous(pool, 1)
    stopping = asyncio.Event()
    app = served(pool=pool, depths=three_letters, stopping=stopping)
    async with browser(app) as client:
        assert (await client.get("/console/live/events")).status_code == 303
        await log_in(client)
        page = (await client.get("/console/live")).text
        assert ">7</td><td>2</td>" in page
        # an event, and the end: the service is told to stop
        stopping.set()
        sent = await client.get("/console/live/events")

    assert sent.headers["content-type"].startswith("text/event-stream")
    name, *lines = sent.text.rstrip().split("\n")
    assert name == "event: figures"
    assert all(line.startswith("data: ") for line in lines)
    written = re.search(r'data-point="([^"]*)"', sent.text)[1]
    point = json.loads(html.unescape(written))
    assert point["queues"][queues.MAIN_QUEUE] == 7
    assert sum(point["tracks"].values()) == 1


async def test_live_figures_end_with_the_session_and_survive_a_broker_away(pool):
    # the login, the call; after the first event half a day has gone by
    seconds = itertools.chain([0, 0], itertools.repeat(13 * 3600))
    app = served(pool=pool, clock=lambda: next(seconds), depths=broker_away)
    async with browser(app) as client:
        await log_in(client)
        sent = await client.get("/console/live/events")
    assert sent.status_code == 200
    assert sent.text == ""

    async with browser(served(pool=pool, depths=broker_away)) as client:
        await log_in(client)
        page = await client.get("/console/live")
    assert page.status_code == 200
    assert "A server is away" in page.text
    assert "hunter2" not in page.text
