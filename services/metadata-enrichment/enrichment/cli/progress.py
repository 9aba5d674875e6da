"""A bar on standard error for what lasts: what is done, and the time that is left."""

import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager

from rich.progress import (
    BarColumn,
    MofNCompleteColumn,
    Progress,
    TextColumn,
    TimeRemainingColumn,
)

from enrichment.cli.terminal import Terminal

# With a word, two numbers of a million and the time it fits 80 columns.
_BAR_WIDTH = 24

Advance = Callable[[int], None]


@contextmanager
def bar(what: str, total: int, *, wanted: bool = True) -> Iterator[Advance]:
    """
    Show a bar while something lasts; say nothing where nobody looks at a terminal.

    Args:
        what: one or two words before the bar.
        total: how much there is to do; yielded is what tells that some more is done.
        wanted: False where the terminal is needed for something else.
    """
    progress = Progress(
        TextColumn("{task.description}"),
        BarColumn(_BAR_WIDTH),
        MofNCompleteColumn(),
        TimeRemainingColumn(),
        console=Terminal(stderr=True),
        transient=True,
        disable=not (wanted and sys.stderr.isatty()),
    )
    with progress:
        task = progress.add_task(what, total=total)
        yield lambda count: progress.advance(task, count)
