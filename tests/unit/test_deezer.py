"""What Deezer is asked with, and what its answers are read as."""

import pytest

from enrichment.errors import LimitKind, RateLimited, Transient
from enrichment.lookup.completing import filled
from enrichment.model import Absent, Found, Question
from enrichment.providers.deezer.pages import ALBUM_CODE, DEEZER
from enrichment.providers.deezer.provider import Deezer, details
from tests.provider_samples import answer, answered, asked, response, wanted

PROVIDER = Deezer()
NAMES = ("Mira Kold", "Night Ferry")
CODE = "QZAAA1400001"
TRACK = Question(DEEZER, "track", key="9001")
ALBUM = Question(DEEZER, "album", key="7001")


def only(found):
    (one,) = found.candidates
    return one


def test_an_isrc_is_a_track_of_its_own_address():
    request = PROVIDER.request([asked(PROVIDER, *NAMES, isrc=CODE)])

    assert request.url == f"https://api.deezer.com/track/isrc:{CODE}"


def test_a_search_is_of_plain_words_of_single_artists():
    title = "Harbour Lights (Mira Kold Remix)"
    request = PROVIDER.request([asked(PROVIDER, "Night Ferry & Juno Bay", title)])

    assert dict(request.params)["q"] == "Night Ferry Juno Bay Harbour Lights Mira Kold"


def test_rows_of_a_search_are_candidates_with_their_versions():
    found = answer(PROVIDER, asked(PROVIDER, *NAMES), "deezer/search")

    titles = [one.title for one in found.candidates]
    assert titles == ["Night Ferry", "Night Ferry (Juno Bay Remix)"]
    assert [one.isrcs for one in found.candidates] == [(CODE,), ("QZAAA1400002",)]
    assert found.candidates[0].duration_ms == 362_000


def test_an_older_row_has_its_version_beside_the_title():
    row = {
        "id": 1,
        "title": "Salt",
        "title_version": "(Dub)",
        "artist": {"id": 2, "name": "Juno Bay"},
    }
    question = asked(PROVIDER, "Juno Bay", "Salt")
    found = PROVIDER.read([question], answered({"data": [row], "total": 1}))

    assert only(found.answers[question]).title == "Salt (Dub)"


def test_a_match_of_a_search_is_completed_by_its_page_and_its_album():
    match = answer(PROVIDER, asked(PROVIDER, *NAMES), "deezer/search").candidates[0]
    assert details(match) == (TRACK, ALBUM)
    whole = filled(match, only(answer(PROVIDER, TRACK, "deezer/track")))
    assert details(whole) == (ALBUM,)
    sold = filled(whole, only(answer(PROVIDER, ALBUM, "deezer/album")))

    assert (sold.id, sold.title, sold.artist) == (match.id, match.title, match.artist)
    assert sold.sound.bpm == 124.5
    assert sold.release_date == "2014-05-19"
    assert sold.label == "Salt Lamp"
    assert sold.album_type == "compilation"
    assert sold.code("barcode") == "0012345678905"
    assert sold.code(ALBUM_CODE) == "7001"


def test_main_artists_come_first_and_a_tempo_of_0_is_unknown():
    credited = only(answer(PROVIDER, TRACK, "deezer/track"))
    assert credited.artists == ("Mira Kold", "Juno Bay")
    plain = only(answer(PROVIDER, TRACK, "deezer/track_without_tempo"))
    assert (plain.sound.bpm, plain.release_date) == (None, None)


@pytest.mark.parametrize("sample", ["error_800_no_data", "error_800_in_404"])
def test_no_data_is_the_only_absence(sample):
    question = asked(PROVIDER, *NAMES)

    assert answer(PROVIDER, question, f"deezer/{sample}") == Absent()
    assert answer(PROVIDER, question, "deezer/search_nothing") == Absent()


def test_a_quota_tells_no_wait_and_rests_as_long_as_its_window():
    with pytest.raises(RateLimited) as raised:
        PROVIDER.read([asked(PROVIDER, *NAMES)], response("deezer/error_4_quota"))

    assert raised.value.kind is LimitKind.RATE
    assert raised.value.retry_after == 5


def test_another_tracks_page_is_no_answer():
    for question in (Question(DEEZER, "track", key="9002"), ALBUM):
        with pytest.raises(Transient):
            PROVIDER.read([question], response("deezer/track"))
    other = PROVIDER.question(wanted(*NAMES, isrc="QZAAA1400077"))
    with pytest.raises(Transient):
        PROVIDER.read([other], response("deezer/track"))


def test_a_page_without_an_isrc_may_be_what_an_isrc_led_to():
    question = asked(PROVIDER, *NAMES, isrc=CODE)
    body = {"id": 5, "title": "Night Ferry", "artist": {"id": 1, "name": "Mira Kold"}}

    found = PROVIDER.read([question], answered(body)).answers[question]
    assert isinstance(found, Found)
