"""When a call that is not full goes, and when it waits for more questions; pure."""

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Filling:
    """
    How long a call that is not full waits for more questions, seconds.

    Args:
        quiet: no question has come for so long, so none is about to come.
        linger: at most so long, however many come one by one.
        enough: while the next provider of the chain has so many of our questions to
            be asked, the answers are of no use yet, and the call waits on …
        longest: … but never for longer than this.
    """

    quiet: float = 0.2
    linger: float = 1.0
    enough: int = 32
    longest: float = 110.0


@dataclass(frozen=True, slots=True)
class Queue:
    """
    The questions of one operation that wait for a call.

    Args:
        first_for: seconds that the oldest has waited.
        last_for: seconds since the newest came.
    """

    first_for: float
    last_for: float


def may_go(queue: Queue, filling: Filling, ahead: int) -> bool:
    """
    Return whether a call that is not full may go.

    Args:
        ahead: questions of ours that wait at the next provider of the chain.
    """
    if ahead >= filling.enough:
        return queue.first_for >= filling.longest
    return queue.last_for >= filling.quiet or queue.first_for >= filling.linger
