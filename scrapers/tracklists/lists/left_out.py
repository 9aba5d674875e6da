"""The lines of a text that became no rows, each with the reason."""

from collections.abc import Sequence

from scrapers.tracklists.lists.listed_lines import HEADING, Line
from scrapers.tracklists.lists.runs import Run
from scrapers.tracklists.reading.names import parted
from scrapers.tracklists.tracklist import LeftOut

ADDRESS = "an address"
CREDIT = "a credit or a date"
HEADLINE = "a heading"
NO_NAMES = "does not part into artist and title"
OTHER_LIST = "apart from the list"
TOTAL = "a total"
_MAY_BE_ROWS = frozenset({CREDIT, NO_NAMES, OTHER_LIST})


def left_out(lines: Sequence[Line], runs: Sequence[Run]) -> tuple[LeftOut, ...]:
    """Return what is no row, and whether it may have been one, within the list."""
    rows = {line.raw for run in runs for line in run.lines}
    start = min(run.start for run in runs)
    end = max(run.end for run in runs)
    return tuple(
        _left_out(line, within=start <= place < end)
        for place, line in enumerate(lines)
        if line.text and not line.is_gap and line.raw not in rows
    )


def beside_rows(texts: Sequence[str]) -> tuple[LeftOut, ...]:
    """Return the lines of a copied page that are of no row; some may have been one."""
    return tuple(
        LeftOut(text, OTHER_LIST, within=parted(text) is not None) for text in texts
    )


def _left_out(line: Line, *, within: bool) -> LeftOut:
    reason = _reason(line)
    return LeftOut(line.raw, reason, within=within and reason in _MAY_BE_ROWS)


def _reason(line: Line) -> str:
    if line.is_address:
        return ADDRESS
    if line.is_total:
        return TOTAL
    if HEADING.search(line.text):
        return HEADLINE
    if line.is_doubtful:
        return CREDIT
    return OTHER_LIST if line.named else NO_NAMES
