"""Rows in a real Postgres: twice as once, all or none, whatever the text."""

import asyncio
import json
from contextlib import asynccontextmanager
from datetime import date

import asyncpg
import pytest
from msgspec.structs import replace

from enrichment.errors import ServerAway
from enrichment.model import ArtistCredit, Outcome, ProviderName
from enrichment.store.tracks.write import Store
from tests import factories
from tests.integration.connections import pool

__all__ = ["pool"]

# What changes with every write, by intention.
STAMPS = ("attempts", "updated_at", "enrichment_timestamp", "completed_at")


@pytest.fixture
def store(pool):
    return Store(pool, data_version="test-1")


async def table(pool, name):
    return [
        {k: v for k, v in row.items() if k not in STAMPS}
        for row in await pool.fetch(f"SELECT * FROM {name} ORDER BY 1, 2")  # noqa: S608 (our tables)
    ]


async def row_of(pool, number=0):
    return await pool.fetchrow(
        "SELECT * FROM tracks WHERE track_id = $1::uuid", factories.track_id(number)
    )


def full(number=0):
    return factories.enriched(
        number,
        {
            "isrc": "GBAAA9300001",
            "spotify_id": "5J6Q",
            "musicbrainz_id": "b1a9c0e9-d987-4042-ae91-78d6a3267d69",
            "duration_ms": 567_000,
            "release_date": "1993-05-24",
            "album": "Brown Album",
            "genres": ["techno", "ambient"],
            "popularity": 51,
            "listeners": 400_000,
        },
        credited=["Orbital", ArtistCredit("Kirsty Hawkshaw", "featured", 2, "sp2")],
        records=[
            factories.record(score=0.93, reasons=("title: same", "artist: same")),
            factories.record(
                ProviderName("lastfm"),
                Outcome.BENCHED,
                due_at=factories.AT,
                due_reason="quota",
                attempts=2,
            ),
        ],
    )


async def test_what_is_written_is_what_is_read(store):
    track = full()

    await store.write([track])
    known = (await store.read([track.wanted.track_id]))[track.wanted.track_id]

    assert known.status == "partial"
    assert known.isrc == "GBAAA9300001"
    assert known.values == {
        name: replace(value, confidence=pytest.approx(0.9))
        for name, value in track.values.items()
    }
    assert set(known.records) == {ProviderName("spotify"), ProviderName("lastfm")}
    spotify = known.records[ProviderName("spotify")]
    assert spotify == replace(track.records[0], score=pytest.approx(0.93))
    assert known.records[ProviderName("lastfm")] == track.records[1]


async def test_writing_twice_equals_writing_once(store, pool):
    tables = ("tracks", "provider_records", "artists", "track_credits")
    await store.write([full(0), full(1)])
    once = [await table(pool, name) for name in tables]

    await store.write([full(1), full(0)])

    assert [await table(pool, name) for name in tables] == once


async def test_attempts_are_counted_in_the_row(store, pool):
    await store.write([full()])
    await store.write([full()])

    assert (await row_of(pool))["attempts"] == 1


async def test_a_track_nobody_knows_is_left_out(store):
    assert await store.read([factories.track_id(99)]) == {}


async def test_writing_nothing_writes_nothing(store, pool):
    await store.write([])

    assert await pool.fetchval("SELECT count(*) FROM tracks") == 0


async def test_a_field_a_person_has_set_is_kept(store, pool):
    await store.write([full()])
    await pool.execute(
        "UPDATE tracks SET album = 'By hand', release_date = '1990-01-01',"
        " release_date_precision = 'year', pinned_fields = '{album,release_date}'"
    )

    await store.write([full()])

    row = await row_of(pool)
    assert row["album"] == "By hand"
    assert row["release_date"] == date(1990, 1, 1)
    assert row["release_date_precision"] == "year"
    assert row["isrc"] == "GBAAA9300001"


async def test_tables_that_grow_are_never_read_whole(store, pool):
    """Plans are kept from when the tables were empty, and known to be so."""
    tables = ["tracks", "provider_records", "track_credits", "artists"]
    for name in tables:
        await pool.execute(f"ANALYZE {name}")

    for start in range(0, 1000, 100):
        some = [
            replace(full(n), credits=(ArtistCredit(f"Artist {n}", "main", 1),))
            for n in range(start, start + 100)
        ]
        await store.read([track.wanted.track_id for track in some])
        await store.write(some)

    await pool.execute("SELECT pg_stat_force_next_flush()")
    read = await pool.fetch(
        "SELECT relname, seq_tup_read FROM pg_stat_user_tables"
        " WHERE relname = ANY ($1) AND seq_tup_read > 0",
        tables,
    )
    assert [tuple(row) for row in read] == []


