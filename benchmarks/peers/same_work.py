"""What our worker does with one track, for everybody: its own pure functions."""

from collections.abc import Iterator, Mapping, Sequence
from datetime import UTC, datetime

from benchmarks.peers.work import PROVIDERS
from enrichment import matching
from enrichment.contract.identity.identity import track_key
from enrichment.contract.identity.titles import parse_name
from enrichment.contract.messages import EnrichmentRequest
from enrichment.lookup.cache import entries
from enrichment.lookup.cache.freshness import Remembered
from enrichment.lookup.planner import CHAINS, Progress, next_questions
from enrichment.model import Found, Wanted
from enrichment.pipeline.amend import Moment, amended
from enrichment.pipeline.batch import Track
from enrichment.providers import Provider
from enrichment.providers.lastfm.provider import LastFm
from enrichment.providers.musicbrainz.provider import MusicBrainz
from enrichment.providers.spotify.provider import Spotify
from enrichment.store.tracks.credits import WRITE_ARTISTS, WRITE_CREDITS, artist_rows
from enrichment.store.tracks.rows import as_json, credit_rows, record_rows, track_row
from enrichment.store.tracks.upserts import WRITE_RECORDS, WRITE_TRACKS

_ASKED: Mapping[str, Provider] = {
    one.name: one
    for one in (
        MusicBrainz("SongNodesBench/1.0 ( bench@localhost )"),
        LastFm("bench"),
        Spotify(),
    )
}
# A statement with its parameters, in the order of PostgreSQL's own `$1`.
Statement = tuple[str, tuple[object, ...]]


def cache_keys(track_id: str) -> list[str]:
    """Return the keys of a track's three answers, for one MGET."""
    return [f"bench:answer:{provider}:{track_id}" for provider in PROVIDERS]


def statements(
    track_id: str, artist: str, title: str, found: Sequence[bytes | None]
) -> Iterator[Statement]:
    """
    Decide and merge; yield the statements of one transaction.

    Args:
        found: the answers of the three keys, as our cache holds them.
    """
    name = parse_name(artist, title)
    key = track_key(name)
    if key is None:
        raise ValueError(f"{artist} - {title} names no track")
    progress = _decided(Progress(Wanted(track_id, name)), found)
    request = EnrichmentRequest(
        track_id=track_id, artist=artist, title=title, source="bench"
    )
    track = amended(
        Track(request, key.text, progress), None, Moment(datetime.now(UTC))
    ).track
    yield WRITE_TRACKS, (as_json([track_row(track, "bench")]), [])
    yield WRITE_RECORDS, (as_json(record_rows(track)),)
    credited = list(credit_rows(track))
    yield WRITE_ARTISTS, (as_json(artist_rows(credited)),)
    yield WRITE_CREDITS, (as_json(credited),)


def _decided(progress: Progress, found: Sequence[bytes | None]) -> Progress:
    """Put each provider's answer to the question that our worker would ask."""
    known = _remembered(found)
    for chain in CHAINS:
        while question := next(next_questions(progress, chain, _ASKED), None):
            entry = known[question.provider]
            answer = entry.answer
            shown = answer.candidates if isinstance(answer, Found) else ()
            decision = matching.decide(progress.wanted, shown)
            progress.decide(question, decision, entry.fetched_at, shown)
    return progress


def _remembered(found: Sequence[bytes | None]) -> dict[str, Remembered]:
    known = {}
    for provider, value in zip(PROVIDERS, found, strict=True):
        entry = entries.decode(value) if value is not None else None
        if entry is None:
            raise ValueError(f"no answer of {provider} is remembered")
        known[provider] = entry[1]
    return known
