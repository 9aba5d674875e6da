"""What ReccoBeats is asked with, and what its answers are read as."""

import pytest

from enrichment.errors import RateLimited
from enrichment.model import Absent, Found, Question, Sound
from enrichment.providers.reccobeats.provider import ReccoBeats, details
from enrichment.providers.reccobeats.rows import RECCOBEATS, musical_key, spotify_id
from tests.provider_samples import asked, response, wanted

PROVIDER = ReccoBeats()
FIRST = asked(PROVIDER, "Mira Kold", "Night Ferry", isrc="QZAAA1400001")
SECOND = asked(PROVIDER, "Juno Bay", "Salt (Extended Mix)", isrc="QZAAA1400009")
UNKNOWN = asked(PROVIDER, "Nobody", "Nothing", isrc="QZAAA1400044")
ID = "bbbbbbbb-0000-4000-8000-00000000000{}"
SOUNDS = [Question(RECCOBEATS, "features", key=ID.format(n)) for n in (1, 2, 3)]


def read(questions, sample):
    return PROVIDER.read(questions, response(f"reccobeats/{sample}"))


def test_names_alone_ask_nothing_and_an_id_of_spotify_is_a_question():
    assert PROVIDER.question(wanted("Mira Kold", "Night Ferry")) is None
    known = wanted("Mira Kold", "Night Ferry", spotify_id="0000000000000000000001")

    assert PROVIDER.question(known).operation == "spotify"


def test_forty_go_into_one_call():
    request = PROVIDER.request([FIRST, SECOND])

    assert PROVIDER.batch_size("isrc") == 40
    assert request.url.endswith("/track")
    assert request.params == (("ids", "QZAAA1400001,QZAAA1400009"),)
    assert PROVIDER.request(SOUNDS).url.endswith("/audio-features")


def test_rows_go_to_their_questions_in_any_order_and_who_is_left_out_is_absent():
    answers = read([FIRST, SECOND, UNKNOWN], "tracks").answers

    (found,) = answers[FIRST].candidates
    assert (found.artist, found.title) == ("Mira Kold", "Night Ferry")
    assert found.code("spotify_id") == "0000000000000000000001"
    assert answers[SECOND].candidates[0].title == "Salt - Extended Mix"
    assert answers[UNKNOWN] == Absent()


def test_by_spotifys_id_a_row_is_known_by_its_address():
    known = wanted("Mira Kold", "Night Ferry", spotify_id="0000000000000000000001")
    question = PROVIDER.question(known)

    assert isinstance(read([question], "tracks").answers.get(question), Found)


def test_nobody_is_absent_whose_row_may_be_a_strange_one():
    reading = read([FIRST, UNKNOWN], "tracks")

    assert [*reading.answers] == [FIRST]
    assert reading.again == ((UNKNOWN,),)


def test_a_match_is_completed_by_how_it_sounds():
    (match,) = read([FIRST, SECOND], "tracks").answers[FIRST].candidates
    (question,) = details(match)
    answers = read([question, *SOUNDS[1:]], "features").answers

    assert answers[question].candidates[0].sound == Sound(
        bpm=124.02,
        musical_key="F# minor",
        energy=0.83,
        danceability=0.71,
        valence=0.33,
        loudness=-6.2,
    )
    odd = answers[SOUNDS[1]].candidates[0].sound
    assert (odd.bpm, odd.musical_key) == (None, None)
    assert answers[SOUNDS[2]] == Absent()


def test_one_id_that_is_refused_costs_the_others_a_call_each():
    assert read([FIRST, SECOND], "400_too_many").again == ((FIRST,), (SECOND,))


def test_a_wait_may_be_seconds_or_a_date():
    for sample, seconds in (("429_seconds", 7), ("429_date", 9)):
        with pytest.raises(RateLimited) as raised:
            read([FIRST], sample)
        assert raised.value.retry_after == seconds


@pytest.mark.parametrize(
    ("tone", "mode", "key"),
    [
        (0, 1, "C major"),
        (11, 0, "B minor"),
        (-1, 1, None),
        (4, None, None),
        ("x", 1, None),
    ],
)
def test_a_key_needs_tone_and_mode(tone, mode, key):
    assert musical_key(tone, mode) == key


@pytest.mark.parametrize(
    "href",
    ["", None, "https://evil.example/track/1", "https://open.spotify.com/album/1"],
)
def test_another_address_is_no_id_of_spotify(href):
    assert spotify_id({"href": href}) is None
