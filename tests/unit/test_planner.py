"""Which provider is asked next, with what; and what its part came to."""

from dataclasses import dataclass, replace
from datetime import UTC, datetime

import pytest

from enrichment.lookup.planner import (
    Progress,
    ProviderProgress,
    is_done,
    next_questions,
    outcome_of,
)
from enrichment.model import (
    Benched,
    Decision,
    Failed,
    Found,
    Outcome,
    ProviderName,
    Question,
    Verdict,
)
from enrichment.providers.registry import CHAINS, NAMES
from tests import factories

AT = factories.AT
BENCHED = Benched(datetime(2026, 1, 3, tzinfo=UTC), "quota")
FAILED = Failed("timeout")


@dataclass(frozen=True)
class Source:
    """A provider that asks by ISRC where it can, else by names."""

    name: ProviderName
    by_isrc: bool = True

    def question(self, wanted):
        if self.by_isrc and wanted.isrc:
            return Question(self.name, "isrc", wanted.isrc, isrc=wanted.isrc)
        return Question(self.name, "search", wanted.name.artist)


MUSICBRAINZ = Source(ProviderName("musicbrainz"), by_isrc=False)
LASTFM = Source(ProviderName("lastfm"), by_isrc=False)
SPOTIFY = Source(ProviderName("spotify"))
ALL = {source.name: source for source in (SPOTIFY, MUSICBRAINZ, LASTFM)}


def progress(**known):
    return Progress(wanted=factories.wanted(**known))


def first_questions(track, providers):
    """The best question of every chain that has one left."""
    ways = (next_questions(track, chain, providers) for chain in CHAINS)
    return [question for questions in ways if (question := next(questions, None))]


def asked(questions):
    return [(question.provider, question.operation) for question in questions]


def decision(verdict, score=1.0, **candidate):
    chosen = factories.candidate(**candidate) if verdict is not Verdict.NONE else None
    return Decision(verdict, chosen, score)


def answer(track, verdict, **candidate):
    """Let every question that is next be decided alike."""
    questions = first_questions(track, ALL)
    for question in questions:
        track.decide(question, decision(verdict, **candidate), AT)
    return asked(questions)


def test_the_cheap_are_asked_first_and_the_scarcest_last():
    track = progress()

    assert answer(track, Verdict.ACCEPT) == [
        ("musicbrainz", "search"),
        ("lastfm", "search"),
    ]
    assert not is_done(track, ALL)
    assert answer(track, Verdict.ACCEPT) == [("spotify", "search")]
    assert answer(track, Verdict.ACCEPT) == []
    assert is_done(track, ALL)


def test_an_isrc_learnt_on_the_way_makes_the_scarce_call_a_sure_one():
    track = progress()
    answer(track, Verdict.ACCEPT, isrcs=("GBAAA9300001", "OTHER"))

    assert track.wanted.isrc == "GBAAA9300001"
    assert answer(track, Verdict.ACCEPT) == [("spotify", "isrc")]


def decide_next(track, name, verdict, **candidate):
    """Let the next question to a provider be decided; give its operation."""
    questions = {q.provider: q for q in first_questions(track, ALL)}
    track.decide(questions[name], decision(verdict, **candidate), AT)
    return questions[name].operation


def test_an_isrc_of_an_unsure_match_is_asked_for_after_the_names():
    """A sibling's ISRC leads to the sibling: by names the other provider may know."""
    track = progress()
    answer(track, Verdict.ACCEPT, score=0.85, isrcs=("SIBLING00001",))

    assert decide_next(track, SPOTIFY.name, Verdict.NONE) == "search"
    assert decide_next(track, SPOTIFY.name, Verdict.NONE) == "isrc"
    assert first_questions(track, ALL) == []


def test_an_unsure_match_by_a_learnt_isrc_is_followed_by_the_names():
    track = progress()
    answer(track, Verdict.ACCEPT, isrcs=("GBAAA9300001",))
    first = decide_next(track, SPOTIFY.name, Verdict.ACCEPT, score=0.85, id="sibling")
    second = decide_next(track, SPOTIFY.name, Verdict.ACCEPT, id="by names")

    assert [first, second] == ["isrc", "search"]
    assert track.parts[SPOTIFY.name].decision.candidate.id == "by names"
    assert first_questions(track, ALL) == []


def test_an_unsure_match_by_a_given_isrc_settles():
    track = progress(isrc="GBAAA9300001")
    answer(track, Verdict.ACCEPT)

    assert decide_next(track, SPOTIFY.name, Verdict.ACCEPT, score=0.85) == "isrc"
    assert first_questions(track, ALL) == []


def test_a_sure_match_teaches_its_isrc_in_place_of_an_unsure_ones():
    track = progress()
    answer(track, Verdict.ACCEPT, score=0.85, isrcs=("SIBLING00001",))
    decide_next(track, SPOTIFY.name, Verdict.ACCEPT, isrcs=("GBAAA9300001",))

    assert track.wanted.isrc == "GBAAA9300001"
    assert track.wanted.given("isrc") is None


