"""
The SQL of an export, made of constants and of what the user's own query says.

One inner SELECT gives every row with the reason why it is left out, or none. It is
counted, its left-out rows are listed, and its others are exported, all in one snapshot.
"""

from dataclasses import dataclass
from typing import Any

from enrichment.exports import entries
from enrichment.exports.fields import (
    PERSON,
    TRACKLIST,
    VALUES,
    WITHHELD_FIELDS,
    not_commercial,
    noticed,
)
from enrichment.exports.selection import Everything, Reason, Tracklists, Wish
from enrichment.exports.spreadsheets import GUARD, RISKY_FIRST

ENTRY = (
    *("tracklist_id", "tracklist", "position", "cue_seconds", "raw"),
    "catalog_number",
)
TRACK = ("track_id", "artist", "title", "version", "remixers", "featured")
STATE = ("status", "outcome", "enriched_at")

_TEXTS = ("artist", "title", "version", "album", "label")
_ENTRY_TEXTS = ("tracklist", "raw", "catalog_number")
_LISTS = ("remixers", "featured", "genres")
_GUARD = f"chr({ord(GUARD)})"
_RISKY = ", ".join(f"chr({ord(sign)})" for sign in RISKY_FIRST)

# A person's ids are as good as a provider's.
_IS_RESOLVED = (
    "(t.outcome = 'matched'"
    " OR t.pinned_fields && '{isrc,spotify_id,musicbrainz_id}'::text[])"
)
_WHY_UNRESOLVED = (
    "CASE WHEN t.outcome IN ('no_match', 'ambiguous') THEN t.outcome"
    f" WHEN t.status = 'failed' THEN '{Reason.FAILED}' ELSE '{Reason.PENDING}' END"
)


@dataclass(frozen=True, slots=True)
class Statement:
    """A text and the values of its parameters."""

    sql: str
    values: tuple[Any, ...] = ()


class Statements:
    """
    The statements of one wish.

    Args:
        wish: what is to be exported.
    """

    def __init__(self, wish: Wish) -> None:
        self._wish = wish
        self.of_entries = isinstance(wish.subject, Tracklists) and not wish.report
        self._order = "track_id" if isinstance(wish.subject, Everything) else "place"
        self._values: list[Any] = []
        self._inner = self._made()

    def counted(self, *, safe_cells: bool = False) -> Statement:
        """
        Return one row for each reason: how many rows, values, withheld values.

        Args:
            safe_cells: count the cells that a spreadsheet would take for a formula.
        """
        counts = [f"count({name}) AS has_{name}" for name in VALUES]
        for notice in noticed(commercial=self._wish.commercial):
            given = " OR ".join(
                f"{name}_source = '{notice.provider}'" for name in notice.fields
            )
            counts.append(f"bool_or({given}) AS by_{notice.provider}")
        if self._wish.commercial:
            counts += [
                f"count(*) FILTER (WHERE withheld_{name}) AS withheld_{name}"
                for name in WITHHELD_FIELDS
            ]
        if safe_cells:
            risky = " + ".join(
                f"coalesce({_is_risky(text)}, false)::int"
                for text in self._texts().values()
            )
            counts.append(f"sum({risky}) AS cells_made_safe")
        return self._of(
            f"SELECT reason, count(*) AS rows, {', '.join(counts)}"  # noqa: S608 (constants)
            f" FROM ({self._inner}) AS r GROUP BY reason"
        )

    def left_out(self) -> Statement:
        """Return what is left out and why, in the order of the export."""
        return self._of(
            "SELECT reason, track_id, artist, title, tracklist, position, raw"  # noqa: S608 (constants)
            f" FROM ({self._inner}) AS r"
            f" WHERE reason IS NOT NULL ORDER BY {self._order}"
        )

    def exported(self) -> Statement:
        """Return what is exported, each value as Postgres keeps it."""
        return self._of(
            f"SELECT * FROM ({self._inner}) AS r"  # noqa: S608 (constants)
            f" WHERE reason IS NULL ORDER BY {self._order}"
        )

    def as_cells(self, *, safe: bool) -> Statement:
        """
        Return what is exported as cells of a table: names, values, then their sources.

        Args:
            safe: write an apostrophe before what a spreadsheet takes for a formula.
        """
        texts = self._texts()
        names = (
            *(ENTRY if self.of_entries else ()),
            *(*TRACK, *STATE, *VALUES),
            *(f"{name}_source" for name in VALUES),
        )
        cells = []
        for name in names:
            cell = texts.get(name, name)
            if safe and name in texts:
                guarded = f"CASE WHEN {_is_risky(cell)} THEN {_GUARD} ELSE '' END"
                cell = f"{guarded} || {cell}"
            cells.append(f"{cell} AS {name}")
        return self._of(
            f"SELECT {', '.join(cells)} FROM ({self._inner}) AS r"  # noqa: S608 (constants)
            f" WHERE reason IS NULL ORDER BY {self._order}"
        )

    def _texts(self) -> dict[str, str]:
        names = (*_TEXTS, *(_ENTRY_TEXTS if self.of_entries else ()))
        lists = {name: f"nullif(array_to_string({name}, '; '), '')" for name in _LISTS}
        return {name: name for name in names} | lists

    def _of(self, sql: str) -> Statement:
        return Statement(sql, tuple(self._values))

    def _parameter(self, value: object, cast: str) -> str:
        self._values.append(value)
        return f"${len(self._values)}::{cast}"

    def _made(self) -> str:
        wish = self._wish
        chosen = entries.chosen(wish, self._parameter)
        columns = (
            "e.place, e.tracklist_id, e.tracklist, e.position, e.cue_seconds, e.raw",
            "e.catalog_number",
            f"{chosen.track_id} AS track_id",
            "coalesce(t.artist, e.said_artist, '') AS artist",
            "coalesce(t.title, e.said_title, e.raw, '') AS title",
            "t.version, t.remixers, t.featured, t.status, t.outcome",
            "t.enrichment_timestamp AS enriched_at, t.provenance",
            *(f"{_value(name, wish)} AS {name}" for name in VALUES),
            *(f"{_source(name, wish)} AS {name}_source" for name in VALUES),
            *(
                f"{_is_withheld(name)} AS withheld_{name}"
                for name in (WITHHELD_FIELDS if wish.commercial else ())
            ),
            *(("p.plays, p.played_at",) if wish.report else ()),
            f"{self._reason()} AS reason",
        )
        return f"SELECT {', '.join(columns)} FROM {chosen.tables}"  # noqa: S608 (constants)

    def _reason(self) -> str:
        """Return why a row is left out; the first that is true is told."""
        wish, branches = self._wish, list[str]()
        if not isinstance(wish.subject, Everything):
            branches += [
                f"WHEN e.asked IS NULL THEN '{Reason.UNIDENTIFIED}'",
                f"WHEN t.track_id IS NULL THEN '{Reason.NO_SUCH_TRACK}'",
            ]
        if not wish.keep_unresolved:
            branches.append(
                f"WHEN NOT coalesce({_IS_RESOLVED}, false) THEN {_WHY_UNRESOLVED}"
            )
        if wish.library is not None:
            held = self._parameter(list(wish.library), "uuid[]")
            branches.append(
                f"WHEN t.track_id <> ALL ({held}) THEN '{Reason.NOT_IN_LIBRARY}'"
            )
        if wish.report:
            isrc, album, label = (_value(n, wish) for n in ("isrc", "album", "label"))
            unnamed = f"{isrc} IS NULL AND ({album} IS NULL OR {label} IS NULL)"
            branches += [
                f"WHEN p.plays = 0 THEN '{Reason.NEVER_PLAYED}'",
                f"WHEN {unnamed} THEN '{Reason.NOT_REPORTABLE}'",
            ]
        return f"CASE {' '.join(branches)} END" if branches else "NULL::text"


