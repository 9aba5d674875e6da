"""What a batch came to: metrics, and the log lines that users search for."""

from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime

from enrichment import logs
from enrichment.contract import metrics, sources
from enrichment.contract.messages import EnrichmentRequest
from enrichment.model import TrackRows
from enrichment.store.tracks.rows import printed_name, track_id_of


@dataclass(frozen=True, slots=True)
class Written:
    """
    One track whose rows were committed.

    Args:
        waited: a provider had held it up before.
    """

    rows: TrackRows
    request: EnrichmentRequest
    waited: bool = False


def report(written: Sequence[Written], now: datetime) -> None:
    """Count what was written and log a line for each track that was matched."""
    tasks: Counter[tuple[str, str]] = Counter()
    for track in written:
        rows = track.rows
        status = "completed" if rows.outcome == "matched" else rows.outcome
        if rows.status != "completed":
            status = "partial"
        source = sources.label(track.request.source)
        tasks[source, status or rows.status] += 1
    if any(status != "partial" for _, status in tasks):
        metrics.LAST_SUCCESS.set_to_current_time()
    for labels, count in tasks.items():
        metrics.TASKS.labels(*labels).inc(count)
    _count_fields(track.rows for track in written)
    _observe_freshness(written, now)
    _tell(track.rows for track in written if track.rows.outcome == "matched")


def _count_fields(every: Iterable[TrackRows]) -> None:
    # most tracks of a batch have the same fields from the same providers
    for fields, tracks in Counter([rows.fields for rows in every]).items():
        for field in fields.split():
            metrics.FIELDS.labels(*field.split(":")).inc(tracks)


def _observe_freshness(written: Sequence[Written], now: datetime) -> None:
    """Record how long completed tracks took, those that a provider delayed apart."""
    for track in written:
        since = track.request.first_queued_at or track.request.queued_at
        if track.rows.status != "completed" or since is None:
            continue
        since = since if since.tzinfo else since.replace(tzinfo=UTC)
        lane = track.request.lane.value
        metrics.FRESHNESS.labels(lane, "yes" if track.waited else "no").observe(
            max(0.0, (now - since).total_seconds())
        )


def _tell(matched: Iterable[TrackRows]) -> None:
    """Log a line for each track, as users search for them."""
    logs.each(
        "enrich",
        (
            {
                "event": f"✓ Enriched: {printed_name(rows)} (source: {rows.sources})",
                "event_name": "enrichment.write.enriched",
                "track_id": track_id_of(rows),
                "status": rows.status,
            }
            for rows in matched
        ),
    )
