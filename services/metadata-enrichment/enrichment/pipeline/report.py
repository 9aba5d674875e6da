"""What a batch came to: metrics, and the log lines that users search for."""

from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime

from enrichment import logs
from enrichment.contract import metrics, sources
from enrichment.contract.messages import EnrichmentRequest
from enrichment.model import EnrichedTrack, Outcome


@dataclass(frozen=True, slots=True)
class Written:
    """
    One track whose rows were committed.

    Args:
        waited: a provider had held it up before.
    """

    track: EnrichedTrack
    request: EnrichmentRequest
    waited: bool = False


def report(written: Sequence[Written], now: datetime) -> None:
    """Count what was written and log a line for each track that was matched."""
    tasks: Counter[tuple[str, str]] = Counter()
    for one in written:
        outcome, is_whole = one.track.outcome, one.track.status == "completed"
        status = "completed" if outcome in {"matched", None} else outcome
        source = sources.label(one.request.source)
        tasks[source, status if is_whole else "partial"] += 1
    if any(status != "partial" for _, status in tasks):
        metrics.LAST_SUCCESS.set_to_current_time()
    for labels, count in tasks.items():
        metrics.TASKS.labels(*labels).inc(count)
    _count_fields(one.track for one in written)
    _observe_freshness(written, now)
    _tell(one.track for one in written if one.track.outcome == "matched")


def _count_fields(tracks: Iterable[EnrichedTrack]) -> None:
    given = Counter(
        (field, value.provider)
        for track in tracks
        for field, value in track.values.items()
    )
    for labels, count in given.items():
        metrics.FIELDS.labels(*labels).inc(count)


def _observe_freshness(written: Sequence[Written], now: datetime) -> None:
    """Record how long completed tracks took, those that a provider delayed apart."""
    for one in written:
        since = one.request.first_queued_at or one.request.queued_at
        if one.track.status != "completed" or since is None:
            continue
        since = since if since.tzinfo else since.replace(tzinfo=UTC)
        lane = one.request.lane.value
        metrics.FRESHNESS.labels(lane, "yes" if one.waited else "no").observe(
            max(0.0, (now - since).total_seconds())
        )


def _tell(matched: Iterable[EnrichedTrack]) -> None:
    """Log a line for each track, as users search for them."""
    logs.each(
        "enrich",
        (
            {
                "event": f"✓ Enriched: {_name(track)} (source: {_sources(track)})",
                "event_name": "enrichment.write.enriched",
                "track_id": track.wanted.track_id,
                "status": track.status,
            }
            for track in matched
        ),
    )


def _name(track: EnrichedTrack) -> str:
    name = track.wanted.name
    return f"{name.artist} - {name.full_title}"


def _sources(track: EnrichedTrack) -> str:
    return ", ".join(r.provider for r in track.records if r.outcome is Outcome.FOUND)
