"""The HTTP API in process, on a real database and a real broker."""

import json
from functools import partial
from uuid import UUID

import httpx
import pika
import pytest

from enrichment.contract import queues
from enrichment.contract.messages import decode
from enrichment.model import Outcome, ProviderName
from enrichment.pipeline import enrich
from enrichment.queueing import topology
from enrichment.queueing.dead_letters import box
from enrichment.queueing.publisher import Publisher
from enrichment.store.tracks.write import Store
from enrichment.web.access.tokens import Tokens, operator
from enrichment.web.api.application import application
from enrichment.web.api.letters import Looks
from enrichment.web.api.routes import Api
from tests import factories, pipeline
from tests.integration.connections import broker, declared, pool

__all__ = ["broker", "declared", "pool"]

TOKEN = "a token of this test"
WRITER = {"Authorization": f"Bearer {TOKEN}"}
TRACK = {"artist": "Mira Sol", "title": "Harbour Lights (Oskar Lind Remix)"}


async def well():
    """A server that answers."""


async def away():
    raise ConnectionError("amqp://user:hunter2@broker")


class Caller:
    def __init__(self, api: Api) -> None:
        self.api = api
        # what a caller sees, also where our code is at fault
        transport = httpx.ASGITransport(application(api), raise_app_exceptions=False)
        self.http = httpx.AsyncClient(transport=transport, base_url="http://localhost")

    async def get(self, path, **parameters):
        return await self.http.get(path, params=parameters)

    async def ask(self, headers=WRITER, **body):
        return await self.http.post("/tracks", json=body, headers=headers)


@pytest.fixture
async def caller(pool, declared):
    publisher = Publisher(declared)
    api = Api(
        pool,
        publisher,
        depths=partial(topology.depths, declared),
        letters=Looks(partial(box.look, declared)),
        checks={"postgres": well, "rabbitmq": well},
        tokens=Tokens([operator(TOKEN)]),
    )
    caller = Caller(api)
    yield caller
    await caller.http.aclose()
    await publisher.close()


def messages(rabbitmq_url, queue=queues.MAIN_QUEUE):
    taken = []
    with pipeline.channel(rabbitmq_url) as opened:
        while (found := opened.basic_get(queue, auto_ack=True))[0] is not None:
            taken.append(decode(found[2]))
    return taken


async def status(pool, track_id):
    return await pool.fetchval(
        "SELECT status FROM tracks WHERE track_id = $1", UUID(track_id)
    )


# enrich a track


async def test_a_track_asked_for_has_a_row_and_a_message(caller, pool, rabbitmq_url):
    answer = await caller.ask(**TRACK, isrc="gb-aaa-26-00001", priority=9)

    assert answer.status_code == 202
    receipt = answer.json()
    assert receipt["published"] is True
    assert receipt["known"] is False
    [request] = messages(rabbitmq_url)
    assert request.track_id == receipt["track_id"]
    assert (request.artist, request.title) == (TRACK["artist"], TRACK["title"])
    assert (request.isrc, request.priority) == ("GBAAA2600001", 9)
    assert request.source == "api"
    assert await status(pool, receipt["track_id"]) == "in_progress"


async def test_a_track_that_is_under_way_is_not_published_twice(
    caller, pool, rabbitmq_url
):
    await caller.ask(**TRACK)

    again = await caller.ask(artist="mira sol", title=TRACK["title"].upper())

    assert again.status_code == 200
    assert again.json()["known"] is True
    assert len(messages(rabbitmq_url)) == 1
    assert await pool.fetchval("SELECT count(*) FROM tracks") == 1


async def test_bulk_work_goes_to_the_backlog(caller, rabbitmq_url):
    await caller.ask(**TRACK, lane="backlog")

    [request] = messages(rabbitmq_url, queues.BACKLOG_QUEUE)
    assert request.priority == 3


async def test_without_a_queue_the_row_waits_for_the_sweep(caller, pool, rabbitmq_url):
    with pipeline.channel(rabbitmq_url) as opened:
        opened.queue_delete(queues.MAIN_QUEUE)

    answer = await caller.ask(**TRACK)

    assert answer.status_code == 202
    assert (answer.json()["status"], answer.json()["published"]) == ("pending", False)
    row = await pool.fetchrow("SELECT status, published_at FROM tracks")
    assert tuple(row) == ("pending", None)


