"""Recorded answers of Deezer are read without loss; each error has its class."""

import json

import pytest

from enrichment.errors import ProviderError, QuestionRefused, Transient
from enrichment.model import Absent, Question
from enrichment.providers.deezer.pages import DEEZER, read_album, read_track
from enrichment.providers.deezer.provider import Deezer
from tests.provider_samples import asked
from tests.recorded.test_provider_answers import exchange, objects_in

PROVIDER = Deezer()
SEARCH = asked(PROVIDER, "Mira Kold", "Night Ferry")
QUESTIONS = (
    SEARCH,
    asked(PROVIDER, "Mira Kold", "Night Ferry", isrc="QZAAA1400001"),
    Question(DEEZER, "track", key="3135556"),
    Question(DEEZER, "album", key="302127"),
)


def come(question, response):
    try:
        return PROVIDER.read([question], response).answers[question]
    except ProviderError as error:
        return error


def test_no_recorded_answer_breaks_a_reading(shared_data):
    files = [*(shared_data / "providers/deezer").rglob("*.json")]
    assert len(files) > 35
    for path in files:
        for question in QUESTIONS:
            come(question, exchange(path))


def test_every_recorded_track_and_album_is_read(shared_data):
    tracks = albums = 0
    for path in (shared_data / "providers/deezer").rglob("*.json"):
        for one in objects_in(path):
            if one.get("type") == "track" and one.get("artist"):
                read = read_track(one)
                assert read is not None, path
                assert read.duration_ms == one["duration"] * 1000
                assert (read.sound.bpm or 0) == one.get("bpm", 0)
                assert bool(read.isrcs) == bool(one.get("isrc"))
                tracks += 1
            if one.get("type") == "album" and one.get("upc"):
                read = read_album(one)
                assert read is not None, path
                assert (read.label, read.code("barcode")) == (one["label"], one["upc"])
                albums += 1
    assert tracks > 40
    assert albums >= 2


@pytest.mark.parametrize(
    ("code", "meaning"),
    [(800, Absent), (500, QuestionRefused), (501, QuestionRefused)],
)
def test_every_recorded_error_has_its_class(shared_data, code, meaning):
    found = 0
    for path in (shared_data / "providers/deezer/errors").glob("*.json"):
        body = json.loads(path.read_text(encoding="utf-8"))["response"]["body"]
        error = body.get("error") if isinstance(body, dict) else None
        came = come(SEARCH, exchange(path))
        assert isinstance(came, Absent | QuestionRefused | Transient), path
        if isinstance(error, dict) and error.get("code") == code:
            assert isinstance(came, meaning), path
            found += 1
    assert found
