"""Which candidate is the wanted recording, and why."""

from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from msgspec.structs import replace

from enrichment import matching
from enrichment.contract.identity.titles import parse_name
from enrichment.matching import weights
from enrichment.matching.judging import compare_above, compare_side, side_of_wanted
from enrichment.model import Candidate, ProviderName, Verdict, Wanted
from tests import factories

PROJECT = Path(__file__).resolve().parents[2]

ACCEPT, AMBIGUOUS, NONE = Verdict.ACCEPT, Verdict.AMBIGUOUS, Verdict.NONE


def wanted(artist, title, **known):
    return Wanted("track", parse_name(artist, title), **known)


def candidate(artist, title, id_="1", **fields):
    return Candidate(ProviderName("spotify"), id_, artist, title, **fields)


def verdict(ours, theirs):
    return matching.decide(wanted(*ours), [candidate(*theirs)]).verdict


@pytest.mark.parametrize(
    "title",
    [
        "Harbour",
        "HARBOUR",
        "Harbour (Original Mix)",
        "Harbour - Original Mix",
        "Harbour - Album Version",
        "Harbour - 2019 Remaster",
        "Harbour [Explicit]",
        "Harbour - Bonus Track",
        "Harbour (feat. Wren)",
    ],
)
def test_a_plain_title_takes_the_original_in_any_dress(title):
    assert verdict(("Night Ferry", "Harbour"), ("Night Ferry", title)) is ACCEPT


@pytest.mark.parametrize(
    "title",
    [
        "Harbour (Extended Mix)",
        "Harbour - Radio Edit",
        "Harbour - Edit",
        "Harbour (Club Mix)",
        "Harbour (Dub)",
        "Harbour (Wren Remix)",
        "Harbour (Wren Extended Remix)",
        "Harbour (Wren Weemix)",
        "Harbour (VIP)",
        "Harbour - Live",
        "Harbour (Live at the Pier)",
        "Harbour (Acoustic)",
        "Harbour (Instrumental)",
        "Harbour (Karaoke Version)",
        "Harbour (Originally Performed by Night Ferry)",
        "Harbour (Sped Up)",
        "Harbour (Night Ferry Tribute)",
        "Harbour - Mixed",
    ],
)
def test_a_plain_title_takes_no_other_mix(title):
    assert verdict(("Night Ferry", "Harbour"), ("Night Ferry", title)) is NONE


@pytest.mark.parametrize(
    ("ours", "theirs", "expected"),
    [
        ("Harbour (Original Mix)", "Harbour", ACCEPT),
        ("Harbour (Extended Mix)", "Harbour", NONE),
        ("Harbour (Extended Mix)", "Harbour - Extended", ACCEPT),
        ("Harbour (Extended Mix)", "Harbour (Extended Version)", ACCEPT),
        ("Harbour (Radio Edit)", "Harbour - Radio Mix", ACCEPT),
        ("Harbour (Wren Remix)", "Harbour", NONE),
        ("Harbour (Wren Remix)", "Harbour (Teal Remix)", NONE),
        ("Harbour (Wren Remix)", "Harbour - Wren Remix", ACCEPT),
        ("Harbour (Wren Remix)", "Harbour (Wren Mix)", ACCEPT),
        ("Harbour (DJ Wren Remix)", "Harbour (Wren Remix)", ACCEPT),
        ("Harbour", "Harbour (DJ Mix)", NONE),
        ("Harbour (Wren)", "Harbour (Wren Remix)", ACCEPT),
        ("Harbour (Wren)", "Harbour (Teal Remix)", NONE),
        ("Harbour (Wren)", "Harbour", AMBIGUOUS),
        ("Harbour (Wren Remix)", "Harbour (Wren Rework)", ACCEPT),
        ("Harbour (Wren Remix)", "Harbour (Wren Edit)", AMBIGUOUS),
        ("Harbour (Wren Remix)", "Harbour (Wren Extended Rework)", AMBIGUOUS),
        ("Harbour", "Harbour (Rework)", NONE),
        ("Harbour Wren Remix", "Harbour (Wren Remix)", ACCEPT),
        ("Harbour Wren Remix", "Harbour (Teal Remix)", NONE),
        ("Harbour (Wren & Teal Remix)", "Harbour (Wrenn and Teal Rmx)", ACCEPT),
        ("Harbour (Wren Remix)", "Harbour (Wren Extended Remix)", AMBIGUOUS),
        ("Harbour (Wren Remix)", "Harbour (Wren Dub)", AMBIGUOUS),
        ("Harbour (Wren Remix 1)", "Harbour (Wren Remix 2)", NONE),
        ("Harbour (2012 Edit)", "Harbour (2015 Edit)", NONE),
        ("Harbour (Warehouse Mix)", "Harbour (Sunrise Mix)", NONE),
    ],
)
def test_mix_names_never_cross_match(ours, theirs, expected):
    assert verdict(("Night Ferry", ours), ("Night Ferry", theirs)) is expected