async def test_a_refresh_makes_answered_parts_due_and_no_others(
    caller, pool, rabbitmq_url
):
    receipt = (await caller.ask(**TRACK)).json()
    messages(rabbitmq_url)
    await pool.execute("UPDATE tracks SET status = 'completed'")
    for provider, outcome in (("spotify", "found"), ("lastfm", "benched")):
        await pool.execute(
            "INSERT INTO provider_records (track_id, provider, outcome, question,"
            " fetched_at) VALUES ($1, $2, $3, 'search:x', now())",
            UUID(receipt["track_id"]), provider, outcome,
        )  # fmt: skip

    answer = await caller.ask(**TRACK, refresh=True)

    assert answer.status_code == 202
    assert answer.json()["asked_again"] == 1
    due = await pool.fetch(
        "SELECT provider, due_reason FROM provider_records WHERE due_at <= now()"
    )
    assert [tuple(row) for row in due] == [("spotify", "marked")]
    assert messages(rabbitmq_url) == []


async def test_a_refresh_gives_a_parked_track_another_try(caller, pool, rabbitmq_url):
    await caller.ask(**TRACK)
    messages(rabbitmq_url)
    await pool.execute("UPDATE tracks SET status = 'failed', status_reason = 'x'")

    answer = await caller.ask(**TRACK, refresh=True)

    assert answer.json()["published"] is True
    assert len(messages(rabbitmq_url)) == 1


# who may write


@pytest.mark.parametrize(
    "headers",
    [
        {},
        {"Authorization": "Bearer wrong"},
        {"Authorization": f"Basic {TOKEN}"},
        {"Authorization": "Bearer "},
        {"Authorization": "Bearer ü".encode()},
    ],
    ids=["none", "wrong", "basic", "empty", "no ascii"],
)
async def test_without_the_token_nothing_is_written(caller, pool, headers):
    answer = await caller.ask(headers=headers, **TRACK)

    assert answer.status_code == 401
    assert answer.headers["WWW-Authenticate"] == "Bearer"
    assert TOKEN not in answer.text
    assert await pool.fetchval("SELECT count(*) FROM tracks") == 0


async def test_where_no_token_is_set_no_token_writes(caller):
    caller.api.tokens = Tokens()

    for headers in ({}, WRITER, {"Authorization": "Bearer "}):
        answer = await caller.ask(headers=headers, **TRACK)
        assert answer.status_code == 403
        assert "ENRICHMENT_API_TOKEN" in answer.json()["detail"]


# bad input


@pytest.mark.parametrize(
    ("body", "field"),
    [
        ({"title": "x"}, "body.artist"),
        ({**TRACK, "artist": "  "}, "body.artist"),
        ({**TRACK, "artist": 5}, "body.artist"),
        ({**TRACK, "title": "a\x00b"}, "body.title"),
        ({**TRACK, "title": "x" * 501}, "body.title"),
        ({**TRACK, "isrc": "GB1"}, "body.isrc"),
        ({**TRACK, "isrc": 12}, "body.isrc"),
        ({**TRACK, "spotify_id": "x"}, "body.spotify_id"),
        ({**TRACK, "musicbrainz_id": "x"}, "body.musicbrainz_id"),
        ({**TRACK, "lane": "reenrichment"}, "body.lane"),
        ({**TRACK, "priority": 11}, "body.priority"),
        ({**TRACK, "artits": "x"}, "body.artits"),
    ],
)
async def test_a_field_that_is_wrong_is_named(caller, body, field):
    answer = await caller.ask(**body)

    assert answer.status_code == 422
    assert [fault["field"] for fault in answer.json()["detail"]] == [field]


@pytest.mark.parametrize(
    "content",
    [b"", b"{", b"[]", b"null", b"\xff", b'{"artist": "\\ud800", "title": "x"}'],
)
async def test_a_body_that_is_no_request_is_the_caller_s_fault(caller, content):
    answer = await caller.http.post(
        "/tracks",
        content=content,
        headers={**WRITER, "Content-Type": "application/json"},
    )

    assert 400 <= answer.status_code < 500
    assert answer.json()["detail"]


