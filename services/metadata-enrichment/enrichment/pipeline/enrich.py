"""The path over one batch, in one coroutine: look up, match, merge, write."""

import asyncio
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime

from enrichment import matching
from enrichment.contract import metrics
from enrichment.contract.identity.identity import IDENTITY_VERSION
from enrichment.contract.messages import EnrichmentRequest
from enrichment.lookup import planner
from enrichment.lookup.cache.track_ids import TrackIds
from enrichment.lookup.lookup import Lookup
from enrichment.model import ProviderName
from enrichment.pipeline import merge, rounds
from enrichment.pipeline.amend import Moment, amended
from enrichment.pipeline.batch import Track, open_batch
from enrichment.pipeline.report import Written, report
from enrichment.pipeline.rounds import NewerThan, portions
from enrichment.providers import Provider
from enrichment.store.tracks.known import KnownTrack
from enrichment.store.tracks.revocations import Revocation
from enrichment.store.tracks.write import Change, Store

# Stands in every row written, so that all rows of older rules can be found again.
DATA_VERSION = (
    f"identity-{IDENTITY_VERSION}.match-{matching.RULE_VERSION}"
    f".merge-{merge.RULE_VERSION}"
)
# So many tracks of a batch are looked up together: each round waits for all of them.
LOOKED_UP_TOGETHER = 100
# What is done is written so often, seconds, while others still wait for answers.
WRITTEN_EVERY = 1.0


@dataclass(frozen=True, slots=True)
class Deps:
    """What the path works with, handed over by `worker`."""

    store: Store
    lookup: Lookup
    track_ids: TrackIds
    providers: Mapping[ProviderName, Provider]
    # Demo and tests run everything that waits faster.
    time_scale: float = 1.0
    now: Callable[[], datetime] = lambda: datetime.now(UTC)


@dataclass(frozen=True, slots=True, kw_only=True)
class _Merged(Change):
    """Rows that this batch has made."""

    of: Track


async def enrich(
    requests: Sequence[EnrichmentRequest], parts: Deps
) -> Sequence[EnrichmentRequest]:
    """
    Take a batch of requests from message to rows; give those that name no track.

    Writing twice equals writing once, so a batch that was cut off may simply come
    again. Returns after the commit: what was given may be acked.

    Raises:
        Exception: whatever Postgres or our own code raises; the caller decides.
    """
    batch = await open_batch(
        requests,
        store=parts.store,
        providers=parts.providers,
        now=parts.now(),
    )
    acts = [
        _enrich_some(some, batch.newer_than, parts)
        for some in portions(batch.tracks, LOOKED_UP_TOGETHER)
    ]
    # all come to their end: what one of them breaks, the others have written
    for ended in await asyncio.gather(*acts, return_exceptions=True):
        if ended is not None:
            raise ended
    return batch.unidentified


async def _enrich_some(
    tracks: Sequence[Track], newer_than: NewerThan, parts: Deps
) -> None:
    """Look up, match, merge and write: the path, over some tracks of a batch."""
    looking = asyncio.ensure_future(_look_up(tracks, newer_than, parts))
    left = list(tracks)
    try:
        while left:
            await asyncio.wait({looking}, timeout=WRITTEN_EVERY)
            if looking.done():
                looking.result()
            done, left = _parted(left, parts, all_done=looking.done())
            if done:
                await _write(done, parts)
    finally:
        looking.cancel()
        await asyncio.gather(looking, return_exceptions=True)


async def _look_up(tracks: Sequence[Track], newer_than: NewerThan, parts: Deps) -> None:
    progresses = [track.progress for track in tracks]
    with metrics.STAGE_SECONDS.labels("look_up").time():
        await rounds.look_up(progresses, newer_than, parts.lookup, parts.providers)


def _parted(
    tracks: Sequence[Track], parts: Deps, *, all_done: bool
) -> tuple[list[Track], list[Track]]:
    """Return those of which nothing is left to ask, and the others."""
    done: list[Track] = []
    left: list[Track] = []
    for track in tracks:
        is_done = all_done or planner.is_done(track.progress, parts.providers)
        (done if is_done else left).append(track)
    return done, left


async def _write(tracks: Sequence[Track], parts: Deps) -> None:
    """Merge and write tracks of which nothing is left to ask."""

    def merged(
        known: Mapping[str, KnownTrack], revoked: Sequence[Revocation]
    ) -> list[_Merged]:
        moment = Moment(parts.now(), parts.time_scale, revoked)
        with metrics.STAGE_SECONDS.labels("merge").time():
            return [_merge(track, known, moment) for track in tracks]

    asked = {t.progress.wanted.track_id: tuple(t.progress.parts) for t in tracks}
    with metrics.STAGE_SECONDS.labels("write").time():
        written = await parts.store.change(asked, merged)
    await parts.track_ids.keep(change.track for change in written)
    report(
        [Written(c.track, c.of.request, _waited(c.of)) for c in written], parts.now()
    )


def _merge(track: Track, known: Mapping[str, KnownTrack], moment: Moment) -> _Merged:
    """Let the accepted candidates fill the fields, each with its provenance."""
    made = amended(track, known.get(track.progress.wanted.track_id), moment)
    return _Merged(made.track, made.asked, track.request.queued_at, of=track)


def _waited(track: Track) -> bool:
    before = track.known.records.values() if track.known else ()
    return any(record.due_at is not None for record in before)
