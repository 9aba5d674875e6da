"""Keys are deterministic, versioned, unambiguous, and share a slot where they must."""

import re

import pytest

from enrichment.contract import keys as cache_keys


def test_the_same_question_has_the_same_key_for_ever():
    key = cache_keys.answer_key("spotify", "search", "deadmau5:strobe")

    # a change here forgets every answer of every user: raise a version instead
    assert key == "enrichment:v1:spotify:search:73033b6b41accd52a5392ee278119c9b"


@pytest.mark.parametrize(
    ("one", "other"),
    [
        (("spotify", "search", "ab:c"), ("spotify", "search", "a:bc")),
        (("spotify", "isrc", "x"), ("spotify", "search", "x")),
        (("spotify", "isrc", "x"), ("lastfm", "isrc", "x")),
        (("spotify", "a", "bc"), ("spotify", "ab", "c")),
    ],
    ids=["names", "operation", "provider", "separators"],
)
def test_other_questions_have_other_keys(one, other):
    assert cache_keys.digest(*one) != cache_keys.digest(*other)


def test_another_projection_is_another_key():
    before = cache_keys.answer_key("spotify", "search", "x")

    assert cache_keys.answer_key("spotify", "search", "x", projection=2) != before


def test_all_that_one_script_touches_has_one_hash_tag():
    keys = [
        cache_keys.lease_key("spotify", "search", "x"),
        cache_keys.budget_key("spotify", "turns"),
        cache_keys.bench_key("spotify"),
        cache_keys.probe_key("spotify", "search"),
    ]

    assert {re.findall(r"\{(.*?)\}", key)[0] for key in keys} == {"spotify"}
    assert len(set(keys)) == len(keys)