@pytest.mark.parametrize(
    ("ours", "theirs"),
    [
        ("Ash Feat. Mr. Elm", "Ash & Mr. Elm"),
        ("Elm & Ash", "Ash, Elm"),
        ("Ash", "Ash & Elm"),
        ("Ash pres. Rowan", "Rowan"),
        ("DJ Rowan", "Rowan"),
        ("The Rowans", "Rowans"),
        ("Rowan Tree", "Rowantree"),
        ("Ash/Mr Elm", "Ash & Mr. Elm"),
        ("Record Of The Week: Ash & Elm", "Ash & Elm"),
        ("Zoë Möller", "Zoe Moller"),
        ("Дельфин", "Delfin"),
        ("Björk Hansen", "Bjork Hansenn"),
        ("Tyler The Rowan", "Tyler, The Rowan"),
        ("Chemical Rowans, The", "The Chemical Rowans"),
        ("Kölsch", "Koelsch"),
        ("P!nk Rowan", "Pink Rowan"),
        ("!!!", "!!!"),
    ],
)
def test_a_credit_is_known_in_its_other_spellings(ours, theirs):
    assert verdict((ours, "Harbour Lights"), (theirs, "Harbour Lights")) is ACCEPT


@pytest.mark.parametrize(
    ("ours", "theirs", "expected"),
    [
        ("Night Ferry", "Somebody Else", NONE),
        ("Night Ferry", "Night Ferry Karaoke", NONE),
        ("Night Ferry", "Various Artists", AMBIGUOUS),
        ("?", "Night Ferry", AMBIGUOUS),
    ],
)
def test_a_title_alone_is_not_enough(ours, theirs, expected):
    assert verdict((ours, "Harbour Lights"), (theirs, "Harbour Lights")) is expected


@pytest.mark.parametrize(
    ("ours", "theirs", "expected"),
    [
        ("Televison Rules", "Television Rules", ACCEPT),
        ("Gulls 'n' Buoys", "Gulls N Buoys", ACCEPT),
        ("Push 2 Shore", "Push To Shore", ACCEPT),
        ("Salt And Sand", "Salt & Sand", ACCEPT),
        ("The Lighthouse", "Lighthouse", ACCEPT),
        ("Lighthouse", "Light House", ACCEPT),
        ("Tide Pt. II", "Tide Part 2", ACCEPT),
        ("Tide Part 1", "Tide Part 2", NONE),
        ("Tide 12", "Tide 21", NONE),
        ("Rez", "Rex", NONE),
        ("Harbour", "Anchor", NONE),
        ("Harbour", "Harbour Lights", AMBIGUOUS),
        ("Группа крови", "Gruppa krovi", ACCEPT),
        ("Cold Harbour / Morning", "Cold Harbour", ACCEPT),
        ("Cold Harbour VIP", "Cold Harbour", NONE),
        ("Harbour (1991)", "Harbour", ACCEPT),
        ("Cold Harbour (Wren Teal)", "Cold Harbour", AMBIGUOUS),
    ],
)
def test_misspelt_titles_are_found_and_other_titles_are_not(ours, theirs, expected):
    assert verdict(("Night Ferry", ours), ("Night Ferry", theirs)) is expected


@pytest.mark.parametrize(
    ("artist", "title"),
    [
        ("", "Night Ferry - Harbour"),
        ("Night Ferry", "007-Harbour"),
        ("Night Ferry", "Night_Ferry_-_Harbour"),
        ("Harbour", "Night Ferry"),
    ],
)
def test_names_printed_in_the_wrong_place_are_read(artist, title):
    assert verdict(("Night Ferry", "Harbour"), (artist, title)) is ACCEPT


