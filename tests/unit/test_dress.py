"""A remark about the copy at hand is dress; a mix, an edit, a live version is not."""

import pytest

from enrichment import matching
from enrichment.contract.identity.dress import is_dress
from enrichment.contract.identity.identity import track_key
from enrichment.contract.identity.titles import parse_name
from enrichment.model import Candidate, ProviderName, Verdict, Wanted

DRESSES = [
    "Album Version",
    "LP Version",
    "Main Mix",
    "Full Length Version",
    "Single Version",
    "Digital Version",
    "Explicit",
    "Clean Version",
    "Dirty",
    "Mono",
    "Stereo Mix",
    "Bonus Track",
    "Unmixed",
    "Original Mix",
    "2011 Remaster",
    "Remastered 2009",
    "2009",
    "prod. by Mira",
    "Prod. Mira",
    "Produced by Mira & Joon",
    'From "The Long Way"',
    "From the Motion Picture The Long Way",
    "Taken from the album Harbour",
]


@pytest.mark.parametrize("remark", DRESSES)
def test_a_remark_about_the_copy_is_dress(remark):
    assert is_dress(remark)


PRINTED = ["Harbour ({})", "Harbour [{}]", "Harbour - {}"]
# a year behind a dash may be the title's own
TITLES = {form.format(remark) for form in PRINTED for remark in DRESSES} - {
    "Harbour - 2009"
}


@pytest.mark.parametrize("title", sorted(TITLES))
def test_identity_and_matching_take_the_dressed_one_for_the_same(title):
    plain, dressed = parse_name("Mira", "Harbour"), parse_name("Mira", title)
    entry = Candidate(ProviderName("spotify"), "a", "Mira", title)

    decision = matching.decide(Wanted("t", plain), [entry])

    assert track_key(dressed) == track_key(plain)
    assert (decision.verdict, decision.score) == (Verdict.ACCEPT, 1.0)


@pytest.mark.parametrize(
    "remark",
    [
        "",
        "?",
        "Mix",
        "Version",
        "2011 Mix",
        "Extended Mix",
        "Radio Edit",
        "Single Edit",
        "Live",
        "Dirty South Remix",
        "Clean Bandit Remix",
        "Mono & Wren Mix",
        "From Detroit With Love Mix",
        "From Here to There",
        "Product 5 Mix",
        "Prodigy Remix",
        "Instrumental",
        "Re-Recorded",
        "Part 2",
    ],
)
def test_what_may_be_another_recording_is_no_dress(remark):
    assert not is_dress(remark)
