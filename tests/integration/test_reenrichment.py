"""What is stale is chosen by index, published once in effect, found again if lost."""

import asyncio
import json
from datetime import UTC, datetime, timedelta

import pytest

from enrichment.contract import queues
from enrichment.errors import ServerAway
from enrichment.model import Outcome, ProviderName
from enrichment.providers.registry import EXPECTED
from enrichment.queueing.publisher import Publisher
from enrichment.scheduling import renewal as reenrichment
from enrichment.scheduling.renewal import Renewal, RenewalPace
from enrichment.scheduling.scheduler import Pace, Scheduler
from enrichment.store.tracks.write import Store
from tests import factories, pipeline
from tests.integration.connections import broker, declared, pool

__all__ = ["broker", "declared", "pool"]

SPOTIFY, MUSICBRAINZ = ProviderName("spotify"), ProviderName("musicbrainz")
PACE = Pace(
    interval=timedelta(seconds=1),
    unpublished_grace=timedelta(),
    stranded_after=timedelta(minutes=15),
)


def ago(**span):
    return datetime.now(UTC) - timedelta(**span)


def record(provider=SPOTIFY, outcome=Outcome.FOUND, *, at, **known):
    return factories.record(provider, outcome, fetched_at=at, **known)


@pytest.fixture
def store(pool):
    return Store(pool, data_version="identity-1.match-1.merge-1")


@pytest.fixture
async def publisher(declared):
    made = Publisher(declared)
    yield made
    await made.close()


@pytest.fixture
def scheduler(pool, declared, publisher):
    return Scheduler(pool, declared, publisher, PACE)


class Published:
    """Takes what a sweep publishes; refuses or fails when told to."""

    def __init__(self):
        self.ids = []
        self.fails = False
        self.refused = frozenset()

    async def __call__(self, rows):
        if self.fails:
            raise ServerAway("broker")
        taken = [str(row["track_id"]) for row in rows]
        taken = [track_id for track_id in taken if track_id not in self.refused]
        self.ids += taken
        return taken


@pytest.fixture
def published():
    return Published()


@pytest.fixture
def renewal(pool, published):
    return Renewal(pool, published, EXPECTED)


def messages(rabbitmq_url):
    taken = []
    with pipeline.channel(rabbitmq_url) as channel:
        while (got := channel.basic_get(queues.REENRICHMENT_QUEUE, auto_ack=True))[0]:
            taken.append((got[1], json.loads(got[2])))
    return taken


async def test_a_stale_part_becomes_a_message_of_lowest_priority(
    scheduler, store, rabbitmq_url
):
    await store.write(
        [
            factories.enriched(1, records=[record(at=ago(days=9))]),
            factories.enriched(2, records=[record(at=ago(days=7))]),
        ]
    )

    await scheduler.sweep()

    ((properties, body),) = messages(rabbitmq_url)
    assert body["track_id"] == factories.track_id(1)
    assert (properties.priority, body["priority"], body["lane"]) == (
        0,
        0,
        "reenrichment",
    )


@pytest.mark.parametrize(
    ("provider", "outcome", "fresh_days", "stale_days"),
    [
        (SPOTIFY, Outcome.FOUND, 7, 9),
        (ProviderName("lastfm"), Outcome.FOUND, 7, 9),
        (MUSICBRAINZ, Outcome.FOUND, 30, 35),
        (MUSICBRAINZ, Outcome.ABSENT, 0.9, 1.1),
        (SPOTIFY, Outcome.AMBIGUOUS, 59, 61),
    ],
)
async def test_age_is_judged_by_provider_and_outcome(
    renewal, published, store, provider, outcome, fresh_days, stale_days
):
    await store.write(
        [
            factories.enriched(n, records=[record(provider, outcome, at=ago(days=d))])
            for n, d in ((1, fresh_days), (2, stale_days))
        ]
    )

    await renewal.sweep(10, None)

    assert published.ids == [factories.track_id(2)]


async def test_what_stays_absent_is_asked_ever_less(pool, store):
    begun = datetime(2026, 1, 1, tzinfo=UTC)
    schedule = []
    for n in range(11):
        at = begun + timedelta(days=n)
        absent = record(MUSICBRAINZ, Outcome.ABSENT, at=at)
        await store.write([factories.enriched(1, records=[absent])])
        await store.write([factories.enriched(1, records=[absent])])  # no new answer
        schedule.append(
            await pool.fetchval(
                """SELECT extract(day FROM s.stale_after)::int
                FROM provider_records r JOIN staleness_rules s
                USING (provider, outcome, unreleased, absences)"""
            )
        )

    assert schedule == [1, 2, 4, 8, 16, 32, 64, 128, 180, 180, 180]