@pytest.mark.parametrize(
    "version", ["Acoustic", "Live", "Extended Mix", "Dub", "2011 Remaster", "En Vivo"]
)
def test_a_version_behind_a_dash_does_not_forget_the_artist(version):
    title = f"Harbour Lights - {version}"

    assert verdict(("Night Ferry", title), ("Somebody Else", title)) is NONE
    assert verdict(("Night Ferry", title), ("Night Ferry", title)) is ACCEPT


@pytest.mark.parametrize(
    ("ours", "theirs"),
    [
        ("Alder", "Gary Alder"),
        ("The Rowans", "The Lively Rowans"),
        ("Night Ferry", "Night Ferrys"),
        ("Led Ferry", "Lez Ferry"),
        ("Birchwood Keepers", "Birchwood Keeper"),
    ],
)
def test_a_name_that_is_near_another_is_not_that_artist(ours, theirs):
    assert verdict((ours, "Harbour Lights"), (theirs, "Harbour Lights")) is not ACCEPT
    both = [candidate(theirs, "Harbour", "near"), candidate(ours, "Harbour", "exact")]
    decision = matching.decide(wanted(ours, "Harbour"), both)
    assert (decision.verdict, decision.candidate.id) == (ACCEPT, "exact")


@pytest.mark.parametrize(
    ("ours", "theirs"),
    [
        ("Harbour Lights", "Harbour Lights - En Vivo"),
        ("Harbour Lights", "Harbour Lights - Stripped"),
        ("Harbour Lights", "Harbour Lights (Re-Recorded)"),
        ("Harbour Lights", "Harbour Lights 2"),
        ("Harbour Lights, Part I", "Harbour Lights, Part II"),
        ("Harbour (A)", "Harbour (B)"),
        ("Ghosted", "Ghosten"),
        ("Signal 312", "Signal 313"),
        ("Harbour (Coming Home)", "Harbour (Far Away)"),
        ("Harbour Lights", "Harbour Lights / Anchor Down"),
        ("Shining", "Shining Sr."),
    ],
)
def test_a_short_difference_may_decide(ours, theirs):
    assert verdict(("Night Ferry", ours), ("Night Ferry", theirs)) is not ACCEPT


@pytest.mark.parametrize(
    ("ours", "theirs"),
    [
        ("Harbour", "Harbour (I Am Coming Home)"),
        ("Harbour", 'Harbour - From "The Sea" Soundtrack'),
        ("Harbour", "Harbour (prod. by Wren)"),
        ("Harbour (Official HD Video)", "Harbour"),
        ("Harbour (ABGT497)", "Harbour"),
        ("Harbour (Wren Edit)", "Harbour (Wren Edit 2K23)"),
        ("Seven Harbours", "7 Harbours"),
        ("Harbour 4", "Harbour (Part IV)"),
        ("What The F**k Harbour", "What The Fuck Harbour"),
        ("Harbour (Wren Teal Remix)", "Harbour (Wren's Lost Night Mix)"),
        ("Harbour (Wren's Extended Mix)", "Harbour (Wren Extended Mix)"),
    ],
)
def test_a_harmless_remark_keeps_nothing_out(ours, theirs):
    assert verdict(("Night Ferry", ours), ("Night Ferry", theirs)) is ACCEPT


def test_a_remake_with_another_partner_is_not_sure():
    remake = candidate("Night Ferry, Wren", "Harbour", "remake")
    live = candidate("Night Ferry", "Harbour - Live", "live")
    exact = candidate("Night Ferry", "Harbour", "exact")
    asked = wanted("Night Ferry", "Harbour")

    assert matching.decide(asked, [remake, live]).verdict is AMBIGUOUS
    assert matching.decide(asked, [remake, live, exact]).candidate is exact
    assert matching.decide(asked, [remake, live, exact]).verdict is ACCEPT


def test_a_versus_b_is_not_the_original_of_b():
    assert verdict(("Wren vs. Night Ferry", "Harbour"), ("Night Ferry", "Harbour")) is (
        AMBIGUOUS
    )


def test_an_isrc_acquits_a_misspelling():
    known = wanted("Night Fery", "Harbor Lites", isrc="GBXXX0900001")
    entry = ("Knight Ferry", "Harbour Lights")

    without = matching.decide(known, [candidate(*entry)])
    with_it = matching.decide(known, [candidate(*entry, isrcs=("GBXXX0900001",))])

    assert without.verdict is not ACCEPT
    assert with_it.verdict is ACCEPT
    assert "isrc: agrees" in with_it.reasons


