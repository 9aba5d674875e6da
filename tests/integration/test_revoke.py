"""Taking back what a provider or a rule gave: rows as if it had never been, no call."""

from datetime import UTC, datetime, timedelta

import pytest

from enrichment import matching
from enrichment.lookup.planner import Progress
from enrichment.model import (
    EnrichedTrack,
    Found,
    Outcome,
    ProviderName,
    ProviderRecord,
    Question,
    Verdict,
)
from enrichment.pipeline import enrich, merge
from enrichment.pipeline.crediting import CREDITING, artists_of
from enrichment.pipeline.recompute import Contribution, TakenBack
from enrichment.pipeline.revoke import take_back
from enrichment.providers.registry import EXPECTED
from enrichment.scheduling import retention
from enrichment.store.answers import AnswerArchive
from enrichment.store.tracks.write import Store
from tests import factories
from tests.integration.connections import pool

__all__ = ["pool"]

SPOTIFY, MUSICBRAINZ, LASTFM = (
    ProviderName("spotify"),
    ProviderName("musicbrainz"),
    ProviderName("lastfm"),
)
AT = datetime(2026, 3, 1, tzinfo=UTC)
# What is written anew by any write, and what only one run's clock decides.
PASSING = {
    "created_at",
    "updated_at",
    "first_queued_at",
    "published_at",
    "completed_at",
    "enrichment_timestamp",
    "attempts",
}


@pytest.fixture
def store(pool):
    return Store(pool, data_version=enrich.DATA_VERSION)


def answer_of(provider, number, *, poisoned=False):
    """What a provider says of a track; when poisoned, all but the names is wrong."""
    wrong = 500_000 if poisoned else 0
    sign = "X" if poisoned else ""
    facts = {
        "id": f"{provider}-{number}{sign}",
        "artist": f"Artist {number}",
        "title": f"Title {number}",
        "artists": (f"Artist {number}",),
    }
    if provider is LASTFM:
        facts |= {"url": f"https://x/{number}{sign}", "listeners": number + wrong + 1}
    else:
        facts["artist_ids"] = (
            (f"artist-{number}{sign}",)
            if provider is SPOTIFY
            else (f"00000000-0000-4000-8000-{number + wrong:012d}",)
        )
        facts |= {
            "album": f"{provider} album {sign}",
            "duration_ms": 200_000 + number + wrong,
            "isrcs": (f"GBAAA{(number + wrong):07d}",),
        }
    if provider is MUSICBRAINZ:
        facts["id"] = f"10000000-0000-4000-8000-{number + wrong:012d}"
        facts["genres"] = (("House", 10),)
    return factories.candidate(provider, **facts)


async def enriched_by(pool, store, answers, *, numbers):
    """A worker's run over these answers: ask, keep, decide, merge, write."""
    answered, tracks = {}, []
    for number in numbers:
        progress = Progress(factories.wanted(number))
        for provider, poisoned in answers.items():
            question = Question(provider, "search", f"artist {number}:title {number}")
            found = (answer_of(provider, number, poisoned=poisoned),)
            answered[question] = Found(found)
            decision = matching.decide(progress.wanted, found)
            assert decision.verdict is Verdict.ACCEPT, decision
            progress.decide(question, decision, AT)
        accepted = {
            name: (part.decision.candidate, AT) for name, part in progress.parts.items()
        }
        values, credited = merge.merge(progress.wanted, accepted)
        tracks.append(
            EnrichedTrack(
                wanted=progress.wanted,
                track_key=f"artist {number}|title {number}",
                values=values,
                credits=credited,
                records=tuple(
                    ProviderRecord(
                        name,
                        Outcome.FOUND,
                        question=f"search:{part.question.key}",
                        fetched_at=AT,
                        provider_track_id=part.decision.candidate.id,
                        score=part.decision.score,
                        reasons=part.decision.reasons,
                        artists=artists_of(part.decision.candidate)
                        if name in CREDITING
                        else None,
                    )
                    for name, part in progress.parts.items()
                ),
            )
        )
    await AnswerArchive(pool).keep(answered, AT)
    await store.write(tracks)


