"""The limiters refuse when the real ones would, by each known consequence."""

import math
import random

import pytest

from provider_simulator.limiters import LeakyBucket, RefusalKind, RollingWindow
from provider_simulator.wire.lastfm.limiter import LastfmLimiter
from provider_simulator.wire.musicbrainz.limiter import MusicBrainzLimiter
from provider_simulator.wire.spotify.limiter import SpotifyLimiter

AGENT = "simulator-tests/1.0 ( tests@example.org )"
ADDRESS = "192.0.2.1"


def ask(limiter, at):
    return limiter.take(ADDRESS, AGENT, at) is None


def steady(limiter, per_second, seconds, start=0.0):
    return [
        ask(limiter, start + n / per_second) for n in range(int(per_second * seconds))
    ]


@pytest.mark.parametrize("per_second", [0.5, 1.0, 1.09])
def test_musicbrainz_never_refuses_a_steady_rate_below_1_1_a_second(per_second):
    assert all(steady(MusicBrainzLimiter(), per_second, 1_200))


def test_musicbrainz_refuses_1_2_a_second_after_about_60_calls_and_then_for_ever():
    passed = steady(MusicBrainzLimiter(), 1.2, 600)

    assert len(passed) == 720
    assert sum(passed) == 60
    assert not any(passed[60:])


def test_musicbrainz_lets_a_rested_caller_burst_23_calls():
    limiter = MusicBrainzLimiter()

    passed = [ask(limiter, 0.0) for _ in range(30)]

    assert passed == [True] * 23 + [False] * 7


def test_musicbrainz_never_refuses_22_at_once_followed_by_one_a_second():
    limiter = MusicBrainzLimiter()
    burst = [ask(limiter, 0.0) for _ in range(22)]

    after = [ask(limiter, float(second)) for second in range(1, 600)]

    assert all(burst)
    assert all(after)


def silence_needed(per_second, hammered_seconds=300):
    """Say how long a hammered limiter must be left alone for one call to pass."""
    low, high = 0.0, 120.0
    while high - low > 0.01:
        middle = (low + high) / 2
        limiter = MusicBrainzLimiter()
        steady(limiter, per_second, hammered_seconds)
        last = (int(per_second * hammered_seconds) - 1) / per_second
        low, high = (low, middle) if ask(limiter, last + middle) else (middle, high)
    return high


@pytest.mark.parametrize(
    ("per_second", "seconds"), [(1.2, 2.6), (2.0, 12.7), (5.0, 31.0), (9.0, 42.0)]
)
def test_musicbrainz_wants_silence_after_hammering(per_second, seconds):
    assert silence_needed(per_second) == pytest.approx(seconds, abs=0.7)


def test_naive_workers_that_back_off_a_second_never_recover_from_musicbrainz():
    limiter = MusicBrainzLimiter()
    chance = random.Random(3)  # noqa: S311 - no secret
    due = [chance.uniform(0, 1 / 0.9) for _ in range(4)]
    refused_late = calls_late = 0
    while min(due) < 600:
        worker = due.index(min(due))
        now = due[worker]
        passed = ask(limiter, now)
        if now > 60:
            calls_late += 1
            refused_late += not passed
        # Each worker for itself: 0.9 a second, and a second off after a 503.
        due[worker] += 1 / 0.9 if passed else 1.0

    assert refused_late == calls_late > 1_000


def test_one_worker_at_0_9_a_second_is_never_refused_by_musicbrainz():
    assert all(steady(MusicBrainzLimiter(), 0.9, 600))


def test_musicbrainz_counts_each_address_for_itself():
    limiter = MusicBrainzLimiter()
    for _ in range(30):
        limiter.take("192.0.2.1", AGENT, 0.0)

    assert limiter.take("192.0.2.1", AGENT, 0.0) is not None
    assert limiter.take("192.0.2.2", AGENT, 0.0) is None


