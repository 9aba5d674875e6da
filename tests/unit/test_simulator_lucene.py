"""The search reads Lucene as MusicBrainz does, traps included."""

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from provider_simulator.search import lucene
from provider_simulator.search.index import Index, words
from provider_simulator.search.lucene import QueryInvalid

DOCUMENTS = [
    {"recording": ["Strobe"], "artist": ["deadmau5"], "isrc": ["USUS11000001"]},
    {"recording": ["Strobe (Club Edit)"], "artist": ["deadmau5"], "isrc": []},
    {"recording": ["Strobe"], "artist": ["Dimmi Karras"], "isrc": ["GBAAA0000001"]},
    {"recording": ["Café del Mar"], "artist": ["Energy 52"], "isrc": ["DEAAA0000002"]},
    {"recording": ["Sun & Moon"], "artist": ["Above & Beyond"], "isrc": []},
    {"recording": ["Don’t Stop"], "artist": ["AC/DC"], "isrc": ["USAAA0000003"]},
    {"recording": ["夜に駆ける"], "artist": ["YOASOBI"], "isrc": []},
    {"recording": ["Stop"], "artist": ["Don"], "firstreleasedate": ["2015-03-18"]},
]
LENGTHS = [637_000, 280_000, 300_000, 400_000, 240_000, 215_000, 261_000, 100_000]


@pytest.fixture(scope="module")
def index():
    index = Index()
    for number, texts in enumerate(DOCUMENTS):
        index.add(number, texts, {"dur": [LENGTHS[number]]})
    return index


def found(index, query):
    return {number for number, _ in index.search(lucene.parse(query))}


@pytest.mark.parametrize(
    ("query", "hits"),
    [
        ('recording:"strobe" AND artist:"deadmau5"', {0, 1}),
        ("recording:strobe", {0, 1, 2}),
        ('recording:"strobe" artist:"energy 52"', {0, 1, 2, 3}),
        ("strobe NOT karras", {0, 1}),
        ("strobe -artist:karras", {0, 1}),
        ("+strobe +edit", {1}),
        ("strobe && !edit", {0, 2}),
        ("isrc:usus11000001 OR isrc:DEAAA0000002", {0, 3}),
        ("isrc:(USUS11000001 OR GBAAA0000001)", {0, 2}),
        (
            '(recording:"strobe" AND artist:"deadmau5") OR (recording:"stop")',
            {0, 1, 5, 7},
        ),
        # Not what it seems: AND binds its neighbours only, the first is optional.
        ("artist:yoasobi OR recording:strobe AND artist:deadmau5", {0, 1}),
        ('recording:"cafe del mar"', {3}),
        ('recording:"del cafe"', set()),
        ('recording:"mar cafe"~2', {3}),
        ('artist:"Above and Beyond"', {4}),
        ('recording:"dont stop"', {5}),
        (r"artist:ac\/dc", {5}),
        (r'recording:"夜に駆ける"', {6}),
        ("recording:stro*", {0, 1, 2}),
        ("recording:str?be", {0, 1, 2}),
        ("recording:strove~1", {0, 1, 2}),
        ("recording:strxxe~1", set()),
        ("dur:[636000 TO 638000]", {0}),
        ("dur:{637000 TO *]", set()),
        ("recording:strobe AND dur:[* TO 300000]", {1, 2}),
        ("firstreleasedate:2015", {7}),
        ("firstreleasedate:[2015 TO 2016]", {7}),
        ("title:strobe", {0, 1, 2}),
        ("nowhere", set()),
    ],
)
def test_a_query_finds(index, query, hits):
    assert found(index, query) == hits


@pytest.mark.parametrize(
    "query",
    [
        'artist:"unbalanced',
        "(strobe",
        "strobe)",
        "AND strobe",
        "strobe AND",
        "artist:",
        "ac/dc",
        "recording:a:b",
        "dur:[1 2]",
        "()",
        "strobe ]",
    ],
)
def test_syntax_that_is_not_escaped_is_refused(query):
    with pytest.raises(QueryInvalid):
        lucene.parse(query)


def test_the_best_hit_scores_100_and_others_less(index):
    hits = index.search(lucene.parse('recording:"strobe" artist:"deadmau5"'))

    assert [number for number, _ in hits[:2]] == [0, 1]
    assert hits[0][1] == 100
    assert [score for _, score in hits] == sorted((s for _, s in hits), reverse=True)


def test_1024_clauses_are_read_and_1025_are_not():
    lucene.parse(" OR ".join("isrc:A" for _ in range(1_024)))

    with pytest.raises(QueryInvalid):
        lucene.parse(" OR ".join("isrc:A" for _ in range(1_025)))


@pytest.mark.parametrize(
    ("query", "members"),
    [
        ("isrc:A OR isrc:B OR isrc:C", 3),
        ('(recording:"a" AND artist:"b") OR (recording:"c" AND artist:"d")', 2),
        ('recording:"a" AND artist:"b"', 1),
        ("rid:(a OR b)", 2),
        ("strobe", 1),
    ],
)
def test_the_members_of_a_batch_are_counted(query, members):
    assert lucene.members(lucene.parse(query)) == members


def escaped(text):
    return "".join(f"\\{c}" if c in '+-&|!(){}[]^"~*?:\\/' else c for c in text)


@settings(max_examples=100, deadline=None)
@given(st.text(min_size=1, max_size=30).filter(words))
def test_any_escaped_title_is_found_as_a_phrase(title):
    index = Index()
    index.add(0, {"recording": [title]}, {})

    assert found(index, f'recording:"{escaped(title)}"') == {0}
