"""A batch of requests as tracks: equal ones are one, with all that is known of them."""

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from enrichment.contract.identity.identity import TrackKey, is_track_id, track_key
from enrichment.contract.identity.titles import TrackName, parse_name
from enrichment.contract.messages import EnrichmentRequest, as_one
from enrichment.lookup.planner import SURE, Progress
from enrichment.model import ProviderName, ProviderRecord, Wanted
from enrichment.providers.registry import SPECS
from enrichment.store.tracks.known import IDENTIFIERS, KnownTrack
from enrichment.store.tracks.revocations import newer_than
from enrichment.store.tracks.write import Store

# Operations whose key is an identifier; all others are asked by names.
_IDENTIFIERS = {
    (spec.name, operation.name): operation.identifier
    for spec in SPECS.values()
    for operation in spec.operations
    if operation.identifier
}


@dataclass(slots=True)
class Track:
    """One track of the batch: the requests that asked for it and how far it is."""

    request: EnrichmentRequest
    key: str
    progress: Progress
    known: KnownTrack | None = None


@dataclass(slots=True)
class Batch:
    """
    What a batch of requests asks for; what is done already is left out.

    Args:
        tracks: to be looked up, matched and merged.
        unidentified: requests that name no track at all.
        newer_than: how old answers of a provider must not be: those were taken back.
    """

    tracks: list[Track] = field(default_factory=list)
    unidentified: list[EnrichmentRequest] = field(default_factory=list)
    newer_than: Mapping[ProviderName, datetime] = field(default_factory=dict)


async def open_batch(
    requests: Sequence[EnrichmentRequest],
    *,
    store: Store,
    providers: Collection[ProviderName],
    now: datetime,
) -> Batch:
    """Read what the rows know of the tracks that are asked for."""
    batch = Batch(newer_than=newer_than(await store.revoked()))
    keyed: list[tuple[EnrichmentRequest, TrackName, TrackKey]] = []
    # the row may be under the message's own id or under the one of its names
    ids: set[str] = set()
    for request in requests:
        _add_key(request, keyed, ids, batch)
    known = await store.read(sorted(ids))
    tracks: dict[str, Track] = {}
    for request, name, key in keyed:
        track_id = request.track_id if request.track_id in known else key.track_id
        row = known.get(track_id)
        if _is_done(row, request, providers, now):
            continue
        if same := tracks.get(track_id):
            request = as_one(same.request, request)  # noqa: PLW2901 (the stronger)
        tracks[track_id] = Track(
            request=request,
            key=key.text,
            known=row,
            progress=Progress(
                wanted=_wanted_of(request, track_id, name, row),
                settled=_settled(row, request, now),
                renewed=_renewed(row, request, now),
                is_isrc_sure=row is None or _is_isrc_sure(row),
                file_isrc=row.file_isrc if row else None,
            ),
        )
    batch.tracks = list(tracks.values())
    return batch


def _add_key(
    request: EnrichmentRequest,
    keyed: list[tuple[EnrichmentRequest, TrackName, TrackKey]],
    ids: set[str],
    batch: Batch,
) -> None:
    name = parse_name(request.artist, request.title)
    key = track_key(name)
    if key is None and (vouched := track_key(name, vouched=True)):
        # its list prints a label beside the title "Unknown": the message has that id
        key = vouched if vouched.track_id == request.track_id else None
    if key is None:
        batch.unidentified.append(request)
        return
    keyed.append((request, name, key))
    ids.add(key.track_id)
    if request.track_id != key.track_id and is_track_id(request.track_id):
        ids.add(request.track_id)


def _is_done(
    row: KnownTrack | None,
    request: EnrichmentRequest,
    providers: Collection[ProviderName],
    now: datetime,
) -> bool:
    """Recognise a delivery that comes again after its rows were written."""
    return (
        row is not None
        and not request.force_refresh
        and row.status == "completed"
        and set(providers) <= set(_settled(row, request, now))
    )


def _settled(
    row: KnownTrack | None, request: EnrichmentRequest, now: datetime
) -> dict[ProviderName, ProviderRecord]:
    if row is None or request.force_refresh:
        return {}
    return {
        name: record
        for name, record in row.records.items()
        if record.due_at is None or record.due_at > now
    }


def _renewed(
    row: KnownTrack | None, request: EnrichmentRequest, now: datetime
) -> dict[ProviderName, datetime]:
    """
    Return the age of answers that are in the row and are to be asked for again.

    An answer that came after the wish was queued is new enough, so that a wish that is
    delivered twice costs one call.
    """
    if row is None:
        return {}
    settled: Mapping[ProviderName, ProviderRecord] = _settled(row, request, now)
    return {
        name: record.fetched_at
        if record.due_at is not None or request.queued_at is None
        else max(record.fetched_at, request.queued_at)
        for name, record in row.records.items()
        if name not in settled and record.outcome.is_answer
    }


def _is_isrc_sure(row: KnownTrack) -> bool:
    """Return whether a row's ISRC was given, or taught by a match that was sure."""
    if "isrc" not in row.learnt or row.file_isrc is not None:
        return True
    teacher = row.records.get(row.values["isrc"].provider)
    score = teacher.score if teacher else None
    return score is not None and score >= SURE


def _wanted_of(
    request: EnrichmentRequest, track_id: str, name: TrackName, row: KnownTrack | None
) -> Wanted:
    asked = _asked_with(row)
    known: dict[str, Any] = {
        column: (row.asked_by(column) if row else None)
        or getattr(request, column)
        or asked.get(column)
        for column in IDENTIFIERS
    }
    return Wanted(
        track_id=track_id,
        name=name,
        **known,
        learnt=row.learnt if row else frozenset(),
        duration_ms=row.length_known if row else None,
        held=row.held if row else (),
    )


def _asked_with(row: KnownTrack | None) -> dict[str, str]:
    """
    Return the identifiers of questions that wait for their answer, by column.

    What a message knew is in no column before a provider has confirmed it; the
    sweep's message is made from columns, and the retry would ask by names alone.
    """
    return {
        column: key
        for record in (row.records.values() if row else ())
        if record.due_at is not None
        for operation, _, key in (record.question.partition(":"),)
        if (column := _IDENTIFIERS.get((record.provider, operation))) is not None
    }
