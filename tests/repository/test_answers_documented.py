"""docs/resilience.md says what the code makes of every answer, and for how long."""

from datetime import timedelta

import pytest

from enrichment.errors import ProviderError
from enrichment.lookup.bench import blocked, streaks
from enrichment.lookup.bench.states import (
    FIRST_RUNGS,
    LADDER_SECONDS,
    LONGEST_SECONDS,
    BenchReason,
)
from enrichment.lookup.cache import freshness
from enrichment.lookup.dispatch import refusals
from enrichment.model import ProviderName, Question
from enrichment.pipeline import amend
from enrichment.providers import HttpResponse, Reading
from enrichment.providers.lastfm.provider import LastFm
from enrichment.providers.musicbrainz.provider import MusicBrainz
from enrichment.providers.spotify.provider import Spotify
from tests.pipeline import PROJECT
from tests.provider_samples import answered, asked

SPOTIFY, LASTFM = Spotify(), LastFm("key")
MUSICBRAINZ = MusicBrainz("Tests/1.0 ( tests@example.org )")
NAMES = ("Mira Kold", "Night Ferry")
BY_ID = [Question(ProviderName("spotify"), "track", key=f"{n:022}") for n in range(2)]
SEARCH = [asked(SPOTIFY, *NAMES)]
RECORDINGS = [asked(MUSICBRAINZ, *NAMES), asked(MUSICBRAINZ, "Juno Bay", "Salt")]
TRACK = [asked(LASTFM, *NAMES)]
PAGE = "<html>Error</html>"


def spotify(status: int, message: str) -> HttpResponse:
    return answered({"error": {"status": status, "message": message}}, status)


# who was asked with what, what came, and what is made of it
ANSWERS = (
    (
        SPOTIFY,
        SEARCH,
        "an empty page, total 0",
        answered({"tracks": {"items": [], "total": 0}}),
        "absent",
    ),
    (
        SPOTIFY,
        SEARCH,
        "an empty page of several hits; rows that are null or nameless",
        answered({"tracks": {"items": [None], "total": 1}}),
        "Transient",
    ),
    (
        SPOTIFY,
        BY_ID[:1],
        "an id: 404 or 400, JSON, in words of an id that names nothing",
        spotify(404, "Resource not found"),
        "absent",
    ),
    (
        SPOTIFY,
        BY_ID[:1],
        'an id: 404 without a body, with a page, "Service not found"',
        spotify(404, "Service not found"),
        "Transient",
    ),
    (
        SPOTIFY,
        BY_ID,
        'a batch: 403, JSON, "Forbidden"',
        spotify(403, "Forbidden"),
        "asked singly, closed",
    ),
    (
        SPOTIFY,
        BY_ID,
        "a batch: any other 400 or 403, 410",
        spotify(400, "Invalid base62 id"),
        "asked singly",
    ),
    (SPOTIFY, BY_ID, "a batch: 404", answered("", 404), "Transient"),
    (
        SPOTIFY,
        SEARCH,
        '403, JSON, "Forbidden"',
        spotify(403, "Forbidden"),
        "CapabilityClosed",
    ),
    (
        SPOTIFY,
        SEARCH,
        "403 without a body or with a page",
        answered("", 403),
        "Transient",
    ),
    (
        SPOTIFY,
        SEARCH,
        "401; 400 or 403 that speaks of Premium or of a token, in any form",
        answered("Active premium subscription required", 403),
        "CredentialsRefused",
    ),
    (
        SPOTIFY,
        SEARCH,
        "429, Retry-After of a minute at most, or none",
        spotify(429, "API rate limit exceeded"),
        "RateLimited (rate)",
    ),
    (
        SPOTIFY,
        SEARCH,
        "429, JSON, QUOTA_EXCEEDED or a longer Retry-After",
        answered({"error": {"reason": "QUOTA_EXCEEDED"}}, 429),
        "RateLimited (quota)",
    ),
    (
        SPOTIFY,
        SEARCH,
        "429, plain text, a longer Retry-After",
        answered("Too many requests", 429, {"retry-after": "19056"}),
        "RateLimited (ban)",
    ),
    (SPOTIFY, SEARCH, "400, JSON", spotify(400, "Bad request."), "QuestionRefused"),
    (
        MUSICBRAINZ,
        RECORDINGS,
        "no rows, count 0",
        answered({"count": 0, "recordings": []}),
        "absent",
    ),
    (
        MUSICBRAINZ,
        RECORDINGS,
        "rows without credits, without ISRCs, null: nobody's",
        answered({"count": 1, "recordings": [None]}),
        "Transient",
    ),
    (
        MUSICBRAINZ,
        RECORDINGS,
        "503 over the rate, by its zone or by its text",
        answered("exceeding the allowable rate limit", 503),
        "RateLimited (rate)",
    ),
    (
        MUSICBRAINZ,
        RECORDINGS,
        "503 busy, by its zone or by its text",
        answered("currently busy", 503),
        "Shedding",
    ),
    (
        MUSICBRAINZ,
        RECORDINGS,
        "400, JSON; 414",
        answered({"error": "Bad request"}, 400),
        "QuestionRefused",
    ),
    (
        MUSICBRAINZ,
        RECORDINGS,
        "401; 403 that says why",
        answered({"error": "not identified itself"}, 403),
        "CredentialsRefused",
    ),
    (
        LASTFM,
        TRACK,
        "error 6, not found; the artist [unknown]",
        answered({"error": 6, "message": "Track not found"}),
        "absent",
    ),
    (
        LASTFM,
        TRACK,
        "error 29, in JSON or XML",
        answered('<lfm><error code="29">Rate</error></lfm>'),
        "RateLimited (rate)",
    ),
    (
        LASTFM,
        TRACK,
        "errors 4, 9, 10, 14, 17, 26; 6 of a missing key",
        answered({"error": 10}, 403),
        "CredentialsRefused",
    ),
    (LASTFM, TRACK, "errors 8, 11, 16", answered({"error": 8}), "Transient"),
    (
        LASTFM,
        TRACK,
        "any other error number",
        answered({"error": 7}, 400),
        "QuestionRefused",
    ),
    (
        SPOTIFY,
        SEARCH,
        "anybody: 5xx, a gateway's page, a body that is no JSON",
        answered(PAGE, 502),
        "Transient",
    ),
)