def test_a_known_id_is_asked_for_before_the_names_and_an_unsure_isrc():
    track = progress(spotify_id="known").wanted.taught("SIBLING00001")
    unsure = Progress(wanted=track, is_isrc_sure=False)

    ways = next_questions(unsure, [SPOTIFY.name], BY_ID)
    assert [way.operation for way in ways] == ["track", "search", "isrc"]


LENGTH = 200_000


@pytest.mark.parametrize(
    ("title", "length", "then"),
    [
        pytest.param("Title 0", LENGTH + 1000, [], id="names and length agree"),
        pytest.param("Title 0", None, ["search"], id="no length"),
        pytest.param("Title 0", LENGTH + 9000, ["search"], id="another length"),
        pytest.param("Titles of 0", LENGTH, ["search"], id="names differ"),
    ],
)
def test_an_isrc_of_files_is_asked_by_and_names_unless_names_and_length_agree(
    title, length, then
):
    """The ISRC itself excuses nothing here: it is what is to be confirmed."""
    wanted = factories.wanted(isrc="GBAAA9300001", duration_ms=LENGTH)
    track = Progress(wanted=wanted, file_isrc="GBAAA9300001")
    (first,) = first_questions(track, {SPOTIFY.name: SPOTIFY})
    assert first.operation == "isrc"

    found = decision(Verdict.ACCEPT, score=0.95, title=title, duration_ms=length)
    track.decide(first, found, AT)

    left = first_questions(track, {SPOTIFY.name: SPOTIFY})
    assert [question.operation for question in left] == then


def test_a_nearer_match_by_names_stands_beside_an_isrc_of_files():
    wanted = factories.wanted(isrc="GBAAA9300001")
    track = Progress(wanted=wanted, file_isrc="GBAAA9300001")
    answer(track, Verdict.ACCEPT)
    by_isrc = decide_next(track, SPOTIFY.name, Verdict.ACCEPT, score=0.9, id="sibling")
    by_names = decide_next(track, SPOTIFY.name, Verdict.ACCEPT, id="by names")

    assert [by_isrc, by_names] == ["isrc", "search"]
    assert track.parts[SPOTIFY.name].decision.candidate.id == "by names"
    assert first_questions(track, ALL) == []


def test_an_isrc_that_is_known_is_not_replaced():
    track = progress(isrc="KNOWN0000001")

    answer(track, Verdict.ACCEPT, isrcs=("GBAAA9300001",))

    assert track.wanted.isrc == "KNOWN0000001"


@pytest.mark.parametrize("verdict", [Verdict.AMBIGUOUS, Verdict.NONE])
def test_nothing_is_learnt_from_a_candidate_that_was_not_accepted(verdict):
    track = progress()

    answer(track, verdict, isrcs=("GBAAA9300001",))

    assert track.wanted.isrc is None


@pytest.mark.parametrize("verdict", [Verdict.AMBIGUOUS, Verdict.NONE])
def test_a_code_that_settles_nothing_is_followed_by_the_names(verdict):
    track = progress(isrc="GBAAA9300001")
    answer(track, Verdict.ACCEPT)

    assert answer(track, verdict) == [("spotify", "isrc")]
    assert answer(track, verdict) == [("spotify", "search")]
    assert answer(track, verdict) == []


def test_an_accepted_candidate_ends_the_asking():
    track = progress(isrc="GBAAA9300001")
    answer(track, Verdict.ACCEPT)
    answer(track, Verdict.ACCEPT)

    assert first_questions(track, ALL) == []


@pytest.mark.parametrize("refusal", [FAILED, BENCHED])
def test_a_blocked_provider_is_not_asked_again_and_the_others_are(refusal):
    track = progress(isrc="GBAAA9300001")
    answer(track, Verdict.NONE)
    (question,) = first_questions(track, ALL)
    track.note(question, refusal)

    assert first_questions(track, ALL) == []
    assert track.parts[ProviderName("spotify")].asked == [question]


def test_a_provider_that_is_blocked_does_not_hold_up_the_rest_of_its_chain():
    track = progress()
    for question in first_questions(track, ALL):
        track.note(question, BENCHED)

    assert asked(first_questions(track, ALL)) == [("spotify", "search")]


def test_what_is_settled_is_not_asked():
    track = progress()
    track.settled = {name: factories.record(name) for name in ALL}
    assert first_questions(track, ALL) == []

    track.settled = {ProviderName("musicbrainz"): factories.record()}
    assert asked(first_questions(track, ALL)) == [
        ("spotify", "search"),
        ("lastfm", "search"),
    ]


def test_a_provider_that_cannot_ask_is_passed_over():
    class Mute(Source):
        def question(self, wanted):  # noqa: ARG002 (the protocol's)
            return None

    mute = Mute(ProviderName("musicbrainz"))
    providers = {mute.name: mute, SPOTIFY.name: SPOTIFY}

    assert asked(first_questions(progress(), providers)) == [("spotify", "search")]


