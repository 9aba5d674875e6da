"""A record as a person's decision has it: of the recording that is chosen now."""

import pytest

from enrichment.matching.by_person import TAKEN, as_decided
from enrichment.model import Outcome
from tests import factories

ARTISTS = (("Artist 0", "artist-0"),)


def taken(recording):
    """The record of a recording that a person has taken."""
    return factories.record(
        provider_track_id=recording, reasons=(TAKEN,), score=1.0, artists=ARTISTS
    )


@pytest.mark.parametrize(
    "answer",
    [
        # rematched: nothing offers what is chosen now
        factories.record(outcome=Outcome.ABSENT, reasons=(TAKEN,)),
        # no answer is kept, so the record is what there is
        taken("first"),
        # looked up before the second decision, written after it
        taken("other"),
    ],
)
def test_a_second_decision_leaves_nothing_of_the_first_ones_recording(answer):
    now = as_decided(answer, (("spotify_id", "second"),), taken("first"))

    told = (now.outcome, now.provider_track_id, now.reasons, now.artists)
    assert told == (Outcome.FOUND, "second", (TAKEN,), None)


def test_an_answer_without_the_chosen_recording_keeps_whom_it_credits():
    absent = factories.record(outcome=Outcome.ABSENT, reasons=(TAKEN,))

    now = as_decided(absent, (("spotify_id", "first"),), taken("first"))

    assert (now.provider_track_id, now.artists) == ("first", ARTISTS)
