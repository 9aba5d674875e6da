"""Deciding by JSON calls and by the command, as people and programs do."""

import json

import httpx
import pytest

from enrichment.model import Outcome
from enrichment.web.access.tokens import Tokens, operator
from enrichment.web.api.application import application
from enrichment.web.api.routes import Api
from tests import factories, pipeline
from tests.integration.connections import pool
from tests.review import ambiguous, listed, state

__all__ = ["pool"]

TRACK = factories.track_id(1)
TOKEN = "the token of these tests"


@pytest.fixture
async def client(pool):
    # these calls ask Postgres alone
    api = Api(
        pool,
        None,
        depths=None,
        letters=None,
        checks={},
        tokens=Tokens([operator(TOKEN)]),
    )
    transport = httpx.ASGITransport(application(api))
    async with httpx.AsyncClient(
        transport=transport, base_url="http://localhost"
    ) as opened:
        opened.headers["Authorization"] = f"Bearer {TOKEN}"
        yield opened


async def one_question(client):
    inbox = (await client.get("/review/questions")).json()
    return inbox["questions"][0]["question_id"]


async def test_a_question_is_listed_answered_and_undone(pool, client):
    await ambiguous(pool, 1)
    await ambiguous(pool, 2)
    await listed(pool, factories.track_id(2), TRACK, TRACK)
    before = await state(pool, TRACK)

    inbox = (await client.get("/review/questions", params={"limit": 1})).json()
    assert inbox["counts"] == [{"kind": "ambiguous", "subject": "spotify", "open": 2}]
    first = inbox["questions"][0]
    assert (first["title"], first["rows"], first["sets"]) == ("Title 1", 2, 1)
    rest = await client.get("/review/questions", params={"after": inbox["after"]})
    assert [q["title"] for q in rest.json()["questions"]] == ["Title 2"]

    path = f"/review/questions/{first['question_id']}"
    whole = (await client.get(path)).json()
    assert [o["value"] for o in whole["options"]] == ["sp1a", "sp1b"]
    given = {"take": "sp1b", "seen": whole["seen"], "why": "longer"}
    done = await client.post(f"{path}/decision", json=given)
    assert done.status_code == 200
    assert (await state(pool, TRACK))["spotify_id"] == "sp1b"

    again = await client.post(f"{path}/decision", json={"none": True})
    assert again.status_code == 409
    assert "operator decided this meanwhile" in again.json()["detail"]

    act = done.json()["act_id"]
    undone = await client.post(f"/review/decisions/{act}/undo")
    assert undone.json() == {"track_ids": [TRACK]}
    assert await state(pool, TRACK) == before
    told = (await client.get("/review/decisions")).json()["decisions"]
    assert [(d["decided_by"], d["undone_by"]) for d in told] == [
        ("operator", "operator")
    ]


async def test_nobody_decides_without_the_token_and_anybody_looks(pool, client):
    await ambiguous(pool, 1)
    del client.headers["Authorization"]
    question = await one_question(client)

    path = f"/review/questions/{question}/decision"
    assert (await client.post(path, json={"none": True})).status_code == 401
    assert await pool.fetchval("SELECT count(*) FROM review_decisions") == 0


@pytest.mark.parametrize(
    ("given", "told"),
    [
        ({}, "give one answer"),
        ({"none": True, "take": "x"}, "give one answer"),
        ({"take": "sp9z"}, "is not offered"),
        ({"paste": "https://example.org/track/1"}, "expected a link or id"),
        ({"paste": "https://open.spotify.com/album/x"}, "is of no recording"),
        ({"paste": "\x00\x1b[31m"}, "expected a link or id"),
        ({"paste": "x" * 1001}, "1000"),
        ({"none": True, "why": "a\x00b"}, "null character"),
        ({"take": "\x00"}, "null character"),
    ],
)
async def test_what_is_no_answer_is_told(pool, client, given, told):
    await ambiguous(pool, 1)
    before = await state(pool, TRACK)
    path = f"/review/questions/{await one_question(client)}/decision"

    answer = await client.post(path, json=given)

    assert answer.status_code == 422
    assert told in answer.text
    assert await state(pool, TRACK) == before


