"""What a budget gives: a reserved call, or the time when to ask again."""

from collections.abc import Sequence
from dataclasses import dataclass
from enum import StrEnum

from enrichment.contract.messages import Lane
from enrichment.model import ProviderName, Question


class LimitedBy(StrEnum):
    """What a call waits for, or why none is reserved; labels of the wait's metric."""

    NONE = "none"
    WINDOW = "window"
    QUOTA = "quota"
    RESERVE = "reserve"
    BENCH = "bench"
    PROBE = "probe"
    PAUSE = "pause"
    # every question is being asked by somebody else
    LEASED = "leased"
    # Redis lost its memory, and what was asked before must leave the windows first
    REJOIN = "rejoin"


class Settlement(StrEnum):
    """What became of a granted call."""

    # answered, or nobody knows: it counts
    SPENT = "spent"
    # refused for rate or quota: no spend, though it keeps its place in the seconds
    REFUSED = "refused"
    # never reached the provider: as if it had not been taken
    NEVER_SENT = "never_sent"


@dataclass(frozen=True, slots=True)
class Reservation:
    """
    A reserved call, or the time when to ask again.

    Args:
        wait_seconds: until it is time to send; until the next question if not granted.
        turn_at: microseconds on Redis' clock.
        due_at: the same on this process' monotonic clock, at the earliest, seconds;
            it is late by what has passed since.
        ready_at: the same at the latest: from then on it is surely not early.
        probe: the one call after a bench: tell the bench the outcome.
        step: rungs of the bench's ladder the provider is on.
        remaining: calls left in the quota, else in the first window; None: unknown.
    """

    provider: ProviderName
    id: str
    granted: bool
    wait_seconds: float
    paced_by: LimitedBy
    lane: Lane = Lane.MAIN
    operation: str = ""
    turn_at: int = 0
    due_at: float = 0.0
    ready_at: float = 0.0
    probe: bool = False
    step: int = 0
    remaining: int | None = None


@dataclass(frozen=True, slots=True)
class LeaseClaim:
    """
    Questions of one provider to be leased in the same step as their call is reserved.

    Args:
        keys: of the leases, in the order of the questions.
    """

    questions: Sequence[Question]
    keys: Sequence[str]
    owner: str
    lease_seconds: float
