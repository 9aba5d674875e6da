"""Which group goes next, and how full, without any I/O."""

from enrichment.lookup.dispatch.call_queue import CallQueue, Queue
from enrichment.model import ProviderName, Question

SIZES = {"search": 3, "isrc": 2}


def call_queue() -> CallQueue:
    return CallQueue(SIZES.__getitem__)


def ask(operation: str, key: str) -> Question:
    return Question(ProviderName("musicbrainz"), operation, key=key)


def add(
    waiting: CallQueue, operation: str, *keys: str, at: float = 0.0
) -> list[Question]:
    questions = [ask(operation, key) for key in keys]
    for question in questions:
        waiting.add(question, at)
    return questions


def test_the_oldest_question_decides_between_full_calls():
    waiting = call_queue()
    add(waiting, "isrc", "a", "b")
    add(waiting, "search", "c", "d", "e")

    assert waiting.full() == "isrc"
    waiting.take("isrc")
    assert waiting.full() == "search"


def test_what_would_not_fill_a_call_is_told_apart():
    waiting = call_queue()
    add(waiting, "isrc", "a", at=1.0)
    add(waiting, "search", "b", "c", "d")

    assert waiting.full() == "search"
    assert waiting.partial(5.0) == {"isrc": Queue(4.0, 4.0)}


def test_a_queue_tells_since_when_its_oldest_and_its_newest_wait():
    waiting = call_queue()
    add(waiting, "search", "a", at=1.0)
    add(waiting, "search", "b", at=3.0)

    assert waiting.partial(5.0) == {"search": Queue(4.0, 2.0)}


def test_no_turn_is_taken_for_those_who_find_room_in_a_call_that_waits():
    waiting = call_queue()
    add(waiting, "search", "a")
    group = waiting.take("search")
    waiting.keep_open(group)

    [second, third] = add(waiting, "search", "b", "c")
    assert waiting.full() is None
    assert waiting.partial(0.0) == {}
    [fourth] = add(waiting, "search", "d")
    assert waiting.full() == "search"

    waiting.close(group)
    assert waiting.company(group) == (second, third)
    assert waiting.take("search").questions == (fourth,)


def test_questions_that_others_ask_leave_their_places():
    waiting = call_queue()
    [first, second, third] = add(waiting, "search", "a", "b", "c")
    group = waiting.take("search")

    assert group.room == 0
    assert group.without([second]).questions == (first, third)
    assert group.without([second]).room == 1


def test_a_group_that_overflowed_comes_first_and_nobody_joins_it():
    waiting = call_queue()
    pair = (ask("search", "a"), ask("search", "b"))
    add(waiting, "isrc", "x", "y")
    waiting.add_again([pair])

    assert waiting.full() == "search"
    group = waiting.take("search")
    assert (group.questions, group.room) == (pair, 0)
    waiting.give_back(group)
    assert waiting.take("search") == group


def test_a_group_without_a_turn_goes_back_to_the_head():
    waiting = call_queue()
    questions = add(waiting, "isrc", "a", "b", "c")
    waiting.give_back(waiting.take("isrc"))

    assert len(waiting) == 3
    assert waiting.take("isrc").questions == tuple(questions[:2])


def test_everything_of_an_operation_can_be_put_off_at_once():
    waiting = call_queue()
    [other] = add(waiting, "isrc", "x")
    add(waiting, "search", "a", "b")
    waiting.add_again([(ask("search", "c"),)])

    assert {q.key for q in waiting.take_all("search")} == {"a", "b", "c"}
    assert waiting.take("isrc").questions == (other,)
    assert len(waiting) == 0


def test_a_group_without_a_turn_keeps_its_age():
    waiting = call_queue()
    add(waiting, "search", "a", at=1.0)
    waiting.give_back(waiting.take("search"))

    assert waiting.partial(5.0) == {"search": Queue(4.0, 4.0)}


def test_what_is_let_go_leaves_the_queue():
    waiting = call_queue()
    [first, second, third] = add(waiting, "search", "a", "b", "c")
    waiting.remove({first, third})

    assert waiting.full() is None
    assert waiting.take("search").questions == (second,)


def test_a_group_to_be_asked_again_that_is_let_go_leaves_no_empty_call():
    waiting = call_queue()
    pair = (ask("search", "a"), ask("search", "b"))
    waiting.add_again([pair, ()])
    waiting.remove(set(pair))

    assert waiting.full() is None
    assert len(waiting) == 0
