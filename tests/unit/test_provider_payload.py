"""Bodies in which anything may be missing: it costs a field, never the answer."""

import copy
import json

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from enrichment.errors import ProviderError, Transient
from enrichment.model import Found
from enrichment.providers import HttpResponse, decoding, payload
from enrichment.providers.lastfm.provider import LastFm
from enrichment.providers.musicbrainz.provider import MusicBrainz
from enrichment.providers.spotify.provider import Spotify
from tests.provider_samples import SAMPLES, answered, asked, wanted

LASTFM = LastFm("key")
MUSICBRAINZ = MusicBrainz("Tests/1.0 ( tests@example.org )")
SPOTIFY = Spotify()
NAMES = ("Mira Kold", "Night Ferry")
READINGS = {
    "spotify/search_several_versions": (SPOTIFY, [asked(SPOTIFY, *NAMES)]),
    "musicbrainz/search_two_questions": (
        MUSICBRAINZ,
        [asked(MUSICBRAINZ, *NAMES), asked(MUSICBRAINZ, "Juno Bay", "Salt & Sand")],
    ),
    "lastfm/track": (LASTFM, [asked(LASTFM, *NAMES)]),
    "lastfm/tags": (LASTFM, [LASTFM.tags_question(wanted(*NAMES))]),
}
ANYTHING = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False) | st.text(),
    lambda inner: (
        st.lists(inner, max_size=2)
        | st.dictionaries(st.sampled_from(["name", "id", "#text"]), inner, max_size=2)
    ),
    max_leaves=4,
)


def places(body):
    """Give every (container, key) of a body."""
    keys = body if isinstance(body, dict) else range(len(body))
    for key in keys:
        yield body, key
        if isinstance(body[key], dict | list):
            yield from places(body[key])


@pytest.mark.parametrize("sample", READINGS)
@given(draw=st.data())
@settings(max_examples=60)
def test_another_type_anywhere_is_read_or_refused_by_an_error_of_ours(sample, draw):
    whole = json.loads((SAMPLES / f"{sample}.json").read_text(encoding="utf-8"))
    body = copy.deepcopy(whole["body"])
    container, key = draw.draw(st.sampled_from(list(places(body))))
    container[key] = draw.draw(ANYTHING)
    provider, questions = READINGS[sample]
    try:
        reading = provider.read(questions, answered(body))
    except ProviderError:
        return
    asked_again = {question for group in reading.again for question in group}
    assert set(reading.answers) | asked_again == set(questions)


@pytest.mark.parametrize("sample", READINGS)
def test_no_single_missing_field_costs_the_answer(sample):
    provider, questions = READINGS[sample]
    whole = json.loads((SAMPLES / f"{sample}.json").read_text(encoding="utf-8"))
    needed = {"tracks", "items", "recordings", "track", "name", "artist", "toptags"}
    for number, (_, key) in enumerate(places(whole["body"])):
        if isinstance(key, int) or key in needed | {"id", "title", "tag"}:
            continue
        body = copy.deepcopy(whole["body"])
        container, _ = list(places(body))[number]
        del container[key]
        answers = provider.read(questions, answered(body)).answers
        assert all(isinstance(one, Found) for one in answers.values()), key


@pytest.mark.parametrize(
    ("value", "read"),
    [
        ("12", 12),
        (12.0, 12),
        ("12.7", 12),
        (0, 0),
        (True, None),
        (-1, None),
        ("", None),
        ("many", None),
        (None, None),
        ([1], None),
        ("inf", None),
        ("nan", None),
        (float("inf"), None),
        (10**30, None),
        ("1,234", 1234),
        ("5 678", 5678),
        ("1\u202f234\u202f567", 1234567),
        ("1.234", None),
        ("FIXME", None),
    ],
)
def test_numbers_come_in_many_shapes(value, read):
    assert payload.number(value) == read


@pytest.mark.parametrize(
    ("value", "read"),
    [
        ("2010-04-03", "2010-04-03"),
        ("2010-04", "2010-04"),
        ("2010", "2010"),
        ("2010-04-03T00:00:00Z", "2010-04-03"),
        ("2010-02-30", "2010-02"),
        ("2010-13", "2010"),
        ("1993-??-01", "1993"),
        ("2004--05", "2004"),
        ("2009-00-00", "2009"),
        ("2009-09-00", "2009-09"),
        ("????-05-02", None),
        ("20100403", None),
        ("0000", None),
        ("0001-01-01", None),
        ("someday", None),
        ("", None),
        (2010, None),
    ],
)
def test_what_is_known_of_a_date_is_read(value, read):
    assert payload.partial_date(value) == read


@pytest.mark.parametrize(
    ("value", "precision", "read"),
    [
        ("2010-01-01", "year", "2010"),
        ("2010-04-01", "month", "2010-04"),
        ("2010-04-03", "day", "2010-04-03"),
        ("2010", "day", "2010"),
        ("2010-04-03", None, "2010-04-03"),
    ],
)
def test_a_date_is_no_surer_than_its_precision(value, precision, read):
    assert payload.partial_date(value, precision) == read


