"""One provider id on several artists is shown; spellings, guests and mixes are not."""

from uuid import UUID

import pytest

from tests.integration.connections import pool

__all__ = ["pool"]

ID = "0Spotify0000000000000a"
MBID = UUID("5f3a9f6e-0000-4000-8000-000000000001")


@pytest.fixture
def add_track(pool):
    """Write a track of a key with ids, and give its id as text."""

    async def add(key, artist="Artist", **ids):
        columns = ["spotify_id", "musicbrainz_id", "isrc"]
        return str(
            await pool.fetchval(
                "INSERT INTO tracks (track_id, track_key, artist, title, spotify_id,"
                " musicbrainz_id, isrc) VALUES (gen_random_uuid(), $1, $2, 'T', $3, $4,"
                " $5) RETURNING track_id",
                key,
                artist,
                *(ids.get(column) for column in columns),
            )
        )

    return add


async def conflicts(pool):
    return await pool.fetch("SELECT * FROM conflicting_ids ORDER BY of_what, field")


@pytest.mark.parametrize(
    ("field", "id_"),
    [("spotify_id", ID), ("musicbrainz_id", MBID), ("isrc", "USUS11000001")],
)
async def test_an_id_on_tracks_of_different_artists_is_a_conflict(
    pool, add_track, field, id_
):
    holders = [
        await add_track("nightferry|harbour", "Night Ferry", **{field: id_}),
        await add_track("wren|harbour", "Wren", **{field: id_}),
    ]

    (conflict,) = await conflicts(pool)

    assert (conflict["of_what"], conflict["field"]) == ("track", field)
    assert (conflict["id"], conflict["held_by"]) == (str(id_), 2)
    assert conflict["artists"] == ["Night Ferry", "Wren"]
    assert conflict["holders"] == sorted(holders)


@pytest.mark.parametrize(
    "other",
    [
        pytest.param("nightferry|harbourclub", id="another mix by the same artist"),
        pytest.param("nightferry+wren|harbour", id="a guest that one list leaves out"),
    ],
)
async def test_an_id_whose_tracks_share_an_artist_is_no_conflict(
    pool, add_track, other
):
    await add_track("nightferry|harbour", spotify_id=ID)
    await add_track(other, spotify_id=ID)

    assert await conflicts(pool) == []


async def test_an_artist_in_common_with_each_but_not_with_all_is_a_conflict(
    pool, add_track
):
    for artists in ("a1+b1", "b1+c1", "c1+a1"):
        await add_track(f"{artists}|harbour", spotify_id=ID)

    (conflict,) = await conflicts(pool)

    assert conflict["held_by"] == 3


async def test_tracks_without_ids_or_with_their_own_are_no_conflict(pool, add_track):
    await add_track("a|x")
    await add_track("b|y")
    await add_track("c|z", spotify_id=ID)

    assert await conflicts(pool) == []


async def test_an_artists_own_id_on_two_artists_is_a_conflict(pool):
    for name in ("Night Ferry", "Wren", "Somebody Else"):
        await pool.execute(
            "INSERT INTO artists (name, name_key, spotify_id) VALUES ($1, $1, $2)",
            name,
            None if name == "Somebody Else" else ID,
        )

    (conflict,) = await conflicts(pool)

    assert (conflict["of_what"], conflict["field"]) == ("artist", "spotify_id")
    assert conflict["artists"] == ["Night Ferry", "Wren"]
