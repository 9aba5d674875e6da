"""What a replay says of calls and of speed."""

from pathlib import Path

import pytest

from rehearsal.stage import Plan
from rehearsal.summary import Show
from rehearsal.tally import Tally


def document(**changed):
    tally = Tally(tracks=80, published=80, mentions=100, seconds=4.0)
    tally.outcomes = {"completed": 80} | dict.fromkeys(
        ("partial", "no_match", "ambiguous", "unidentified", "waiting"), 0
    )
    tally.outcomes["dead_lettered"] = 0
    tally.cache = {"hits": 0, "misses": 0}
    for name, value in changed.items():
        setattr(tally, name, value)
    return tally.as_dict(workers=1) | {"world_tracks": 100}


@pytest.mark.parametrize(
    ("calls", "saved"),
    [({"spotify": 40}, "60 of 100"), ({"spotify": 40, "lastfm": 80}, "80 of 200")],
)
def test_saved_calls_are_those_of_the_providers_that_were_asked(capsys, calls, saved):
    show = Show(enabled=True)

    show.finish(document(calls=calls), [], [], Plan(path=Path("x")), [])

    assert f"{saved} calls saved" in " ".join(capsys.readouterr().out.split())


@pytest.mark.parametrize(("published", "speed"), [(80, 20.0), (0, 0.0)])
def test_a_run_that_published_nothing_has_no_speed(published, speed):
    assert document(published=published)["tracks_per_second"] == speed
