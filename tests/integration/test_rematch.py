"""Rows decided by older rules are decided anew from kept answers, without a call."""

import json
import os
import subprocess
import sys
from datetime import UTC, datetime, timedelta

import pytest

from enrichment.app.settings import Settings
from enrichment.cli.actions import rematch as rematch_command
from enrichment.model import (
    EnrichedTrack,
    FieldValue,
    Found,
    Outcome,
    ProviderName,
    ProviderRecord,
    Question,
)
from enrichment.pipeline import enrich
from enrichment.pipeline.rematch import Turn, rematch
from enrichment.store.answers import AnswerArchive
from enrichment.store.tracks.write import Store
from tests import factories
from tests.conftest import PROJECT
from tests.integration.connections import pool

__all__ = ["pool"]

SPOTIFY = ProviderName("spotify")
AT = datetime(2026, 3, 1, tzinfo=UTC)
# What 7528ff0 wrote into its rows.
OLD = "identity-1.match-1.merge-1"


def candidate(number, sign, title=None, **facts):
    return factories.candidate(
        SPOTIFY,
        id=f"sp{number}{sign}",
        artist=f"Artist {number}",
        title=title or f"Title {number}",
        artists=(f"Artist {number}",),
        artist_ids=(f"artist-{number}",),
        album=f"Album {sign}",
        **facts,
    )


def wrong(number):
    return candidate(number, "x", f"Title {number} (Mira Remix)", popularity=7)


def right(number):
    return candidate(number, "r")


async def stored(pool, number, said, *, outcome=Outcome.FOUND, kept=True, at=AT):
    """A row as an older version left it: what it accepted, and the answer's list."""
    question = Question(SPOTIFY, "search", f"artist {number}:title {number}")
    accepted = said[0] if outcome is Outcome.FOUND else None
    values = {}
    if accepted:
        facts = {"spotify_id": accepted.id, "album": accepted.album}
        facts["popularity"] = accepted.popularity
        values = {
            name: FieldValue(value, SPOTIFY, 0.9, at, 1)
            for name, value in facts.items()
            if value is not None
        }
    record = ProviderRecord(
        SPOTIFY,
        outcome,
        question=f"search:{question.key}",
        fetched_at=at,
        provider_track_id=accepted.id if accepted else None,
        artists=((f"Artist {number}", f"artist-{number}"),) if accepted else None,
    )
    track = EnrichedTrack(
        wanted=factories.wanted(number),
        track_key=f"artist {number}|title {number}",
        values=values,
        records=(record,),
    )
    await Store(pool, data_version=OLD).write([track])
    if kept:
        await AnswerArchive(pool).keep({question: Found(tuple(said))}, at)
    return factories.wanted(number).track_id


async def filled(pool):
    """One row of every kind."""
    rows = {
        "other": await stored(pool, 1, [wrong(1), right(1)]),
        "none": await stored(pool, 2, [wrong(2)]),
        "accepted": await stored(pool, 3, [right(3)], outcome=Outcome.AMBIGUOUS),
        "same": await stored(pool, 4, [right(4)]),
        "pinned": await stored(pool, 5, [wrong(5), right(5)]),
        "gone": await stored(pool, 6, [wrong(6)], kept=False),
    }
    await pool.execute(
        "UPDATE tracks SET pinned_fields = '{spotify_id}' WHERE track_id = $1",
        rows["pinned"],
    )
    return rows


async def decided(pool, **how):
    every = [
        done async for done in rematch(pool, data_version=enrich.DATA_VERSION, **how)
    ]
    turned = {one.track_id: one for done in every for one in done.turned}
    to_ask = [(n, p.tracks, p.calls) for d in every for n, p in d.to_ask.items()]
    return turned, to_ask


async def rows_of(pool):
    rows = await pool.fetch(
        "SELECT t.track_id::text, t.spotify_id, t.album, t.popularity, r.outcome,"
        " r.provider_track_id, r.due_at IS NOT NULL AS due, t.source_data_version,"
        " t.status, t.attempts"
        " FROM tracks AS t JOIN provider_records AS r USING (track_id) ORDER BY 1"
    )
    return {row["track_id"]: dict(row) for row in rows}


