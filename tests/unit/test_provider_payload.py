"""Bodies in which anything may be missing: it costs a field, never the answer."""

import copy
import json

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from enrichment.errors import ProviderError, Transient
from enrichment.providers import payload
from enrichment.providers.lastfm import LastFm
from enrichment.providers.musicbrainz import MusicBrainz
from enrichment.providers.spotify import Spotify
from enrichment.tracks import Found
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
        ("2010-02-30", None),
        ("2010-13", None),
        ("0000", None),
        ("0001-01-01", None),
        ("someday", None),
        ("", None),
        (2010, None),
    ],
)
def test_a_date_may_be_a_part_and_must_be_possible(value, read):
    assert payload.partial_date(value) == read


@pytest.mark.parametrize(
    ("value", "read"),
    [
        ("QZAAA1400001", "QZAAA1400001"),
        ("qz-aaa-14-00001", "QZAAA1400001"),
        ("QZAAA140000", None),
        ("undefined", None),
        (None, None),
    ],
)
def test_an_isrc_is_upper_case_without_dashes_or_nothing(value, read):
    assert payload.isrc(value) == read


def test_text_that_postgres_cannot_hold_is_cleaned():
    assert payload.text("a\x00b ") == "ab"
    assert payload.text(" \x00") is None


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
    ],
)
def test_retry_after_is_read_in_full(headers, seconds):
    assert payload.retry_after_seconds(headers) == seconds


@pytest.mark.parametrize("body", ["", "[1]", '"text"', "{", "\ufeff{}", "NaN"])
def test_what_is_no_json_object_is_transient(body):
    with pytest.raises(Transient):
        payload.json_object(answered(body))


def test_weights_are_relative_to_the_best_and_names_are_not_repeated():
    counted = [("house", 2), ("techno", 8), ("house", 4), ("odd", 0)]
    assert payload.weighted(counted) == (("techno", 100), ("house", 50))
