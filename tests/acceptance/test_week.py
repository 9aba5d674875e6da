"""A week of renewals, refreshes, marks and a revocation beside two workers."""

import asyncio
import json
import random
from uuid import UUID

import asyncpg
import pytest

from enrichment.cli.actions import parse_lines
from enrichment.contract import queues
from enrichment.contract.identity.identity import TrackKey
from enrichment.model import ProviderName
from enrichment.pipeline import enrich, revoke
from enrichment.pipeline.revoke import Contribution
from enrichment.providers.registry import EXPECTED
from enrichment.store import admit
from tests import pipeline

pytestmark = pytest.mark.timeout(300)

TRACKS = 200
DAYS = 7

RECORDS = """
SELECT track_id, provider, outcome, provider_track_id, artists
FROM provider_records ORDER BY track_id, provider
"""
CREDITS = """
SELECT track_id, position, role, credited_as, a.spotify_id, a.musicbrainz_id
FROM track_credits JOIN artists AS a USING (artist_id) ORDER BY track_id, position
"""
OPEN = """
SELECT count(*) AS n FROM tracks AS t WHERE status <> 'completed' OR EXISTS (
    SELECT FROM provider_records AS r WHERE r.track_id = t.track_id
      AND r.due_at IS NOT NULL)
"""
# A day later, all that was said is a day older.
A_DAY = """
UPDATE provider_records SET fetched_at = fetched_at - interval '1 day'
WHERE due_at IS NULL RETURNING 1
"""


@pytest.fixture
def scale():
    return "60"


@pytest.fixture
def tracks():
    """Every other track is by an act of a joint name, which its providers know."""
    joint = "\n".join(
        f"Ana{n} & Bo{n} - Joint Tune {n:04d}" for n in range(TRACKS // 2)
    )

    acts = [json.loads(line) for line in parse_lines.each_line(joint.encode())]
    for act in acts:
        act["artists"] = [act["artist"]]
    return [*pipeline.track_rows(TRACKS // 2), *acts]


def open_tracks(database_url):
    return pipeline.rows(database_url, OPEN)[0]["n"]


def settled(database_url):
    """Every provider has answered every track, and nothing is to be asked again."""
    counted = "SELECT count(*) AS n FROM provider_records"
    records = pipeline.rows(database_url, counted)[0]["n"]
    return records == 3 * TRACKS and open_tracks(database_url) == 0


def state(database_url):
    return [
        [tuple(row) for row in pipeline.rows(database_url, query)]
        for query in (RECORDS, CREDITS)
    ]


async def disturb(database_url, chosen, day):
    """Mark, refresh and, once, revoke, whatever the workers hold at this moment."""
    pool = await asyncpg.create_pool(database_url, min_size=1, max_size=2)
    try:
        await pool.execute(A_DAY)
        async with pool.acquire() as connection:
            await connection.execute(
                "CREATE TEMPORARY TABLE chosen (track_id uuid, provider text)"
            )
            await connection.executemany(
                "INSERT INTO chosen VALUES ($1, $2)",
                [(UUID(t["track_id"]), name) for t, name in chosen[:60]],
            )
            await connection.execute("SELECT mark_for_reenrichment('chosen')")
        for track, _ in chosen[60:80]:
            request = pipeline.requests_of([track])[0]
            key = await pool.fetchval(
                "SELECT track_key FROM tracks WHERE track_id = $1",
                UUID(track["track_id"]),
            )
            await admit.admit(
                pool, TrackKey(key, track["track_id"]), request, refresh=True
            )
        if day == DAYS // 2:
            await revoke.take_back(
                pool,
                Contribution(ProviderName("lastfm")),
                data_version=enrich.DATA_VERSION,
            )
    finally:
        await pool.close()


def test_a_week_leaves_what_a_serial_run_leaves(
    workers, tracks, database_url, rabbitmq_url
):
    pipeline.declare(rabbitmq_url)
    pipeline.publish(rabbitmq_url, pipeline.requests_of(tracks))
    workers.start()
    pipeline.until(lambda: settled(database_url))
    serial = state(database_url)
    joint = {credit[3] for credit in serial[1] if " & " in credit[3]}
    assert len(joint) == TRACKS // 2

    workers.start("--queue", queues.REENRICHMENT_QUEUE)
    workers.start("--queue", queues.REENRICHMENT_QUEUE)
    chance = random.Random(7)  # noqa: S311 (which tracks, equal in every run)
    for day in range(DAYS):
        names = list(EXPECTED)
        chosen = [(t, chance.choice(names)) for t in chance.sample(tracks, 80)]
        asyncio.run(disturb(database_url, chosen, day))
        # a part of them is under way when the next day begins
        pipeline.until(lambda: open_tracks(database_url) < 40)
    # what was revoked is asked anew
    pipeline.publish(rabbitmq_url, pipeline.requests_of(tracks))
    pipeline.until(lambda: pipeline.depth(rabbitmq_url, queues.MAIN_QUEUE) == 0)
    pipeline.until(
        lambda: (
            len(state(database_url)[0]) == 3 * TRACKS and open_tracks(database_url) == 0
        ),
    )

    assert state(database_url) == serial
    assert pipeline.depth(rabbitmq_url, queues.DEAD_LETTER_QUEUE) == 0
