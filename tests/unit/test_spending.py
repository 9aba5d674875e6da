"""What is spent is counted, and a spent month keeps paid providers away."""

from datetime import UTC, datetime

import pytest

from enrichment.contract.messages import Lane
from enrichment.lookup.bench.blocked import Level, MonthlyBudget, level_of
from enrichment.lookup.spending import Spending
from enrichment.model import ProviderName

SPOTIFY, LASTFM = ProviderName("spotify"), ProviderName("lastfm")


def spending(budget: float | None = 10.0) -> Spending:
    noon = datetime(2026, 12, 31, 12, tzinfo=UTC)
    return Spending(MonthlyBudget({SPOTIFY: 0.5}, budget, now=lambda: noon))


@pytest.mark.parametrize(
    ("spent", "level"),
    [
        (0.0, Level.WITHIN),
        (7.99, Level.WITHIN),
        (8.0, Level.WARN),
        (9.0, Level.SLOW),
        (10.0, Level.STOP),
        (99.0, Level.STOP),
    ],
)
def test_the_level_follows_the_share_of_the_month(spent, level):
    assert level_of(spent, 10.0) is level


def test_without_a_budget_nothing_ever_stops():
    assert level_of(1e9, None) is Level.WITHIN
    assert level_of(1e9, 0) is Level.WITHIN


def test_calls_refusals_and_saved_calls_are_told_apart_and_only_calls_cost():
    counted = spending()
    counted.called(SPOTIFY, refused=False)
    counted.called(SPOTIFY, refused=True)
    counted.saved(SPOTIFY, 3)
    counted.called(LASTFM, refused=False)

    taken = counted.take()

    spotify = taken[SPOTIFY]
    assert (spotify.calls, spotify.refusals, spotify.saved_calls) == (1, 1, 3)
    assert spotify.usd == 0.5
    assert taken[LASTFM].usd == 0
    assert counted.take() == {}


def test_what_could_not_be_written_down_is_added_to_what_came_since():
    counted = spending()
    counted.called(SPOTIFY, refused=False)
    taken = counted.take()
    counted.called(SPOTIFY, refused=False)

    counted.give_back(taken)

    assert counted.take()[SPOTIFY].calls == 2


@pytest.mark.parametrize(
    ("spent", "lane", "hours"),
    [
        pytest.param(8.5, Lane.BACKLOG, 0, id="a warning keeps nobody away"),
        pytest.param(9.5, Lane.MAIN, 0, id="fresh work goes on"),
        pytest.param(9.5, Lane.BACKLOG, 6, id="backlog waits"),
        pytest.param(10.0, Lane.MAIN, 12, id="nobody pays until the month is over"),
    ],
)
def test_a_provider_that_costs_money_waits_by_level_and_lane(spent, lane, hours):
    counted = spending()
    counted.learn(spent)

    assert counted.budget.wait_seconds(SPOTIFY, lane) == hours * 3600
    assert counted.budget.wait_seconds(LASTFM, lane) == 0
