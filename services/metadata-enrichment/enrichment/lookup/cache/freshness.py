"""How long an answer is remembered, and when it is asked again early; pure."""

import math
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from types import MappingProxyType

from msgspec import Struct

from enrichment.model import Absent, Found, ProviderName
from enrichment.providers.registry import SPECS


@dataclass(frozen=True, slots=True)
class Lifetime:
    """
    How long what a provider found is kept.

    Args:
        fresh: served without asking.
        stale: served after that, while the provider cannot be asked.
    """

    fresh: timedelta
    stale: timedelta


LIFETIMES: Mapping[ProviderName, Lifetime] = MappingProxyType(
    {
        name: Lifetime(timedelta(days=spec.default_settings.cache_ttl_days), spec.stale)
        for name, spec in SPECS.items()
    }
)
# What is absent today may be released tomorrow; what stays absent is asked ever less.
ABSENT_FIRST = timedelta(days=1)
ABSENT_LONGEST = timedelta(days=180)
# An absence is kept after its time so that the next one finds its count.
ABSENT_STALE = timedelta(days=30)
# Answers of one day do not expire on one day: lifetimes differ by up to this share.
JITTER = 0.1
# Answers begin to be refreshed about this share of their lifetime before its end.
EARLY_SHARE = 0.02
# Earlier than this part of it before the end, one answer in ten thousand would be.
SOON_PART = 5
_NO_TIME = timedelta(0)


class Remembered(Struct, frozen=True, gc=False):
    """
    An answer with its age.

    Args:
        absences: how many times in a row the provider has had none; 0 when found.
    """

    answer: Found | Absent
    fetched_at: datetime
    fresh_until: datetime
    stale_until: datetime
    absences: int = 0

    def is_fresh(self, now: datetime) -> bool:
        """Whether it may be served without asking."""
        return now < self.fresh_until

    def may_end_soon(self, now: datetime) -> bool:
        """Whether it is worth thinking of asking early; cheap, for every hit."""
        left = self.fresh_until - now
        return _NO_TIME < left < (self.fresh_until - self.fetched_at) // SOON_PART

    def is_usable(self, now: datetime) -> bool:
        """Whether it may be served while the provider cannot be asked."""
        return now < self.stale_until


def remember(
    answer: Found | Absent,
    lifetime: Lifetime,
    now: datetime,
    *,
    absences_before: int,
    draw: float,
) -> Remembered:
    """
    Date an answer.

    Args:
        absences_before: count of the entry that this one replaces.
        draw: 0..1, from a source of chance; moves the end by up to ±`JITTER`.
    """
    spread = 1 + JITTER * (2 * draw - 1)
    if isinstance(answer, Found):
        fresh_until = now + lifetime.fresh * spread
        return Remembered(answer, now, fresh_until, fresh_until + lifetime.stale)
    absences = absences_before + 1
    fresh_until = now + absent_for(absences) * spread
    return Remembered(answer, now, fresh_until, fresh_until + ABSENT_STALE, absences)


def absent_for(absences: int) -> timedelta:
    """Return how long an absence is believed: 1 d, doubling, at most 180 d."""
    # the exponent is bounded: the count is read from entries and may be anything
    doublings = min(max(absences, 1) - 1, 16)
    return min(ABSENT_FIRST * (1 << doublings), ABSENT_LONGEST)


def refresh_early(
    remembered: Remembered, now: datetime, *, spare: float, draw: float
) -> bool:
    """
    Decide whether to ask again before the end, so that not all wait for one expiry.

    XFetch (Vattani, Chierichetti, Lowenstein 2015), where the cost of asking is quota
    instead of time: a provider with much to spare is asked early, one without never.

    Args:
        spare: share of the provider's allowance that nobody uses, 0..1.
        draw: 0..1, from a source of chance.
    """
    if not remembered.is_fresh(now):
        return True
    if spare <= 0 or draw <= 0:
        return False
    lifetime = remembered.fresh_until - remembered.fetched_at
    return now - lifetime * EARLY_SHARE * spare * math.log(draw) >= (
        remembered.fresh_until
    )