@pytest.mark.parametrize(
    "wrong", [{"refresh": 0}, {"refresh": "yes"}, {"priority": "5"}, {"priority": True}]
)
async def test_a_value_of_another_type_is_refused_and_not_understood(
    caller, pool, wrong
):
    answer = await caller.ask(**TRACK, **wrong)

    assert answer.status_code == 422
    assert answer.json()["detail"][0]["field"] == f"body.{next(iter(wrong))}"
    assert await pool.fetchval("SELECT count(*) FROM tracks") == 0


async def test_the_description_names_every_answer_that_is_given(caller):
    document = (await caller.get("/openapi.json")).json()

    asking = document["paths"]["/tracks"]["post"]["responses"]
    assert {"200", "202", "401", "403", "413", "421", "422", "503"} <= set(asking)
    shape = asking["422"]["content"]["application/json"]["schema"]["$ref"]
    assert shape.endswith("/Faults")
    faults = document["components"]["schemas"]["Faults"]["properties"]["detail"]
    assert faults["items"]["$ref"].endswith("/Fault")
    for path in ("/queues", "/coverage", "/tracks/{track_id}", "/dead-letters"):
        assert "503" in document["paths"][path]["get"]["responses"]
    assert "HTTPValidationError" not in document["components"]["schemas"]


async def test_no_answer_is_kept_or_taken_for_a_page(caller):
    answers = [
        await caller.get(path)
        for path in ("/healthz", "/queues", "/tracks", "/nothing", "/openapi.json")
    ]
    answers.append(await caller.ask(headers={}, **TRACK))

    for answer in answers:
        assert answer.headers["X-Content-Type-Options"] == "nosniff"
        assert answer.headers["Cache-Control"] == "no-store"


async def test_names_of_nothing_are_refused(caller, pool):
    answer = await caller.ask(artist="ID", title="ID")

    assert answer.status_code == 422
    assert await pool.fetchval("SELECT count(*) FROM tracks") == 0


async def test_a_body_that_is_too_large_is_refused_however_it_is_sent(caller):
    async def parts():
        for _ in range(20):
            yield b" " * 10_000

    for content in (b" " * 200_000, parts()):
        answer = await caller.http.post(
            "/tracks",
            content=content,
            headers={**WRITER, "Content-Type": "application/json"},
        )
        assert answer.status_code == 413


# reading


async def test_a_track_is_given_with_provenance(caller, pool):
    track = factories.enriched(
        values={"isrc": "GBAAA2600001"},
        records=[factories.record(ProviderName("spotify"), Outcome.ABSENT)],
    )
    await Store(pool, data_version=enrich.DATA_VERSION).write([track])

    answer = await caller.get(f"/tracks/{track.wanted.track_id}")

    assert answer.status_code == 200
    document = answer.json()
    assert document["fields"][0]["provider"] == "spotify"
    assert document["providers"][0]["outcome"] == "absent"


async def test_a_track_is_found_by_any_spelling_of_its_names(caller):
    receipt = (await caller.ask(**TRACK)).json()

    found = await caller.get("/tracks", artist="MIRA SOL", title=TRACK["title"].lower())

    assert found.json()["track_id"] == receipt["track_id"]


async def test_names_that_mean_no_track_are_a_422(caller):
    answer = await caller.get("/tracks", artist="ID", title="ID")

    assert answer.status_code == 422
    assert "names nothing" in answer.json()["detail"][0]["fault"]


async def test_a_track_that_is_not_there_is_a_404(caller):
    unknown = await caller.get(f"/tracks/{factories.track_id(1)}")

    assert unknown.status_code == 404


async def test_an_id_that_is_none_is_a_422(caller):
    assert (await caller.get("/tracks/robert'); DROP")).status_code == 422
    assert (await caller.get("/tracks", artist="x")).status_code == 422


async def test_queues_say_what_waits_where(caller):
    await caller.ask(**TRACK)

    document = (await caller.get("/queues")).json()

    assert document["queues"][queues.MAIN_QUEUE]["consumers"] == 0
    assert document["tracks"] == {"in_progress": 1}
    assert document["unpublished"] == 0