async def test_found_again_forgets_the_absences(pool, store):
    for days, outcome in ((9, Outcome.ABSENT), (5, Outcome.FOUND), (1, Outcome.ABSENT)):
        await store.write(
            [
                factories.enriched(
                    1, records=[record(outcome=outcome, at=ago(days=days))]
                )
            ]
        )

    assert await pool.fetchval("SELECT absences FROM provider_records") == 1


async def listed(pool, number, label=None, *, retrieved_at=None):
    tracklist = await pool.fetchval(
        """INSERT INTO tracklists (source, source_key, format, parsed_rows,
               content_hash, retrieved_at)
        VALUES ('mixesdb', $1, 'wiki', 1, 'x', $2) RETURNING tracklist_id""",
        str(datetime.now(UTC).timestamp()),
        retrieved_at or datetime.now(UTC),
    )
    await pool.execute(
        """INSERT INTO tracklist_rows (tracklist_id, position, raw, label, identified,
               track_id) VALUES ($1, 1, 'raw', $2, true, $3)""",
        tracklist,
        label,
        factories.track_id(number),
    )


@pytest.mark.parametrize("sign", ["promo label", "title"])
async def test_the_unreleased_have_a_schedule_of_their_own(pool, store, sign):
    title = "Song (Unreleased)" if sign == "title" else "Promo Song"
    await store.write([factories.enriched(1, title=title, records=[record(at=ago())])])
    if sign == "promo label":
        await listed(pool, 1, "[Promo]")

    await store.write(
        [factories.enriched(1, records=[record(outcome=Outcome.ABSENT, at=ago())])]
    )

    assert await pool.fetchval(
        """SELECT s.stale_after FROM provider_records JOIN staleness_rules s
        USING (provider, outcome, unreleased, absences)"""
    ) == timedelta(days=45)


async def test_a_new_mention_brings_an_absent_track_forward(
    pool, renewal, published, store
):
    """Absent five times: 16 days by age, but it was played again today."""
    for days in (60, 50, 40, 30, 3):
        absent = record(outcome=Outcome.ABSENT, at=ago(days=days))
        await store.write(
            [factories.enriched(n, records=[absent], title=f"S{n}") for n in (1, 2)]
        )
    await listed(pool, 1)

    await renewal.sweep(10, None)

    assert published.ids == [factories.track_id(1)]
    assert await pool.fetchval("SELECT mark_mentioned()") == 0


async def test_a_message_names_its_track_once_however_many_parts_are_stale(
    pool, renewal, published, store
):
    parts = [record(p, at=ago(days=99)) for p in EXPECTED]
    await store.write([factories.enriched(1, records=parts)])

    await renewal.sweep(10, None)

    assert published.ids == [factories.track_id(1)]
    assert await pool.fetchval("SELECT count(published_at) FROM provider_records") == 3


async def test_a_track_stays_readable_while_it_is_renewed(
    pool, renewal, published, store
):
    await store.write([factories.enriched(1, records=[record(at=ago(days=9))])])

    await renewal.sweep(10, None)

    assert await pool.fetchval("SELECT status FROM tracks") == "completed"


async def test_a_second_sweep_publishes_nothing_more(renewal, published, store):
    await store.write(
        [factories.enriched(n, records=[record(at=ago(days=9))]) for n in range(20)]
    )

    await renewal.sweep(100, None)
    await renewal.sweep(100, None)

    assert len(published.ids) == len(set(published.ids)) == 20


async def test_many_schedulers_publish_each_track_once(pool, store, published):
    await store.write(
        [
            factories.enriched(
                n, records=[record(p, at=ago(days=99)) for p in EXPECTED]
            )
            for n in range(3000)
        ]
    )
    sweeps = [Renewal(pool, published, EXPECTED) for _ in range(4)]

    for _ in range(3):
        await asyncio.gather(*(sweep.sweep(10_000, None) for sweep in sweeps))

    assert len(published.ids) == len(set(published.ids)) == 3000


