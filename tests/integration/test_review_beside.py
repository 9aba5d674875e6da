"""Decisions beside other decisions: later ones, merged ones, those set by command."""

import asyncio
from collections.abc import Mapping

import pytest

from enrichment.contract.identity.identity import IDENTITY_VERSION, track_key
from enrichment.matching.by_person import TAKEN
from enrichment.pipeline import enrich
from enrichment.review import questions
from enrichment.review.acts import Act, Choice, DecidedMeanwhile
from enrichment.review.answering import Answer, answer
from enrichment.review.deciding import decide, undo
from enrichment.store.rekeying import rekey
from enrichment.store.tracks import by_hand
from tests import factories
from tests.integration.connections import pool
from tests.review import ambiguous, listed, own_id, state

__all__ = ["pool"]

RULES: Mapping[str, str] = {"data_version": enrich.DATA_VERSION}
TRACK = factories.track_id(1)


async def say(pool, value, *, track=TRACK, field="spotify_id", **more):
    act = Act([Choice(track, field, value)], who="anna", kind="ambiguous", **more)
    return await decide(pool, act, **RULES)


async def asked(pool):
    rows = await pool.fetch("SELECT kind, question_id FROM review_questions")
    return {row["kind"]: row["question_id"] for row in rows}


@pytest.fixture
async def merged(pool):
    """Two tracks with different decisions that have become one; its acts, and it."""
    acts = []
    for number, value in ((1, "sp1b"), (2, None)):
        await ambiguous(pool, number, track_id=own_id(number))
        acts.append(await say(pool, value, track=own_id(number)))
    one = track_key(factories.wanted(1).name)
    await rekey(pool, version=IDENTITY_VERSION + 1, rules=lambda _: one)
    return (*acts, str(await pool.fetchval("SELECT track_id FROM tracks")))


async def test_a_second_choice_leaves_nothing_of_the_first_recording(pool):
    await ambiguous(pool, 1)
    await say(pool, "sp1b")

    await say(pool, "pasted")

    now = await state(pool, TRACK)
    assert (now["spotify_id"], now["album"]) == ("pasted", None)
    assert (now["record"], now["reasons"]) == (("found", "pasted"), [TAKEN])


@pytest.mark.parametrize("given", [Answer(take="sp1b"), Answer(none=True)])
async def test_an_answer_to_decisions_that_differ_closes_the_question(
    pool, merged, given
):
    question = (await asked(pool))["decisions_differ"]

    act = await answer(pool, question, given, "bert", **RULES)
    assert "decisions_differ" not in await asked(pool)

    await undo(pool, act, "bert", **RULES)
    assert "decisions_differ" in await asked(pool)


@pytest.mark.parametrize("which", [0, 1])
async def test_undoing_one_of_two_decisions_leaves_the_other(pool, merged, which):
    stays = ["sp1b", None][1 - which]

    await undo(pool, merged[which], "bert", **RULES)

    now = await state(pool, merged[2])
    assert (now["spotify_id"], now["pinned_fields"]) == (stays, ["spotify_id"])
    assert now["record"][0] == ("found" if stays else "absent")
    assert "decisions_differ" not in await asked(pool)


async def test_a_value_set_by_command_is_not_undone_with_the_decision(pool):
    await ambiguous(pool, 1)
    act = await say(pool, "Pier9", field="label")

    await by_hand.fix(pool, TRACK, {"label": "Pier 9 Records"}, [])

    with pytest.raises(DecidedMeanwhile, match="tracks fix"):
        await undo(pool, act, "anna", **RULES)
    row = await pool.fetchrow("SELECT label, pinned_fields FROM tracks")
    assert tuple(row) == ("Pier 9 Records", ["label"])


async def test_a_field_given_back_by_command_is_decided_no_more(pool):
    await ambiguous(pool, 1)
    await say(pool, "sp1b")

    await by_hand.fix(pool, TRACK, {}, ["spotify_id"])

    in_force = await pool.fetchval(
        "SELECT count(*) FROM review_decisions WHERE undone_at IS NULL"
    )
    assert in_force == 0
    assert (await state(pool, TRACK))["pinned_fields"] == []


async def test_decisions_end_with_their_track(pool):
    await ambiguous(pool, 1)
    act = await say(pool, "Pier9", field="label")
    await by_hand.delete(pool, TRACK)
    await ambiguous(pool, 1)
    fresh = await state(pool, TRACK)

    with pytest.raises(DecidedMeanwhile, match="tracks delete"):
        await undo(pool, act, "anna", **RULES)

    assert await state(pool, TRACK) == fresh


async def test_a_decision_under_way_is_newer_than_what_was_seen_meanwhile(pool):
    """It had its number before, and was not there to be seen."""
    for number in (1, 2):
        await ambiguous(pool, number)
    async with pool.acquire() as other:
        async with other.transaction():
            # the first decision waits for this record, its row is written
            await other.execute(
                "SELECT FROM provider_records WHERE track_id = $1 FOR UPDATE", TRACK
            )
            first = asyncio.create_task(say(pool, "sp1b"))
            await waiting(other, 1)
            second = asyncio.create_task(say(pool, "sp2b", track=factories.track_id(2)))
            await waiting(other, 2, unless=second)
            seen = await other.fetchval(questions.SEEN)
        await asyncio.gather(first, second)

    with pytest.raises(DecidedMeanwhile, match="sp1b"):
        await say(pool, "sp1a", seen=seen)


async def blocked(connection):
    # a transaction looks at who waits once, and keeps what it saw
    await connection.execute("SELECT pg_stat_clear_snapshot()")
    return await connection.fetchval(
        "SELECT count(*) FROM pg_stat_activity WHERE datname = current_database()"
        " AND cardinality(pg_blocking_pids(pid)) > 0"
    )


async def waiting(connection, many, *, unless=None):
    async with asyncio.timeout(60):
        while await blocked(connection) < many:
            if unless and unless.done():
                return


async def test_a_mention_is_counted_once(pool):
    for number in (1, 2):
        await ambiguous(pool, number)
    await listed(pool, TRACK, TRACK)
    question = await pool.fetchval(
        "SELECT question_id FROM review_question_tracks WHERE track_id = $1", TRACK
    )

    # counted anew, before the change is added
    await pool.execute(
        "INSERT INTO review_question_tracks VALUES ($1, $2)",
        factories.track_id(2),
        question,
    )
    await pool.execute("SELECT fold_review_changes()")

    plays = "SELECT plays FROM review_questions WHERE question_id = $1"
    assert await pool.fetchval(plays, question) == 2