async def rows_of(pool):
    """Everything the tables say, but for what passes."""
    tracks = [
        {k: v for k, v in row.items() if k not in PASSING}
        for row in await pool.fetch("SELECT * FROM tracks ORDER BY track_id")
    ]
    records = await pool.fetch(
        "SELECT * FROM provider_records ORDER BY track_id, provider"
    )
    credited = await pool.fetch(
        """SELECT c.track_id, c.position, c.role, c.credited_as, a.name, a.spotify_id,
               a.musicbrainz_id
        FROM track_credits c JOIN artists a USING (artist_id)
        ORDER BY c.track_id, c.position"""
    )
    answers = await pool.fetch(
        "SELECT * FROM provider_answers ORDER BY provider, question"
    )
    return tracks, *(
        [dict(row) for row in table] for table in (records, credited, answers)
    )


async def revoke(pool, contribution, **options):
    return await take_back(
        pool, contribution, data_version=enrich.DATA_VERSION, **options
    )


async def pinned_by_hand(pool, numbers):
    """A person's own album on some tracks, whatever any provider says."""
    await pool.execute(
        """UPDATE tracks SET album = 'By hand', pinned_fields = '{album}',
               provenance = provenance - 'album' WHERE track_id = ANY ($1::uuid[])""",
        [factories.track_id(number) for number in numbers],
    )


@pytest.mark.parametrize("poisoner", [SPOTIFY, MUSICBRAINZ, LASTFM])
async def test_a_thousand_rows_equal_the_never_poisoned_run(pool, store, poisoner):
    # in the order in which they are asked: the poison may teach the others
    asked = (MUSICBRAINZ, LASTFM, SPOTIFY)
    clean = {name: False for name in asked if name is not poisoner}
    numbers, pinned = range(1000), range(0, 1000, 10)
    await enriched_by(pool, store, clean, numbers=numbers)
    await pinned_by_hand(pool, pinned)
    never_poisoned = await rows_of(pool)
    await pool.execute("TRUNCATE tracks, artists, provider_answers CASCADE")
    run = {name: name is poisoner for name in asked}
    await enriched_by(pool, store, run, numbers=numbers)
    await pinned_by_hand(pool, pinned)
    assert await rows_of(pool) != never_poisoned

    done = await revoke(pool, Contribution(poisoner))

    assert (done.tracks, done.calls) == (1000, 0)
    tracks, records, credited, answers = await rows_of(pool)
    expected = never_poisoned
    assert tracks[0] == expected[0][0]
    assert tracks == expected[0]
    assert sum(track["album"] == "By hand" for track in tracks) == len(pinned)
    assert records == expected[1]
    assert credited == expected[2]
    assert answers == expected[3]


async def test_a_dry_run_says_what_would_go_and_changes_nothing(pool, store):
    await enriched_by(
        pool,
        store,
        dict.fromkeys((SPOTIFY, MUSICBRAINZ, LASTFM), False),
        numbers=range(10),
    )
    before = await rows_of(pool)

    told = await revoke(pool, Contribution(SPOTIFY), dry_run=True)

    assert await rows_of(pool) == before
    # id, isrc, duration, album each; MusicBrainz has the last three as well
    assert told == TakenBack(tracks=10, values=40, replaced=30)
    assert await revoke(pool, Contribution(SPOTIFY)) == told
    assert (await revoke(pool, Contribution(SPOTIFY))).tracks == 0


async def test_a_pinned_field_is_untouched(pool, store):
    await enriched_by(pool, store, {SPOTIFY: True, LASTFM: False}, numbers=[1, 2])
    await pool.execute(
        """UPDATE tracks SET album = 'By hand', isrc = 'DEAAA2600001',
               pinned_fields = '{album,isrc}' WHERE track_id = $1""",
        factories.track_id(1),
    )

    await revoke(pool, Contribution(SPOTIFY))

    rows = await pool.fetch("SELECT track_id, album, isrc, spotify_id FROM tracks")
    found = {str(row["track_id"]): tuple(row)[1:] for row in rows}
    assert found[factories.track_id(1)] == ("By hand", "DEAAA2600001", None)
    assert found[factories.track_id(2)] == (None, None, None)