@pytest.mark.parametrize(
    ("artist", "title"),
    [("Somebody Else", "Other Song"), ("Night Ferry", "Harbour (Teal Remix)")],
)
def test_an_isrc_convicts_nobody_else(artist, title):
    known = wanted("Night Ferry", "Harbour (Wren Remix)", isrc="GBXXX0900001")
    entry = candidate(artist, title, isrcs=("GBXXX0900001",))

    assert matching.decide(known, [entry]).verdict is NONE


def test_an_isrc_that_a_match_taught_excuses_nothing():
    """Nor does an id: both may be of the sibling that was taken for the track."""
    known = wanted("Night Fery", "Harbor Lites")
    entry = candidate("Night Ferry", "Harbour Lights", isrcs=("GBXXX0900001",))
    learnt = known.taught("GBXXX0900001")
    learnt = replace(learnt, spotify_id=entry.id, learnt=learnt.learnt | {"spotify_id"})

    assert matching.decide(learnt, [entry]) == matching.decide(known, [entry])


def test_two_providers_with_other_recordings_are_told_of_each_other():
    one = candidate("Night Ferry", "Harbour", duration_ms=210_000, isrcs=("A",))
    spotify, musicbrainz = ProviderName("spotify"), ProviderName("musicbrainz")
    other = replace(one, provider=musicbrainz, duration_ms=412_000, isrcs=("B",))

    assert matching.conflicts({spotify: one, musicbrainz: other}) == {
        spotify: "conflict: musicbrainz has 'Night Ferry - Harbour' (6:52)",
        musicbrainz: "conflict: spotify has 'Night Ferry - Harbour' (3:30)",
    }
    agreeing = replace(other, duration_ms=212_000)
    assert matching.conflicts({spotify: one, musicbrainz: agreeing}) == {}
    assert matching.conflicts({spotify: one}) == {}


def test_another_isrc_is_no_evidence_against():
    known = wanted("Night Ferry", "Harbour", isrc="GBXXX0900001")
    entry = candidate("Night Ferry", "Harbour", isrcs=("USXXX1100001",))

    assert matching.decide(known, [entry]).score == 1


def test_another_length_is_another_edit():
    known = wanted("Night Ferry", "Harbour", duration_ms=401_000)

    for length, expected in (
        (402_000, ACCEPT),
        (405_000, ACCEPT),
        (210_000, AMBIGUOUS),
    ):
        entry = candidate("Night Ferry", "Harbour", duration_ms=length)
        assert matching.decide(known, [entry]).verdict is expected


def test_a_remark_on_one_side_needs_the_same_length_not_the_same_album():
    known = wanted("Night Ferry", "Harbour", duration_ms=401_000, album="Quays")
    alike = {"album": "Quays", "duration_ms": 401_500}

    for evidence, expected in (("album", AMBIGUOUS), ("duration_ms", ACCEPT)):
        entry = candidate(
            "Night Ferry", "Harbour (Wren)", **{evidence: alike[evidence]}
        )
        assert matching.decide(known, [entry]).verdict is expected


def test_the_same_title_in_two_lengths_is_ambiguous_until_the_length_is_known():
    entries = [
        candidate("Night Ferry", "Harbour", "long", duration_ms=401_000),
        candidate("Night Ferry", "Harbour", "short", duration_ms=210_000),
    ]

    unknown = matching.decide(wanted("Night Ferry", "Harbour"), entries)
    known = matching.decide(
        wanted("Night Ferry", "Harbour", duration_ms=400_000), entries
    )

    assert unknown.verdict is AMBIGUOUS
    assert unknown.reasons[-1].startswith("margin:")
    assert known.verdict is ACCEPT
    assert known.candidate is entries[0]


def test_entries_of_one_recording_do_not_compete_and_the_earliest_is_taken():
    entries = [
        candidate("Night Ferry", "Harbour", "b", release_date="2012"),
        candidate("Night Ferry", "Harbour", "c", release_date="2009-09-22"),
        candidate("Night Ferry", "Harbour", "a"),
        candidate("Night Ferry", "Harbour", "d", release_date="2009-09-22"),
    ]

    for order in (entries, entries[::-1]):
        decision = matching.decide(wanted("Night Ferry", "Harbour"), order)
        assert (decision.verdict, decision.candidate.id) == (ACCEPT, "c")


