"""Refusals in a row, and batches that failed: what is asked again, and in what form."""

from enrichment.lookup.bench.streaks import FailedBatches, Streaks
from enrichment.model import ProviderName, Question

GROUP = [Question(ProviderName("spotify"), "track", key=str(n)) for n in range(8)]


def test_a_good_answer_ends_a_streak():
    streaks = Streaks()
    assert [streaks.refused("a") for _ in range(2)] == [1, 2]
    assert not streaks.has_answered("a")

    streaks.answered("a", "b")

    assert streaks.has_answered("a")
    assert streaks.refused("a") == 1


def test_others_that_are_answered_show_whose_fault_it_is():
    streaks = Streaks()
    streaks.answered("b")
    streaks.refused("a")
    assert not streaks.others_answered("a")

    streaks.answered("b")
    assert streaks.others_answered("a")


def test_a_batch_that_failed_twice_is_halved():
    batches = FailedBatches()

    assert batches.halves(GROUP) == ()
    assert batches.halves(GROUP) == (tuple(GROUP[:4]), tuple(GROUP[4:]))


def test_the_question_that_breaks_its_batch_ends_alone_while_others_are_answered():
    batches, culprit = FailedBatches(), GROUP[5]
    batches.halves(GROUP)
    left, alone, calls = [tuple(GROUP)], [], 0
    while left:
        group = left.pop(0)
        calls += 1
        if culprit not in group:
            batches.answered(group)
        elif halves := batches.halves(group):
            left += halves
        elif len(group) > 1:
            # falls due later
            left.append(group)
        else:
            alone.append(group)

    assert alone == [(culprit,)]
    assert calls <= 9


def test_while_nobody_is_answered_a_batch_is_halved_once():
    batches = FailedBatches()
    batches.halves(GROUP)
    first, second = batches.halves(GROUP)

    assert batches.halves(first) == batches.halves(second) == ()
    # and asked whole at the next try, which may have company
    assert batches.halves(GROUP) == ()
