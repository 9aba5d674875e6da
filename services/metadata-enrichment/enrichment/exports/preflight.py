"""What an export will hold and what it will leave out, told before its first byte."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from typing import Any

from enrichment.exports.fields import TOLD_WHEN_MISSING, WITHHELD_FIELDS, noticed
from enrichment.exports.selection import SENTENCES, Reason

# The comment on a database that a replay has filled; its exports say so, too.
INVENTED = (
    "These rows are a replay's: its providers are invented, and no ISRC, date, genre or"
    " id is that of the real recording."
)


@dataclass(frozen=True, slots=True)
class LeftOut:
    """One row that is not exported, and why."""

    reason: Reason
    track_id: str | None
    artist: str
    title: str
    tracklist: str | None = None
    position: int | None = None

    @property
    def told(self) -> str:
        """Return which row it is and why it is left out."""
        name = " - ".join(part for part in (self.artist, self.title) if part)
        place = f"{self.tracklist}, row {self.position}: " if self.position else ""
        return f"{place}{name or self.track_id}: {SENTENCES[self.reason]}"


@dataclass(frozen=True, slots=True)
class Preflight:
    """
    Counts of one moment; the export that follows is of the same moment.

    Args:
        reasons: rows left out, by reason.
        missing: exported rows without a value, by field.
        withheld: values left out for their licence, by field.
        cells_made_safe: cells that a spreadsheet would take for formulas.
        notices: what the terms of providers ask to be shown, and what is invented.
        left_out: the first of the rows that are left out.
    """

    rows: int
    exported: int
    reasons: Mapping[Reason, int]
    missing: Mapping[str, int]
    withheld: Mapping[str, int]
    cells_made_safe: int
    notices: tuple[str, ...]
    left_out: tuple[LeftOut, ...] = field(default=())

    @property
    def left_out_rows(self) -> int:
        """How many rows are left out."""
        return self.rows - self.exported

    def as_json(self) -> dict[str, Any]:
        """Return it for programs."""
        return {
            "rows": self.rows,
            "exported": self.exported,
            "left_out": self.left_out_rows,
            "reasons": {reason.value: count for reason, count in self.reasons.items()},
            "missing": dict(self.missing),
            "withheld": dict(self.withheld),
            "cells_made_safe": self.cells_made_safe,
            "notices": list(self.notices),
            "left_out_rows": [
                {
                    "reason": row.reason.value,
                    "track_id": row.track_id,
                    "artist": row.artist,
                    "title": row.title,
                    "tracklist": row.tracklist,
                    "position": row.position,
                }
                for row in self.left_out
            ],
        }


def counted(
    counts: Iterable[Mapping[str, Any]],
    left_out: Iterable[LeftOut],
    *,
    commercial: bool,
    invented: bool = False,
) -> Preflight:
    """
    Make the preflight of what Postgres counted.

    Args:
        counts: a row for each reason; that of None is exported.
        left_out: the first rows that are left out.
        invented: the database is a replay's.
    """
    by_reason = {row["reason"]: row for row in counts}
    told = by_reason.get(None, {})
    exported = told.get("rows", 0)
    return Preflight(
        rows=sum(row["rows"] for row in by_reason.values()),
        exported=exported,
        reasons={
            reason: by_reason[reason]["rows"]
            for reason in Reason
            if reason in by_reason
        },
        missing={
            name: missing
            for name in TOLD_WHEN_MISSING
            if (missing := exported - told.get(f"has_{name}", 0))
        },
        withheld={
            name: count
            for name in WITHHELD_FIELDS
            if (count := told.get(f"withheld_{name}", 0))
        },
        cells_made_safe=told.get("cells_made_safe") or 0,
        notices=(
            *([INVENTED] if invented else ()),
            *(
                notice.text
                for notice in noticed(commercial=commercial)
                if told.get(f"by_{notice.provider}")
            ),
        ),
        left_out=tuple(left_out),
    )
