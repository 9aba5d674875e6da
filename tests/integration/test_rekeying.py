"""Stored tracks under better rules: new ids, nothing lost, nothing asked again."""

from enrichment.contract.identity.identity import (
    IDENTITY_VERSION,
    TrackKey,
    track_id_of,
    track_key,
)
from enrichment.model import ProviderName
from enrichment.store.rekeying import rekey
from tests import factories
from tests.integration.connections import pool

__all__ = ["pool"]

NEXT = IDENTITY_VERSION + 1


def better_rules(name):
    """Rules of a later version: an edit is the track itself."""
    found = track_key(name)
    return found and TrackKey(found.text.removesuffix("edit"), "")


async def stored(pool, title, *, status="pending", track_id=None, provider=None):
    key = track_key(factories.wanted(0, "Nora", title).name)
    assert key is not None
    track_id = track_id or key.track_id
    await pool.execute(
        "INSERT INTO tracks (track_id, track_key, identity_version, artist, title,"
        " status, enrichment_source_api)"
        " VALUES ($1, $2, $3, 'Nora', $4, $5, 'spotify')",
        track_id,
        key.text,
        IDENTITY_VERSION,
        title,
        status,
    )
    await pool.execute(
        "UPDATE tracks SET enrichment_timestamp = '2020-01-01Z' WHERE track_id = $1",
        track_id,
    )
    if provider:
        await pool.execute(
            "INSERT INTO provider_records (track_id, provider, outcome, question,"
            " fetched_at) VALUES ($1, $2, 'found', 'q', now())",
            track_id,
            provider,
        )
    return track_id


async def listed(pool, *track_ids):
    tracklist_id = await pool.fetchval(
        "INSERT INTO tracklists (source, source_key, format, parsed_rows,"
        " content_hash) VALUES ('text', 'k', 'text', 2, 'h') RETURNING tracklist_id"
    )
    await pool.executemany(
        "INSERT INTO tracklist_rows (tracklist_id, position, raw, identified, track_id,"
        " album) VALUES ($1, $2, 'raw', true, $3, 'Tides')",
        [(tracklist_id, n, track_id) for n, track_id in enumerate(track_ids, 1)],
    )


async def test_a_better_rule_merges_tracks_and_loses_nothing(pool):
    plain = await stored(pool, "Night", provider=ProviderName("lastfm"))
    edit = await stored(
        pool, "Night (Edit)", status="completed", provider=ProviderName("spotify")
    )
    await listed(pool, plain, edit)
    new_id = track_id_of("nora|night", NEXT)

    done = await rekey(pool, version=NEXT, rules=better_rules)

    assert (done.renamed, done.merged, done.kept) == (1, 1, 0)
    tracks = await pool.fetch(
        "SELECT track_id::text, track_key, identity_version, title, status,"
        " extract(year FROM enrichment_timestamp) AS year, file_facts FROM tracks"
    )
    # what files say of both is said of the one
    said = '{"album": ["Tides", 2, 0]}'
    assert [tuple(row) for row in tracks] == [
        (new_id, "nora|night", NEXT, "Night (Edit)", "completed", 2020, said)
    ]
    rows = await pool.fetch("SELECT track_id::text FROM tracklist_rows")
    assert [row["track_id"] for row in rows] == [new_id, new_id]
    records = await pool.fetch(
        "SELECT track_id::text, provider FROM provider_records ORDER BY provider"
    )
    assert [tuple(row) for row in records] == [(new_id, "lastfm"), (new_id, "spotify")]


async def test_ids_given_by_hand_stay(pool):
    by_hand = await stored(pool, "Night (Edit)", track_id=factories.track_id(7))

    done = await rekey(pool, version=NEXT, rules=better_rules)

    assert (done.renamed, done.merged, done.kept) == (0, 0, 1)
    row = await pool.fetchrow(
        "SELECT track_id::text, track_key, identity_version FROM tracks"
    )
    assert tuple(row) == (by_hand, "nora|night", NEXT)


async def test_it_goes_in_slices_and_may_run_again(pool):
    for number in range(7):
        await stored(pool, f"Night {number}")

    done = await rekey(pool, version=NEXT, rules=better_rules, slice_size=3)
    again = await rekey(pool, version=NEXT, rules=better_rules, slice_size=3)

    assert done.renamed == 7
    assert (again.renamed, again.merged, again.kept) == (0, 0, 0)


# Keys as version 1 made them, with names as they were printed.
FIRST_VERSION = {
    "nora|night": ("Nora", "Night"),
    "nora|nightalbum": ("Nora", "Night (Album Version)"),
    "nora|nightprodbyjoon": ("Nora", "Night (prod. by Joon)"),
    "nora|nightextended": ("Nora", "Night (Extended Mix)"),
    "nora|harbourcity": ("Nora", "Harbour City Remix"),
    "the|night": ("The The", "Night"),
}


async def test_rows_of_the_first_version_get_todays_ids(pool):
    old = {key: track_id_of(key, 1) for key in FIRST_VERSION}
    await pool.executemany(
        "INSERT INTO tracks (track_id, track_key, identity_version, artist, title,"
        " status) VALUES ($1, $2, 1, $3, $4, 'completed')",
        [(old[key], key, *printed) for key, printed in FIRST_VERSION.items()],
    )
    await listed(pool, *old.values())

    done = await rekey(pool)
    again = await rekey(pool)

    assert (done.renamed, done.merged, done.kept) == (4, 2, 0)
    assert (again.renamed, again.merged, again.kept) == (0, 0, 0)
    rows = await pool.fetch("SELECT track_id::text, track_key FROM tracks ORDER BY 2")
    keys = ["nora|harbourcityremix", "nora|night", "nora|nightextended", "thethe|night"]
    assert [tuple(row) for row in rows] == [(track_id_of(key), key) for key in keys]
    of_rows = await pool.fetch(
        "SELECT track_id::text FROM tracklist_rows ORDER BY position"
    )
    assert [row["track_id"] for row in of_rows] == [
        track_id_of(key)
        for key in ("nora|night",) * 3
        + ("nora|nightextended", "nora|harbourcityremix", "thethe|night")
    ]