@pytest.mark.parametrize(
    ("value", "read"),
    [
        ("QZAAA1400001", "QZAAA1400001"),
        ("qz-aaa-14-00001", "QZAAA1400001"),
        ("QZ\u2010AAA\u201314\u00a000001", "QZAAA1400001"),
        ("QZAAA1400001\t", "QZAAA1400001"),
        ("ISRC: QZ-AAA-14-00001", "QZAAA1400001"),
        ("\uff31\uff3a\uff21\uff21\uff211400001", "QZAAA1400001"),
        ("QZAAA140000", None),
        ("QZAAA1400001/QZAAA1400002", None),
        ("undefined", None),
        (None, None),
    ],
)
def test_an_isrc_is_upper_case_without_dashes_or_nothing(value, read):
    assert payload.isrc(value) == read


def test_text_that_postgres_cannot_hold_is_cleaned():
    assert payload.text("a\x00b ") == "ab"
    assert payload.text(" \x00") is None
    assert payload.text("a\x0bb") == "ab"


@pytest.mark.parametrize(
    ("value", "read"),
    [
        (["QZAAA1400001", "qzaaa1400001"], ("QZAAA1400001",)),
        (
            [{"id": "QZAAA1400001"}, {"id": "QZAAA1400002"}],
            ("QZAAA1400001", "QZAAA1400002"),
        ),
        ({"isrc-list": ["QZAAA1400001"]}, ("QZAAA1400001",)),
        ("QZAAA1400001", ("QZAAA1400001",)),
        ([None, 7, {"id": None}], ()),
        (None, ()),
    ],
)
def test_isrcs_are_found_in_whatever_holds_them(value, read):
    assert payload.isrcs(value) == read


@pytest.mark.parametrize(
    ("value", "read"),
    [
        (391_000, 391_000),
        ("391000", 391_000),
        ("637", 637_000),
        (1_316, 1_316),
        (29, None),
        (0, None),
        ({"totalMilliseconds": 0}, None),
    ],
)
def test_seconds_are_told_from_milliseconds(value, read):
    assert payload.milliseconds(value) == read


@pytest.mark.parametrize(
    ("headers", "seconds"),
    [
        ({"retry-after": "48925"}, 48925),
        ({"retry-after": "0.5"}, 0.5),
        ({"retry-after": "-1"}, None),
        ({"retry-after": "soon"}, None),
        ({}, None),
        (
            {
                "retry-after": "Mon, 02 Nov 2026 12:00:00 GMT",
                "date": "Mon, 02 Nov 2026 10:00:00 GMT",
            },
            7200,
        ),
        (
            {
                "retry-after": "Mon, 02 Nov 2026 09:00:00 GMT",
                "date": "Mon, 02 Nov 2026 10:00:00 GMT",
            },
            0,
        ),
        ({"retry-after": "Mon, 02 Nov 2026 12:00:00 GMT"}, None),
        ({"retry-after": "²"}, None),
        ({"retry-after": "30, 30"}, None),
        ({"retry-after": "9" * 400}, payload.LONGEST_WAIT_SECONDS),
        ({"retry-after": "1e999"}, None),
        (
            {
                "retry-after": "Mon, 02 Nov 9998 12:00:00 GMT",
                "date": "Mon, 02 Nov 2026 10:00:00 GMT",
            },
            payload.LONGEST_WAIT_SECONDS,
        ),
        (
            {
                "retry-after": "Mon, 02 Nov 99999999999 12:00:00 GMT",
                "date": "Mon, 02 Nov 2026 10:00:00 GMT",
            },
            None,
        ),
    ],
)
def test_retry_after_is_read_up_to_a_year(headers, seconds):
    assert payload.retry_after_seconds(headers) == seconds


@pytest.mark.parametrize(
    "body", ["", "[1]", '"text"', "{", "NaN", "cb({})", "[" * 60_000]
)
def test_what_is_no_json_object_is_transient(body):
    with pytest.raises(Transient):
        decoding.json_object(answered(body))


@pytest.mark.parametrize(
    ("body", "name"),
    [
        (b'\xef\xbb\xbf{"name": "a", "id": "1"}', "a"),
        (b'{"name": "a", "id": "1"}\x00', "a"),
        (b'{"name": "a\x0bb", "id": "1"}', "ab"),
        (b'{"name": "a\xffb", "id": "1"}', None),
        (b'{"name": "\\ud83d", "id": "1"}', None),
        (b'{"name": NaN, "id": "1"}', None),
    ],
)
def test_a_broken_byte_costs_a_field_and_never_the_body(body, name):
    decoded = decoding.json_object(HttpResponse(200, {}, body))

    assert payload.text(decoded["name"]) == name
    assert decoded["id"] == "1"


def test_weights_are_relative_to_the_best_and_names_are_not_repeated():
    counted = [("house", 2), ("techno", 8), ("house", 4), ("odd", 0)]
    assert payload.weighted(counted) == (("techno", 100), ("house", 50))
