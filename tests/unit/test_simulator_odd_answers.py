"""Odd answers: each kind of the script, on a right answer or in its place."""

import json

import pytest

from provider_simulator import odd_answers
from provider_simulator.faults import Fault, FaultKind, read_fault
from provider_simulator.wire import Reply, Waits, json_reply

PAGE = {
    "count": 1,
    "recordings": [
        {
            "id": "00000000-0000-4000-8000-000000000001",
            "title": "Night Ferry",
            "length": 391_000,
            "first-release-date": "2014-05-19",
            "artist-credit": [
                {"name": "Mira", "joinphrase": " & ", "artist": {"name": "Mira"}},
                {"name": "Oslo", "artist": {"name": "Oslo"}},
            ],
            "isrcs": ["QZAAA1400001"],
            "releases": [{"title": "Harbour", "date": "2014-05-19"}],
        }
    ],
}


def fault(kind: FaultKind, **more) -> Fault:
    return read_fault({"provider": "musicbrainz", "kind": kind.value, **more})


def changed(kind: FaultKind, body=PAGE) -> bytes:
    reply = odd_answers.changed(fault(kind), json_reply(200, body))
    assert reply is not None
    return reply.body


@pytest.mark.parametrize(
    ("kind", "status", "more"),
    [
        (FaultKind.EDGE_EMPTY, 404, {}),
        (FaultKind.EDGE_EMPTY, 400, {"status": 400}),
        (FaultKind.EDGE_PAGE, 403, {}),
        (FaultKind.SERVICE_NOT_FOUND, 404, {}),
        (FaultKind.PREMIUM_TEXT, 403, {}),
        (FaultKind.TOKEN_MISSING, 401, {}),
        (FaultKind.BEARER_ONLY, 400, {}),
        (FaultKind.GONE, 410, {}),
        (FaultKind.MAINTENANCE, 503, {"retry_after": 7}),
        (FaultKind.BUSY_TEXT, 503, {}),
        (FaultKind.OVER_RATE_TEXT, 503, {}),
        (FaultKind.XML_ERROR, 200, {"error": 29}),
    ],
)
def test_each_odd_refusal_has_its_status(kind, status, more):
    reply = odd_answers.refusal(fault(kind, **more), 0.0, Waits())

    assert reply is not None
    assert reply.status == status
    if kind is FaultKind.MAINTENANCE:
        assert dict(reply.headers)["retry-after"] == "7"
    if kind is FaultKind.XML_ERROR:
        assert b'code="29"' in reply.body


@pytest.mark.parametrize(
    ("kind", "raw"),
    [
        (FaultKind.BYTE_ORDER_MARK, b"\xef\xbb\xbf{"),
        (FaultKind.BROKEN_BYTE, b"caf\xe9"),
        (FaultKind.HALF_SURROGATE, rb"\ud83d"),
        (FaultKind.CONTROL_CHARACTER, b"a\x0bb"),
    ],
)
def test_each_broken_byte_stands_in_a_right_answer(kind, raw):
    body = changed(kind)

    assert raw in body
    assert b"Night Ferry" in body


def row_of(kind: FaultKind):
    return json.loads(changed(kind))["recordings"][0]


def test_each_odd_row_is_odd_in_one_way():
    assert row_of(FaultKind.NULL_ROWS) is None
    assert row_of(FaultKind.NAMELESS_ROWS)["title"] == ""
    assert "artist-credit" not in row_of(FaultKind.CREDIT_MISSING)
    assert row_of(FaultKind.CREDIT_AS_TEXTS)["artist-credit"][1] == " & "
    assert "isrcs" not in row_of(FaultKind.ISRCS_MISSING)
    assert row_of(FaultKind.ISRCS_AS_OBJECTS)["isrcs"] == [{"id": "QZAAA1400001"}]
    assert row_of(FaultKind.HOLED_DATES)["first-release-date"] == "2014-??-01"
    assert row_of(FaultKind.SECONDS)["length"] == 391
    assert row_of(FaultKind.VARIOUS_FIRST)["releases"][0]["title"] == "Party Hits"
    assert row_of(FaultKind.VIDEO_BESIDE)["video"] is True


def test_lastfm_groups_digits_and_answers_for_another_artist():
    track = {"name": "Night", "listeners": "1234", "artist": {"name": "Mira"}}
    body = {"track": track}

    grouped = json.loads(changed(FaultKind.GROUPED_NUMBERS, body))["track"]
    other = json.loads(changed(FaultKind.CORRECTED_AWAY, body))["track"]
    assert grouped["listeners"] == "1,234"
    assert other["artist"]["name"] == "Other ariM"


def test_an_error_stays_as_it_is():
    reply = Reply(404, b'{"error": "Not Found"}')

    assert odd_answers.changed(fault(FaultKind.SECONDS), reply) == reply
    assert odd_answers.changed(fault(FaultKind.RESET), reply) is None
    assert odd_answers.refusal(fault(FaultKind.RESET), 0.0, Waits()) is None
