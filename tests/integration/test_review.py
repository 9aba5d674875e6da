"""Decisions of people: what they change, what holds against them, and undoing."""

import pytest

from enrichment.errors import InputInvalid
from enrichment.matching.by_person import REFUSED, TAKEN
from enrichment.model import Outcome
from enrichment.pipeline import enrich
from enrichment.pipeline.recompute import Contribution
from enrichment.pipeline.rematch import rematch
from enrichment.pipeline.revoke import take_back
from enrichment.review.acts import Act, Choice, DecidedMeanwhile, NotThere
from enrichment.review.deciding import decide, undo
from enrichment.review.options import options_of
from enrichment.review.questions import case
from tests import factories
from tests.integration.connections import pool
from tests.review import SPOTIFY, ambiguous, listed, state

__all__ = ["pool"]

RULES = enrich.DATA_VERSION
TRACK = factories.track_id(1)


def take(value, *, track=TRACK, field="spotify_id", who="anna", **more):
    return Act([Choice(track, field, value)], who=who, kind="ambiguous", **more)


async def questions(pool):
    rows = await pool.fetch(
        "SELECT kind, subject, plays FROM review_questions ORDER BY kind, subject"
    )
    return [tuple(row) for row in rows]


async def test_an_ambiguous_part_opens_a_question_and_a_decision_closes_it(pool):
    await ambiguous(pool, 1)
    await listed(pool, TRACK, TRACK)
    await pool.execute("SELECT fold_review_changes()")
    assert await questions(pool) == [("ambiguous", "spotify", 2)]

    await decide(pool, take("sp1b", why="it is longer"), data_version=RULES)

    now = await state(pool, TRACK)
    assert (now["spotify_id"], now["album"]) == ("sp1b", "Album b")
    assert (now["record"], now["reasons"]) == (("found", "sp1b"), [TAKEN])
    said = await pool.fetchrow(
        "SELECT provider, pinned FROM field_provenance WHERE field = 'spotify_id'"
    )
    assert tuple(said) == ("person", True)
    assert await questions(pool) == []
    assert await pool.fetchval("SELECT coalesce(sum(open), 0) FROM review_counts") == 0


async def test_none_of_these_takes_back_what_the_provider_gave(pool):
    await ambiguous(pool, 1, outcome=Outcome.FOUND)
    assert (await state(pool, TRACK))["album"] == "Album a"

    await decide(pool, take(None), data_version=RULES)

    now = await state(pool, TRACK)
    assert (now["spotify_id"], now["album"]) == (None, None)
    assert (now["record"], now["reasons"]) == (("absent", None), [REFUSED])
    assert await questions(pool) == []


@pytest.mark.parametrize("choice", ["sp1b", None, "pasted"])
@pytest.mark.parametrize("outcome", [Outcome.AMBIGUOUS, Outcome.FOUND])
async def test_undoing_restores_values_candidates_and_the_question(
    pool, choice, outcome
):
    await ambiguous(pool, 1, outcome=outcome)
    before, asked = await state(pool, TRACK), await questions(pool)

    act = await decide(pool, take(choice), data_version=RULES)
    assert await state(pool, TRACK) != before
    await undo(pool, act, "bert", data_version=RULES)

    assert await state(pool, TRACK) == before
    assert await questions(pool) == asked
    told = await pool.fetchrow("SELECT undone_by, choice FROM review_decisions")
    assert tuple(told) == ("bert", choice)
    with pytest.raises(DecidedMeanwhile, match="bert"):
        await undo(pool, act, "anna", data_version=RULES)


async def test_a_worker_that_read_before_the_decision_does_not_override_it(pool):
    """The batch had accepted another recording, and writes it afterwards."""
    await ambiguous(pool, 1)
    await decide(pool, take("sp1b"), data_version=RULES)

    await ambiguous(pool, 1, outcome=Outcome.FOUND, later=True)

    now = await state(pool, TRACK)
    assert now["spotify_id"] == "sp1b"


async def test_rematching_and_revoking_leave_a_decision(pool):
    await ambiguous(pool, 1)
    await decide(pool, take("sp1b"), data_version=RULES)
    decided = await state(pool, TRACK)

    async for _ in rematch(pool, data_version="other rules"):
        pass
    assert await state(pool, TRACK) == decided

    await take_back(pool, Contribution(SPOTIFY), data_version=RULES)
    now = await state(pool, TRACK)
    assert (now["spotify_id"], now["record"], now["album"]) == ("sp1b", None, None)


async def test_the_second_of_two_reviewers_is_told(pool):
    await ambiguous(pool, 1)
    await decide(pool, take("sp1b", seen=0), data_version=RULES)

    with pytest.raises(DecidedMeanwhile, match=r"anna decided meanwhile.*sp1b"):
        await decide(pool, take("sp1a", who="bert", seen=0), data_version=RULES)

    assert (await state(pool, TRACK))["spotify_id"] == "sp1b"


async def test_a_later_decision_stands_and_undoing_it_brings_the_earlier_back(pool):
    await ambiguous(pool, 1)
    first = await decide(pool, take("sp1b"), data_version=RULES)
    decided = await state(pool, TRACK)
    second = await decide(pool, take("sp1a", who="bert"), data_version=RULES)
    assert (await state(pool, TRACK))["spotify_id"] == "sp1a"
    with pytest.raises(DecidedMeanwhile, match="later decision"):
        await undo(pool, first, "anna", data_version=RULES)

    await undo(pool, second, "bert", data_version=RULES)

    assert await state(pool, TRACK) == decided


async def test_what_cannot_be_decided_is_refused_whole(pool):
    await ambiguous(pool, 1)
    before = await state(pool, TRACK)
    two = [Choice(TRACK, "album", "Mine"), Choice(TRACK, "musicbrainz_id", "x")]
    for act, error in [
        (Act([], who="anna"), InputInvalid),
        (take("x", who=" "), InputInvalid),
        (Act(two, who="anna"), InputInvalid),
        (take("x", track=factories.track_id(9)), NotThere),
        (Act([two[0], two[0]], who="anna"), InputInvalid),
    ]:
        with pytest.raises(error):
            await decide(pool, act, data_version=RULES)

    assert await state(pool, TRACK) == before
    assert await pool.fetchval("SELECT count(*) FROM review_decisions") == 0


async def test_a_provider_that_has_no_id_of_a_track_leaves_nothing_to_decide(pool):
    await ambiguous(pool, 1, outcome=Outcome.FOUND)
    for provider, outcome in (("reccobeats", "found"), ("deezer", "ambiguous")):
        await pool.execute(
            "INSERT INTO provider_records"
            " (track_id, provider, outcome, question, fetched_at)"
            " VALUES ($1, $2, $3, 'search:x', now())",
            *(factories.track_id(1), provider, outcome),
        )
    await pool.execute(
        "UPDATE provider_records SET outcome = 'ambiguous'"
        " WHERE provider = 'reccobeats'"
    )
    asked = await pool.fetch("SELECT kind, subject FROM review_questions")
    assert [tuple(row) for row in asked] == [("ambiguous", "deezer")]

    # where others contradict each other, it is no part of the answer
    await pool.execute(
        "UPDATE provider_records"
        " SET outcome = 'found', reasons = ARRAY['conflict: another recording']"
    )
    (row,) = await pool.fetch(
        "SELECT question_id FROM review_questions WHERE kind = 'fields_in_conflict'"
    )
    refused = options_of(await case(pool, row["question_id"])).none
    assert sorted(choice.field for choice in refused) == ["deezer_id", "spotify_id"]
