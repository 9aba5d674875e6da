"""
Where the rows of an export come from: the FROM of its statement.

Each gives `e` (place, asked, the row of the tracklist and what it says) and `t`, the
track; reports of use `p`, the plays of the track.
"""

from collections.abc import Callable
from dataclasses import dataclass

from enrichment.exports.selection import Everything, Query, Tracklists, Tracks, Wish

Parameter = Callable[[object, str], str]

_NO_ENTRY = (
    "NULL::bigint AS tracklist_id, NULL::text AS tracklist, NULL::integer AS position,"
    " NULL::integer AS cue_seconds, NULL::text AS raw, NULL::text AS catalog_number,"
    " NULL::text AS said_artist, NULL::text AS said_title, NULL::text AS said_label"
)
# A file's key is its path, which is nobody else's business.
TITLE = "coalesce(l.title, regexp_replace(l.source_key, '^.*/', ''))"
_ROWS = """
SELECT row_number() OVER (ORDER BY {order}, r.position) AS place, r.track_id AS asked,
       r.tracklist_id, {title} AS tracklist, r.position, r.cue_seconds, r.raw,
       r.catalog_number, r.artist AS said_artist,
       coalesce(r.full_title, r.title) AS said_title, r.label AS said_label
FROM tracklist_rows AS r JOIN tracklists AS l USING (tracklist_id) {where}
"""
# A report has one row for each track; a row without one stays alone.
_ONCE = """
SELECT DISTINCT ON (asked, CASE WHEN asked IS NULL THEN place END) *
FROM ({entries}) AS every ORDER BY asked, CASE WHEN asked IS NULL THEN place END, place
"""
# What two tracklists of one set list is played once, as in the view played_rows.
_PLAYS = """
CROSS JOIN LATERAL (
    SELECT count(*) FILTER (WHERE r.is_play) AS plays,
        mode() WITHIN GROUP (ORDER BY r.label) AS said_label,
        array_agg(
        concat_ws(' ', l.recorded_on, (r.cue_seconds * interval '1 second')::text)
        ORDER BY l.recorded_on, l.tracklist_id, r.position
    ) FILTER (WHERE r.is_play
        AND (l.recorded_on IS NOT NULL OR r.cue_seconds IS NOT NULL)) AS played_at
    FROM (
        SELECT tracklist_id, position, cue_seconds, label, NOT EXISTS (
            SELECT FROM same_sets AS s
            JOIN tracklist_rows AS o ON o.tracklist_id = s.earlier_id
            WHERE s.later_id = m.tracklist_id AND o.track_id = t.track_id {earlier}
        ) AS is_play
        FROM tracklist_rows AS m WHERE track_id = t.track_id {where}
    ) AS r JOIN tracklists AS l USING (tracklist_id)
) AS p
"""


@dataclass(frozen=True, slots=True)
class Chosen:
    """The tables of a statement, and the expression that gives a row's track."""

    tables: str
    track_id: str


def chosen(wish: Wish, parameter: Parameter) -> Chosen:
    """
    Return where the rows of a wish come from.

    Args:
        parameter: takes a value and its type, and gives its place in the statement.
    """
    entries, among = _entries(wish, parameter)
    if isinstance(wish.subject, Everything):
        # no outer join: the index that gives the order is used
        tables = f"tracks AS t CROSS JOIN ({entries}) AS e"
        track_id = "t.track_id"
    else:
        entries = _ONCE.format(entries=entries) if wish.report else entries
        tables = f"({entries}) AS e LEFT JOIN tracks AS t ON t.track_id = e.asked"
        track_id = "coalesce(t.track_id, e.asked)"
    plays = ""
    if wish.report:
        plays = _PLAYS.format(
            where=f"AND tracklist_id {among}" if among else "",
            earlier=f"AND s.earlier_id {among}" if among else "",
        )
    return Chosen(f"{tables} {plays}", track_id)


def _entries(wish: Wish, parameter: Parameter) -> tuple[str, str]:
    """Return the entries, and which tracklists a report counts plays of; "": all."""
    match wish.subject:
        case Everything():
            return f"SELECT NULL::bigint AS place, NULL::uuid AS asked, {_NO_ENTRY}", ""
        case Tracks(track_ids):
            given = f"unnest({parameter(list(track_ids), 'uuid[]')})"
            return (
                f"SELECT place, asked, {_NO_ENTRY}"  # noqa: S608 (a constant)
                f" FROM {given} WITH ORDINALITY AS given (asked, place)"
            ), ""
        case Query(sql):
            return (
                f"SELECT row_number() OVER () AS place, asked, {_NO_ENTRY}"  # noqa: S608 (the user's own, read-only)
                f" FROM (SELECT asked FROM ({sql}) AS given (asked)) AS listed"
            ), ""
        case Tracklists(None):
            return _ROWS.format(title=TITLE, order="r.tracklist_id", where=""), ""
        case Tracklists(tracklist_ids):
            ids = parameter(list(tracklist_ids or ()), "bigint[]")
            rows = _ROWS.format(
                title=TITLE,
                order=f"array_position({ids}, r.tracklist_id)",
                where=f"WHERE r.tracklist_id = ANY ({ids})",
            )
            return rows, f"= ANY ({ids})"