class Interrupted:
    """A pool; something happens between the first and the second query of a use."""

    def __init__(self, pool, happens):
        self.pool, self.happens = pool, happens

    @asynccontextmanager
    async def acquire(self):
        async with self.pool.acquire() as connection:
            self.connection = connection
            yield self

    async def fetch(self, query, *arguments):
        rows = await self.connection.fetch(query, *arguments)
        happens, self.happens = self.happens, None
        if happens is not None:
            await happens()
        return rows

    def __getattr__(self, name):
        return getattr(self.connection, name)


async def test_values_and_records_are_read_as_of_one_moment(store, pool):
    half = factories.enriched(
        0,
        {"isrc": "GBAAA9300001"},
        records=[
            factories.record(),
            factories.record(
                ProviderName("lastfm"), Outcome.BENCHED, due_at=factories.AT
            ),
        ],
    )
    whole = factories.enriched(
        0,
        {"isrc": "GBAAA9300001", "listeners": 400_000},
        records=[factories.record(), factories.record(ProviderName("lastfm"))],
    )
    await store.write([half])

    reader = Store(Interrupted(pool, lambda: store.write([whole])), data_version="t")
    known = (await reader.read([half.wanted.track_id]))[half.wanted.track_id]

    assert set(known.values) == {"isrc"}
    assert known.records[ProviderName("lastfm")].outcome is Outcome.BENCHED


HOSTILE = [
    pytest.param('it\'s "quoted"', id="quotes"),
    pytest.param("back\\slash\\", id="backslashes"),
    pytest.param("{a,b},{", id="braces and commas"),
    pytest.param("NULL", id="NULL"),
    pytest.param("null, 'x'); DROP TABLE tracks; --", id="SQL"),
    pytest.param("🎛️ 夜に駆ける Ночь café", id="scripts and emoji"),
    pytest.param("tab\tand\nline", id="white space"),
    pytest.param("$1 %s {0}", id="placeholders"),
    pytest.param("x" * 2000, id="long"),
]


@pytest.mark.parametrize("text", HOSTILE)
async def test_hostile_texts_come_back_as_they_went_in(text, store, pool):
    track = factories.enriched(
        0,
        {"album": text, "label": text, "genres": [text, "house", text]},
        credited=[f"Name {text}"],
        records=[factories.record(reasons=(text, "other"), question=text)],
    )
    name = track.wanted.name._replace(
        artist=text, full_title=text, remixers=(text,), featured=()
    )
    track = replace(track, wanted=replace(track.wanted, name=name))

    await store.write([track])

    row = await row_of(pool)
    assert (row["artist"], row["title"]) == (text, text)
    assert (row["album"], row["label"]) == (text, text)
    assert row["genres"] == [text, "house", text]
    assert row["remixers"] == [text]
    known = (await store.read([track.wanted.track_id]))[track.wanted.track_id]
    assert known.records[ProviderName("spotify")].reasons == (text, "other")
    assert await pool.fetchval("SELECT credited_as FROM track_credits") == (
        f"Name {text}"
    )


@pytest.mark.parametrize(
    ("printed", "day", "precision"),
    [
        ("2009", date(2009, 1, 1), "year"),
        ("2009-09", date(2009, 9, 1), "month"),
        ("2009-09-22", date(2009, 9, 22), "day"),
    ],
)
async def test_a_release_date_is_no_more_precise_than_it_was(
    printed, day, precision, store, pool
):
    track = factories.enriched(0, {"release_date": printed})

    await store.write([track])

    row = await row_of(pool)
    assert (row["release_date"], row["release_date_precision"]) == (day, precision)
    known = await store.read([track.wanted.track_id])
    assert known[track.wanted.track_id].values["release_date"].value == printed


@pytest.mark.parametrize("printed", ["2009-13-40", "soon", "", "0000", "2009-02-30"])
async def test_a_date_that_is_none_is_left_out(printed, store, pool):
    await store.write([factories.enriched(0, {"release_date": printed})])

    assert (await row_of(pool))["release_date"] is None


async def credits_of(pool):
    rows = await pool.fetch(
        "SELECT credited_as, role FROM track_credits ORDER BY track_id, position"
    )
    return [tuple(row) for row in rows]


async def test_credits_are_replaced_and_never_doubled(store, pool):
    await store.write([factories.enriched(0, credited=["A", "B", "C"])])

    await store.write(
        [factories.enriched(0, credited=["B", ArtistCredit("D", "remixer", 2)])]
    )

    assert await credits_of(pool) == [("B", "main"), ("D", "remixer")]


