"""What a process remembers by itself: bounded by size and by age."""

from enrichment.lookup.cache.memory import ENTRY_BYTES, Memory

ROOM_FOR_TWO = 2 * (ENTRY_BYTES + 1)


def test_what_was_used_longest_ago_goes_first():
    memory = Memory(ROOM_FOR_TWO, 60.0)
    memory.keep("a", b"1", 0.0)
    memory.keep("b", b"2", 0.0)

    memory.get("a", 1.0)
    memory.keep("c", b"3", 2.0)

    assert [memory.get(key, 2.0) for key in "abc"] == [b"1", None, b"3"]


def test_what_is_too_old_is_gone():
    memory = Memory(ROOM_FOR_TWO, 60.0)
    memory.keep("a", b"1", 0.0)

    assert memory.get("a", 60.0) == b"1"
    assert memory.get("a", 60.1) is None


def test_a_newer_value_takes_the_place_of_the_older_one():
    memory = Memory(ROOM_FOR_TWO, 60.0)
    memory.keep("a", b"1", 0.0)
    memory.keep("a", b"22", 50.0)

    assert memory.get("a", 100.0) == b"22"


def test_what_is_larger_than_all_room_is_not_kept():
    memory = Memory(10, 60.0)
    memory.keep("a", b"1", 0.0)

    assert memory.get("a", 0.0) is None