def _value(name: str, wish: Wish) -> str:
    """Return a value's expression; None where it is withheld."""
    value = f"t.{name}"
    if name == "release_date":
        value = (
            "left(t.release_date::text, CASE t.release_date_precision"
            " WHEN 'year' THEN 4 WHEN 'month' THEN 7 ELSE 10 END)"
        )
    elif name == "genres":
        value = "nullif(t.genres, '{}')"
    elif name == "musicbrainz_id":
        value = "t.musicbrainz_id::text"
    elif name == "label":
        value = f"coalesce(t.label, {_printed_label(wish)})"
    if wish.commercial and not_commercial(name):
        return f"CASE WHEN NOT {_is_withheld(name)} THEN {value} END"
    return value


def _printed_label(wish: Wish) -> str:
    """Return the tracklist's label, unless a person says that there is none."""
    printed = "p.said_label" if wish.report else "e.said_label"
    return f"CASE WHEN 'label' <> ALL (t.pinned_fields) THEN {printed} END"


def _source(name: str, wish: Wish) -> str:
    """Return who gave a value; None where there is none, or it came with the track."""
    printed = f" WHEN t.label IS NULL THEN '{TRACKLIST}'" if name == "label" else ""
    return (
        f"CASE WHEN {_value(name, wish)} IS NULL THEN NULL{printed}"
        f" WHEN '{name}' = ANY (t.pinned_fields) THEN '{PERSON}'"
        f" ELSE t.provenance -> '{name}' ->> 0 END"
    )


def _is_withheld(name: str) -> str:
    """Recognise a value that may not be used commercially; a pinned one may be."""
    providers = ", ".join(f"'{provider}'" for provider in not_commercial(name))
    return (
        f"(t.{name} IS NOT NULL AND '{name}' <> ALL (t.pinned_fields)"
        f" AND coalesce(t.provenance -> '{name}' ->> 0 IN ({providers}), false))"
    )


def _is_risky(text: str) -> str:
    return f"left({text}, 1) IN ({_RISKY})"
