"""Every recorded answer is read, or refused by an error of ours; none breaks us."""

import json
from collections.abc import Iterator
from pathlib import Path

import pytest

from enrichment.errors import (
    CapabilityClosed,
    CredentialsRefused,
    LimitKind,
    ProviderError,
    QuestionRefused,
    RateLimited,
    Shedding,
    Transient,
)
from enrichment.model import Absent, Found
from enrichment.providers import HttpResponse, Provider
from enrichment.providers.lastfm.provider import LastFm
from enrichment.providers.musicbrainz.provider import MusicBrainz
from enrichment.providers.spotify.provider import Spotify
from tests.provider_samples import answered, asked, wanted

LASTFM = LastFm("key")
MUSICBRAINZ = MusicBrainz("Tests/1.0 ( tests@example.org )")
SPOTIFY = Spotify()

NAMES = ("Mira Kold", "Night Ferry")
CODE = "QZAAA1400001"
WAYS = {
    "lastfm": (
        (LASTFM, [asked(LASTFM, *NAMES)]),
        (LASTFM, [LASTFM.tags_question(wanted(*NAMES))]),
    ),
    "musicbrainz": (
        (MUSICBRAINZ, [asked(MUSICBRAINZ, *NAMES)]),
        (MUSICBRAINZ, [asked(MUSICBRAINZ, *NAMES), asked(MUSICBRAINZ, "B", "C D")]),
        (MUSICBRAINZ, [asked(MUSICBRAINZ, *NAMES, isrc=CODE)]),
    ),
    "spotify": (
        (SPOTIFY, [asked(SPOTIFY, *NAMES)]),
        (SPOTIFY, [asked(SPOTIFY, *NAMES, isrc=CODE)]),
    ),
}


def exchange(path: Path) -> HttpResponse:
    """Give a recorded file as a response: an exchange, or a bare body."""
    if not path.name.endswith(".http.json"):
        return HttpResponse(200, {}, path.read_bytes())
    recorded = json.loads(path.read_text(encoding="utf-8"))["response"]
    return answered(recorded.get("body"), recorded["status"], recorded["headers"])


def objects_in(path: Path) -> Iterator[dict]:
    """Give every JSON object of a file, however deep."""
    text = path.read_text(encoding="utf-8")
    lines = text.split("\n") if path.suffix == ".jsonl" else [text]
    left = [json.loads(line) for line in lines if line.strip()]
    while left:
        one = left.pop()
        if isinstance(one, dict):
            yield one
            left.extend(one.values())
        elif isinstance(one, list):
            left.extend(one)


def recorded_recordings(shared_data: Path) -> list[dict]:
    """Give the recordings of real search pages."""
    folder = shared_data / "providers" / "musicbrainz" / "search"
    text = (folder / "credits_corpus_recordings.jsonl").read_text(encoding="utf-8")
    return [json.loads(line) for line in text.split("\n") if line]


def read(provider: Provider, questions, response: HttpResponse) -> str:
    """Say what came of reading: names of the answers, or of our error."""
    try:
        reading = provider.read(questions, response)
    except ProviderError as error:
        return type(error).__name__
    assert set(reading.answers) | {q for g in reading.again for q in g} == set(
        questions
    )
    return " ".join(type(one).__name__ for one in reading.answers.values()) or "again"


@pytest.mark.parametrize("provider", sorted(WAYS))
def test_no_recorded_answer_breaks_a_reading(shared_data, provider):
    files = [
        path
        for path in (shared_data / "providers" / provider).rglob("*")
        if path.suffix in {".json", ".xml"}
    ]
    assert len(files) > 50
    outcomes = {
        (path.parent.name, read(*way, exchange(path)))
        for path in files
        for way in WAYS[provider]
    }
    assert any(outcome.startswith("Found") for _, outcome in outcomes)


def test_every_recorded_recording_is_a_candidate(shared_data):
    recordings = recorded_recordings(shared_data)
    found = MUSICBRAINZ.read(
        [asked(MUSICBRAINZ, *NAMES)], answered({"recordings": recordings})
    )
    (answer,) = found.answers.values()
    assert len(answer.candidates) == len(recordings)
    assert sum(bool(one.isrcs) for one in answer.candidates) == sum(
        bool(one.get("isrcs")) for one in recordings
    )
    assert all(one.artist and one.artists for one in answer.candidates)