async def test_dead_letters_are_listed_and_stay(caller, rabbitmq_url):
    with pipeline.channel(rabbitmq_url) as opened:
        for number in range(3):
            opened.basic_publish(
                queues.DEAD_LETTER_EXCHANGE,
                queues.DEAD_LETTER_KEY,
                b"\xff{",
                pika.BasicProperties(headers={"x-error-type": f"fault{number % 2}"}),
            )
    pipeline.until(lambda: pipeline.depth(rabbitmq_url, queues.DEAD_LETTER_QUEUE) == 3)

    every = (await caller.get("/dead-letters", limit=2)).json()
    some = (await caller.get("/dead-letters", reason="fault1")).json()

    assert (every["total"], len(every["letters"])) == (3, 2)
    assert [letter["reason"] for letter in some["letters"]] == ["fault1"]
    pipeline.until(lambda: pipeline.depth(rabbitmq_url, queues.DEAD_LETTER_QUEUE) == 3)


async def test_coverage_is_the_analysts_views(caller, pool):
    await Store(pool, data_version="x").write(
        [factories.enriched(values={"isrc": "GBAAA2600001"})]
    )

    document = (await caller.get("/coverage")).json()

    by_field = {row["field"]: row for row in document["fields"]}
    assert by_field["isrc"]["coverage_pct"] == 100
    assert document["sources"][0]["provider"] == "spotify"
    assert document["outcomes"][0]["outcome"] == "found"
    assert document["statistics"]["total_tracks"] == 1


async def test_coverage_is_not_counted_anew_for_every_caller(caller, pool):
    first = (await caller.get("/coverage")).json()
    await Store(pool, data_version="x").write([factories.enriched()])

    assert (await caller.get("/coverage")).json() == first


# health, and what is never told


async def test_health_tells_a_server_that_is_away_and_not_its_address(caller):
    assert (await caller.get("/readyz")).status_code == 200
    caller.api.checks = {"postgres": well, "rabbitmq": away}

    answer = await caller.get("/readyz")

    assert answer.status_code == 503
    assert answer.json()["servers"] == {"postgres": "ok", "rabbitmq": "ConnectionError"}
    assert "hunter2" not in answer.text


async def test_health_fails_when_what_runs_beside_has_ended(caller):
    assert (await caller.get("/healthz")).status_code == 200
    caller.api.alive = lambda: False

    assert (await caller.get("/healthz")).status_code == 503


async def test_metrics_are_what_prometheus_reads(caller):
    answer = await caller.get("/metrics")

    assert answer.headers["Content-Type"].startswith("text/plain")
    assert "enrichment_tracks_unpublished" in answer.text


async def test_a_database_that_is_away_is_a_503_without_its_address(caller, pool):
    await pool.close()

    for answer in (
        await caller.ask(**TRACK),
        await caller.get(f"/tracks/{factories.track_id(1)}"),
        await caller.get("/coverage"),
    ):
        assert answer.status_code == 503
        assert answer.json() == {"detail": "Postgres is away, try again"}
        assert answer.headers["Retry-After"]


async def test_a_broker_that_is_away_is_a_503(caller, declared):
    await declared.close()

    for path in ("/queues", "/dead-letters"):
        answer = await caller.get(path)
        assert answer.status_code == 503
        assert answer.json() == {"detail": "broker is away, try again"}


async def test_our_own_fault_is_a_500_that_tells_nothing(caller, pool):
    await pool.execute(
        "DROP VIEW coverage_by_field; CREATE VIEW coverage_by_field AS"
        " SELECT 1 / (count(*) * 0) AS field FROM tracks"
    )

    answer = await caller.get("/coverage")

    assert answer.status_code == 500
    assert answer.json() == {"detail": "internal error: see the service's log"}


async def test_openapi_tells_every_path_and_who_may_write(caller):
    document = (await caller.get("/openapi.json")).json()

    assert set(document["paths"]) == {
        "/healthz", "/readyz", "/metrics", "/tracks", "/tracks/{track_id}", "/queues",
        "/dead-letters", "/coverage", "/export", "/tracks/{track_id}/decision",
        "/review/questions", "/review/questions/{question_id}",
        "/review/questions/{question_id}/decision", "/review/decisions",
        "/review/decisions/{act_id}/undo", "/search", "/tracklists", "/review/files",
        "/review/files/{file_id}/decision",
    }  # fmt: skip
    for path, calls in document["paths"].items():
        for method, call in calls.items():
            assert bool(call.get("security")) == (method != "get"), (path, method)
    explained = document["components"]["schemas"]["Explanation"]["properties"]
    assert {"fields", "providers", "timeline", "mentions"} <= set(explained)
    assert json.dumps(document).count("#/components/schemas/Explanation") >= 2