def class_of(provider, questions, response) -> str:
    """Say what the reader makes of an answer."""
    try:
        reading: Reading = provider.read(questions, response)
    except ProviderError as error:
        kind = getattr(error, "kind", None)
        return type(error).__name__ + (f" ({kind})" if kind else "")
    if reading.again:
        return "asked singly" + (", closed" if reading.shown else "")
    (answer,) = {type(one).__name__.casefold() for one in reading.answers.values()}
    return answer


def told(seconds: float) -> str:
    """Give a time as people say it."""
    for unit, size in (("day", 86_400), ("hour", 3_600), ("minute", 60), ("second", 1)):
        if seconds >= size and seconds % size == 0:
            count = int(seconds // size)
            return f"{count} {unit}{'s' if count > 1 else ''}"
    raise AssertionError(seconds)


def days(time: timedelta) -> str:
    return told(time.total_seconds())


def rung(reason: BenchReason) -> str:
    return told(LADDER_SECONDS[FIRST_RUNGS.get(reason, 0)])


def consequences() -> list[tuple[str, str]]:
    """Give each class with what is remembered of it, from the code's own numbers."""
    found = ", ".join(
        f"{name} {days(lifetime.fresh)}"
        for name, lifetime in freshness.LIFETIMES.items()
    )
    ladder = f"{told(LADDER_SECONDS[0])} up to {told(LADDER_SECONDS[-1])}"
    row = refusals.REFUSALS_IN_A_ROW
    return [
        ("found", f"the answer, by provider: {found}"),
        (
            "absent",
            (
                f"the absence: {days(freshness.ABSENT_FIRST)}, twice as long each time,"
                f" up to {days(freshness.ABSENT_LONGEST)}"
            ),
        ),
        (
            "asked singly, closed",
            (
                f"the form is not used for"
                f" {told(blocked.CLOSED_SECONDS)}; what is open is believed for"
                f" {told(blocked.LIFETIME_SECONDS)}"
            ),
        ),
        ("asked singly", "nothing"),
        (
            "Transient",
            (
                f"nothing; the part is due after {days(amend.RETRY_FIRST)},"
                f" twice as long each time, up to {days(amend.RETRY_LONGEST)};"
                f" a batch is halved after {streaks.HALVED_AFTER} failures;"
                " a Retry-After benches the provider as long;"
                f" {refusals.PAGES_IN_A_ROW} answers of 4xx in a row bench the"
                f" operation, {ladder}"
            ),
        ),
        (
            "Shedding",
            f"nothing; asked again {refusals.SHED_TRIES} times, then as Transient",
        ),
        (
            "RateLimited (rate)",
            (
                f"the provider is benched for the Retry-After, else {ladder};"
                f" a form that alone is refused {row} times in a row is left out"
                " as closed"
            ),
        ),
        (
            "RateLimited (quota)",
            (
                "the provider is benched for the Retry-After, else"
                f" {rung(BenchReason.QUOTA)} and up"
            ),
        ),
        (
            "RateLimited (ban)",
            (
                "the provider is benched for the Retry-After, else"
                f" {rung(BenchReason.BAN)} and up"
            ),
        ),
        (
            "CredentialsRefused",
            (
                f"amid good answers asked again, {row} in a row bench the"
                f" provider, {ladder}; without a good answer before at once,"
                f" {rung(BenchReason.AUTH)} and up"
            ),
        ),
        (
            "CapabilityClosed",
            (
                "the same for the one operation; without a good answer before"
                f" {rung(BenchReason.CAPABILITY)} and up"
            ),
        ),
        (
            "QuestionRefused",
            "nothing; a batch is asked singly, a single one is due later",
        ),
    ]


def documented() -> list[str]:
    """Give the lines of both tables as they stand in the guide."""
    names = {SPOTIFY: "Spotify", MUSICBRAINZ: "MusicBrainz", LASTFM: "Last.fm"}
    return [
        *(
            f"| {names[provider]} | {says} | {made} |"
            for provider, _, says, _, made in ANSWERS
            if not says.startswith("anybody")
        ),
        *(
            f"| any | {says.removeprefix('anybody: ')} | {made} |"
            for _, _, says, _, made in ANSWERS
            if says.startswith("anybody")
        ),
        *(f"| {made} | {kept} |" for made, kept in consequences()),
    ]


@pytest.mark.parametrize(
    ("provider", "questions", "response", "made"),
    [(p, q, r, made) for p, q, _, r, made in ANSWERS],
    ids=[says for _, _, says, _, _ in ANSWERS],
)
def test_each_answer_of_the_table_is_of_its_class(provider, questions, response, made):
    assert class_of(provider, questions, response) == made


def test_every_class_has_its_consequence():
    assert {made for *_, made in ANSWERS} <= {made for made, _ in consequences()}


def test_the_guide_has_the_tables_of_the_code():
    guide = (PROJECT / "docs" / "resilience.md").read_text(encoding="utf-8")

    assert [line for line in documented() if line not in guide] == []
    assert told(LONGEST_SECONDS) in guide