async def test_what_a_killed_scheduler_claimed_is_found_again(
    pool, renewal, published, store
):
    await store.write(
        [factories.enriched(n, records=[record(at=ago(days=9))]) for n in range(5)]
    )
    claims = renewal._slices(10, None)
    assert len(await anext(claims)) == 5  # and dies before it publishes
    await claims.aclose()

    await renewal.sweep(10, timedelta(minutes=15))
    assert published.ids == []
    await pool.execute(
        "UPDATE provider_records SET published_at = now() - interval '1 hour'"
    )
    await renewal.sweep(10, timedelta(minutes=15))
    await renewal.sweep(10, timedelta(minutes=15))

    assert len(published.ids) == len(set(published.ids)) == 5


async def test_what_is_not_confirmed_is_published_by_the_next_sweep(
    renewal, published, store
):
    await store.write(
        [factories.enriched(n, records=[record(at=ago(days=9))]) for n in range(3)]
    )
    published.fails = True
    with pytest.raises(ServerAway):
        await renewal.sweep(10, None)
    published.fails = False
    published.refused = {factories.track_id(0)}
    await renewal.sweep(10, None)
    published.refused = frozenset()

    await renewal.sweep(10, None)

    assert sorted(published.ids) == sorted(factories.track_id(n) for n in range(3))


async def test_a_sweep_is_paced_by_depth_and_by_budget(
    pool, declared, publisher, store, rabbitmq_url
):
    await store.write(
        [factories.enriched(n, records=[record(at=ago(days=9))]) for n in range(30)]
    )
    scheduler = Scheduler(
        pool, declared, publisher, PACE, RenewalPace(per_sweep=10, queue_limit=15)
    )

    depths = []
    for _ in range(3):
        await scheduler.sweep()
        depths.append(pipeline.depth(rabbitmq_url, queues.REENRICHMENT_QUEUE))

    assert depths == [10, 15, 15]


async def test_no_rule_starves_another(renewal, published, store):
    await store.write(
        [
            factories.enriched(n, records=[record(p, at=ago(days=99))])
            for p, numbers in ((SPOTIFY, range(50)), (MUSICBRAINZ, range(50, 60)))
            for n in numbers
        ]
    )

    await renewal.sweep(10, None)

    numbers = {factories.track_id(n): n for n in range(60)}
    by_musicbrainz = [t for t in published.ids if numbers[t] >= 50]
    assert len(by_musicbrainz) == 5
    assert len(published.ids) == 10


async def test_a_benched_provider_is_not_asked_to_renew(
    pool, renewal, published, store
):
    await store.write([factories.enriched(1, records=[record(at=ago(days=9))])])
    await pool.execute(
        """INSERT INTO provider_benches (provider, state, until)
        VALUES ('spotify', '{}', now() + interval '1 hour')"""
    )

    await renewal.sweep(10, None)

    assert published.ids == []


async def test_a_written_answer_ends_the_claim(pool, renewal, published, store):
    await store.write([factories.enriched(1, records=[record(at=ago(days=9))])])
    await renewal.sweep(10, None)

    await store.write([factories.enriched(1, records=[record(at=ago(days=0))])])

    row = await pool.fetchrow("SELECT due_at, published_at FROM provider_records")
    assert tuple(row) == (None, None)


async def test_stale_rows_are_chosen_by_index(pool, store):
    """Fifty thousand parts, a tenth stale: no scan, no sort."""
    await pool.execute(
        """INSERT INTO tracks (track_id, track_key, artist, title, status)
        SELECT md5(n::text)::uuid, n::text, 'Artist', 'Title ' || n, 'completed'
        FROM generate_series(1, 50000) AS n"""
    )
    await pool.execute(
        """INSERT INTO provider_records (track_id, provider, outcome, question,
               fetched_at)
        SELECT track_id, 'spotify', 'found', 'search:' || track_key,
               now() - CASE WHEN track_key::int % 10 = 0 THEN interval '9 days'
                            ELSE interval '1 hour' END
        FROM tracks"""
    )
    await pool.execute("ANALYZE")
    statement = reenrichment._CHOOSE_STALE
    facts = ["{spotify}", "500", "'1 day'", "spotify", "found", "false", "0", "8 days"]
    for place in (8, 7, 6, 5, 4, 3, 2, 1):
        value = facts[place - 1].strip("'")
        statement = statement.replace(f"${place}", f"'{value}'")

    plan = "\n".join(row[0] for row in await pool.fetch(f"EXPLAIN {statement}"))

    assert "provider_records_stale_idx" in plan, plan
    assert "Seq Scan" not in plan, plan
    assert "Sort" not in plan, plan
