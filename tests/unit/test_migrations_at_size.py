"""What the benchmark of migrations says of a write that stood behind a file."""

from benchmarks.migrations_at_size import told

STEP = {"file": "013_x_up.sql", "begun": 10.0, "ended": 12.0, "beside_workers": True}


def test_a_write_under_way_at_any_time_of_a_step_counts_whole():
    writes = [(1.0, 9.9), (9.5, 10.5), (11.9, 15.0), (12.1, 20.0)]

    assert told(STEP, writes) == {
        "file": "013_x_up.sql",
        "beside_workers": True,
        "seconds": 2.0,
        "longest_write_seconds": 3.1,
    }


def test_a_step_between_two_writes_held_up_none():
    assert told(STEP, [(1.0, 2.0), (13.0, 14.0)])["longest_write_seconds"] is None
