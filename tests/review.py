"""Rows as workers leave them for people to decide."""

from datetime import UTC, datetime, timedelta

from enrichment.contract.identity.identity import track_key
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
from enrichment.store.answers import AnswerArchive
from enrichment.store.tracks.write import Store
from tests import factories

SPOTIFY = ProviderName("spotify")
AT = datetime.now(UTC).replace(microsecond=0) - timedelta(days=1)


def candidate(number, sign, provider=SPOTIFY, **facts):
    """One recording of several that are as near as each other."""
    return factories.candidate(
        provider,
        id=f"sp{number}{sign}",
        artist=f"Artist {number}",
        title=f"Title {number}",
        artists=(f"Artist {number}",),
        artist_ids=(f"artist-{number}",),
        album=f"Album {sign}",
        duration_ms={"a": 200_000, "b": 320_000}.get(sign, 260_000),
        **facts,
    )


def own_id(number):
    """The id that the rules of identity give the track."""
    return track_key(factories.wanted(number).name).track_id


async def ambiguous(
    pool, number, *, outcome=Outcome.AMBIGUOUS, later=False, track_id=None
):
    """A track of which Spotify has two recordings; `found`: the first was accepted."""
    at = AT + timedelta(hours=1) if later else AT
    offered = [candidate(number, "a"), candidate(number, "b")]
    if outcome is Outcome.FOUND:
        offered = offered[:1]
    question = Question(SPOTIFY, "search", f"artist {number}:title {number}")
    accepted = offered[0] if outcome is Outcome.FOUND else None
    values = {}
    if accepted:
        given = {"spotify_id": accepted.id, "album": accepted.album}
        given["duration_ms"] = accepted.duration_ms
        sure = {"spotify_id": 0.99, "album": 0.85, "duration_ms": 0.95}
        values = {
            name: FieldValue(value, SPOTIFY, sure[name], at, 3)
            for name, value in given.items()
        }
    record = ProviderRecord(
        SPOTIFY,
        outcome,
        question=f"search:{question.key}",
        fetched_at=at,
        provider_track_id=(accepted or offered[0]).id,
        score=1.0,
        reasons=() if accepted else (f"margin: sp{number}b is as near (1.00)",),
        artists=((f"Artist {number}", f"artist-{number}"),) if accepted else None,
    )
    known = {"track_id": track_id} if track_id else {}
    wanted = factories.wanted(number, **known)
    key = track_key(wanted.name)
    track = EnrichedTrack(
        wanted=wanted,
        track_key=key.text,
        values=values,
        records=(record,),
    )
    await AnswerArchive(pool).keep({question: Found(tuple(offered))}, at)
    await Store(pool, data_version=enrich.DATA_VERSION).write([track])
    return wanted.track_id


async def listed(pool, *track_ids):
    """A tracklist that names these tracks."""
    tracklist_id = await pool.fetchval(
        "INSERT INTO tracklists (source, source_key, format, parsed_rows, content_hash)"
        " VALUES ('text', gen_random_uuid()::text, 'text', 2, 'h')"
        " RETURNING tracklist_id"
    )
    await pool.executemany(
        "INSERT INTO tracklist_rows (tracklist_id, position, raw, identified, track_id)"
        " VALUES ($1, $2, 'raw', true, $3)",
        [(tracklist_id, n, track_id) for n, track_id in enumerate(track_ids, 1)],
    )
    return tracklist_id


async def state(pool, track_id):
    """What a decision may change of a track, and nothing else."""
    row = await pool.fetchrow(
        "SELECT spotify_id, musicbrainz_id, album, duration_ms, provenance, outcome,"
        " pinned_fields FROM tracks WHERE track_id = $1",
        track_id,
    )
    record = await pool.fetchrow(
        "SELECT outcome, provider_track_id, reasons FROM provider_records"
        " WHERE track_id = $1 AND provider = 'spotify'",
        track_id,
    )
    return {
        **row,
        "record": record and tuple(record)[:2],
        "reasons": record and record["reasons"],
    }
