"""Entries of one recording: chosen by evidence, never by chance."""

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from benchmarks.matching import ODD_SIGNS
from enrichment import matching
from enrichment.contract.identity.titles import parse_name
from enrichment.model import Candidate, ProviderName, Verdict, Wanted

ACCEPT, AMBIGUOUS, NONE = Verdict.ACCEPT, Verdict.AMBIGUOUS, Verdict.NONE


def wanted(artist="Night Ferry", title="Harbour", **known):
    return Wanted("track", parse_name(artist, title), **known)


def entry(id_="b", title="Harbour", artist="Night Ferry", **fields):
    return Candidate(ProviderName("musicbrainz"), id_, artist, title, **fields)


def chosen(*entries, **known):
    decision = matching.decide(wanted(**known), entries)
    return decision.candidate.id if decision.verdict is ACCEPT else decision.verdict


@pytest.mark.parametrize(
    "worse",
    [
        entry("a", "Harbour (clean)"),
        entry("a", "Harbour (Original Mix) (clean)"),
        entry("a", official=False, release_date="1990"),
        entry("a", album_type="compilation", release_date="1990"),
        entry("a", video=True, release_date="1990"),
        entry("a", "Harbour (DJ-mix)", release_date="1990"),
        entry("a", album="Late 12", album_type="dj-mix", release_date="1990"),
        entry("a", album="Hall Nine", album_type="live", release_date="1990"),
    ],
    ids=lambda worse: f"{worse.title}, {worse.album_type}, {worse.official}",
)
def test_of_entries_of_one_name_the_plain_official_one_of_its_own_album_is_taken(worse):
    plain = entry("b", album_type="single", release_date="1999-05-01")

    assert chosen(worse, plain) == "b"
    assert chosen(plain, worse) == "b"


def test_an_entry_whose_length_is_known_comes_before_one_without():
    assert chosen(entry("a"), entry("b", duration_ms=300_000)) == "b"


def test_of_two_lengths_the_one_nearer_to_the_wanted_is_taken():
    near = entry("b", duration_ms=300_400)
    assert chosen(entry("a", duration_ms=302_000), near, duration_ms=300_000) == "b"


def test_the_least_dressed_entry_is_taken_and_dress_costs_nothing():
    dressed = entry("a", "Harbour (Original Mix) (clean)")
    less = entry("b", "Harbour (Original Mix)")

    decision = matching.decide(wanted(), [dressed, less])
    assert (decision.candidate, decision.score) == (less, 1.0)


@pytest.mark.parametrize("kind", ["dj-mix", "live"])
def test_what_only_a_dj_mix_or_a_live_album_holds_is_not_sure(kind):
    assert chosen(entry("a", album="Late 12", album_type=kind)) is AMBIGUOUS


def test_a_live_recording_is_taken_from_a_live_album():
    live = entry("a", "Harbour (live)", album="Hall Nine", album_type="live")
    assert chosen(live, title="Harbour (Live)") == "a"


def test_an_artist_is_known_by_what_the_provider_says_he_is_called_too():
    russian = entry("a", artist="Никто", aliases=(("Никто", "Night Ferry"),))

    decision = matching.decide(wanted(), [russian])
    assert decision.candidate == russian
    assert decision.verdict is ACCEPT
    assert any("is also called" in reason for reason in decision.reasons)


def test_an_alias_of_one_artist_leaves_the_others_of_the_credit_as_they_are():
    both = entry("a", artist="MK & Wren", aliases=(("MK", "Marc Kinchen"),))

    assert chosen(both, artist="Marc Kinchen & Wren") == "a"
    assert chosen(both, artist="Marc Kinchen & Teal Vane") is not ACCEPT


def test_names_that_are_equal_in_two_spellings_are_told_as_a_reason():
    umlaut = [entry(artist="Koelsch")]
    assert matching.decide(wanted(artist="Kölsch"), umlaut).reasons


@pytest.mark.parametrize(
    ("ours", "theirs"),
    [
        # a further name in one of two names
        ("Wren & Wax", "Wren & Wax Little"),
        # a plural imitates
        ("Teal Vane & Night Ferry", "The Teal Vanes & Night Ferry"),
        # only the guest is the same
        ("Night & Day feat. Ann Lee", "Night Brothers feat. Ann Lee"),
    ],
)
def test_a_partner_whose_name_goes_on_is_somebody_else(ours, theirs):
    assert chosen(entry(artist=theirs), artist=ours) is not ACCEPT


@pytest.mark.parametrize(
    ("ours", "theirs"),
    [
        ("Harbour", "Harbour (B1)"),
        ("Harbour of Light", "Harbour of Light (B1)"),
        ("Harbour", "Harbour - 2018 Version"),
        ("Harbour", "Harbour (re-recorded)"),
        ("Harbour", "Harbour (excerpt)"),
        ("Harbour", "Harbour (live, 2010-07-01: Hall Nine, Utrecht)"),
        ("Harbour", "Harbour (part of “Late 12” DJ-mix)"),
    ],
)
def test_a_side_and_a_version_that_is_told_beside_the_title_are_others(ours, theirs):
    assert chosen(entry(title=theirs), title=ours) in (AMBIGUOUS, NONE)


SCRIPTS = st.text(max_size=60) | st.sampled_from(
    [
        "",
        " ",
        "-",
        "?",
        "!!!",
        "()",
        "[",
        "_",
        "🌴",
        "ﷺ",
        "ⅷ",
        "İ",
        "한국",
        "夜",
        "ا",
        "ก็",
    ]
)


@given(SCRIPTS, SCRIPTS, SCRIPTS, SCRIPTS, st.text(max_size=30))
@settings(max_examples=300, deadline=None)
def test_every_name_is_decided_with_a_reason_unless_it_is_the_same(a, b, c, d, album):
    decision = matching.decide(wanted(a, b), [entry("1", d, c, album=album or None)])

    assert decision.verdict in Verdict
    assert decision.reasons or decision.score == 1.0


@pytest.mark.parametrize("sign", ODD_SIGNS)
def test_long_and_odd_titles_are_decided_too(sign):
    long = (sign * 20_000)[:20_000]
    for ours, theirs in ((long, long), ("Harbour", long), (long, "Harbour")):
        decision = matching.decide(wanted(ours, ours), [entry("1", theirs, theirs)])
        assert decision.reasons or decision.score == 1.0


def test_who_made_a_mix_and_is_credited_too_is_no_partner():
    mix = entry("a", "Harbour (Wren Mix)", "Night Ferry & Wren")
    other = entry("b", "Harbour (Dub)")
    assert chosen(mix, other, title="Harbour (Wren Mix)") == "a"


def test_a_title_that_speaks_of_a_tribute_is_taken_from_its_own_ep():
    title = "Tribute to Betty"
    assert chosen(entry("a", title, album=f"{title} EP"), title=title) == "a"


def test_a_page_whose_artist_is_told_from_his_namesakes_is_not_corrected_away():
    page = Candidate(ProviderName("lastfm"), "a", "Scar (NL)", "Harbour")
    assert chosen(page, artist="Scar") == "a"


def test_a_version_by_that_word_alone_is_taken_and_told():
    decision = matching.decide(wanted(), [entry("a", "Harbour Version")])
    assert (decision.verdict, decision.reasons != ()) == (ACCEPT, True)


def test_the_bracket_behind_a_title_in_another_script_may_be_the_title():
    assert chosen(entry("a", "항구 (Harbour)")) == "a"


def test_a_remark_that_says_it_was_done_anew_is_a_version():
    assert chosen(entry("a", "Harbour (Wren Re-Do)")) in (AMBIGUOUS, NONE)