def test_a_batch_hands_every_recorded_recording_to_its_own_question(shared_data):
    recordings = recorded_recordings(shared_data)
    asked_for = lost = 0
    for start in range(0, len(recordings), 18):
        page = recordings[start : start + 18]
        questions = {}
        for one in page:
            credit = one["artist-credit"][0]["name"]
            question = MUSICBRAINZ.question(wanted(credit, one["title"]))
            if question is not None:
                questions.setdefault(question, one["id"])
        reading = MUSICBRAINZ.read(list(questions), answered({"recordings": page}))
        for question, recording_id in questions.items():
            answer = reading.answers[question]
            candidates = answer.candidates if isinstance(answer, Found) else ()
            asked_for += 1
            lost += recording_id not in {one.id for one in candidates}
    assert asked_for > 1500
    assert lost == 0


@pytest.mark.parametrize("wrapped", ["items", "nothing else"])
def test_every_recorded_spotify_object_survives_on_a_page(shared_data, wrapped):
    question = asked(SPOTIFY, *NAMES)
    tracks = 0
    for path in (shared_data / "providers/spotify").rglob("*.json*"):
        for one in objects_in(path):
            page = {"items": [one]} if wrapped == "items" else one
            reading = read(SPOTIFY, [question], answered({"tracks": page}))
            tracks += reading == "Found"
            is_track = one.get("type") == "track" and one.get("id") and one.get("name")
            assert not is_track or wrapped != "items" or reading == "Found", path
    assert tracks > (300 if wrapped == "items" else 5)


def test_every_recorded_track_of_lastfm_is_found(shared_data):
    question = asked(LASTFM, *NAMES)
    folder = shared_data / "providers/lastfm/track.getInfo"
    bodies = [
        body
        for path in folder.iterdir()
        if isinstance(body := _body(path), dict) and "track" in body
    ]
    assert len(bodies) > 10
    for body in bodies:
        (track,) = LASTFM.read([question], answered(body)).answers[question].candidates
        assert track.listeners
        assert track.playcount
        assert track.artist == body["track"]["artist"]["name"]


def _body(path: Path) -> object:
    content = json.loads(path.read_text(encoding="utf-8"))
    return content["response"]["body"] if path.name.endswith(".http.json") else content


@pytest.mark.parametrize(
    ("recorded", "error", "kind"),
    [
        ("musicbrainz/errors/400_blank_query", QuestionRefused, None),
        ("musicbrainz/errors/400_search_bad_request", QuestionRefused, None),
        ("musicbrainz/errors/403_no_user_agent", CredentialsRefused, None),
        ("musicbrainz/errors/503_busy_search_shed", Shedding, None),
        ("musicbrainz/errors/503_rate_limited", RateLimited, LimitKind.RATE),
        ("spotify/errors/400_bad_request_quotes", QuestionRefused, None),
        ("spotify/errors/403_batch_forbidden", CapabilityClosed, None),
        ("spotify/errors/403_premium_required", CredentialsRefused, None),
        ("spotify/errors/429_rate_limit_plain_text", RateLimited, LimitKind.BAN),
        ("lastfm/errors/400_error3_invalid_method", QuestionRefused, None),
        ("lastfm/errors/403_error10_invalid_key", CredentialsRefused, None),
    ],
)
def test_each_recorded_refusal_is_told_apart(shared_data, recorded, error, kind):
    path = shared_data / "providers" / f"{recorded}.http.json"
    provider, questions = WAYS[recorded.split("/", maxsplit=1)[0]][0]
    with pytest.raises(error) as raised:
        provider.read(questions, exchange(path))
    assert getattr(raised.value, "kind", None) == kind


def test_a_recorded_not_found_is_an_absence(shared_data):
    path = (
        shared_data / "providers/lastfm/errors/pydrag_error_response_fixtures.http.json"
    )
    question = asked(LASTFM, *NAMES)
    assert LASTFM.read([question], exchange(path)).answers == {question: Absent()}


def test_the_catch_all_artist_is_an_absence(shared_data):
    path = (
        shared_data
        / "providers/lastfm/artist.getinfo/navidrome_artist.getinfo.unknown.json"
    )
    artist = json.loads(path.read_text(encoding="utf-8"))["artist"]
    question = asked(LASTFM, *NAMES)
    body = {"track": {"name": "Night Ferry", "artist": {"name": artist["name"]}}}
    assert LASTFM.read([question], answered(body)).answers == {question: Absent()}


def test_a_recorded_truncation_is_never_an_absence(shared_data):
    for path in (shared_data / "providers/spotify/search").glob("*.json"):
        whole = exchange(path)
        cut = HttpResponse(200, {}, whole.body[: len(whole.body) // 2])
        with pytest.raises(Transient):
            SPOTIFY.read([asked(SPOTIFY, *NAMES)], cut)
