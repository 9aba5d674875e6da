"""The message: what is read, what is refused and why, what stays the same."""

import json
from datetime import UTC, datetime

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from enrichment.contract.messages import (
    MAX_BODY_BYTES,
    SCHEMA_VERSION,
    EnrichmentRequest,
    Lane,
    MessageInvalid,
    decode,
    encode,
    now,
    priority_of,
)

BY_HAND = {"track_id": "test_0", "artist": "Orbital", "title": "Halcyon", "priority": 5}


def body(**changed):
    merged = {**BY_HAND, **changed}
    return json.dumps({k: v for k, v in merged.items() if v is not ...}).encode()


def test_a_body_written_by_hand_is_valid():
    request = decode(body())

    assert request.track_id == "test_0"
    assert request.lane is Lane.MAIN
    assert request.retry_count == 0
    assert request.source == "scraper"
    assert request.schema_version == SCHEMA_VERSION
    assert not request.force_refresh


def test_the_fields_users_know_are_read():
    request = decode(
        body(
            retry_count=2,
            source="beatport",
            queued_at="2026-01-02T03:04:05+00:00",
            spotify_id="5J6Q",
            isrc="GBAAA9300001",
            musicbrainz_id="b1a9c0e9-d987-4042-ae91-78d6a3267d69",
            force_refresh=True,
            correlation_id="crawl-7",
        )
    )

    assert request.queued_at == datetime(2026, 1, 2, 3, 4, 5, tzinfo=UTC)
    assert (request.retry_count, request.source) == (2, "beatport")
    assert request.isrc == "GBAAA9300001"
    assert request.correlation_id == "crawl-7"
    assert request.force_refresh


def test_fields_nobody_knows_are_ignored():
    assert decode(body(colour="blue", nested={"a": [1]})) == decode(body())


@pytest.mark.parametrize(
    ("wrong", "reason", "named"),
    [
        pytest.param(b"", "not_json", "", id="empty"),
        pytest.param(b"\x00\xff not json", "not_json", "", id="binary"),
        pytest.param(b'{"track_id": "x"', "not_json", "", id="cut off"),
        pytest.param(b'{"track_id": "\xff"}', "not_json", "", id="not UTF-8"),
        pytest.param(b'{"a": "\\ud800"}', "not_json", "", id="half a character"),
        pytest.param(b"[" * 60_000, "not_json", "", id="too deep"),
        pytest.param(b"null", "schema", "body", id="null"),
        pytest.param(b"[]", "schema", "body", id="a list"),
        pytest.param(b'"text"', "schema", "body", id="a text"),
        pytest.param(body(track_id=...), "schema", "track_id", id="no id"),
        pytest.param(body(artist=...), "schema", "artist", id="no artist"),
        pytest.param(body(title=""), "schema", "title", id="empty title"),
        pytest.param(body(title="  \t "), "schema", "title", id="blank title"),
        pytest.param(body(artist=None), "schema", "artist", id="null artist"),
        pytest.param(body(artist=["A"]), "schema", "artist", id="artists as a list"),
        pytest.param(body(title="x" * 2001), "schema", "title", id="endless title"),
        pytest.param(body(title="a\x00b"), "schema", "title", id="U+0000"),
        pytest.param(body(source="a\x00b"), "schema", "source", id="U+0000 elsewhere"),
        pytest.param(body(priority=11), "schema", "priority", id="priority 11"),
        pytest.param(body(priority=-1), "schema", "priority", id="priority -1"),
        pytest.param(body(priority="high"), "schema", "priority", id="priority text"),
        pytest.param(body(lane="fast"), "schema", "lane", id="unknown lane"),
        pytest.param(body(retry_count=-1), "schema", "retry_count", id="attempts -1"),
        pytest.param(body(retry_count=2**63), "schema", "retry_count", id="attempts"),
        pytest.param(body(queued_at="soon"), "schema", "queued_at", id="no time"),
        pytest.param(body(schema_version=99), "newer_version", "99", id="newer"),
        pytest.param(
            json.dumps({"schema_version": 2, "recording": {}}).encode(),
            "newer_version",
            "upgrade the workers",
            id="newer, and nothing is where we look for it",
        ),
        pytest.param(
            body(note="x" * MAX_BODY_BYTES), "too_large", str(MAX_BODY_BYTES), id="huge"
        ),
    ],
)
def test_a_bad_body_says_why(wrong, reason, named):
    with pytest.raises(MessageInvalid) as caught:
        decode(wrong)

    assert caught.value.reason == reason
    assert named in caught.value.detail


def test_every_fault_of_a_body_is_told_at_once():
    with pytest.raises(MessageInvalid) as caught:
        decode(body(artist="", title=None, priority=99))

    assert all(name in caught.value.detail for name in ("artist", "title", "priority"))


@pytest.mark.parametrize("priority", range(11))
def test_each_priority_from_0_to_10_is_valid(priority):
    assert decode(body(priority=priority)).priority == priority


@pytest.mark.parametrize(
    ("source", "lane", "new", "priority"),
    [
        pytest.param("beatport", Lane.MAIN, True, 10, id="chart"),
        pytest.param("spotify_chart", Lane.MAIN, False, 10, id="chart, known track"),
        pytest.param("billboard", Lane.MAIN, True, 10, id="chart of a magazine"),
        pytest.param("mixesdb", Lane.MAIN, True, 7, id="new track"),
        pytest.param("mixesdb", Lane.MAIN, False, 5, id="default"),
        pytest.param(None, Lane.MAIN, True, 7, id="source unknown"),
        pytest.param("mixesdb", Lane.BACKLOG, True, 3, id="backlog"),
        pytest.param("beatport", Lane.BACKLOG, True, 3, id="chart in bulk"),
        pytest.param("beatport", Lane.REENRICHMENT, False, 0, id="refreshing"),
    ],
)
def test_priority_comes_from_lane_source_and_novelty(source, lane, new, priority):
    assert priority_of(source, lane, new=new) == priority


def test_the_message_id_is_the_same_however_often_it_is_published():
    first = decode(body(queued_at="2026-01-01T00:00:00Z"))
    second = decode(body(queued_at="2026-02-01T00:00:00Z", priority=7, source="x"))

    assert first.message_id == second.message_id


@pytest.mark.parametrize(
    "other", [{"track_id": "test_1"}, {"lane": "backlog"}, {"retry_count": 1}]
)
def test_other_work_has_another_message_id(other):
    assert decode(body(**other)).message_id != decode(body()).message_id


def test_a_message_cannot_be_changed():
    with pytest.raises(ValueError, match="frozen"):
        decode(body()).title = "other"


def test_what_is_queued_says_when_with_its_zone():
    assert now().tzinfo is UTC


text = st.text(
    st.characters(exclude_categories=("Cs", "Cc")), min_size=1, max_size=60
).filter(str.strip)


@settings(max_examples=60)
@given(text, text, st.integers(0, 10), st.sampled_from(Lane), st.booleans())
def test_decode_gives_what_encode_was_given(artist, title, priority, lane, refresh):
    request = EnrichmentRequest(
        track_id="t",
        artist=artist,
        title=title,
        priority=priority,
        lane=lane,
        force_refresh=refresh,
        queued_at=now(),
    )

    assert decode(encode(request)) == request


@settings(max_examples=100)
@given(st.binary(max_size=200))
def test_no_body_raises_anything_else(noise):
    with pytest.raises(MessageInvalid):
        decode(noise)
