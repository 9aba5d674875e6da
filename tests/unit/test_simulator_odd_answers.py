"""Odd answers: each kind of the script, on a right answer or in its place."""

import json

import pytest

from provider_simulator import odd_answers
from provider_simulator.faults import Fault, FaultInvalid, FaultKind
from provider_simulator.registry import SIDES, read_fault
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


def fault(kind: str, provider: str = "musicbrainz", **more) -> Fault:
    return read_fault({"provider": provider, "kind": str(kind), **more})


def changed(kind: str, body=PAGE, provider: str = "musicbrainz") -> bytes:
    odd = SIDES[provider].odd
    reply = odd_answers.changed(odd, fault(kind, provider), json_reply(200, body))
    assert reply is not None
    return reply.body


@pytest.mark.parametrize(
    ("provider", "kind", "status", "more"),
    [
        ("musicbrainz", FaultKind.EDGE_EMPTY, 404, {}),
        ("musicbrainz", FaultKind.EDGE_EMPTY, 400, {"status": 400}),
        ("musicbrainz", FaultKind.EDGE_PAGE, 403, {}),
        ("spotify", "service_not_found", 404, {}),
        ("spotify", "premium_text", 403, {}),
        ("spotify", "token_missing", 401, {}),
        ("spotify", "bearer_only", 400, {}),
        ("musicbrainz", FaultKind.GONE, 410, {}),
        ("musicbrainz", FaultKind.MAINTENANCE, 503, {"retry_after": 7}),
        ("musicbrainz", "busy_text", 503, {}),
        ("musicbrainz", "over_rate_text", 503, {}),
        ("lastfm", "xml_error", 200, {"error": 29}),
    ],
)
def test_each_odd_refusal_has_its_status(provider, kind, status, more):
    told = fault(kind, provider, **more)
    reply = odd_answers.refusal(SIDES[provider].odd, told, 0.0, Waits())

    assert reply is not None
    assert reply.status == status
    if kind is FaultKind.MAINTENANCE:
        assert dict(reply.headers)["retry-after"] == "7"
    if kind == "xml_error":
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


def row_of(kind: str):
    return json.loads(changed(kind))["recordings"][0]


def test_each_odd_row_is_odd_in_one_way():
    assert row_of(FaultKind.NULL_ROWS) is None
    assert row_of(FaultKind.NAMELESS_ROWS)["title"] == ""
    assert "artist-credit" not in row_of("credit_missing")
    assert row_of("credit_as_texts")["artist-credit"][1] == " & "
    assert "isrcs" not in row_of("isrcs_missing")
    assert row_of("isrcs_as_objects")["isrcs"] == [{"id": "QZAAA1400001"}]
    assert row_of(FaultKind.HOLED_DATES)["first-release-date"] == "2014-??-01"
    assert row_of(FaultKind.SECONDS)["length"] == 391
    assert row_of("various_first")["releases"][0]["title"] == "Party Hits"
    assert row_of("video_beside")["video"] is True


def test_lastfm_groups_digits_and_answers_for_another_artist():
    track = {"name": "Night", "listeners": "1234", "artist": {"name": "Mira"}}
    body = {"track": track}

    grouped = json.loads(changed("grouped_numbers", body, "lastfm"))["track"]
    other = json.loads(changed("corrected_away", body, "lastfm"))["track"]
    assert grouped["listeners"] == "1,234"
    assert other["artist"]["name"] == "Other ariM"


def test_an_error_stays_as_it_is():
    reply = Reply(404, b'{"error": "Not Found"}')

    odd = SIDES["musicbrainz"].odd
    assert odd_answers.changed(odd, fault(FaultKind.SECONDS), reply) == reply
    assert odd_answers.changed(odd, fault(FaultKind.RESET), reply) is None
    assert odd_answers.refusal(odd, fault(FaultKind.RESET), 0.0, Waits()) is None


def test_a_kind_of_another_provider_is_refused():
    with pytest.raises(FaultInvalid, match="kind must be one of"):
        fault("busy_text", "lastfm")
