"""Explaining a track from its rows and the kept answers; no provider is asked."""

import json
from datetime import UTC, datetime, timedelta
from io import StringIO
from uuid import UUID

import pytest
from msgspec.structs import replace
from rich.console import Console

from enrichment import matching
from enrichment.cli.actions.explain import show
from enrichment.contract.identity.identity import track_key
from enrichment.contract.identity.titles import parse_name
from enrichment.model import (
    EnrichedTrack,
    Found,
    Outcome,
    ProviderName,
    ProviderRecord,
    Question,
    Wanted,
)
from enrichment.pipeline import enrich, merge
from enrichment.pipeline.explaining.explain import explain, ids_of
from enrichment.store.answers import AnswerArchive
from enrichment.store.tracks.write import Store
from tests import factories, pipeline
from tests.integration.connections import pool

__all__ = ["pool"]

SPOTIFY, LASTFM = ProviderName("spotify"), ProviderName("lastfm")
MUSICBRAINZ = ProviderName("musicbrainz")
AT = datetime(2026, 3, 1, 12, tzinfo=UTC)
DUE = AT + timedelta(hours=3)
ARTIST, TITLE = "Mira Sol", "Harbour Lights (Oskar Lind Remix)"
ANSWER = (
    factories.candidate(
        SPOTIFY, id="right", artist=ARTIST, title="Harbour Lights - Oskar Lind Remix",
        artists=(ARTIST, "Oskar Lind"), duration_ms=371_000, isrcs=("GBAAA2600001",),
        album="Harbour Lights (Remixes)", release_date="2026-01-16",
    ),
    factories.candidate(SPOTIFY, id="sibling", artist=ARTIST, title="Harbour Lights"),
    factories.candidate(SPOTIFY, id="other", artist="Nobody", title="Quite Different"),
)  # fmt: skip


@pytest.fixture
def wanted():
    name = parse_name(ARTIST, TITLE)
    return Wanted(track_id=track_key(name).track_id, name=name)


@pytest.fixture
async def known(pool, wanted):
    """A track that Spotify answered for and Last.fm refused for three hours."""
    question = Question(SPOTIFY, "search", "mira sol:harbour lights")
    await AnswerArchive(pool).keep({question: Found(ANSWER)}, AT)
    decision = matching.decide(wanted, ANSWER)
    values, credited = merge.merge(wanted, {SPOTIFY: (decision.candidate, AT)})
    track = EnrichedTrack(
        wanted=wanted,
        track_key=track_key(wanted.name).text,
        values=values,
        credits=credited,
        records=(
            ProviderRecord(
                SPOTIFY, Outcome.FOUND, question="search:mira sol:harbour lights",
                fetched_at=AT, provider_track_id="right", score=decision.score,
                reasons=decision.reasons,
            ),
            ProviderRecord(
                LASTFM, Outcome.BENCHED, question="track:mira sol:harbour lights",
                fetched_at=AT, due_at=DUE, due_reason="quota",
            ),
        ),
    )  # fmt: skip
    await Store(pool, data_version=enrich.DATA_VERSION).write([track])
    return wanted.track_id


async def mention(pool, track_id):
    tracklist_id = await pool.fetchval(
        "INSERT INTO tracklists (source, source_key, format, title, parsed_rows,"
        " content_hash) VALUES ('mixesdb', 'p1', 'wiki', 'A night', 1, 'x')"
        " RETURNING tracklist_id"
    )
    await pool.execute(
        "INSERT INTO tracklist_rows (tracklist_id, position, cue_seconds, raw,"
        " identified, track_id) VALUES ($1, 7, 3725, 'as [printed]', true, $2)",
        tracklist_id,
        UUID(track_id),
    )


async def test_every_value_says_who_gave_it_how_sure_and_when(pool, known):
    told = await explain(pool, [known])

    by_name = {origin.field: origin for origin in told.fields}
    isrc = by_name["isrc"]
    assert (isrc.value, isrc.provider, isrc.fetched_at) == (
        "GBAAA2600001", "spotify", AT,
    )  # fmt: skip
    assert 0 < isrc.confidence <= 1
    assert by_name["release_date"].value == "2026-01-16"
    assert "listeners" not in by_name


async def test_each_candidate_says_why_it_was_taken_or_refused(pool, known):
    told = await explain(pool, [known])

    spotify = next(part for part in told.providers if part.provider == "spotify")
    judged = {one.id: one for one in spotify.candidates}
    assert spotify.outcome_today == spotify.outcome == "found"
    assert judged["right"].verdict == "accepted"
    assert judged["sibling"].verdict == "refused"
    assert judged["sibling"].penalties
    assert judged["other"].penalties[0].name == "title"
    assert all(one.why for one in spotify.candidates)
    assert spotify.candidates[0].id == "right"


async def test_another_recording_at_another_provider_is_shown_as_a_conflict(
    pool, known, wanted
):
    other = replace(
        ANSWER[0], provider=MUSICBRAINZ, id="longer", duration_ms=412_000, isrcs=()
    )
    question = Question(MUSICBRAINZ, "search", "mira sol:harbour lights")
    await AnswerArchive(pool).keep({question: Found((other,))}, AT)
    await pool.execute(
        "INSERT INTO provider_records (track_id, provider, outcome, question,"
        " fetched_at) VALUES ($1, 'musicbrainz', 'found', $2, $3)",
        UUID(known),
        f"search:{question.key}",
        AT,
    )

    told = await explain(pool, [known])

    parts = {part.provider: part.conflict for part in told.providers}
    assert parts["spotify"].startswith("conflict: musicbrainz has 'Mira Sol - ")
    assert parts["musicbrainz"].endswith("(6:11)")
    assert parts["lastfm"] is None


