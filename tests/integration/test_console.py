"""Deciding by the pages, as a person without JavaScript does."""

import re

import pytest

from enrichment.model import Outcome
from tests import factories
from tests.console import READER, TOKEN, browser, csrf_in, log_in, served
from tests.integration.connections import pool
from tests.review import ambiguous, listed, state

__all__ = ["pool"]

TRACK = factories.track_id(1)
INBOX = "/console/inbox"


@pytest.fixture
async def client(pool):
    async with browser(served(pool=pool), follow_redirects=True) as opened:
        await opened.post("/console/login", data={"token": TOKEN})
        yield opened


def first_link(page):
    return re.search(r'href="(/console/questions/\d+[^"]*)"', page)[1].replace(
        "&amp;", "&"
    )


def hidden(page, name):
    return re.search(rf'name="{name}" value="([^"]*)"', page)[1]


def form_in(page, **given):
    """The hidden fields of the page's form, and what a person adds."""
    found = {"csrf": csrf_in(page)}
    for name in ("seen", "place"):
        if f'name="{name}"' in page:
            found[name] = hidden(page, name)
    return found | given


async def opened(client, path=INBOX):
    """The first question of the list, and where its form is sent to."""
    link = first_link((await client.get(path)).text)
    page = (await client.get(link)).text
    path, mark, query = link.partition("?")
    return page, f"{path}/decision{mark}{query}"


async def test_the_most_played_comes_first_is_decided_and_undone(pool, client):
    await ambiguous(pool, 1)
    await ambiguous(pool, 2)
    await listed(pool, factories.track_id(2), TRACK, TRACK)
    before = await state(pool, TRACK)
    inbox = (await client.get(INBOX)).text
    assert inbox.index("Title 1") < inbox.index("Title 2")
    assert "Needs a decision (2)" in inbox
    assert "applies to 2 rows in 1 set" in inbox

    page, action = await opened(client)
    done = await client.post(action, data=form_in(page, take="sp1b", why="longer"))

    # the next question is there, and a way back
    assert done.url.path.startswith("/console/questions/")
    assert "Title 2" in done.text
    assert "Decided." in done.text
    assert (await state(pool, TRACK))["spotify_id"] == "sp1b"
    told = (await client.get("/console/decisions")).text
    assert "operator" in told
    assert "longer" in told

    undo = {"csrf": csrf_in(done.text), "act": hidden(done.text, "act")}
    back = await client.post("/console/undo", data=undo)
    assert back.url.path == INBOX
    assert "Needs a decision (2)" in back.text
    assert await state(pool, TRACK) == before


async def test_the_last_question_leads_back_to_the_list(pool, client):
    await ambiguous(pool, 1)
    page, action = await opened(client)

    done = await client.post(action, data=form_in(page, none="1"))

    assert done.url.path == INBOX
    assert "No question here needs a decision" in done.text
    assert "spotify_id" in (await state(pool, TRACK))["pinned_fields"]


async def test_what_cannot_be_taken_is_told_and_stays_in_the_form(pool, client):
    await ambiguous(pool, 1)
    page, action = await opened(client)
    before = await state(pool, TRACK)

    for pasted, told in (
        ("https://example.org/track/<1>", "expected a link or id"),
        ("https://open.spotify.com/album/x", "is of no recording"),
        ("", "nothing was pasted"),
    ):
        answer = await client.post(
            action, data=form_in(page, paste=pasted, why="my <why>")
        )
        assert answer.status_code == 422
        assert told in answer.text
        assert "my &lt;why&gt;" in answer.text
        assert "<1>" not in answer.text
    assert await state(pool, TRACK) == before


async def test_a_pasted_link_is_taken(pool, client):
    await ambiguous(pool, 1)
    page, action = await opened(client)
    link = "https://open.spotify.com/intl-de/track/4uLU6hMCjMI75M1A2tKUQC?si=1"

    await client.post(action, data=form_in(page, paste=link))

    assert (await state(pool, TRACK))["spotify_id"] == "4uLU6hMCjMI75M1A2tKUQC"