def test_every_provider_is_in_exactly_one_chain():
    assert sorted(name for chain in CHAINS for name in chain) == sorted(NAMES)


def test_a_code_learnt_late_opens_an_earlier_provider_again_once():
    by_code = Source(ProviderName("musicbrainz"))
    providers = {by_code.name: by_code, SPOTIFY.name: SPOTIFY}
    track = progress()
    verdicts = [Verdict.NONE, Verdict.ACCEPT, Verdict.NONE]
    every = []
    for verdict in verdicts:
        (question,) = first_questions(track, providers)
        every.append(question)
        track.decide(question, decision(verdict, isrcs=("GBAAA9300001",)), AT)

    assert asked(every) == [
        ("musicbrainz", "search"),
        ("spotify", "search"),
        ("musicbrainz", "isrc"),
    ]
    assert first_questions(track, providers) == []


def test_what_an_answer_has_shown_of_a_code_is_not_asked_for_again():
    by_code = Source(ProviderName("musicbrainz"))
    stating = factories.candidate(id="stating", isrcs=("GBAAA9300001",))
    other = factories.candidate(id="other", isrcs=("GBAAA9300002",))
    track = progress()
    question = Question(by_code.name, "search", "names")
    track.decide(question, decision(Verdict.AMBIGUOUS), AT, (stating, other))

    known = Question(by_code.name, "isrc", "GBAAA9300001", isrc="GBAAA9300001")
    assert track.shown(known) == (Found((stating,)), AT)
    unknown = Question(by_code.name, "isrc", "GBAAA9300003", isrc="GBAAA9300003")
    assert track.shown(unknown) is None
    elsewhere = Question(SPOTIFY.name, "isrc", "GBAAA9300001", isrc="GBAAA9300001")
    assert track.shown(elsewhere) is None


class ById(Source):
    """A provider that also looks up ids."""

    def question(self, wanted):
        if wanted.spotify_id:
            return Question(self.name, "track", wanted.spotify_id)
        return super().question(wanted)


BY_ID = {SPOTIFY.name: ById(SPOTIFY.name)}


def test_an_id_that_settles_nothing_is_followed_by_the_code_and_the_names():
    track = progress(spotify_id="known", isrc="GBAAA9300001")
    every = []
    while questions := first_questions(track, BY_ID):
        every += asked(questions)
        track.decide(questions[0], decision(Verdict.NONE), AT)

    assert every == [("spotify", "track"), ("spotify", "isrc"), ("spotify", "search")]


def test_an_answer_to_be_renewed_is_asked_for_in_the_best_way_alone():
    """What is remembered of the other ways is as old as the answer."""
    new, old = (progress(spotify_id="known", isrc="GBAAA9300001") for _ in range(2))
    old.renewed = {SPOTIFY.name: AT}

    assert len(list(next_questions(new, [SPOTIFY.name], BY_ID))) == 3
    assert len(list(next_questions(old, [SPOTIFY.name], BY_ID))) == 1


def test_no_question_is_asked_twice_and_planning_ends():
    track = progress(isrc="GBAAA9300001")
    every = []
    while found := answer(track, Verdict.NONE):
        every += found

    assert len(every) == len(set(every)) == 4


def test_the_better_of_two_decisions_is_kept():
    track = progress(isrc="GBAAA9300001")
    answer(track, Verdict.ACCEPT)
    answer(track, Verdict.AMBIGUOUS, id="by code")
    answer(track, Verdict.NONE)

    part = track.parts[ProviderName("spotify")]
    assert part.decision.candidate.id == "by code"
    assert part.question.operation == "isrc"
    assert len(part.asked) == 2


@pytest.mark.parametrize(
    ("verdict", "blocked", "outcome"),
    [
        (Verdict.ACCEPT, None, Outcome.FOUND),
        (Verdict.ACCEPT, FAILED, Outcome.FOUND),
        (Verdict.AMBIGUOUS, None, Outcome.AMBIGUOUS),
        (Verdict.AMBIGUOUS, FAILED, Outcome.FAILED),
        (Verdict.NONE, None, Outcome.ABSENT),
        (Verdict.NONE, BENCHED, Outcome.BENCHED),
        (None, FAILED, Outcome.FAILED),
        (None, BENCHED, Outcome.BENCHED),
        (None, None, Outcome.ABSENT),
    ],
)
def test_a_part_comes_to_an_absence_only_when_nobody_was_kept_from_asking(
    verdict, blocked, outcome
):
    part = ProviderProgress(blocked=blocked)
    if verdict is not None:
        part = replace(part, decision=decision(verdict))

    assert outcome_of(part) is outcome


def test_a_known_code_leaves_the_names_as_another_way_to_ask():
    track = progress(isrc="GBAAA9300001")

    ways = next_questions(track, CHAINS[0], {SPOTIFY.name: SPOTIFY})

    assert asked(ways) == [("spotify", "isrc"), ("spotify", "search")]