def test_many_equal_entries_are_not_surer_than_one():
    entries = [candidate("?", "Harbour", str(n)) for n in range(20)]

    decision = matching.decide(wanted("Night Ferry", "Harbour"), entries)

    assert decision.verdict is AMBIGUOUS


def test_a_live_album_is_taken_last_and_only_by_who_wants_it():
    live = candidate("Night Ferry", "Harbour", "live", album="Live at the Pier")
    studio = candidate("Night Ferry", "Harbour", "studio", album="Quays")
    on_stage = candidate("Night Ferry", "Harbour - Live", "live", album="Live 2009")

    both = matching.decide(wanted("Night Ferry", "Harbour"), [live, studio])

    assert both.candidate is studio
    assert (
        matching.decide(wanted("Night Ferry", "Harbour"), [live]).verdict is AMBIGUOUS
    )
    assert (
        matching.decide(wanted("Night Ferry", "Harbour (Live)"), [on_stage]).verdict
        is ACCEPT
    )


def test_a_title_cut_very_short_still_asks_for_the_artist():
    cut, whole = "Quiet Harbour", "Quiet Harbour of the Northern Lights and the Sea"

    assert (
        matching.decide(wanted("Night Ferry", cut), [candidate("Wren", whole)]).verdict
        is NONE
    )
    assert (
        matching.decide(
            wanted("Night Ferry", cut), [candidate("Night Ferry", whole)]
        ).verdict
        is ACCEPT
    )


def test_no_candidates_are_no_match():
    decision = matching.decide(wanted("Night Ferry", "Harbour"), [])

    assert (decision.verdict, decision.candidate) == (NONE, None)
    assert decision.reasons == ("no candidates",)


def test_a_refusal_says_what_was_wanted_and_what_was_got():
    decision = matching.decide(
        wanted("Night Ferry", "Harbour (Extended Mix)"),
        [candidate("Night Ferry", "Harbour")],
    )

    assert decision.reasons == ("version: wanted 'extended mix', got none (-0.60)",)


def test_a_comparison_lists_every_penalty_by_its_name_in_the_table():
    comparison = matching.compare(
        wanted("Night Ferry", "Harbour", year=2009, album="Quays"),
        candidate(
            "Night Ferry & Wren", "Harbor", release_date="2012", album="Summer Hits"
        ),
    )

    names = {penalty.name for penalty in comparison.penalties}
    assert names == {"title", "artist missing", "year", "album"}
    assert names <= set(weights.WEIGHTS)
    assert comparison.score == pytest.approx(
        1 - sum(penalty.amount for penalty in comparison.penalties), abs=1e-4
    )


@pytest.mark.parametrize(
    ("ours", "theirs"),
    [
        (("Night Ferry", "Harbour Pt.2"), ("Night Ferry", "Harbour Part 2")),
        (("Night Ferry", "I Got You"), ("Night Ferry", "I Got U")),
        (
            ("Night Ferry", "Harbour (Wren & Teal Remix)"),
            ("Night Ferry", "Harbour (Wren & Teal's Remix)"),
        ),
    ],
)
def test_names_that_are_read_as_one_are_told(ours, theirs):
    decision = matching.decide(wanted(*ours), [candidate(*theirs)])

    assert decision.verdict is Verdict.ACCEPT
    assert decision.reasons


def test_equal_names_need_no_reason():
    entry = candidate("Night Ferry, Teal", "HARBOUR")
    assert not matching.decide(wanted("Night Ferry & Teal", "Harbour"), [entry]).reasons


@pytest.mark.parametrize(
    ("ours", "theirs"),
    [
        # one letter for another makes another name, however long it is
        (("Connection", "Harbour"), ("Conneotion", "Harbour")),
        (("Wren", "Jazz In The Underpass"), ("Wren", "Jazz In The Undespass")),
        # who plays another's songs, though the remix is called alike
        (
            ("Wren", "Quay (Lamplighter Remix)"),
            ("The Wrens", "Quay (Lamplighter Remix)"),
        ),
        # neither does the same remix excuse a letter, nor its remixer's credit
        (
            ("Night Ferry", "Quay (Lamplighter Remix)"),
            ("Nighd Ferry", "Quay - Lamplighter Remix"),
        ),
        (
            ("Night Ferry", "Quay (Lamplighter Remix)"),
            ("Nighd Ferry, Lamplighter", "Quay - Lamplighter Remix"),
        ),
    ],
)
def test_a_letter_for_another_is_not_sure_by_itself(ours, theirs):
    decision = matching.decide(wanted(*ours), [candidate(*theirs)])

    assert decision.verdict is Verdict.AMBIGUOUS