async def test_only_what_was_fetched_in_the_time_goes(pool, store):
    await enriched_by(pool, store, {SPOTIFY: True}, numbers=[1, 2])
    await pool.execute(
        """UPDATE provider_records SET fetched_at = fetched_at - interval '10 days'
        WHERE track_id = $1""",
        factories.track_id(1),
    )

    done = await revoke(pool, Contribution(SPOTIFY, since=AT - timedelta(days=1)))

    assert done.tracks == 1
    ids = await pool.fetch(
        "SELECT track_id::text FROM tracks WHERE spotify_id IS NOT NULL"
    )
    assert [row[0] for row in ids] == [factories.track_id(1)]


async def test_a_rule_is_taken_back_by_matching_and_merging_again(pool, store):
    """An old rule preferred MusicBrainz' album, and made one up."""
    await enriched_by(
        pool, store, {MUSICBRAINZ: False, SPOTIFY: False}, numbers=range(5)
    )
    today = await rows_of(pool)
    await pool.execute(
        """UPDATE tracks SET album = 'wrong', label = 'made up', provenance = provenance
            || '{"album": ["musicbrainz", 0.99, 1700000000, 999],
                 "label": ["spotify", 0.99, 1700000000, 999]}'"""
    )

    done = await revoke(pool, Contribution(None, rule=999))

    assert (done.tracks, done.values, done.replaced) == (5, 10, 5)
    assert await rows_of(pool) == today


async def test_a_parked_track_stays_parked(pool, store):
    await enriched_by(pool, store, {SPOTIFY: True}, numbers=[1])
    await store.park({factories.track_id(1): "poison"})

    await revoke(pool, Contribution(SPOTIFY))

    row = await pool.fetchrow("SELECT status, spotify_id, attempts FROM tracks")
    assert tuple(row) == ("failed", None, 0)


async def test_values_without_a_kept_answer_stay(pool, store):
    await enriched_by(pool, store, {LASTFM: False, SPOTIFY: True}, numbers=[1])
    await pool.execute("DELETE FROM provider_answers WHERE provider = 'lastfm'")

    await revoke(pool, Contribution(SPOTIFY))

    assert await pool.fetchval("SELECT listeners FROM tracks") == 2


async def test_no_artist_is_left_who_is_on_no_track(pool, store):
    await enriched_by(pool, store, {SPOTIFY: True, LASTFM: False}, numbers=[1])
    await pool.execute("UPDATE track_credits SET credited_as = 'x'")
    artist = await pool.fetchval(
        "INSERT INTO artists (name, name_key) VALUES ('Poison', 'poison') RETURNING 1"
    )
    assert artist == 1
    await pool.execute(
        """INSERT INTO track_credits (track_id, position, role, artist_id, credited_as)
        SELECT $1, 9, 'main', artist_id, name FROM artists WHERE name = 'Poison'""",
        factories.track_id(1),
    )

    await revoke(pool, Contribution(SPOTIFY))

    assert [r["name"] for r in await pool.fetch("SELECT name FROM artists")] == [
        "Artist 1"
    ]


def test_nothing_named_takes_nothing_back():
    with pytest.raises(ValueError, match="provider or a rule"):
        Contribution(None)


async def test_answers_go_when_their_terms_say_so(pool):
    now = datetime.now(UTC)
    archive = AnswerArchive(pool)
    for provider in EXPECTED:
        for age in (1, 40):
            question = Question(provider, "search", f"asked {age} days ago")
            await archive.keep({question: Found(())}, now - timedelta(days=age))

    assert await retention.purge_expired(pool) == 2

    kept = await pool.fetch("SELECT provider, question FROM provider_answers")
    old = [row["provider"] for row in kept if "40" in row["question"]]
    assert old == ["musicbrainz"]  # CC0
    assert len(kept) == 4


async def test_the_oldest_answers_go_when_there_are_too_many(pool):
    archive = AnswerArchive(pool)
    for hour in range(10):
        question = Question(LASTFM, "track", f"{hour:02d}")
        await archive.keep({question: Found(())}, AT + timedelta(hours=hour))
    await archive.keep({Question(SPOTIFY, "search", "other"): Found(())}, AT)

    assert await retention.bound_answers(pool, {LASTFM: 4}) == 6

    kept = await pool.fetch(
        "SELECT question FROM provider_answers WHERE provider = 'lastfm' ORDER BY 1"
    )
    assert [row[0] for row in kept] == [f"track:{n:02d}" for n in range(6, 10)]
