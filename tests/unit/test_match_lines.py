"""Questions and decisions as JSON objects."""

import pytest

from enrichment.cli.actions.match_lines import MatchLineInvalid, match_json

QUERY = {"artist": "Night Ferry", "title": "Harbour"}


def test_the_best_candidate_is_named_by_the_id_it_came_with():
    answer = match_json(
        {
            "query": {**QUERY, "duration_ms": 401000, "isrc": "gb-xxx-09-00001"},
            "candidates": [
                {"id": 17, "artist": "Night Ferry", "title": "Harbour (Dub)"},
                {
                    "id": "x",
                    "artist": "Night Ferry",
                    "title": "Harbour",
                    "album": "Quays",
                    "duration_ms": 401500.0,
                    "isrc": "GBXXX0900001",
                    "year": 2009,
                },
            ],
        }
    )

    assert answer == {
        "decision": "accept",
        "id": "x",
        "score": 1.0,
        "reasons": ["isrc: agrees", "duration: agrees"],
    }


def test_no_match_has_no_id():
    answer = match_json(
        {"query": QUERY, "candidates": [{"id": 1, "artist": "Other", "title": "Song"}]}
    )

    assert (answer["decision"], answer["id"]) == ("none", None)


def test_what_is_not_known_may_be_left_out_or_null():
    answer = match_json(
        {
            "query": {"title": "Harbour", "artist": None},
            "candidates": [{"artist": "Night Ferry", "title": "Harbour"}],
        }
    )

    assert (answer["decision"], answer["id"]) == ("ambiguous", None)


@pytest.mark.parametrize(
    ("item", "told"),
    [
        ([], "the line: must be an object"),
        ({}, "query: missing"),
        ({"query": "x"}, "query: must be an object"),
        ({"query": {"title": 5}}, "query.title: must be text"),
        ({"query": {**QUERY, "duration_ms": "long"}}, "query.duration_ms: must be"),
        ({"query": {**QUERY, "duration_ms": True}}, "query.duration_ms: must be"),
        ({"query": {**QUERY, "duration_ms": -1}}, "query.duration_ms: -1 is out of"),
        ({"query": {**QUERY, "year": "soon"}}, "query.year: must be a number"),
        ({"query": QUERY, "candidates": {}}, "candidates: must be a list"),
        ({"query": QUERY, "candidates": [1]}, "candidates[0]: must be an object"),
        ({"query": QUERY, "candidates": [{"id": []}]}, "candidates[0].id: must be"),
    ],
)
def test_a_question_of_another_shape_is_refused_with_the_field_s_name(item, told):
    with pytest.raises(MatchLineInvalid) as refused:
        match_json(item)

    assert str(refused.value).startswith(told)


def test_a_year_may_be_a_date():
    answer = match_json(
        {
            "query": {**QUERY, "year": "2009-09-22"},
            "candidates": [{**QUERY, "id": "x", "year": "2009"}],
        }
    )

    assert answer["score"] == 1.0


def test_a_rival_is_called_by_its_own_id():
    query = {"artist": "Orbital", "title": "Halcyon"}
    lengths = {"first": 200_000, 7: 420_000}

    decision = match_json(
        {
            "query": query,
            "candidates": [
                {"id": id_, "duration_ms": length, **query}
                for id_, length in lengths.items()
            ],
        }
    )

    assert decision["decision"] == "ambiguous"
    told = next(r for r in decision["reasons"] if r.startswith("margin:"))
    assert told.split()[1] in {"first", "7"}
