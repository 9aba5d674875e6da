"""Real workers over TLS through networks like real ones; counted by the simulator."""

import pytest

from benchmarks.budget_cases import network
from benchmarks.budget_cases.rig import Servers

pytestmark = pytest.mark.timeout(600)
# Each reset makes one call more, and a hundredth of the requests are reset.
MORE_CALLS = 4


@pytest.fixture
def servers(stack, database_url, redis_url, rabbitmq_url):
    return Servers(database_url, redis_url, rabbitmq_url, stack.redis)


def test_a_far_network_costs_no_track_and_no_call(servers):
    near, far = (
        network.passed(servers, name, tracks=40, scale=5, workers=1)
        for name in ("near", "far")
    )

    assert (near.completed, far.completed) == (40, 40)
    assert (near.refusals, far.refusals) == (0, 0)
    for provider, calls in near.calls.items():
        assert calls <= far.calls[provider] <= calls + MORE_CALLS


def test_a_provider_in_a_black_hole_keeps_nobody_from_the_others(servers):
    came = network.vanished(servers, tracks=40, scale=5)

    assert came.calls["spotify"] == 0
    assert came.refusals == 0
    assert came.says >= 1
    assert came.reachable == 0
    assert "spotify as workers reach it" in came.doctor
    assert any(subject.startswith("spotify at 127.0.0.1") for subject in came.doctor)
    assert not any(subject.startswith("musicbrainz") for subject in came.doctor)
    assert came.completed_after == 40
