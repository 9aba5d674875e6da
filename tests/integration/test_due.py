"""What waits in a real Postgres: claimed once, given back, due when due."""

from datetime import UTC, datetime, timedelta

import pytest

from enrichment.model import Outcome, ProviderName
from enrichment.scheduling import due
from enrichment.store.tracks.write import Store
from tests import factories
from tests.integration.connections import pool

__all__ = ["pool"]

NO_GRACE = timedelta(0)


async def pending(pool, count, age=timedelta(minutes=5)):
    """Rows as a crawl commits them."""
    await pool.executemany(
        "INSERT INTO tracks (track_id, track_key, artist, title, first_queued_at)"
        " VALUES ($1, 'k', $2, $3, now() - $4::interval)",
        [
            (factories.track_id(n), f"Artist {n}", f"Title {n}", age)
            for n in range(count)
        ],
    )


async def partial(pool, number, due_in, reason="quota"):
    """A track of which one provider's part waits."""
    at = datetime.now(UTC) + due_in
    record = factories.record(
        ProviderName("spotify"), Outcome.BENCHED, due_at=at, due_reason=reason
    )
    await Store(pool, data_version="t").write(
        [factories.enriched(number, records=[record])]
    )


def ids(rows):
    return {str(row["track_id"]) for row in rows}


def numbered(*numbers):
    return {factories.track_id(n) for n in numbers}


async def statuses(pool):
    return {r["status"] for r in await pool.fetch("SELECT status FROM tracks")}


async def test_claims_of_two_connections_never_overlap_and_never_wait(pool):
    await pending(pool, 100)

    async with pool.acquire() as first, first.transaction():
        # the locks of this claim are held while the other connection claims
        mine = await due.claim_unpublished(first, NO_GRACE, 40)
        theirs = await due.claim_unpublished(pool, NO_GRACE, 100)

    assert (len(mine), len(theirs)) == (40, 60)
    assert not ids(mine) & ids(theirs)


async def test_a_claimed_row_is_not_claimed_again_until_given_back(pool):
    await pending(pool, 3)
    first = await due.claim_unpublished(pool, NO_GRACE, 10)
    assert await due.claim_unpublished(pool, NO_GRACE, 10) == []

    await due.give_back_unpublished(pool, sorted(ids(first)))

    assert ids(await due.claim_unpublished(pool, NO_GRACE, 10)) == ids(first)


async def test_a_claim_whose_scheduler_died_is_found_again(pool):
    await pending(pool, 1)
    await due.claim_unpublished(pool, NO_GRACE, 10)
    await pool.execute("UPDATE tracks SET published_at = now() - interval '61 seconds'")

    assert len(await due.claim_unpublished(pool, NO_GRACE, 10)) == 1


async def test_the_crawl_has_its_grace_to_publish_itself(pool):
    await pending(pool, 2, age=timedelta(seconds=30))

    assert await due.claim_unpublished(pool, timedelta(minutes=1), 10) == []
    assert len(await due.claim_unpublished(pool, timedelta(seconds=10), 10)) == 2


async def test_the_oldest_are_claimed_first(pool):
    await pending(pool, 5)
    await pool.execute(
        "UPDATE tracks SET first_queued_at = now() - interval '1 day'"
        " WHERE artist = 'Artist 3'"
    )

    rows = await due.claim_unpublished(pool, NO_GRACE, 1)

    assert ids(rows) == numbered(3)


async def test_a_published_row_is_in_progress_and_no_longer_pending(pool):
    await pending(pool, 2)

    await due.mark_published(pool, sorted(numbered(0)))

    assert ids(await due.claim_unpublished(pool, NO_GRACE, 10)) == numbered(1)
    assert await statuses(pool) == {"pending", "in_progress"}


async def test_a_late_confirm_does_not_undo_what_a_worker_has_written(pool):
    await pending(pool, 1)
    await Store(pool, data_version="t").write([factories.enriched(0)])

    await due.mark_published(pool, sorted(numbered(0)))
    await due.give_back_unpublished(pool, sorted(numbered(0)))
    await due.give_back_due(pool, sorted(numbered(0)))

    assert await statuses(pool) == {"completed"}


async def test_due_only_when_due(pool):
    await partial(pool, 0, timedelta(seconds=-1))
    await partial(pool, 1, timedelta(hours=1))
    await Store(pool, data_version="t").write([factories.enriched(2)])

    assert ids(await due.claim_due(pool, 10)) == numbered(0)
    assert await due.claim_due(pool, 10) == []


async def test_what_waits_for_a_reason_that_is_over_is_due_at_once(pool):
    await partial(pool, 0, timedelta(minutes=5), "pause")
    await partial(pool, 1, timedelta(minutes=5), "quota")

    assert await due.bring_forward(pool, "musicbrainz", "pause") == 0
    assert await due.bring_forward(pool, "spotify", "pause") == 1

    assert ids(await due.claim_due(pool, 10)) == numbered(0)


async def test_what_is_due_and_given_back_is_due_again(pool):
    await partial(pool, 0, timedelta(seconds=-1))
    rows = await due.claim_due(pool, 10)

    await due.give_back_due(pool, sorted(ids(rows)))

    assert await statuses(pool) == {"partial"}
    assert ids(await due.claim_due(pool, 10)) == numbered(0)


async def test_two_claims_of_what_is_due_never_overlap(pool):
    for n in range(10):
        await partial(pool, n, timedelta(seconds=-1))

    async with pool.acquire() as first, first.transaction():
        mine = await due.claim_due(first, 4)
        theirs = await due.claim_due(pool, 10)

    assert (len(mine), len(theirs)) == (4, 6)
    assert not ids(mine) & ids(theirs)


@pytest.mark.parametrize(
    ("lane", "age", "found"),
    [
        ("main", timedelta(minutes=20), {0}),
        ("main", timedelta(minutes=10), set()),
        ("backlog", timedelta(minutes=20), set()),
    ],
)
async def test_stranded_is_what_was_published_long_ago_in_this_lane(
    lane, age, found, pool
):
    await pending(pool, 2)
    await due.mark_published(pool, sorted(numbered(0)))
    await pool.execute("UPDATE tracks SET published_at = now() - $1::interval", age)

    rows = await due.claim_stranded(pool, lane, timedelta(minutes=15), 10)

    assert ids(rows) == numbered(*found)
    assert not await due.claim_stranded(pool, lane, timedelta(minutes=15), 10)


async def test_counts_say_what_waits_for_whom_and_why(pool):
    await pending(pool, 1)
    await pool.execute("UPDATE tracks SET track_id = $1", factories.track_id(99))
    await partial(pool, 0, timedelta(hours=1))
    await partial(pool, 1, timedelta(hours=1))

    assert await due.counts(pool) == (1, [("spotify", "quota", 2)])


async def test_the_oldest_message_is_told_for_each_lane(pool):
    await pending(pool, 2)
    await due.mark_published(pool, sorted(numbered(0, 1)))
    for number, lane, minutes in ((0, "main", 5), (1, "backlog", 90)):
        await pool.execute(
            "UPDATE tracks SET lane = $2, published_at = now() - $3::interval"
            " WHERE track_id = $1",
            factories.track_id(number),
            lane,
            timedelta(minutes=minutes),
        )

    ages = dict(await due.oldest(pool))

    assert ages["main"] == pytest.approx(5 * 60, abs=60)
    assert ages["backlog"] == pytest.approx(90 * 60, abs=60)
    assert ages["reenrichment"] == 0
