"""Draws the dashboard as one SVG from a run's data, laid out as in Grafana."""

import json
import math
import re
from collections.abc import Sequence
from dataclasses import dataclass
from html import escape
from typing import Any

from tests.stack.monitoring import DASHBOARD, Prometheus

# Pixels of one cell of Grafana's grid.
CELL_WIDTH, CELL_HEIGHT = 50, 30
MARGIN = 10
COLOURS = (
    "#3274d9", "#e0752d", "#299c46", "#a352cc", "#d44a3a", "#c4a000", "#0aa", "#888",
)  # fmt: skip
LEGEND_ROWS = 4


@dataclass(frozen=True)
class Series:
    """One line: what it is called, and its points in time."""

    name: str
    points: Sequence[tuple[float, float]]

    @property
    def last(self) -> float:
        """Its newest value."""
        return self.points[-1][1]

    @property
    def highest(self) -> float:
        """Its largest value."""
        return max(v for _, v in self.points)


def draw(prometheus: Prometheus) -> str:
    """Return the whole dashboard."""
    board = json.loads(DASHBOARD.read_text())
    boxes = [_panel(panel, prometheus) for panel in board["panels"]]
    height = max(p["gridPos"]["y"] + p["gridPos"]["h"] for p in board["panels"])
    size = f"{24 * CELL_WIDTH} {height * CELL_HEIGHT}"
    return (
        f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {size}"'
        ' font-family="sans-serif" font-size="11" fill="#333">'
        '<rect width="100%" height="100%" fill="#f4f5f5"/>'
        + "".join(boxes)
        + "</svg>\n"
    )


def _panel(panel: dict[str, Any], prometheus: Prometheus) -> str:
    at = panel["gridPos"]
    x, y = at["x"] * CELL_WIDTH, at["y"] * CELL_HEIGHT
    width, height = at["w"] * CELL_WIDTH, at["h"] * CELL_HEIGHT
    title = escape(panel["title"])
    if panel["type"] == "row":
        return f'<text x="{x + MARGIN}" y="{y + 20}" font-size="14">{title}</text>'
    series = [
        found
        for target in panel["targets"]
        for found in _series(target, prometheus)
        if found.points
    ]
    unit = panel["fieldConfig"]["defaults"]["unit"]
    inside = _lines if panel["type"] == "timeseries" else _values
    return (
        f'<g transform="translate({x},{y})">'
        f'<rect x="2" y="2" width="{width - 4}" height="{height - 4}" rx="3"'
        ' fill="#fff" stroke="#ddd"/>'
        f'<text x="{MARGIN}" y="20" font-weight="bold">{title}</text>'
        + inside(series, width, height, unit)
        + "</g>"
    )


def _series(target: dict[str, Any], prometheus: Prometheus) -> list[Series]:
    result = prometheus.over_the_run(target["expr"])
    return [
        Series(
            _named(target["legendFormat"], one["metric"]) or "none",
            [(t, float(v)) for t, v in one["values"] if math.isfinite(float(v))],
        )
        for one in result
    ]


def _named(legend: str, labels: dict[str, str]) -> str:
    return re.sub(r"\{\{(\w+)\}\}", lambda m: labels.get(m[1], ""), legend).strip()


def _lines(series: Sequence[Series], width: int, height: int, unit: str) -> str:
    """Draw lines over time with their legend."""
    points = [point for one in series for point in one.points]
    if not points:
        return f'<text x="{MARGIN}" y="50">no data</text>'
    first, last = min(t for t, _ in points), max(t for t, _ in points)
    top = max(v for _, v in points) or 1
    bottom = height - 20 - 14 * min(len(series), LEGEND_ROWS)
    left, right, ceiling = 50, width - MARGIN, 34

    def place(t: float, v: float) -> str:
        across = left + (right - left) * (t - first) / ((last - first) or 1)
        return f"{across:.1f},{bottom - (bottom - ceiling) * v / top:.1f}"

    about = f"{len(series)} lines, {(last - first) / 60:.0f} min"
    # what moves most is named
    series = sorted(series, key=lambda one: -one.highest)
    shown = [
        f'<line x1="{left}" x2="{right}" y1="{bottom}" y2="{bottom}" stroke="#ccc"/>',
        f'<text x="4" y="{ceiling + 4}">{_number(top, unit)}</text>',
        f'<text x="4" y="{bottom}">{_number(0, unit)}</text>',
        f'<text x="{right}" y="20" fill="#888" text-anchor="end">{about}</text>',
    ]
    for number, one in enumerate(series):
        colour = COLOURS[number % len(COLOURS)]
        line = " ".join(place(t, v) for t, v in one.points)
        shown.append(f'<polyline points="{line}" fill="none" stroke="{colour}"/>')
        if number < LEGEND_ROWS:
            y = bottom + 16 + 14 * number
            words = f"{escape(one.name)}: {_number(one.last, unit)}"
            shown.append(f'<text x="{left}" y="{y}" fill="{colour}">{words}</text>')
    return "".join(shown)


def _values(series: Sequence[Series], width: int, height: int, unit: str) -> str:
    """Draw the newest values: one large, several as bars."""
    if len(series) == 1:
        value = _number(series[0].last, unit)
        return (
            f'<text x="{width / 2}" y="{height / 2 + 20}" font-size="36"'
            f' text-anchor="middle">{value}</text>'
        )
    room = int((height - 40) / 14)
    chosen = sorted(series, key=lambda one: -one.last)[:room]
    top = max((one.last for one in chosen), default=1) or 1
    return "".join(
        f'<rect x="190" y="{32 + 14 * number}" height="10" fill="{COLOURS[0]}"'
        f' width="{max(1, (width - 270) * one.last / top):.0f}"/>'
        f'<text x="{MARGIN}" y="{41 + 14 * number}">{escape(one.name)}</text>'
        f'<text x="{width - 60}" y="{41 + 14 * number}">'
        f"{_number(one.last, unit)}</text>"
        for number, one in enumerate(chosen)
    )


def _number(value: float, unit: str) -> str:
    if unit == "percentunit":
        value, unit = 100 * value, "percent"
    if unit == "bytes":
        return f"{value / 2**20:.0f} MiB"
    after = {"percent": " %", "s": " s", "reqps": "/s", "ops": "/s"}.get(unit, "")
    before = "$" if unit == "currencyUSD" else ""
    return (
        f"{before}{value:,.3g}{after}"
        if value < 1000
        else f"{before}{value:,.0f}{after}"
    )
