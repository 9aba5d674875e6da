"""Answers as providers were seen to give them: each is of the class it should be."""

import json
from collections import Counter
from pathlib import Path

import pytest

from enrichment.errors import ProviderError, RateLimited
from enrichment.model import Candidate, Found, ProviderName, Question
from enrichment.providers import HttpResponse, Provider
from enrichment.providers.lastfm.provider import LastFm
from enrichment.providers.musicbrainz.provider import MusicBrainz
from enrichment.providers.spotify.provider import Spotify
from tests.provider_samples import asked, wanted

PROVIDERS: dict[str, Provider] = {
    "lastfm": LastFm("key"),
    "musicbrainz": MusicBrainz("Tests/1.0 ( tests@example.org )"),
    "spotify": Spotify(),
}
NAMES = (("deadmau5", "Strobe"), ("Daft Punk", "One More Time"))
CODES = ("GBTDG0900141", "GBDUW0000053")
IDS = ("0VjIjW4GlUZAMYd2vXMi3b", "4iV5W9uYEdYUVa79Axb7Rh")
LEAST_RIGHT = 0.97
# Whatever is not an answer is one of these words in the manifest.
NO_ANSWERS = {
    *("transient", "credentialsrefused", "questionrefused", "ratelimited"),
    *("shedding", "capabilityclosed"),
}
# What the bodies say of their recordings; a value may be missing, never another.
TRUE_VALUES = {
    # MusicBrainz keeps "music video" beside the title: both together are the name
    "title": {"Strobe", "Strobe (music video)", "One More Time", "1979"},
    "duration_ms": {637000},
    "isrcs": {("GBTDG0900141",), ("GBDUW0000053",)},
    "release_date": {
        *("2009-09-22", "2009", "2008-01-01", "2004", "1993", "2010"),
    },
    "listeners": {500000, 1234},
    "playcount": {4000000, 5678},
    "popularity": {60},
}


def questions_of(case: dict) -> list[Question]:
    """Give the questions that the body's names answer."""
    provider, operation = PROVIDERS[case["provider"]], case["operation"]
    if operation == "isrc":
        known = [{"isrc": code} for code in CODES]
    elif case["provider"] == "spotify" and operation == "track":
        return [Question(ProviderName("spotify"), "track", key=i) for i in IDS][
            : case["questions"]
        ]
    else:
        known = [{}, {}]
    made = [
        asked(provider, *names, **more)
        for names, more in zip(NAMES, known, strict=True)
    ]
    if operation == "tags":
        made = [PROVIDERS["lastfm"].tags_question(wanted(*NAMES[0]))]
    return made[: case["questions"]]


def response_of(folder: Path, case: dict) -> HttpResponse:
    headers = {name.lower(): value for name, value in case["headers"].items()}
    return HttpResponse(case["status"], headers, (folder / case["file"]).read_bytes())


def outcomes(folder: Path, case: dict) -> tuple[list[str], list[Candidate]]:
    """Give the class of each question's answer, and all that was found."""
    questions = questions_of(case)
    try:
        reading = PROVIDERS[case["provider"]].read(questions, response_of(folder, case))
    except RateLimited as error:
        return [f"ratelimited:{error.kind}:{error.retry_after}"], []
    except ProviderError as error:
        return [type(error).__name__.casefold()], []
    again = {question for group in reading.again for question in group}
    found = [
        candidate
        for answer in reading.answers.values()
        if isinstance(answer, Found)
        for candidate in answer.candidates
    ]
    told = [
        type(reading.answers[question]).__name__.casefold()
        if question in reading.answers
        else ("again" if question in again else "partial")
        for question in questions
    ]
    return told, found


def is_right(told: list[str], expected: str) -> bool:
    """Say whether the classes are one of those that are right."""
    if "-or-" in expected:
        return any(is_right(told, one) for one in expected.split("-or-"))
    if expected == "failed":
        return told[0].split(":")[0] in NO_ANSWERS
    if expected == "auth":
        return told == ["credentialsrefused"]
    if expected == "partial":
        return "partial" in told and "absent" not in told
    if "+" in expected:
        return told == expected.split("+")
    return all(one == expected or one.startswith(f"{expected}:") for one in set(told))


def false_values(found: list[Candidate]) -> list[str]:
    """Name what a body does not say."""
    return [
        f"{name} {value!r}"
        for candidate in found
        for name, true in TRUE_VALUES.items()
        if (value := getattr(candidate, name)) not in (None, (), *true)
    ]


@pytest.fixture(scope="module")
def reported(shared_data) -> list[tuple[dict, list[str], list[Candidate]]]:
    folder = shared_data / "providers" / "reported"
    lines = (folder / "manifest.jsonl").read_text(encoding="utf-8").splitlines()
    cases = [json.loads(line) for line in lines]
    return [(case, *outcomes(folder, case)) for case in cases]


def test_reported_answers_are_of_the_class_they_should_be(reported):
    wrong = {
        case["file"]: f"{'+'.join(told)}, not {case['expected']}"
        for case, told, _ in reported
        if not is_right(told, case["expected"])
    }

    assert len(wrong) <= (1 - LEAST_RIGHT) * len(reported), wrong


def test_no_failure_is_read_as_an_absence(reported):
    false = Counter(
        case["file"]
        for case, told, _ in reported
        if "absent" in told and "absent" not in case["expected"]
    )

    assert not false


def test_no_reported_answer_gives_a_false_value(reported):
    false = {
        case["file"]: told
        for case, _, found in reported
        if (told := false_values(found))
    }

    assert not false
