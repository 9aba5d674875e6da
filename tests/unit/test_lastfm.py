"""Last.fm: what is asked, and an answer judged by its body, not by its status."""

import pytest

from enrichment.errors import (
    CredentialsRefused,
    LimitKind,
    QuestionRefused,
    RateLimited,
    Transient,
)
from enrichment.model import Absent
from enrichment.providers.http.masking import masked
from enrichment.providers.lastfm.provider import LastFm
from tests.provider_samples import answer, answered, asked, response, wanted

LASTFM = LastFm("k3y-of-ours")
QUESTION = asked(LASTFM, "Mira Kold", "Night Ferry")


def test_a_track_is_asked_for_by_its_names():
    request = LASTFM.request([QUESTION])
    assert request.url == "https://ws.audioscrobbler.com/2.0/"
    assert dict(request.params) == {
        "method": "track.getInfo",
        "artist": "Mira Kold",
        "track": "Night Ferry",
        "autocorrect": "1",
        "format": "json",
        "api_key": "k3y-of-ours",
    }


def test_the_key_is_masked_wherever_a_request_is_shown():
    assert "k3y-of-ours" not in masked(LASTFM.request([QUESTION]))
    assert "k3y-of-ours" not in repr(LASTFM)


def test_a_version_is_asked_for_where_it_makes_another_track():
    assert asked(LASTFM, "Mira Kold", "Night Ferry (Original Mix)") == QUESTION
    remix = asked(LASTFM, "Mira Kold", "Night Ferry (Oslo Twins Remix)")
    assert remix.title == "Night Ferry (Oslo Twins Remix)"
    assert remix.key != QUESTION.key


def test_what_nobody_knows_is_not_asked_for():
    assert LASTFM.question(wanted("ID", "ID")) is None


def test_a_track_is_read_though_its_numbers_are_strings():
    (track,) = answer(LASTFM, QUESTION, "lastfm/track").candidates
    assert track.id == track.url == "https://www.last.fm/music/Mira+Kold/_/Night+Ferry"
    assert (track.listeners, track.playcount) == (36297, 199865)
    assert track.duration_ms is None
    assert track.artwork_url == "https://images.example/300/1.png"
    assert track.genres == (("progressive house", 100), ("night", 80))


def test_one_element_may_stand_for_a_list_and_no_picture_is_none():
    (track,) = answer(
        LASTFM, QUESTION, "lastfm/track_single_tag_and_placeholder"
    ).candidates
    assert track.id == "Mira Kold/_/Night Ferry"
    assert (track.duration_ms, track.listeners) == (391000, 12)
    assert track.genres == (("house", 100),)
    assert track.artwork_url is None


def test_names_alone_make_a_candidate():
    (track,) = answer(LASTFM, QUESTION, "lastfm/track_without_anything_else").candidates
    assert (track.artist, track.title) == ("Mira Kold", "Night Ferry")
    assert (track.listeners, track.album, track.genres) == (None, None, ())


@pytest.mark.parametrize(
    "sample",
    ["track_of_unknown_artist", "error_6_not_found", "error_6_not_found_404"],
)
def test_an_unknown_track_is_an_absence(sample):
    assert answer(LASTFM, QUESTION, f"lastfm/{sample}") == Absent()


def test_tags_are_weighed_and_named_as_corrected():
    question = LASTFM.tags_question(wanted("mira kold", "night ferry"))
    assert dict(LASTFM.request([question]).params)["method"] == "track.getTopTags"
    (tagged,) = answer(LASTFM, question, "lastfm/tags").candidates
    assert tagged.genres == (("progressive house", 100), ("house", 50), ("night", 7))
    assert (tagged.artist, tagged.title) == ("Mira Kold", "Night Ferry")
    assert answer(LASTFM, question, "lastfm/tags_none") == Absent()


@pytest.mark.parametrize(
    ("sample", "error"),
    [
        ("error_6_parameters", QuestionRefused),
        ("error_6_no_key", CredentialsRefused),
        ("error_10_key", CredentialsRefused),
        ("error_26_suspended", CredentialsRefused),
        ("error_8_backend", Transient),
        ("error_11_offline", Transient),
        ("error_3_method", QuestionRefused),
        ("error_of_another_number", QuestionRefused),
        ("500_page", Transient),
        ("200_xml", Transient),
        ("track_without_names", Transient),
    ],
)
def test_each_error_number_says_what_happens_next(sample, error):
    with pytest.raises(error):
        LASTFM.read([QUESTION], response(f"lastfm/{sample}"))


@pytest.mark.parametrize(
    "reply",
    [response("lastfm/error_29_in_200"), answered("slow down", 429)],
    ids=["in a 200", "by status"],
)
def test_too_many_calls_bench_the_provider(reply):
    with pytest.raises(RateLimited) as raised:
        LASTFM.read([QUESTION], reply)
    assert raised.value.kind is LimitKind.RATE


@pytest.mark.parametrize("body", ["", "{", [], {}, {"track": None}, {"error": None}])
def test_a_senseless_answer_is_no_absence(body):
    with pytest.raises(Transient):
        LASTFM.read([QUESTION], answered(body))


@pytest.mark.parametrize("status", [200, 400])
def test_an_error_in_xml_is_read_by_its_number(status):
    body = '<lfm status="failed"><error code="29">Rate Limit Exceeded</error></lfm>'
    with pytest.raises(RateLimited):
        LASTFM.read([QUESTION], answered(body, status))


def test_a_gateways_403_is_no_wrong_key():
    with pytest.raises(Transient):
        LASTFM.read([QUESTION], answered("<html>Forbidden</html>", 403))


def test_an_error_of_null_is_none():
    track = {"name": 1979, "artist": {"name": "Mira Kold"}, "listeners": "1,234"}
    reading = LASTFM.read([QUESTION], answered({"track": track, "error": None}))

    (found,) = reading.answers[QUESTION].candidates
    assert (found.title, found.listeners) == ("1979", 1234)


def test_spellings_with_pages_of_their_own_are_two_questions():
    def key(artist, title):
        return asked(LASTFM, artist, title).key

    assert key("The Cure", "The Lovecats") != key("The Cure", "The Love Cats")
    assert key("A & B", "Night") != key("B & A", "Night")
    assert key("Mira Kold", "Night-Ferry") != key("Mira Kold", "Night Ferry")
    assert key("MIRA  KOLD", "night ferry") == key("Mira Kold", "Night Ferry")
