"""Columns as literals: what Postgres reads back is what was given."""

import pytest

from enrichment.model import ProviderName
from enrichment.store.tracks.array_literals import columns_of, text_array


@pytest.mark.parametrize(
    ("texts", "literal"),
    [
        pytest.param((), "{}", id="none"),
        pytest.param(("",), '{""}', id="an empty text is no empty array"),
        pytest.param(("a", "b"), '{"a","b"}', id="two"),
        pytest.param(("NULL", "{}"), '{"NULL","{}"}', id="words of the syntax"),
        pytest.param(('say "hi"', "a\\b"), r'{"say \"hi\"","a\\b"}', id="quotes"),
        pytest.param(("a\x1fb", "c\x1e"), '{"a b","c "}', id="our own marks"),
    ],
)
def test_a_text_array_is_quoted(texts, literal):
    assert text_array(texts) == literal


def test_rows_become_columns_and_nothing_becomes_null():
    rows = [("x", 1, None), (ProviderName.SPOTIFY, None, None), ("\x1e", 2.5, "y")]

    assert columns_of(rows) == [
        '{"x","spotify"," "}',
        '{"1",NULL,"2.5"}',
        '{NULL,NULL,"y"}',
    ]
