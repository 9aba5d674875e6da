"""Dead letters by the pages: dry run first, then what was confirmed and no more."""

import pytest

from enrichment.queueing.dead_letters.box import Replayed, Seen
from enrichment.queueing.dead_letters.letters import Letter
from enrichment.queueing.dead_letters.looking import BoxBusy
from enrichment.web.console.dead_letters import MOST_AT_ONCE, Box
from tests.console import READER, browser, csrf_in, log_in, served

PATH = "/console/dead-letters"


def letter(number, reason="provider", track="Artist - <b>Title</b>"):
    return Letter(
        number=number,
        reason=reason,
        detail="said \x1b[31mno",
        queue="metadata_enrichment_queue",
        failed_at="2026-11-29T10:00:00+00:00",
        first_queued_at="",
        attempts=3,
        message_id=f"m{number}",
        track=track,
        body=b'{"artist": "<script>alert(1)</script>"}',
        size=39,
        headers={},
        weight=100,
    )


class Letters:
    """Letters as the box keeps them."""

    def __init__(self, *letters):
        self.there = list(letters)
        self.looks, self.paces = [], []
        self.is_busy = False

    def matching(self, wanted):
        return [one for one in self.there if wanted.matches(one)]

    async def look(self, _, wanted):
        if self.is_busy:
            raise BoxBusy("dead letters: others are looking, try again")
        self.looks.append(wanted)
        found = self.matching(wanted)
        return Seen(tuple(found[: wanted.limit]), len(found), len(self.there), True)

    async def replay(self, wanted, per_second):
        self.paces.append(per_second)
        return Replayed(await self.purge(wanted, lambda _: None), 0)

    async def purge(self, wanted, told):
        gone = self.matching(wanted)[: wanted.limit]
        for one in gone:
            told(one)
            self.there.remove(one)
        return len(gone)

    @property
    def box(self):
        return Box(self.look, self.replay, self.purge)


@pytest.fixture
def letters():
    return Letters(letter(1), letter(2, "invalid", ""), letter(3))


@pytest.fixture
async def client(letters):
    async with browser(served(box=letters.box)) as opened:
        await log_in(opened)
        yield opened


async def sent(client, step, **form):
    page = (await client.get(PATH)).text
    return await client.post(f"{PATH}/{step}", data={"csrf": csrf_in(page), **form})


async def test_letters_are_listed_filtered_and_text(client, letters):
    page = await client.get(PATH)
    assert "3 match." in page.text
    assert "2 <bdi>provider</bdi>" in page.text
    assert "<b>Title" not in page.text
    assert "<script>alert" not in page.text
    assert "said \\x1b[31mno" in page.text
    assert "unreadable" in page.text

    found = await client.get(
        PATH, params={"reason": "invalid", "queue": "", "text": ""}
    )
    assert "1 match." in found.text
    assert (letters.looks[-1].reason, letters.looks[-1].queue) == ("invalid", None)
    long = await client.get(PATH, params={"text": "x" * 501})
    assert long.status_code == 422


async def test_a_dry_run_does_nothing_and_what_was_confirmed_is_done(client, letters):
    asked = await sent(client, "ask", act="replay", reason="provider", per_second="10")
    assert "Replay 2 dead letters" in asked.text
    assert 'name="count" value="2"' in asked.text
    assert len(letters.there) == 3

    letters.there.append(letter(4))
    done = await sent(
        client, "do", act="replay", reason="provider", per_second="10", count="2"
    )
    assert "2 letters replayed" in done.text
    assert letters.paces == [10]
    # what came after the dry run stays
    assert [one.number for one in letters.there] == [2, 4]


async def test_purging_asks_first_and_then_removes(client, letters):
    asked = await sent(client, "ask", act="purge")
    assert "cannot be undone" in asked.text
    assert len(letters.there) == 3

    done = await sent(client, "do", act="purge", count="3")
    assert "3 letters purged" in done.text
    assert letters.there == []


@pytest.mark.parametrize(
    "form",
    [
        {"act": "burn", "count": "1"},
        {"act": "purge"},
        {"act": "purge", "count": "0"},
        {"act": "purge", "count": "-1"},
        {"act": "replay", "count": "1", "per_second": "0"},
        {"act": "replay", "count": "1", "per_second": "100000"},
    ],
)
async def test_what_was_not_confirmed_is_not_done(client, letters, form):
    assert (await sent(client, "do", **form)).status_code == 422
    assert len(letters.there) == 3


async def test_a_page_does_no_more_than_it_can_wait_for(client, letters):
    await sent(client, "ask", act="replay", per_second="1")
    assert letters.looks[-1].limit == 20
    await sent(client, "ask", act="purge")
    assert letters.looks[-1].limit == MOST_AT_ONCE


async def test_who_only_reads_sees_letters_and_does_nothing(letters):
    async with browser(served(box=letters.box)) as client:
        await log_in(client, READER)
        page = (await client.get(PATH)).text
        assert "alert(1)" in page
        assert "Purge" not in page
        form = {"csrf": csrf_in(page), "act": "purge", "count": "3"}
        assert (await client.post(f"{PATH}/do", data=form)).status_code == 403
    assert len(letters.there) == 3


async def test_without_a_login_bodies_are_left_out(letters):
    async with browser(served(box=letters.box, is_open=True)) as client:
        page = (await client.get(PATH)).text
        assert "log in to see it" in page
        assert "alert(1)" not in page


async def test_a_busy_box_is_told(client, letters):
    letters.is_busy = True
    answer = await client.get(PATH)
    assert answer.status_code == 503
    assert "others are looking, try again" in answer.text
