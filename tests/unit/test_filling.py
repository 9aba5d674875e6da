"""When a call that is not full goes."""

import pytest

from enrichment.lookup.dispatch.call_queue import Filling, Queue, may_go

FILLING = Filling(quiet=0.2, linger=1.0, enough=10, longest=60.0)


@pytest.mark.parametrize(
    ("queue", "ahead", "goes"),
    [
        pytest.param(Queue(0.1, 0.1), 0, False, id="more may be about to come"),
        pytest.param(Queue(0.3, 0.2), 0, True, id="none has come for a while"),
        pytest.param(Queue(0.9, 0.0), 9, False, id="one after the other comes"),
        pytest.param(Queue(1.0, 0.0), 9, True, id="but nobody waits for long"),
        pytest.param(Queue(59.0, 59.0), 10, False, id="its answers are not needed yet"),
        pytest.param(Queue(60.0, 0.0), 10, True, id="and never for longer than this"),
    ],
)
def test_a_call_waits_while_more_questions_may_join_it(queue, ahead, goes):
    assert may_go(queue, FILLING, ahead) is goes