async def test_a_name_that_cannot_be_a_key_leaves_no_old_credit_in_its_place(
    store, pool
):
    await store.write([factories.enriched(0, credited=["A", "B", "C"])])

    await store.write([factories.enriched(0, credited=["A", "", "C"])])

    assert await credits_of(pool) == [("A", "main"), ("C", "main")]


async def test_a_write_without_credits_keeps_the_known_ones(store, pool):
    await store.write([factories.enriched(0, credited=["A"])])

    await store.write([factories.enriched(0)])

    assert await credits_of(pool) == [("A", "main")]


async def test_spellings_of_an_artist_are_one_artist_as_credited_on_each_track(
    store, pool
):
    await store.write(
        [
            factories.enriched(0, credited=["Tiësto"]),
            factories.enriched(1, credited=["TIESTO", "Tiesto"]),
        ]
    )
    await store.write([factories.enriched(2, credited=["tiësto"])])

    assert await pool.fetchval("SELECT count(*) FROM artists") == 1
    assert sorted(name for name, _ in await credits_of(pool)) == [
        "TIESTO",
        "Tiesto",
        "Tiësto",
        "tiësto",
    ]


async def test_an_id_learnt_later_completes_the_artist_and_replaces_none(store, pool):
    mbid = "b1a9c0e9-d987-4042-ae91-78d6a3267d69"
    for credit in (
        ArtistCredit("A", "main", 1),
        ArtistCredit("A", "main", 1, spotify_id="first"),
        ArtistCredit("A", "main", 1, spotify_id="second", musicbrainz_id=mbid),
    ):
        await store.write([factories.enriched(0, credited=[credit])])

    row = await pool.fetchrow("SELECT * FROM artists")
    assert row["spotify_id"] == "first"
    assert str(row["musicbrainz_id"]) == mbid


async def test_writers_with_common_tracks_in_opposite_order_do_not_deadlock(
    store, pool
):
    names = [f"Artist {n}" for n in range(30)]
    tracks = [
        factories.enriched(n, {"album": "x"}, credited=[names[n], names[-n - 1]])
        for n in range(30)
    ]

    await asyncio.gather(
        *(
            store.write(order)
            for _ in range(5)
            for order in (tracks, tracks[::-1], tracks[::2] + tracks[1::2])
        )
    )

    assert await pool.fetchval("SELECT count(*) FROM tracks") == 30
    assert await pool.fetchval("SELECT min(attempts) FROM tracks") == 14


@pytest.mark.parametrize(
    "broken",
    [
        pytest.param(factories.enriched(1, {"popularity": 101}), id="a value"),
        pytest.param(
            factories.enriched(1, records=[factories.record(score=2.0)]), id="a record"
        ),
        pytest.param(
            factories.enriched(1, credited=[ArtistCredit("A", "dancer", 1)]),
            id="a credit",
        ),
    ],
)
async def test_one_bad_row_rolls_back_the_whole_statement(broken, store, pool):
    with pytest.raises(asyncpg.IntegrityConstraintViolationError):
        await store.write([factories.enriched(0, {"album": "x"}), broken])

    for name in ("tracks", "provider_records", "artists"):
        assert await table(pool, name) == []


async def test_a_parked_track_says_why(store, pool):
    await store.write([full()])

    await store.park(
        dict.fromkeys([factories.track_id(), factories.track_id(9)], "ValueError: x")
    )

    row = await row_of(pool)
    assert (row["status"], row["status_reason"]) == ("failed", "ValueError: x")


async def test_parking_an_id_written_by_hand_parks_nothing(store, pool):
    await store.write([full()])

    uuid = factories.track_id()
    others = ["test_0", "", "x" * 99, f"{{{uuid}}}", f"urn:uuid:{uuid}", uuid.upper()]
    await store.park(dict.fromkeys(others, "unidentified"))

    parked = "SELECT count(*) FROM tracks WHERE status = 'failed'"
    assert await pool.fetchval(parked) == 0


async def test_provenance_names_provider_confidence_time_and_rule(store, pool):
    await store.write([full()])

    row = await row_of(pool)
    assert json.loads(row["provenance"])["isrc"] == [
        "spotify",
        0.9,
        int(factories.AT.timestamp()),
        1,
    ]
    assert row["enrichment_source_api"] == "spotify"
    assert row["source_data_version"] == "test-1"


async def test_postgres_away_is_told_as_such_and_back_is_back(store, stack):
    await store.write([full(0)])
    stack.postgres.stop()
    try:
        with pytest.raises(ServerAway):
            await store.read([factories.track_id(0)])
        with pytest.raises(ServerAway):
            await store.write([full(1)])
    finally:
        stack.postgres.start()

    await store.write([full(1)])

    assert len(await store.read([factories.track_id(n) for n in range(3)])) == 2
