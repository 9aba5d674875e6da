"""The runs of neighbouring lines that are tracks, among the other lines of a text."""

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, replace

from scrapers.tracklists.lists.listed_lines import Line

# Labels or remarks on lines of their own between two lines of a list.
_MOST_FOREIGN = 2
# A list may skip a number, or print one twice.
_MOST_SKIPPED = 5

Follows = Callable[[Line | None, Line], bool]


@dataclass(frozen=True, slots=True)
class Run:
    """Neighbouring lines of one list; `start` and `end` are places in the text."""

    lines: tuple[Line, ...]
    start: int
    end: int

    @property
    def tracks(self) -> tuple[Line, ...]:
        """The lines without the gaps."""
        return tuple(line for line in self.lines if not line.is_gap)

    @property
    def is_prose(self) -> bool:
        """All lines end as sentences do."""
        return all(line.text.endswith(".") for line in self.tracks)

    @property
    def named(self) -> int:
        """How many lines name artist and title, or say that they are unknown."""
        return sum(line.named or line.is_unknown for line in self.tracks)


def numbered_runs(lines: Sequence[Line]) -> list[Run]:
    """Return the runs that count upwards; a blank line may be between two."""

    def follows(last: Line | None, line: Line) -> bool:
        if line.number is None:
            return False
        if last is None or last.number is None:
            return True
        step = line.number - last.number
        return step == 1 or (not line.is_bare and 0 <= step <= _MOST_SKIPPED)

    def counts_anew(line: Line) -> bool:
        return line.number is not None and not line.is_bare

    return [
        replace(run, lines=tuple(map(_counted, run.lines)))
        for run in _runs(lines, follows, marked=True, ends=counts_anew)
    ]


def _counted(line: Line) -> Line:
    return line._replace(counts=line.number is not None)


def cued_runs(lines: Sequence[Line]) -> list[Run]:
    """Return the runs of lines that have times; a few within may lack theirs."""

    def follows(last: Line | None, line: Line) -> bool:
        return line.has_time or (last is not None and line.named)

    return list(_runs(lines, follows, marked=True))


def named_runs(lines: Sequence[Line]) -> list[Run]:
    """Return the runs of lines that each name artist and title."""

    def follows(last: Line | None, line: Line) -> bool:
        return line.named or (
            last is not None and (line.is_unknown or line.is_doubtful)
        )

    return _joined(list(_runs(lines, follows, marked=False)), lines)


def _never(_: Line) -> bool:
    return False


def _runs(
    lines: Sequence[Line],
    follows: Follows,
    *,
    marked: bool,
    ends: Callable[[Line], bool] = _never,
) -> Iterator[Run]:
    """
    Yield the runs of lines that follow each other.

    Addresses and gaps neither join nor break a run; what is played with a track belongs
    to it. A blank line ends a run, unless the lines are marked and the next mark
    continues. A line or two of something else do not end it where it continues.
    """
    run: list[Line] = []
    last: Line | None = None
    start = end = 0
    blank = False
    for place, line in enumerate(lines):
        if line.is_blank:
            blank = True
            continue
        if line.is_gap:
            run += [line] if run else []
            continue
        breaks = blank and not (marked and line.is_marked)
        fits = follows(last, line)
        joins = bool(run) and not breaks and (line.played_with or fits)
        goes_on = (
            bool(run)
            and not joins
            and not ends(line)
            and ((marked or not breaks) and _goes_on(lines, place, last, follows))
        )
        if joins or (goes_on and line.named and not breaks):
            run.append(line if joins else line._replace(number=None))
            end = place + 1
        elif line.is_address or goes_on:
            continue
        else:
            if run:
                yield _run(run, start, end)
            starts = follows(None, line)
            run, last, start, end = [line] if starts else [], None, place, place + 1
            joins = starts
        blank = False
        if run and joins and not line.played_with and not line.is_doubtful:
            last = line
    if run:
        yield _run(run, start, end)


def _goes_on(
    lines: Sequence[Line], place: int, last: Line | None, follows: Follows
) -> bool:
    """Return whether the run continues behind a line or two of something else."""
    below = lines[place + 1 : place + 1 + _MOST_FOREIGN]
    for line in below:
        if line.is_blank:
            continue
        if (
            (line.is_marked or line.named)
            and not line.is_doubtful
            and follows(last, line)
        ):
            return True
    return False


def _joined(runs: list[Run], lines: Sequence[Line]) -> list[Run]:
    """Join runs that only blank lines part; a single line does not begin one."""
    joined: list[Run] = []
    for run in runs:
        above = joined[-1] if joined else None
        apart = lines[above.end : run.start] if above else ()
        counted = run.tracks[0].number is not None and not run.tracks[0].is_bare
        blank = all(line.is_blank for line in apart)
        # a list that counts again is another list
        if above and len(run.tracks) > 1 and blank and not counted:
            joined[-1] = _together(above, run)
        else:
            joined.append(run)
    return joined


def _together(above: Run, below: Run) -> Run:
    if len(above.tracks) < 2:
        # a headline with a dash is no track
        return below
    return Run(above.lines + below.lines, above.start, below.end)


def _run(lines: list[Line], start: int, end: int) -> Run:
    while len(lines) > 1 and _is_no_end(lines[-1]):
        lines.pop()
    return Run(tuple(lines), start, end)


def _is_no_end(line: Line) -> bool:
    """Return whether a line behind the last track is none: a gap, a credit."""
    return line.is_gap or (line.is_doubtful and not line.is_marked)
