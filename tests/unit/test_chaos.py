"""The judge of chaos: what counts as lost, doubled or changed; sets that are equal."""

from benchmarks.chaos import catalogue, comparing

REFERENCE = {"tracks": {("a",): ("x",), ("b",): ("y",)}}


def test_equal_rows_have_no_difference():
    assert comparing.compare(REFERENCE, REFERENCE).equal


def test_a_missing_row_a_changed_one_and_one_too_many_are_told_apart():
    run = {"tracks": {("a",): ("other",), ("a", "again"): ("x",)}}

    difference = comparing.compare(run, REFERENCE)

    assert difference.missing == {"tracks": 1}
    assert difference.changed == {"tracks": 1}
    assert difference.extras == 1
    assert not difference.equal
    assert "other" in difference.examples[0]


def test_provenance_is_compared_without_the_time_of_the_answer():
    first, second = (
        comparing._comparable(f'{{"isrc": ["spotify", 0.9, {at}, 1]}}') for at in (1, 2)
    )

    assert first == second == (("isrc", "spotify", 0.9, 1),)


def test_the_same_seed_invents_the_same_tracklists(tmp_path):
    one = catalogue.invent(tmp_path / "one", 120, 3, seed=1)
    two = catalogue.invent(tmp_path / "two", 120, 3, seed=1)

    assert len(one.tracks) == 120
    assert one.tracks.keys() == two.tracks.keys()
    assert len(one.portions) == 3


def test_some_tracks_stand_in_several_tracklists(tmp_path):
    invented = catalogue.invent(tmp_path, 120, 3, seed=1)

    lines = [
        line
        for portion in invented.portions
        for file in portion.iterdir()
        for line in file.read_text().splitlines()
    ]
    assert len(lines) > len(invented.tracks)
