"""Whatever runs after a decision, the decision stands; none is lost among writers."""

import asyncio
import random
from datetime import UTC, datetime

import pytest

from enrichment import matching
from enrichment.contract.identity.identity import IDENTITY_VERSION, track_key
from enrichment.lookup.planner import Progress
from enrichment.matching.by_person import REFUSED, TAKEN
from enrichment.model import Found, Question
from enrichment.pipeline import enrich
from enrichment.pipeline.amend import Moment, amended
from enrichment.pipeline.batch import Track
from enrichment.pipeline.recompute import Contribution
from enrichment.pipeline.rematch import rematch
from enrichment.pipeline.revoke import take_back
from enrichment.review.acts import Act, Choice
from enrichment.review.deciding import decide
from enrichment.store.answers import AnswerArchive
from enrichment.store.rekeying import rekey
from enrichment.store.tracks.write import Change, Store
from tests import factories
from tests.integration.connections import pool
from tests.review import SPOTIFY, ambiguous, candidate, listed, own_id

__all__ = ["pool"]

RULES = enrich.DATA_VERSION


async def look_up(pool, track_id, number, signs):
    """What a worker does: read, ask, match, and write upon what stands then."""
    store = Store(pool, data_version=RULES)
    row = (await store.read([track_id])).get(track_id)
    if row is None:
        return None
    at = datetime.now(UTC)
    offered = tuple(candidate(number, sign) for sign in signs)
    question = Question(SPOTIFY, "search", f"artist {number}:title {number}")
    wanted = factories.wanted(number, track_id=track_id, held=row.held)
    progress = Progress(wanted)
    decision = matching.decide(wanted, offered)
    progress.decide(question, decision, at, offered)
    await AnswerArchive(pool).keep({question: Found(offered)}, at)
    key = track_key(wanted.name)
    request = factories.request(number, track_id=track_id)
    return Track(request=request, key=key.text, progress=progress, known=row)


async def write(pool, track):
    store = Store(pool, data_version=RULES)
    track_id = track.progress.wanted.track_id

    def make(known, revoked):
        moment = Moment(datetime.now(UTC), revoked=revoked)
        made = amended(track, known.get(track_id), moment)
        return [Change(made.track, made.asked)]

    await store.change({track_id: ["spotify"]}, make)


async def enriched_anew(pool, track_id, number, signs):
    if track := await look_up(pool, track_id, number, signs):
        await write(pool, track)


async def assert_stands(pool, choice):
    row = await pool.fetchrow(
        "SELECT t.spotify_id, 'spotify_id' = ANY (t.pinned_fields) AS pinned,"
        " r.outcome, r.provider_track_id, r.reasons"
        " FROM review_decisions AS d JOIN tracks AS t USING (track_id)"
        " LEFT JOIN provider_records AS r"
        "   ON r.track_id = t.track_id AND r.provider = 'spotify'"
        " WHERE d.undone_at IS NULL AND d.replaced_by IS NULL"
    )
    assert (row["spotify_id"], row["pinned"]) == (choice, True)
    if row["outcome"] is not None:
        expected = ("absent", None) if choice is None else ("found", choice)
        assert (row["outcome"], row["provider_track_id"]) == expected
        assert row["reasons"][0] == (REFUSED if choice is None else TAKEN)
    opened = await pool.fetchval("SELECT count(*) FROM review_questions")
    assert opened == await pool.fetchval(
        "SELECT count(*) FROM review_questions WHERE kind = 'no_match'"
    )