@pytest.mark.parametrize("slice_size", [2, 300])
async def test_kept_answers_decide_rows_anew(pool, slice_size):
    rows = await filled(pool)

    turned, to_ask = await decided(pool, slice_size=slice_size)

    assert {one: (t.turn, t.before, t.after) for one, t in turned.items()} == {
        rows["other"]: (Turn.OTHER, "sp1x", "sp1r"),
        rows["none"]: (Turn.NONE, "sp2x", None),
        rows["accepted"]: (Turn.ACCEPTED, None, "sp3r"),
    }
    assert to_ask == [("spotify", 1, 1)]
    after = await rows_of(pool)
    ids = {kind: after[row]["spotify_id"] for kind, row in rows.items()}
    assert ids == {
        "other": "sp1r",
        "none": None,
        "accepted": "sp3r",
        "same": "sp4r",
        "pinned": "sp5x",
        "gone": "sp6x",
    }
    # what the wrong recording said went with it
    assert after[rows["other"]]["album"] == "Album r"
    assert after[rows["other"]]["popularity"] is None
    assert after[rows["none"]]["album"] is None
    assert after[rows["pinned"]]["provider_track_id"] == "sp5x"
    assert [kind for kind, row in rows.items() if after[row]["due"]] == ["gone"]
    assert {row["source_data_version"] for row in after.values()} == {
        enrich.DATA_VERSION
    }
    assert {row["status"] for row in after.values()} == {"completed"}


async def test_a_second_run_finds_nothing(pool):
    await filled(pool)
    await decided(pool)
    before = await rows_of(pool)

    assert await decided(pool) == ({}, [])
    assert await rows_of(pool) == before


async def test_a_dry_run_lists_the_same_and_writes_nothing(pool):
    await filled(pool)
    before = await rows_of(pool)

    listed = await decided(pool, dry_run=True)

    assert await rows_of(pool) == before
    assert await decided(pool) == listed


async def test_only_answers_since_a_time_are_looked_at(pool):
    await stored(pool, 1, [wrong(1), right(1)])
    later = await stored(pool, 2, [wrong(2)], at=AT + timedelta(days=2))

    turned, _ = await decided(pool, since=AT + timedelta(days=1))

    assert list(turned) == [later]


async def test_the_command_lists_changes_and_asks_no_provider(pool, stack, request):
    rows = await filled(pool)
    environment = {
        **os.environ,
        "DATABASE_URL": request.getfixturevalue("database_url"),
        "REDIS_URL": stack.redis.url,
        "SPOTIFY_BASE_URL": "http://127.0.0.1:1",
        "MUSICBRAINZ_BASE_URL": "http://127.0.0.1:1",
        "LASTFM_BASE_URL": "http://127.0.0.1:1",
    }

    def run(*options):
        done = subprocess.run(
            [sys.executable, "-m", "enrichment", "rematch", *options],
            env=environment,
            cwd=PROJECT,
            capture_output=True,
            text=True,
            check=False,
        )
        assert done.returncode == 0, done.stderr
        return done.stdout.splitlines()

    told = [json.loads(line) for line in run("--dry-run", "--json")]
    assert {one["track_id"] for one in told[:-1]} == {
        rows[kind] for kind in ("other", "none", "accepted")
    }
    assert told[-1]["turned"] == {turn.value: 1 for turn in Turn}
    assert told[-1]["to_ask"] == {"spotify": {"tracks": 1, "calls": 1}}
    text = "\n".join(run())
    assert "sp1x → sp1r" in text
    assert "1 parts of spotify have no kept answer" in text


async def test_the_operator_is_told_before_anything_is_written(pool, database_url):
    """At a terminal the command asks with this sentence."""
    await filled(pool)
    before = await rows_of(pool)

    sentence = await rematch_command.told(
        Settings(database_url=database_url), since=None
    )

    assert sentence == (
        "Of 6 tracks, 1 accepted → other, 1 accepted → none, 1 none → accepted;"
        " 1 parts are to be asked again, at most 1 calls."
    )
    assert await rows_of(pool) == before