async def test_the_second_of_two_people_is_told(pool, client):
    await ambiguous(pool, 1)
    page, action = await opened(client)
    async with browser(served(pool=pool)) as other:
        await log_in(other, "ada's token")
        theirs = await other.get(action.replace("/decision", ""))
        form = form_in(theirs.text, take="sp1a")
        assert (await other.post(action, data=form)).status_code == 303

    late = await client.post(action, data=form_in(page, take="sp1b"))

    assert late.status_code == 409
    assert "ada decided this meanwhile" in late.text
    assert (await state(pool, TRACK))["spotify_id"] == "sp1a"


async def test_filters_find_and_the_list_goes_on(pool, client):
    for number in range(1, 53):
        await ambiguous(pool, number)
    page = (await client.get(INBOX, params={"kind": "ambiguous"})).text
    assert "Title 1<" not in page
    link = re.search(r'href="([^"]*)" rel="next"', page)[1].replace("&amp;", "&")
    rest = (await client.get(link)).text
    assert "Title 1<" in rest
    # a question of the second page leads back to it
    question = (await client.get(first_link(rest))).text
    assert f'href="{link.replace("&", "&amp;")}"' in question

    found = (await client.get(INBOX, params={"text": "title 17"})).text
    assert "Title 17" in found
    assert "Title 18" not in found
    for wrong in ({"kind": "x"}, {"text": "x" * 501}, {"text": "\x00"}):
        assert (await client.get(INBOX, params=wrong)).status_code == 422


async def test_many_get_one_answer_and_are_undone_at_once(pool, client):
    for number in (1, 2, 3):
        await ambiguous(pool, number)
    inbox = (await client.get(INBOX)).text
    ids = re.findall(r'name="q" value="(\d+)"', inbox)

    nothing = await client.post(
        "/console/bulk", data={"csrf": csrf_in(inbox), "answer": "none"}
    )
    assert nothing.status_code == 422
    assert "Nothing is selected" in nothing.text

    form = {"csrf": csrf_in(inbox), "q": ids[:2], "answer": "none", "why": "bulk"}
    done = (await client.post("/console/bulk", data=form)).text
    assert "2 questions decided: none of these" in done
    assert "Needs a decision (1)" in (await client.get(INBOX)).text

    acts = re.findall(r'name="act" value="([^"]+)"', done)
    undo = {"csrf": csrf_in(done), "act": acts}
    undone = await client.post("/console/undo", data=undo)
    assert "2 decisions undone" in undone.text
    assert "Needs a decision (3)" in (await client.get(INBOX)).text


async def test_all_that_match_are_decided_in_a_second_step(pool, client):
    for number in (1, 2, 3):
        await ambiguous(pool, number)
    inbox = (await client.get(INBOX)).text
    query = {"text": "title 1"}

    ask = {"csrf": csrf_in(inbox), "all": "ask"}
    asked = await client.post("/console/bulk", params=query, data=ask)
    assert "Decide all 1 questions that match" in asked.text
    assert await pool.fetchval("SELECT count(*) FROM review_decisions") == 0

    form = {"csrf": csrf_in(asked.text), "answer": "first"}
    done = await client.post("/console/bulk-all", params=query, data=form)
    assert "1 questions decided: the first candidate" in done.text
    assert (await state(pool, TRACK))["spotify_id"] == "sp1a"
    assert "Needs a decision (2)" in (await client.get(INBOX)).text


async def test_who_only_reads_sees_all_and_decides_nothing(pool):
    await ambiguous(pool, 1)
    async with browser(served(pool=pool), follow_redirects=True) as client:
        await client.post("/console/login", data={"token": READER})
        page, action = await opened(client)
        assert "Take" not in page
        form = {"csrf": csrf_in(page), "take": "sp1a"}
        assert (await client.post(action, data=form)).status_code == 403
    assert await pool.fetchval("SELECT count(*) FROM review_decisions") == 0