def test_a_name_with_figures_among_its_letters_is_nobody_elses():
    assert verdict(("Nightf3rri", "Harbour"), ("nightf3rry", "Harbour")) is ACCEPT
    assert verdict(("Nightf4rry", "Harbour"), ("nightf3rry", "Harbour")) is AMBIGUOUS


def test_a_remixer_in_both_credits_does_not_make_a_strangers_song_the_wanted_one():
    title = "Quay (Lamplighter Remix)"

    assert verdict(("Night Ferry", title), ("Teal, Lamplighter", title)) is NONE
    assert verdict(("Night Ferry", title), ("Lamplighter", title)) is ACCEPT


@pytest.mark.parametrize(
    ("ours", "theirs", "expected"),
    [
        # a misprint of a name that nobody else has
        ("Connection", "Conneotion", ACCEPT),
        # short words are chosen to be near: a tribute is as long as its original
        ("Led Ferry", "Lez Ferry", AMBIGUOUS),
    ],
)
def test_a_length_excuses_a_letter_of_a_long_word_alone(ours, theirs, expected):
    entry = candidate(theirs, "Harbour", duration_ms=300_500)
    known = wanted(ours, "Harbour", duration_ms=300_000)

    assert matching.decide(known, [entry]).verdict is expected


NAMES = st.text(
    alphabet=st.sampled_from("abé Ω2()[]-&.:'日 feat. mix remix"), max_size=30
)


@given(NAMES, NAMES, NAMES, NAMES)
@settings(max_examples=150, deadline=None)
def test_any_names_give_a_score_and_the_same_one_again(a, b, c, d):
    first = matching.decide(wanted(a, b), [candidate(c, d)])

    assert 0 <= first.score <= 1
    assert matching.decide(wanted(a, b), [candidate(c, d)]) == first


LENGTHS = st.none() | st.sampled_from([60_000, 61_000, 180_000, 184_000, 210_000])


@given(
    st.tuples(NAMES, NAMES, LENGTHS),
    st.tuples(NAMES, NAMES, LENGTHS),
    st.sampled_from([-1.0, 0.0, 0.415, 0.55, 0.75, 0.82, 0.9, 0.95, 1.0]),
)
@settings(max_examples=150, deadline=None)
def test_only_a_candidate_that_is_beaten_is_refused_unread(ours, theirs, beaten):
    side = side_of_wanted(wanted(*ours[:2], duration_ms=ours[2], album="Quays"))
    entry = candidate(*theirs[:2], duration_ms=theirs[2], album="Quays")

    whole = compare_side(side, entry)

    expected = whole if whole.score > beaten else None
    assert compare_above(side, entry, beaten) == expected


@given(st.lists(st.tuples(NAMES, NAMES, LENGTHS), min_size=1, max_size=5))
@settings(max_examples=100, deadline=None)
def test_the_order_of_candidates_decides_nothing(names):
    known = wanted(*names[0][:2], duration_ms=names[0][2])
    entries = [
        candidate(artist, title, str(n), duration_ms=length)
        for n, (artist, title, length) in enumerate(names)
    ]

    assert matching.decide(known, entries) == matching.decide(known, entries[::-1])


@given(NAMES, NAMES.filter(lambda title: any(map(str.isalpha, title))))
@settings(max_examples=150, deadline=None)
def test_a_name_is_never_refused_by_itself(artist, title):
    assert matching.decide(wanted(artist, title), [candidate(artist, title)]).score >= (
        1 - weights.WEIGHTS["artist unknown"].cost
    )


def test_the_document_tells_every_weight_and_confidence_as_it_is():
    document = (PROJECT / "docs" / "matching.md").read_text("utf-8")

    for name, weight in weights.WEIGHTS.items():
        excusable = "yes" if weight.excusable else "no"
        assert (
            f"| {name} | {weight.cost:.2f} | {excusable} | {weight.why} |" in document
        )
    for name, left in weights.EXCUSES.items():
        assert f"| {name} | {left:.2f} |" in document
    for field, confidences in factories.confidences().items():
        surest_first = sorted(confidences.items(), key=lambda entry: -entry[1])
        told = ", ".join(f"{provider} {sure:.2f}" for provider, sure in surest_first)
        assert f"| {field} | {told} |" in document