@pytest.mark.parametrize("seed", range(4))
async def test_no_sequence_of_jobs_overrides_a_decision(pool, database_url, seed):
    rng = random.Random(seed)  # noqa: S311 (a test's chance)
    await ambiguous(pool, 1, track_id=own_id(1))
    await listed(pool, own_id(1))
    choice = rng.choice(["sp1a", "sp1b", None, "pasted"])
    chosen = Choice(own_id(1), "spotify_id", choice)
    await decide(pool, Act([chosen], who="anna"), data_version=RULES)
    late = None
    version = IDENTITY_VERSION
    for _ in range(10):
        job = rng.choice(["ask", "read", "late", "rematch", "revoke", "rekey", "again"])
        track_id = str(await pool.fetchval("SELECT track_id FROM tracks"))
        signs = rng.sample("abc", rng.randint(0, 3))
        if job == "ask":
            await enriched_anew(pool, track_id, 1, signs)
        elif job == "read":
            late = await look_up(pool, track_id, 1, signs)
        elif job == "late" and late and late.progress.wanted.track_id == track_id:
            await write(pool, late)
        elif job == "rematch":
            async for _ in rematch(pool, data_version=f"rules {rng.random()}"):
                pass
        elif job == "revoke":
            await take_back(pool, Contribution(SPOTIFY), data_version=RULES)
        elif job == "rekey":
            version += 1
            await rekey(pool, version=version)
        else:
            await pool.expire_connections()
        await assert_stands(pool, choice)


async def test_two_decided_tracks_that_become_one_are_shown_as_a_conflict(pool):
    for number, value in ((1, "sp1b"), (2, None)):
        await ambiguous(pool, number, track_id=own_id(number))
        chosen = Choice(own_id(number), "spotify_id", value)
        await decide(pool, Act([chosen], who="anna"), data_version=RULES)
    one = track_key(factories.wanted(1).name)

    done = await rekey(pool, version=IDENTITY_VERSION + 1, rules=lambda _: one)

    assert done.merged == 1
    kept = await pool.fetch(
        "SELECT choice FROM review_decisions JOIN tracks USING (track_id)"
        " WHERE undone_at IS NULL AND replaced_by IS NULL"
    )
    assert {row["choice"] for row in kept} == {"sp1b", None}
    asked = await pool.fetch("SELECT kind, subject FROM review_questions")
    assert ("decisions_differ", "spotify_id") in [tuple(row) for row in asked]


async def test_a_decision_goes_over_to_the_track_that_stays(pool):
    await ambiguous(pool, 1, track_id=own_id(1))
    await ambiguous(pool, 2, track_id=own_id(2))
    decided = own_id(2)
    chosen = Choice(decided, "spotify_id", "sp2b")
    await decide(pool, Act([chosen], who="anna"), data_version=RULES)
    await pool.execute(
        "UPDATE tracks SET first_queued_at = now() - interval '1 day'"
        " WHERE track_id = $1",
        own_id(1),
    )
    one = track_key(factories.wanted(1).name)

    await rekey(pool, version=IDENTITY_VERSION + 1, rules=lambda _: one)

    row = await pool.fetchrow("SELECT title, spotify_id, pinned_fields FROM tracks")
    assert tuple(row) == ("Title 1", "sp2b", ["spotify_id"])


async def test_decisions_among_writers_are_all_there(pool, database_url):
    """Workers that read before the decisions write after them, again and again."""
    numbers = range(1, 31)
    for number in numbers:
        await ambiguous(pool, number)
    stop = asyncio.Event()

    async def works(signs):
        rng = random.Random(signs)  # noqa: S311 (as above)
        while not stop.is_set():
            number = rng.choice(numbers)
            await enriched_anew(pool, factories.track_id(number), number, signs)

    writers = [asyncio.create_task(works(signs)) for signs in ("ab", "a")]
    try:
        for number in numbers:
            chosen = Choice(factories.track_id(number), "spotify_id", f"sp{number}b")
            act = Act([chosen], who="anna", seen=0)
            await decide(pool, act, data_version=RULES)
    finally:
        stop.set()
        await asyncio.gather(*writers)

    lost = await pool.fetch(
        "SELECT d.choice, t.spotify_id, r.provider_track_id, r.outcome"
        " FROM review_decisions AS d JOIN tracks AS t USING (track_id)"
        " JOIN provider_records AS r USING (track_id)"
        " WHERE (t.spotify_id, r.provider_track_id, r.outcome)"
        "   IS DISTINCT FROM (d.choice, d.choice, 'found')"
    )
    assert [tuple(row) for row in lost] == []
    assert await pool.fetchval("SELECT count(*) FROM review_decisions") == 30
    assert await pool.fetchval("SELECT count(*) FROM review_questions") == 0
