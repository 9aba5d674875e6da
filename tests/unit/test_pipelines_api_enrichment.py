"""What the shared cache may fill, and for how long."""

import pytest

from enrichment.contract import finished_tracks
from enrichment.contract.finished_tracks import KnownId
from scrapers.pipelines.api_enrichment_pipeline import (
    CACHE_TTL,
    DAY_SECONDS,
    known_ids,
)

NOW = 1_700_000_000.0


def body(provider: str, age_days: float) -> bytes:
    fetched_at = NOW - age_days * DAY_SECONDS
    return finished_tracks.encode(
        {"isrc": KnownId("USUS11000001", provider, fetched_at)}
    )


@pytest.mark.parametrize(
    ("provider", "days"), [("spotify", 7), ("musicbrainz", 30), ("lastfm", 7)]
)
def test_an_id_is_used_for_as_long_as_its_provider_allows(provider, days):
    assert known_ids(body(provider, days - 0.1), CACHE_TTL, NOW)
    assert not known_ids(body(provider, days + 0.1), CACHE_TTL, NOW)


def test_an_id_survives_the_way_through_redis():
    known = known_ids(body("spotify", 1), CACHE_TTL, NOW)

    assert known["isrc"].value == "USUS11000001"


@pytest.mark.parametrize(
    "broken",
    [
        None,
        b"",
        b"\xff",
        b"[]",
        b"7",
        b'{"isrc": 1}',
        b'{"isrc": [1]}',
        b'{"bpm": [1,2,3]}',
    ],
)
def test_a_body_that_cannot_be_read_is_a_miss(broken):
    assert known_ids(broken, CACHE_TTL, NOW) == {}


def test_an_unknown_provider_is_not_believed():
    assert known_ids(body("nobody", 0), CACHE_TTL, NOW) == {}