def test_musicbrainz_throttles_nameless_agents_together():
    limiter = MusicBrainzLimiter()

    refusals = [
        limiter.take(f"192.0.2.{n % 200}", "Python-urllib/3.11", n * 0.01)
        for n in range(200)
    ]

    first = next(refusal for refusal in refusals if refusal)
    assert first.zone == "ws ua=generic-bad"


def test_musicbrainz_names_the_zone_and_the_limit_it_refuses_by():
    limiter = MusicBrainzLimiter()
    refusal = [limiter.take(ADDRESS, AGENT, 0.0) for _ in range(24)][-1]

    assert refusal
    assert (refusal.zone, refusal.limit) == ("ws ip=192.0.2.1", 22)


def test_a_rolling_window_never_lets_more_than_its_limit_through():
    window, now, passed = RollingWindow(9, 30.0), 0.0, []
    chance = random.Random(1)  # noqa: S311 - no secret
    for _ in range(2_000):
        now += chance.expovariate(1.0)
        if window.wait(now) == 0:
            window.count(now)
            passed.append(now)

    busiest = max(sum(at <= t < at + 30 for t in passed) for at in passed)
    assert busiest == 9


def test_a_rolling_window_tells_the_second_one_call_fits_again():
    window = RollingWindow(2, 30.0)
    window.count(0.0)
    window.count(10.0)

    assert window.wait(12.0) == pytest.approx(18.0)
    assert window.wait(30.0) == 0.0


def test_spotify_ends_the_day_of_one_group_and_not_of_another():
    limiter = SpotifyLimiter(window_calls=90, window_seconds=30, day_calls=600)
    for n in range(600):
        assert limiter.take("search", n * 10.0) is None

    refusal = limiter.take("search", 6_000.0)

    assert refusal
    assert refusal.kind is RefusalKind.QUOTA
    assert refusal.retry_after == pytest.approx(86_400 - 6_000)
    assert limiter.take("track", 6_000.0) is None


def test_spotify_day_is_rolling_not_a_calendar_day():
    limiter = SpotifyLimiter(window_calls=90, window_seconds=30, day_calls=2)
    limiter.take("search", 80_000.0)
    limiter.take("search", 85_000.0)

    refusal = limiter.take("search", 86_500.0)
    assert refusal
    assert refusal.kind is RefusalKind.QUOTA
    assert limiter.take("search", 80_000.0 + 86_400.0) is None


def test_spotify_refuses_the_91st_call_within_30_seconds_of_all_groups():
    limiter = SpotifyLimiter(window_calls=90, window_seconds=30, day_calls=2_000)
    passed = [limiter.take("search" if n % 2 else "track", n * 0.1) for n in range(90)]

    refusal = limiter.take("search", 9.0)

    assert passed == [None] * 90
    assert refusal
    assert refusal.kind is RefusalKind.RATE
    assert refusal.retry_after == pytest.approx(21.0)


def test_spotify_does_not_count_refused_calls():
    limiter = SpotifyLimiter(window_calls=1, window_seconds=30, day_calls=2_000)
    limiter.take("search", 0.0)
    for second in range(1, 30):
        assert limiter.take("search", float(second)) is not None

    assert limiter.take("search", 30.0) is None


def test_lastfm_allows_five_a_second_for_ever_and_six_for_a_while():
    fair, greedy = LastfmLimiter(5, 300), LastfmLimiter(5, 300)

    assert all(fair.take("key", n / 5) is None for n in range(5_000))
    refused = [n for n in range(12_000) if greedy.take("key", n / 6)]
    assert refused
    # It fills by one a second: 1,500 seconds, 9,000 calls.
    assert 8_900 < refused[0] < 9_100


def test_a_leaky_bucket_tells_when_one_call_fits():
    bucket = LeakyBucket(5.0, 10.0)
    for _ in range(10):
        assert bucket.take(0.0) == 0.0

    wait = bucket.take(0.0)

    assert math.isclose(wait, 0.2)
    assert bucket.take(wait) == 0.0
