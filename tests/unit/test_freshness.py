"""Found is kept long, absence ever longer; early refreshing takes quota to spare."""

from datetime import UTC, datetime, timedelta

import pytest

from enrichment.lookup.cache.freshness import (
    LIFETIMES,
    absent_for,
    refresh_early,
    remember,
)
from enrichment.model import Absent, Found, ProviderName

NOW = datetime(2026, 11, 1, tzinfo=UTC)
SPOTIFY = LIFETIMES[ProviderName("spotify")]


def test_absence_is_believed_twice_as_long_each_time_up_to_half_a_year():
    days = [absent_for(count).days for count in range(1, 12)]

    assert days == [1, 2, 4, 8, 16, 32, 64, 128, 180, 180, 180]


def test_an_absurd_count_is_still_half_a_year():
    assert absent_for(10**9) == timedelta(days=180)


@pytest.mark.parametrize(("draw", "days"), [(0.0, 6.3), (0.5, 7.0), (1.0, 7.7)])
def test_lifetimes_are_spread_by_a_tenth(draw, days):
    entry = remember(Found(()), SPOTIFY, NOW, absences_before=3, draw=draw)

    assert (entry.fresh_until - NOW) / timedelta(days=1) == pytest.approx(days)
    assert entry.stale_until - entry.fresh_until == timedelta(days=1)
    # found ends the count
    assert entry.absences == 0


def test_an_absence_counts_the_one_before():
    entry = remember(Absent(), SPOTIFY, NOW, absences_before=2, draw=0.5)

    assert entry.absences == 3
    assert entry.fresh_until - NOW == timedelta(days=4)


def test_a_fresh_answer_turns_stale_and_then_is_gone():
    entry = remember(Found(()), SPOTIFY, NOW, absences_before=0, draw=0.5)

    ages = (timedelta(days=6.9), timedelta(days=7.5), timedelta(days=8.1))
    states = [(entry.is_fresh(NOW + a), entry.is_usable(NOW + a)) for a in ages]

    assert states == [(True, True), (False, True), (False, False)]


def test_a_provider_without_quota_to_spare_is_never_asked_early():
    entry = remember(Found(()), SPOTIFY, NOW, absences_before=0, draw=0.5)
    last_minute = entry.fresh_until - timedelta(minutes=1)

    assert not refresh_early(entry, last_minute, spare=0.0, draw=1e-9)
    assert refresh_early(entry, last_minute, spare=1.0, draw=0.5)


def test_more_to_spare_means_earlier():
    entry = remember(Found(()), SPOTIFY, NOW, absences_before=0, draw=0.5)
    hours_before = entry.fresh_until - timedelta(hours=5)

    assert refresh_early(entry, hours_before, spare=1.0, draw=0.1)
    assert not refresh_early(entry, hours_before, spare=0.2, draw=0.1)


def test_what_is_not_fresh_is_asked_again():
    entry = remember(Found(()), SPOTIFY, NOW, absences_before=0, draw=0.5)

    assert refresh_early(entry, entry.fresh_until, spare=0.0, draw=0.5)
