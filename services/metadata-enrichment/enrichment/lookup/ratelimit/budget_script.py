"""What every question to `rate_budget.lua` has in common, made once at the start."""

from collections.abc import Mapping
from dataclasses import dataclass

from enrichment.providers.allowance import (
    BacklogWindow,
    Limits,
    Window,
    backlog_window,
)

# A probe that nobody reports on (its worker died) is over after this.
PROBE_SECONDS = 60.0
# While another probes, or a person pauses, the rest looks again after this.
LOOK_AGAIN_SECONDS = 5.0
# How long after its time a reservation can be given back, or asked for again.
SETTLE_SECONDS = 300.0
# Redis' clock counts microseconds.
MICROS = 1_000_000


@dataclass(frozen=True, slots=True)
class DaysSpent:
    """
    One provider's calls by the days of the call ledger.

    Args:
        since_midnight: seconds since the older day ended.
    """

    today: int
    yesterday: int
    since_midnight: float


@dataclass(frozen=True, slots=True)
class Patience:
    """How long probes last and others keep away from them, seconds."""

    probe: float = PROBE_SECONDS
    look_again: float = LOOK_AGAIN_SECONDS


def fixed_part(limits: Limits, patience: Patience) -> Mapping[str, object]:
    """Return what the script wants to know of a provider; times in microseconds."""
    backlog = [backlog_window(window, limits.reserve) for window in limits.windows]
    longest = max(limits.longest_window, *(leave.seconds for leave in backlog))
    body: dict[str, object] = {
        "longest_window": micros(limits.longest_window),
        "memory": micros(longest),
        "probe": micros(patience.probe),
        "look_again": micros(patience.look_again),
        "settle": micros(SETTLE_SECONDS),
        "windows": [
            _window(window, leave)
            for window, leave in zip(limits.windows, backlog, strict=True)
        ],
    }
    quota = limits.quota
    if quota is not None:
        body["quota"] = {
            "calls": quota.calls,
            "span": micros(quota.seconds),
            "bucket": micros(quota.seconds / quota.buckets),
            "reserve": int(quota.calls * limits.reserve),
        }
    return body


def _window(window: Window, leave: BacklogWindow) -> dict[str, int]:
    return {
        "calls": window.calls,
        "span": micros(window.seconds),
        "backlog_calls": leave.calls,
        "backlog_span": micros(leave.seconds),
        "reserve": leave.reserve,
        # the time of a spacing cannot be had later: the next caller may use it
        "borrow": micros(window.seconds) if window.calls == 1 else -1,
    }


def micros(seconds: float) -> int:
    """Return microseconds, as Redis' clock counts."""
    return round(seconds * MICROS)
