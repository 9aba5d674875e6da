"""What the gauntlet calls broken: each goal that is missed, and nothing else."""

import pytest

from benchmarks.gauntlet.outcome import broken

HELD = {
    "good": 500,
    "completed": 500,
    "lost": 0,
    "dead_lettered_good": 0,
    "refusals": 0,
    "worker_exits": 0,
    "service_exits": 0,
    "max_rss_mb": 299.9,
    "health_gaps_s": 0.0,
    "differing": 0,
}


def test_a_run_that_keeps_every_goal_is_not_broken():
    assert broken(HELD) == []


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("completed", 499),
        ("lost", 1),
        ("dead_lettered_good", 1),
        ("refusals", 1),
        ("worker_exits", 1),
        ("service_exits", 1),
        ("max_rss_mb", 300.0),
        ("health_gaps_s", 0.5),
        ("differing", 1),
    ],
)
def test_each_goal_that_is_missed_is_named(name, value):
    [told] = broken({**HELD, name: value})

    assert str(value) in told