async def test_a_question_that_is_not_there_is_told(pool, client):
    for number in ("999", "9" * 30):
        answer = await client.get(f"/console/questions/{number}")
        assert answer.status_code == 404
    wrong = await client.post("/console/undo", data={"csrf": "x", "act": "x"})
    assert wrong.status_code == 403


async def test_an_id_of_two_artists_is_given_to_one(pool, client):
    for number in (1, 2):
        await ambiguous(pool, number, outcome=Outcome.FOUND)
    await pool.execute("UPDATE tracks SET spotify_id = 'sp1a'")
    await pool.execute("SELECT review_find_conflicts()")
    page, action = await opened(client, f"{INBOX}?kind=conflicting_ids")
    assert "sp1a is Artist 1 - Title 1" in page

    await client.post(action, data=form_in(page, take=hidden(page, "take")))

    held = await pool.fetch("SELECT spotify_id FROM tracks")
    assert sorted(str(row["spotify_id"]) for row in held) == ["None", "sp1a"]


async def test_a_track_is_explained_edited_undone_and_asked_again(pool, client):
    await ambiguous(pool, 1)
    await listed(pool, TRACK)
    before = await state(pool, TRACK)
    path = f"/console/tracks/{TRACK}"
    page = (await client.get(path)).text
    assert "margin: sp1b is as near" in page

    form = form_in(page, field="album", value="On <Vinyl>", why="sleeve")
    edited = await client.post(f"{path}/decision", data=form)
    assert "Nothing overrides it" in edited.text
    assert "On &lt;Vinyl&gt;" in edited.text
    assert (await state(pool, TRACK))["album"] == "On <Vinyl>"

    # the first page is older than the decision
    late = await client.post(f"{path}/decision", data=form)
    assert late.status_code == 409
    wrong = form_in(edited.text, field="release_date", value="<soon>")
    told = await client.post(f"{path}/decision", data=wrong)
    assert told.status_code == 422
    assert "is no date" in told.text

    undo = {"csrf": csrf_in(page), "act": hidden(edited.text, "act"), "back": path}
    assert (await client.post("/console/undo", data=undo)).url.path == path
    assert await state(pool, TRACK) == before

    again = await client.post(f"{path}/ask-again", data=form_in(page))
    assert "asked again" in again.text
    due = "SELECT due_reason FROM provider_records WHERE track_id = $1"
    assert await pool.fetchval(due, TRACK) == "marked"
    twice = await client.post(f"{path}/ask-again", data=form_in(page))
    assert "No provider is to be asked again" in twice.text
    missing = await client.get(f"/console/tracks/{factories.track_id(9)}")
    assert missing.status_code == 404


async def test_in_commercial_use_a_track_shows_nothing_that_its_terms_forbid(pool):
    await ambiguous(pool, 1)
    await pool.execute("UPDATE provider_records SET provider = 'lastfm'")
    await pool.execute("UPDATE provider_answers SET provider = 'lastfm'")
    shown = []
    for commercial in (False, True):
        async with browser(served(pool=pool, commercial=commercial)) as client:
            await client.post("/console/login", data={"token": TOKEN})
            shown.append((await client.get(f"/console/tracks/{TRACK}")).text)

    assert ["Album a" in page for page in shown] == [True, False]
    assert "lastfm" in shown[1]


async def test_in_commercial_use_the_page_of_exports_counts_as_the_export_does(pool):
    await ambiguous(pool, 1)
    shown = []
    for commercial in (False, True):
        async with browser(served(pool=pool, commercial=commercial)) as client:
            await client.post("/console/login", data={"token": TOKEN})
            page = await client.get("/console/export", params={"track_id": str(TRACK)})
            shown.append(page.text)

    sent = 'name="commercial" value="true" checked'
    assert [sent in page for page in shown] == [False, True]
