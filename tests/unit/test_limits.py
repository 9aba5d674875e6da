"""Limits are data: scaled by numbers, divided for a reserve and for lost servers."""

import pytest

from enrichment.providers.allowance import (
    BacklogWindow,
    Limits,
    Quota,
    Window,
    backlog_window,
)
from enrichment.providers.registry import NAMES
from tests import factories

SPOTIFY = Limits((Window(60, 30.0),), Quota(2000))


def test_every_provider_has_limits():
    assert set(factories.limits()) == set(NAMES)


def test_a_faster_clock_is_other_numbers():
    faster = SPOTIFY.scaled(60)

    assert faster.windows == (Window(60, 0.5),)
    assert faster.quota == Quota(2000, 1440.0)


@pytest.mark.parametrize(
    ("window", "left"),
    [
        (Window(60, 30.0), BacklogWindow(60, 30.0, 12)),
        (Window(1, 1.05), BacklogWindow(5, 5.25, 1)),
        (Window(2, 1.0), BacklogWindow(6, 3.0, 1)),
    ],
    ids=["a fifth of many", "every fifth spacing", "rounded for backlog"],
)
def test_backlog_leaves_a_fifth(window, left):
    assert backlog_window(window, 0.2) == left


def test_limits_that_allow_nothing_are_refused():
    with pytest.raises(ValueError, match="calls and seconds"):
        Limits((Window(0, 1.0),))
    with pytest.raises(ValueError, match="need a window"):
        Limits(())
