"""A replay as one HTML file that needs nothing else: the outcome, in plots."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from html import escape
from typing import Any

import asyncpg

from enrichment.exports.preflight import LeftOut
from enrichment.exports.selection import SENTENCES

# Most common genres that are drawn.
_GENRES = 15
_BAR_WIDTH, _ROW_HEIGHT, _LABEL_WIDTH = 420, 22, 190

_COVERAGE = "SELECT field, filled, tracks FROM coverage_by_field ORDER BY filled DESC"
_COMMON = """
SELECT genre, count(*) AS tracks FROM tracks, unnest(genres) AS genre
GROUP BY genre ORDER BY tracks DESC, genre LIMIT $1
"""
_READINESS = """
SELECT count(*) AS tracks,
       count(*) FILTER (WHERE isrc IS NOT NULL) AS "a report of use (ISRC)",
       count(*) FILTER (WHERE musicbrainz_id IS NOT NULL) AS "ListenBrainz (MBID)",
       count(*) FILTER (WHERE spotify_id IS NOT NULL) AS "a Spotify playlist (id)",
       count(*) FILTER (WHERE duration_ms IS NOT NULL) AS "a timed set (length)",
       count(*) FILTER (WHERE bpm IS NOT NULL AND camelot_key IS NOT NULL)
           AS "harmonic mixing (tempo, key)"
FROM tracks
"""

_STYLE = """
body { font: 15px/1.45 system-ui, sans-serif; margin: 2rem auto; max-width: 46rem;
       padding: 0 1rem; color: #1c1c1e; background: #fff }
h2 { margin: 2.2rem 0 .4rem; font-size: 1.1rem }
table { border-collapse: collapse; width: 100%; font-size: .9rem }
td, th { text-align: left; padding: .25rem .5rem; border-bottom: 1px solid #ddd }
.note { background: #fff4d6; border-left: 4px solid #d99a00; padding: .6rem .9rem }
svg text { font-size: 12px; fill: currentColor }
rect.of { fill: #e6e8eb } rect.is { fill: #2f6f9f }
@media (prefers-color-scheme: dark) {
  body { color: #e8e8ea; background: #17181a } .note { background: #3a3114 }
  rect.of { fill: #2e3135 } rect.is { fill: #6aa9d8 } td, th { border-color: #34363a }
}
"""


@dataclass(frozen=True, slots=True)
class Bar:
    """One line of a plot: a part of a whole."""

    label: str
    value: int
    of: int


@dataclass(frozen=True, slots=True)
class Findings:
    """What is in the rows at the end of a replay."""

    coverage: Sequence[Bar] = ()
    genres: Sequence[Bar] = ()
    readiness: Sequence[Bar] = ()
    left_out: Sequence[LeftOut] = field(default=())


async def findings(pool: asyncpg.Pool, left_out: Sequence[LeftOut]) -> Findings:
    """Read what the plots show."""
    coverage = await pool.fetch(_COVERAGE)
    genres = await pool.fetch(_COMMON, _GENRES)
    ready = dict(await pool.fetchrow(_READINESS) or {})
    tracks = ready.pop("tracks", 0)
    return Findings(
        coverage=[Bar(r["field"], r["filled"], r["tracks"]) for r in coverage],
        genres=[Bar(r["genre"], r["tracks"], tracks) for r in genres],
        readiness=[Bar(name, count, tracks) for name, count in ready.items()],
        left_out=left_out,
    )


def html(document: Mapping[str, Any], found: Findings, note: str) -> str:
    """Return the whole page."""
    outcomes = document["outcomes"]
    mentions, tracks = document["mentions"], document["tracks"]
    funnel = [
        Bar("rows of tracklists", mentions, mentions),
        Bar("rows that name a track", mentions - outcomes["unidentified"], mentions),
        Bar("different tracks", tracks, mentions),
        Bar("tracks enriched", outcomes["completed"], mentions),
    ]
    calls = [Bar(name, n, mentions) for name, n in document["calls"].items()]
    plots = (
        ("From rows to enriched tracks", funnel),
        ("Coverage by field, of all tracks", found.coverage),
        ("Provider calls, beside one call for each row", calls),
        ("Genres, of all tracks", found.genres),
        ("Ready for", found.readiness),
    )
    body = "".join(f"<h2>{escape(title)}</h2>{_plot(bars)}" for title, bars in plots)
    return (
        '<!doctype html><html lang="en"><meta charset="utf-8">'
        '<meta name="viewport" content="width=device-width">'
        f"<title>What came of the replay</title><style>{_STYLE}</style>"
        f'<h1>What came of the replay</h1><p class="note">{escape(note)}</p>'
        f"{body}{_named(found.left_out)}"
        f'<p class="note">{escape(note)}</p></html>\n'
    )


def _plot(bars: Sequence[Bar]) -> str:
    if not bars:
        return "<p>none</p>"
    height = len(bars) * _ROW_HEIGHT
    width = _LABEL_WIDTH + _BAR_WIDTH + 110
    lines = "".join(_line(number, bar) for number, bar in enumerate(bars))
    return f'<svg viewBox="0 0 {width} {height}" width="100%" role="img">{lines}</svg>'


def _line(number: int, bar: Bar) -> str:
    top = number * _ROW_HEIGHT
    share = min(1.0, bar.value / bar.of) if bar.of else 0.0
    return (
        f'<text x="0" y="{top + 15}">{escape(bar.label)}</text>'
        f'<rect class="of" x="{_LABEL_WIDTH}" y="{top + 4}" width="{_BAR_WIDTH}"'
        ' height="14"/>'
        f'<rect class="is" x="{_LABEL_WIDTH}" y="{top + 4}"'
        f' width="{share * _BAR_WIDTH:.1f}" height="14"/>'
        f'<text x="{_LABEL_WIDTH + _BAR_WIDTH + 8}" y="{top + 15}">'
        f"{bar.value:,} ({share:.0%})</text>"
    )


def _named(left_out: Iterable[LeftOut]) -> str:
    rows = "".join(
        f"<tr><td>{escape(row.artist)}</td><td>{escape(row.title)}</td>"
        f"<td>{escape(row.tracklist or '')}, row {row.position}</td>"
        f"<td>{escape(SENTENCES[row.reason])}</td></tr>"
        for row in left_out
    )
    if not rows:
        return "<h2>Not resolved</h2><p>none</p>"
    return (
        "<h2>Not resolved</h2><table><tr><th>artist</th><th>title</th>"
        f"<th>where</th><th>why</th></tr>{rows}</table>"
    )
