"""What can be no answer: a corrected artist's page, a video beside its audio."""

import pytest

from enrichment.matching import decide
from enrichment.model import ProviderName, Verdict
from tests.factories import candidate, wanted

LASTFM, MUSICBRAINZ = ProviderName("lastfm"), ProviderName("musicbrainz")


def decided(artist, answered, provider=LASTFM):
    one = candidate(provider, artist=answered, title="Night Ferry", artists=(answered,))
    return decide(wanted(artist=artist, title="Night Ferry"), [one])


@pytest.mark.parametrize(
    ("asked", "answered"),
    [
        ("Neves", "Nenes"),
        ("Tiga", "Tigas"),
        ("Bonobo", "Bonobos"),
        ("Prince", "Prince Paul"),
    ],
)
def test_an_answer_for_an_artist_that_was_not_asked_for_is_none(asked, answered):
    decision = decided(asked, answered)

    assert decision.verdict is Verdict.NONE
    assert decision.reasons == (f"corrected: {answered!r} was not asked for",)


@pytest.mark.parametrize(
    ("asked", "answered"),
    [
        ("Deadmaus", "deadmau5"),
        ("Swedish House Maffia", "Swedish House Mafia"),
        ("Tiësto", "Tiesto"),
        ("DJ Tiësto", "Tiësto"),
        ("Fisher (OZ)", "FISHER"),
        ("The Chemical Brothers", "Chemical Brothers"),
        ("Juno Bay & Tarek Vol", "Juno Bay"),
        ("Beyonce", "Beyoncé"),
    ],
)
def test_a_name_corrected_to_itself_is_an_answer(asked, answered):
    assert decided(asked, answered).verdict is Verdict.ACCEPT


def test_who_does_not_correct_names_is_judged_by_the_penalties_alone():
    assert decided("Neves", "Nenes", MUSICBRAINZ).verdict is Verdict.AMBIGUOUS


def recording(id_, *, video=None, released="2010", length=391_000):
    return candidate(
        MUSICBRAINZ,
        id=id_,
        artist="Mira Kold",
        title="Night Ferry",
        duration_ms=length,
        release_date=released,
        video=video,
    )


@pytest.mark.parametrize("first", ["audio", "video"])
def test_a_video_is_not_chosen_where_the_audio_is_there(first):
    audio = recording("audio")
    video = recording("video", video=True, released="2009", length=395_000)
    rows = [audio, video] if first == "audio" else [video, audio]
    asked = wanted(artist="Mira Kold", title="Night Ferry", duration_ms=395_000)
    decision = decide(asked, rows)

    assert decision.candidate.id == "audio"
    assert "video: the recording itself is there" in decision.reasons


def test_a_video_is_never_sure_alone():
    asked = wanted(artist="Mira Kold", title="Night Ferry")
    decision = decide(asked, [recording("video", video=True)])

    assert decision.verdict is Verdict.AMBIGUOUS