@pytest.mark.parametrize(
    ("wish", "status"),
    [
        ({"text": "\x00"}, 422),
        ({"subject": "\x00"}, 422),
        ({"kind": "\x00"}, 422),
        ({"after": "9" * 20 + ":1"}, 200),
        ({"after": "-1:x"}, 200),
    ],
)
async def test_any_wish_is_answered(pool, client, wish, status):
    await ambiguous(pool, 1)

    answer = await client.get("/review/questions", params=wish)

    assert answer.status_code == status


async def test_an_id_on_two_artists_is_asked_for_and_given_to_one(pool, client):
    for number in (1, 2):
        await ambiguous(pool, number, outcome=Outcome.FOUND)
    await pool.execute("UPDATE tracks SET spotify_id = 'sp1a'")
    await pool.execute("SELECT review_find_conflicts()")
    inbox = await client.get("/review/questions", params={"kind": "conflicting_ids"})
    (one,) = inbox.json()["questions"]
    assert len(one["track_ids"]) == 2
    path = f"/review/questions/{one['question_id']}"
    offers = (await client.get(path)).json()["options"]
    assert "Artist" in offers[0]["note"]

    given = {"take": offers[0]["value"]}
    done = await client.post(f"{path}/decision", json=given)

    assert done.status_code == 200
    held = await pool.fetch("SELECT spotify_id, pinned_fields FROM tracks")
    assert sorted(str(row["spotify_id"]) for row in held) == ["None", "sp1a"]
    assert all(row["pinned_fields"] == ["spotify_id"] for row in held)
    await pool.execute("SELECT review_find_conflicts()")
    assert (await client.get(path)).status_code == 404


async def test_a_field_is_edited_and_stays(pool, client):
    await ambiguous(pool, 1)
    edit = {"field": "label", "value": "Pier9", "why": "on the sleeve"}
    assert (
        await client.post(f"/tracks/{TRACK}/decision", json=edit)
    ).status_code == 200
    wrong = await client.post(
        f"/tracks/{TRACK}/decision", json={"field": "track_key", "value": "x"}
    )
    assert wrong.status_code == 422
    missing = await client.post(f"/tracks/{factories.track_id(9)}/decision", json=edit)
    assert missing.status_code == 404

    row = await pool.fetchrow("SELECT label, pinned_fields FROM tracks")
    assert tuple(row) == ("Pier9", ["label"])


async def test_the_command_does_all_of_it(pool, database_url):
    await ambiguous(pool, 1)
    await pool.execute("SELECT fold_review_changes()")
    before = await state(pool, TRACK)
    servers = {"DATABASE_URL": database_url, "USER": "anna"}

    def review(*words):
        done = pipeline.run_command(servers, "review", *words)
        return done.returncode, done.stdout.decode(), done.stderr.decode()

    code, listing, _ = review("list", "--json")
    assert code == 0
    question = str(json.loads(listing)["questions"][0]["question_id"])
    code, shown, _ = review("show", question)
    assert (code, "sp1a" in shown, "sp1b" in shown) == (0, True, True)
    # what was shown is named, wherever it stands among the offers now
    code, _, told = review("decide", question, "--take", "sp1c")
    assert (code != 0, "'sp1c' is not offered" in told) == (True, True)
    code, decided, _ = review("decide", question, "--take", "sp1b", "--json")
    assert code == 0
    assert (await state(pool, TRACK))["spotify_id"] == "sp1b"

    code, exported, _ = review("export")
    case = json.loads(exported)
    assert (code, case["expected"]) == (0, {"decision": "accept", "id": "sp1b"})
    assert [one["id"] for one in case["candidates"]] == ["sp1a", "sp1b"]

    code, _, told = review("decide", question, "--none")
    assert (code, "anna decided this meanwhile" in told) == (1, True)
    act = json.loads(decided)["act_id"]
    assert review("undo", act)[0] == 0
    assert await state(pool, TRACK) == before
    assert review("undo", act)[0] == 1
    (again,) = json.loads(review("list", "--json")[1])["questions"]
    number = str(again["question_id"])
    assert review("decide", number, "--take", "2")[0] == 0
    assert (await state(pool, TRACK))["spotify_id"] == "sp1b"