async def test_what_waits_says_for_what_and_until_when(pool, known):
    told = await explain(pool, [known])

    lastfm = next(part for part in told.providers if part.provider == "lastfm")
    assert told.status == "partial"
    assert (lastfm.due_at, lastfm.due_reason) == (DUE, "quota")
    assert not lastfm.answer_kept
    assert lastfm.candidates == ()
    assert (DUE, "lastfm: due again, quota") in [(m.at, m.what) for m in told.timeline]
    assert [m.at for m in told.timeline] == sorted(m.at for m in told.timeline)


async def test_an_answer_says_when_it_gets_stale_and_by_which_rule(pool, known):
    told = await explain(pool, [known])

    spotify = next(part for part in told.providers if part.provider == "spotify")
    assert spotify.stale_at == AT + timedelta(days=8)
    assert "terms" in spotify.stale_why


async def test_tracklists_that_mention_it_are_told(pool, known):
    await mention(pool, known)

    told = await explain(pool, [known])

    assert told.mentioned == 1
    assert (told.mentions[0].title, told.mentions[0].position) == ("A night", 7)


async def test_a_decision_that_today_s_rules_would_not_take_is_shown(pool, known):
    await pool.execute(
        "UPDATE provider_records SET outcome = 'absent' WHERE provider = 'spotify'"
    )

    told = await explain(pool, [known])

    spotify = next(part for part in told.providers if part.provider == "spotify")
    assert (spotify.outcome, spotify.outcome_today) == ("absent", "found")


@pytest.mark.parametrize("field", ["label", "album"], ids=["new", "given before"])
async def test_a_value_that_a_person_pinned_is_the_person_s_own(pool, known, field):
    await pool.execute(
        f"UPDATE tracks SET {field} = 'Tidewater', pinned_fields = '{{{field}}}',"  # noqa: S608 (a column of this test)
        """ provenance = provenance || '{"album": ["spotify", 0.85, 1700000000, 1]}'"""
    )

    told = await explain(pool, [known])
    row = await pool.fetchrow("SELECT * FROM field_provenance WHERE field = $1", field)

    origin = next(origin for origin in told.fields if origin.field == field)
    assert (origin.value, origin.provider, origin.pinned) == (
        "Tidewater", "person", True,
    )  # fmt: skip
    assert origin.confidence is None
    assert (row["provider"], row["confidence"], row["pinned"]) == ("person", None, True)


async def test_a_provider_of_a_newer_version_is_told_and_not_judged(pool, known):
    await pool.execute(
        "INSERT INTO provider_records (track_id, provider, outcome, question,"
        " fetched_at) VALUES ($1, 'newcomer', 'found', 'search:x', now())",
        UUID(known),
    )

    told = await explain(pool, [known])

    newcomer = next(part for part in told.providers if part.provider == "newcomer")
    assert newcomer.outcome == "found"
    assert newcomer.outcome_today is None


async def test_people_read_all_of_it(pool, known):
    await mention(pool, known)
    console = Console(width=200, file=StringIO(), color_system=None)

    show(await explain(pool, [known]), console)

    page = console.file.getvalue()
    for said in (
        "Mira Sol - Harbour Lights (Oskar Lind Remix)",
        "GBAAA2600001",
        "lastfm (quota, until 2026-03-01 15:00:00 UTC)",
        "accepted",
        "refused",
        "1:02:05",
        "as [printed]",
    ):
        assert said in page, said


@pytest.mark.parametrize(
    "subject",
    [
        "Mira Sol - Harbour Lights (Oskar Lind Remix)",
        "  mira sol – HARBOUR LIGHTS (Oskar Lind Remix) ",
        f"{track_key(parse_name(ARTIST, TITLE)).track_id}",
    ],
)
def test_a_track_is_named_by_id_or_by_any_spelling(subject, wanted):
    assert wanted.track_id in ids_of(subject)


@pytest.mark.parametrize("subject", ["", "no dash here", "ID - ID"])
def test_what_names_no_track_has_no_id(subject):
    assert ids_of(subject) == []


def test_a_name_with_a_dash_in_it_may_be_parted_at_any(wanted):
    assert len(ids_of("A - B - C")) == 2


async def test_a_track_without_a_row_is_not_explained(pool):
    assert await explain(pool, [factories.track_id(9)]) is None


async def test_the_command_prints_json_that_programs_read(known, database_url):
    done = pipeline.run_command(
        {"DATABASE_URL": database_url, "PATH": ""}, "explain", known, "--json"
    )

    assert done.returncode == 0, done.stderr
    document = json.loads(done.stdout)
    assert document["track_id"] == known
    assert document["providers"][1]["candidates"][0]["verdict"] == "accepted"


async def test_the_command_says_so_when_there_is_no_row(database_url, pool):
    done = pipeline.run_command(
        {"DATABASE_URL": database_url, "PATH": ""}, "explain", "No One - Nothing"
    )

    assert done.returncode == 1
    assert b"no row for No One - Nothing" in done.stderr
