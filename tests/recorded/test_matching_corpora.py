"""
The figures of matching on labelled pairs: a change that lowers one fails.

Raise a recorded figure with the change that raised it (`python -m benchmarks.matching`
prints them all); lower one only with the reason in the commit.
"""

import json

import pytest

from benchmarks import matching as benchmark
from benchmarks import matching_siblings as siblings
from enrichment import matching
from enrichment.cli.actions.match_lines import candidate_of, wanted_of
from enrichment.model import Verdict
from provider_simulator.world.hostile.playlist import read_playlist

# As measured, rounded down in the fourth place; shares fall with recorded ones.
DJ_PRECISION, DJ_F1, DJ_SIBLINGS = 0.9978, 0.9805, 0.0024
SHOP_PRECISION, SHOP_F1 = 1.0, 0.9565
TRAIN_F1 = 0.9733
NEAREST_RIGHT, NEAREST_WRONG = 0.9517, 0.0
# Most are one recording in two spellings that identity does not know either. Of all
# 0.0015 are accepted, of the quarter that is asked here 0.0026.
SIBLINGS_ACCEPTED = 0.003


@pytest.fixture(scope="module")
def folder(shared_data):
    return shared_data / "matching"


@pytest.fixture(scope="module")
def dj_pairs(folder):
    return benchmark.dj_pairs(folder)


@pytest.fixture(scope="module")
def nearest(folder):
    return benchmark.score_choices(benchmark.choices(benchmark.records(folder)))


def test_pairs_of_real_tracklists_are_told_apart_as_well_as_before(dj_pairs):
    scored = benchmark.score_ours(dj_pairs)

    assert scored.precision >= DJ_PRECISION
    assert scored.f1 >= DJ_F1
    assert scored.accepted["sibling remix"] <= DJ_SIBLINGS
    assert scored.accepted["same artist, other title"] == 0


def test_we_beat_a_plain_ratio_by_far(dj_pairs):
    ours, plain = benchmark.score_ours(dj_pairs), benchmark.score_plain(dj_pairs)

    assert ours.f1 > plain.f1 + 0.25
    assert ours.accepted["sibling remix"] < plain.accepted["sibling remix"] / 10


def test_two_shops_entries_are_told_apart_without_training(folder):
    validation = benchmark.score_ours(benchmark.shop_pairs(folder, "validation"))
    train = benchmark.score_ours(benchmark.shop_pairs(folder, "train"))

    assert validation.precision >= SHOP_PRECISION
    assert validation.f1 >= SHOP_F1
    assert train.f1 >= TRAIN_F1


def test_the_right_one_of_the_ten_nearest_names_is_accepted(nearest):
    assert nearest.accepted_right >= NEAREST_RIGHT
    assert nearest.accepted_wrong <= NEAREST_WRONG


def test_a_decision_does_not_depend_on_the_order_of_candidates(folder):
    everything = benchmark.records(folder)
    for choice in list(benchmark.choices(everything))[::40]:
        wanted = wanted_of(choice.record.fields)
        entries = [candidate_of(other.fields, other.id) for other in choice.nearest]

        forwards = matching.decide(wanted, entries)
        backwards = matching.decide(wanted, entries[::-1])

        assert forwards == backwards


def test_an_isrc_shared_by_two_mixes_is_believed_for_neither(folder):
    path = folder / "isrc-links" / "same_isrc_groups.jsonl"
    believed = 0
    for line in path.read_text("utf-8").splitlines():
        group = json.loads(line)
        first, *others = (
            {
                "artist": ", ".join(entry["artists"]),
                "title": entry["title"],
                "isrc": group["isrc"],
            }
            for entry in group["entries"]
        )
        wanted = wanted_of(first)
        for other in others:
            entry = candidate_of(other, "other")
            ours, theirs = wanted.name, entry.title
            if matching.decide(wanted, [entry]).verdict is not Verdict.ACCEPT:
                continue
            believed += 1
            assert ("remix" in ours.full_title.casefold()) == (
                "remix" in theirs.casefold()
            )
    assert believed


def test_siblings_alone_are_hardly_ever_accepted(shared_data):
    mixes = shared_data / "tracklists" / "mixesdb" / "mixes.jsonl.gz"
    asked = list(siblings.questions(read_playlist(mixes, 1, 7).known))[::4]
    accepted = sum(siblings.decide(one).verdict is Verdict.ACCEPT for one in asked)

    assert accepted / len(asked) <= SIBLINGS_ACCEPTED
