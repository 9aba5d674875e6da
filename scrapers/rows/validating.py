"""Which rows are tracks, and why the others are none; pure."""

from collections import Counter
from dataclasses import replace

from enrichment.contract.identity.identity import TrackKey, track_key
from enrichment.contract.identity.titles import TrackName
from scrapers.items import TrackItem, TracklistItem
from scrapers.tracklists.tracklist import Row

# What a message takes (contract.messages) and an index of Postgres holds.
MAX_NAME_LENGTH = 500
# Postgres' integer, in seconds: such a cue is a misread number.
MAX_CUE_SECONDS = 2**31 - 1


def has_places(item: TracklistItem) -> bool:
    """Check that there are rows, and no two of them in one place."""
    positions = {row.position for row in item.tracklist.rows}
    return bool(positions) and len(positions) == len(item.tracklist.rows)


def validated(item: TracklistItem) -> tuple[TracklistItem, Counter[str]]:
    """Return the item with its tracks, and how many rows were no track, by reason."""
    rows: list[Row] = []
    tracks: dict[str, TrackItem] = {}
    reasons: Counter[str] = Counter()
    for row in item.tracklist.rows:
        checked, track, reason = _validated_row(row)
        rows.append(checked)
        if track:
            tracks.setdefault(track.track_id, track)
        if reason:
            reasons[reason] += 1
    tracklist = replace(item.tracklist, rows=tuple(rows))
    return replace(item, tracklist=tracklist, tracks=tuple(tracks.values())), reasons


def _validated_row(row: Row) -> tuple[Row, TrackItem | None, str]:
    if row.cue_seconds is not None and not 0 <= row.cue_seconds <= MAX_CUE_SECONDS:
        row = row._replace(cue_seconds=None)
    artist, title = (
        (row.artist or "").strip(),
        (row.full_title or row.title or "").strip(),
    )
    if not row.identified:
        return row._replace(track_id=None), None, ""
    if not artist or not title:
        return _unidentified(row), None, "nameless"
    if max(len(artist), len(title)) > MAX_NAME_LENGTH:
        return _unidentified(row), None, "too_long"
    key = _key(row, artist, title)
    if key is None:
        return _unidentified(row), None, "no_identity"
    track = TrackItem(
        track_id=key.track_id,
        track_key=key.text,
        artist=artist,
        title=title,
        version=row.version,
        remixers=row.remixers,
        featured=row.featured,
    )
    return row._replace(track_id=key.track_id), track, ""


def _key(row: Row, artist: str, title: str) -> TrackKey | None:
    return track_key(
        TrackName(
            artist=artist,
            title=(row.title or title).strip(),
            full_title=title,
            artists=row.artists or (artist,),
            featured=row.featured,
            remixers=row.remixers,
            version=row.version,
        ),
        vouched=row.label is not None,
    )


def _unidentified(row: Row) -> Row:
    return row._replace(
        identified=False,
        track_id=None,
        artist=(row.artist or "")[:MAX_NAME_LENGTH] or None,
        title=(row.title or "")[:MAX_NAME_LENGTH] or None,
        full_title=(row.full_title or "")[:MAX_NAME_LENGTH] or None,
    )
