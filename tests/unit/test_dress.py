"""A remark about the copy at hand is dress; a mix, an edit, a live version is not."""

import pytest

from enrichment.contract.identity.dress import is_dress


@pytest.mark.parametrize(
    "remark",
    [
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
    ],
)
def test_a_remark_about_the_copy_is_dress(remark):
    assert is_dress(remark)


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
